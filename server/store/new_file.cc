#include "server/store/new_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace payments {
namespace {

constexpr int kNoDescriptor = -1;
// What SQLite may have put beside the file it was writing.
constexpr char kJournalSuffix[] = "-journal";

absl::Status SystemError(absl::string_view what, absl::string_view path, int error) {
  return absl::UnavailableError(absl::StrCat(
      what, " ", path, ": ", std::error_code(error, std::generic_category()).message()));
}

absl::Status ExistsError(absl::string_view path) {
  return absl::FailedPreconditionError(
      absl::StrCat(path, " is there already, and is never overwritten"));
}

// Of a file or a directory.
absl::Status Sync(const std::string& path, int flags) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC);
  if (fd == kNoDescriptor) return SystemError("cannot open", path, errno);
  absl::Status status;
  if (fsync(fd) != 0) status = SystemError("cannot sync", path, errno);
  close(fd);
  return status;
}

}  // namespace

absl::StatusOr<NewFile> NewFile::Create(const std::string& path) {
  std::error_code error;
  if (std::filesystem::symlink_status(path, error).type() !=
      std::filesystem::file_type::not_found) {
    return error ? SystemError("cannot look at", path, error.value()) : ExistsError(path);
  }
  std::string partial_path = absl::StrCat(path, ".partial-XXXXXX");
  const int fd = mkostemp(partial_path.data(), O_CLOEXEC);
  if (fd == kNoDescriptor) return SystemError("cannot create", path, errno);
  close(fd);
  return NewFile(path, std::move(partial_path));
}

NewFile::NewFile(NewFile&& other) noexcept
    : path_(std::move(other.path_)), partial_path_(std::exchange(other.partial_path_, {})) {}

NewFile::~NewFile() {
  if (partial_path_.empty()) return;
  unlink(partial_path_.c_str());
  unlink(absl::StrCat(partial_path_, kJournalSuffix).c_str());
}

absl::Status NewFile::Publish() {
  absl::Status status = Sync(partial_path_, O_RDWR);
  if (!status.ok()) return status;
  // Unlike a renaming, a link does not replace what has the name by now.
  if (link(partial_path_.c_str(), path_.c_str()) != 0) {
    return errno == EEXIST ? ExistsError(path_) : SystemError("cannot create", path_, errno);
  }
  unlink(partial_path_.c_str());
  partial_path_.clear();
  const std::string directory = std::filesystem::absolute(path_).parent_path();
  return Sync(directory, O_RDONLY | O_DIRECTORY);
}

}  // namespace payments
