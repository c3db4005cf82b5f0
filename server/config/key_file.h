#ifndef PAYMENTS_SERVER_CONFIG_KEY_FILE_H_
#define PAYMENTS_SERVER_CONFIG_KEY_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "providers/secret.h"
#include "server/base/random.h"

namespace payments {

// What a KeyRing is made of.
struct MasterKey {
  std::string key_id;
  Secret bytes;  // KeyRing::kMasterKeyBytes.
};

inline constexpr char kDevKeyId[] = "dev";

// The key in a file: 64 hexadecimal digits, perhaps a newline; readable by its owner
// only. Errors say what is wrong and how to put it right.
absl::StatusOr<Secret> ReadKeyFile(const std::string& path);

// The key in "{data_directory}.key", which is made with random bytes if it is not
// there. Next to the data, not among it: a copy of the one does not give away the other.
absl::StatusOr<MasterKey> LoadOrMakeDevKey(const std::string& data_directory, Random* random);

}  // namespace payments

#endif  // PAYMENTS_SERVER_CONFIG_KEY_FILE_H_
