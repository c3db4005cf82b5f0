#ifndef PAYMENTS_SERVER_CONFIG_SMALL_FILE_H_
#define PAYMENTS_SERVER_CONFIG_SMALL_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "providers/secret.h"

namespace payments {

// A file read whole, with its permission bits as they were while it was read.
struct SmallFile {
  Secret content;
  unsigned mode = 0;  // 0 to 07777.
};

// kOutOfRange if it is larger than `bytes_max`; otherwise what the system says, with
// the path: "cannot read /x: No such file or directory".
absl::StatusOr<SmallFile> ReadSmallFile(const std::string& path, size_t bytes_max);

}  // namespace payments

#endif  // PAYMENTS_SERVER_CONFIG_SMALL_FILE_H_
