#ifndef PAYMENTS_SERVER_APP_STORE_COMMANDS_H_
#define PAYMENTS_SERVER_APP_STORE_COMMANDS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace payments {

// What --backup and --restore do, and print: what was done, in figures that a script can
// read, and what is to be done next. docs/operations.md is the procedure.

absl::StatusOr<std::string> RunBackup(const std::string& data_directory,
                                      const std::string& destination);

absl::StatusOr<std::string> RunRestore(const std::string& source, const std::string& data_directory,
                                       absl::Time now);

}  // namespace payments

#endif  // PAYMENTS_SERVER_APP_STORE_COMMANDS_H_
