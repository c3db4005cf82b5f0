#ifndef PAYMENTS_TESTS_SUPPORT_TEMP_DIRECTORY_H_
#define PAYMENTS_TESTS_SUPPORT_TEMP_DIRECTORY_H_

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace payments {

// A new, empty directory that goes with this object.
class TempDirectory {
 public:
  TempDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "payments-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_SUPPORT_TEMP_DIRECTORY_H_
