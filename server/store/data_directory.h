#ifndef PAYMENTS_SERVER_STORE_DATA_DIRECTORY_H_
#define PAYMENTS_SERVER_STORE_DATA_DIRECTORY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace payments {

// The database of a server, in its data directory.
inline constexpr char kDatabaseFile[] = "payments.db";

// A directory that belongs to one server at a time: created (mode 0700) if it is not
// there, and locked until this object goes, or the process. Movable. Errors name the
// path: kFailedPrecondition (another server uses it), kUnavailable.
class DataDirectory {
 public:
  static absl::StatusOr<DataDirectory> Open(const std::string& path);
  ~DataDirectory();
  DataDirectory(DataDirectory&& other) noexcept;
  DataDirectory& operator=(DataDirectory&&) = delete;

  const std::string& path() const { return path_; }

  // The path of a file in it, which is created (mode 0600) if it is not there.
  absl::StatusOr<std::string> EnsureFile(absl::string_view name) const;

 private:
  DataDirectory(std::string path, int lock_fd) : path_(std::move(path)), lock_fd_(lock_fd) {}

  std::string path_;
  int lock_fd_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_DATA_DIRECTORY_H_
