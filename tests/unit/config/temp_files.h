#ifndef PAYMENTS_TESTS_UNIT_CONFIG_TEMP_FILES_H_
#define PAYMENTS_TESTS_UNIT_CONFIG_TEMP_FILES_H_

#include <string>

#include "absl/strings/string_view.h"

namespace payments {

// A directory of its own for one test, deleted with all that is in it.
class TempFiles {
 public:
  TempFiles();
  TempFiles(const TempFiles&) = delete;
  TempFiles& operator=(const TempFiles&) = delete;
  ~TempFiles();

  std::string Path(absl::string_view name) const;
  // Returns its path.
  std::string Write(absl::string_view name, absl::string_view content, unsigned mode = 0600) const;

 private:
  std::string directory_;
};

// A self-signed certificate and its key, made anew by each call.
struct TestCertificate {
  std::string certificate_pem;
  std::string private_key_pem;
};
TestCertificate MakeTestCertificate();

}  // namespace payments

#endif  // PAYMENTS_TESTS_UNIT_CONFIG_TEMP_FILES_H_
