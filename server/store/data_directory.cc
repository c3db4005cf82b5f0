#include "server/store/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace payments {
namespace {

constexpr mode_t kFileMode = S_IRUSR | S_IWUSR;
constexpr int kNoDescriptor = -1;

absl::Status SystemError(absl::string_view what, absl::string_view path, int error) {
  return absl::UnavailableError(absl::StrCat(
      what, " ", path, ": ", std::error_code(error, std::generic_category()).message()));
}

absl::Status CreateDirectory(const std::string& path) {
  std::error_code error;
  const bool created = std::filesystem::create_directories(path, error);
  if (error) return SystemError("cannot create the data directory", path, error.value());
  if (created) std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  if (error) return SystemError("cannot set the mode of", path, error.value());
  return absl::OkStatus();
}

absl::StatusOr<int> OpenFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode);
  if (fd == kNoDescriptor) return SystemError("cannot open", path, errno);
  return fd;
}

}  // namespace

absl::StatusOr<DataDirectory> DataDirectory::Open(const std::string& path) {
  if (absl::Status status = CreateDirectory(path); !status.ok()) return status;
  const std::string lock_path = absl::StrCat(path, "/lock");
  absl::StatusOr<int> lock_fd = OpenFile(lock_path);
  if (!lock_fd.ok()) return lock_fd.status();
  DataDirectory directory(path, *lock_fd);  // Closes it from here on.
  if (flock(*lock_fd, LOCK_EX | LOCK_NB) == 0) return directory;
  if (errno != EWOULDBLOCK) return SystemError("cannot lock", lock_path, errno);
  return absl::FailedPreconditionError(
      absl::StrCat("another server uses the data directory ", path));
}

DataDirectory::DataDirectory(DataDirectory&& other) noexcept
    : path_(std::move(other.path_)), lock_fd_(std::exchange(other.lock_fd_, kNoDescriptor)) {}

DataDirectory::~DataDirectory() {
  if (lock_fd_ != kNoDescriptor) close(lock_fd_);
}

absl::StatusOr<std::string> DataDirectory::EnsureFile(absl::string_view name) const {
  std::string path = absl::StrCat(path_, "/", name);
  absl::StatusOr<int> fd = OpenFile(path);
  if (!fd.ok()) return fd.status();
  close(*fd);
  return path;
}

}  // namespace payments
