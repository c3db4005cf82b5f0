#ifndef PAYMENTS_SERVER_STORE_NEW_FILE_H_
#define PAYMENTS_SERVER_STORE_NEW_FILE_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace payments {

// A file that is there whole and on disk, or not at all: it is written beside its place,
// as "{path}.partial-XXXXXX" (mode 0600), and gets its name last. It never takes the place
// of another file. What was not published goes with this object; after a crash it stays,
// under the name that says so.
//
// For one thread. Errors name the path: kFailedPrecondition (there is one), kUnavailable.
class NewFile {
 public:
  // Makes it, empty.
  static absl::StatusOr<NewFile> Create(const std::string& path);
  ~NewFile();
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;

  // Where it is to be written. Nothing may have it open when it is published.
  const std::string& partial_path() const { return partial_path_; }

  // Syncs it, gives it its name, and syncs the directory that holds the name. Once.
  absl::Status Publish();

 private:
  NewFile(std::string path, std::string partial_path)
      : path_(std::move(path)), partial_path_(std::move(partial_path)) {}

  std::string path_;
  std::string partial_path_;  // Empty once it is gone.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_NEW_FILE_H_
