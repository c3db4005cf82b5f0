#include "server/config/small_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace payments {
namespace {

constexpr unsigned kPermissionBits = 07777;

absl::Status CannotRead(const std::string& path, int error) {
  return absl::ErrnoToStatus(error, absl::StrCat("cannot read ", path));
}

// Reads to the end or until `buffer` is full; -1 and errno on failure.
ssize_t ReadAll(int fd, std::string& buffer) {
  size_t filled = 0;
  while (filled < buffer.size()) {
    const ssize_t got = read(fd, buffer.data() + filled, buffer.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  return static_cast<ssize_t>(filled);
}

}  // namespace

absl::StatusOr<SmallFile> ReadSmallFile(const std::string& path, size_t bytes_max) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return CannotRead(path, errno);
  struct stat info = {};
  // Of the full size from the start: growing would leave copies of a secret behind.
  std::string text(bytes_max + 1, '\0');
  const bool known = fstat(fd, &info) == 0;
  const ssize_t size = known ? ReadAll(fd, text) : -1;
  const int error = errno;
  close(fd);
  if (size < 0) return CannotRead(path, error);
  if (static_cast<size_t>(size) > bytes_max) {
    WipeString(text);
    return absl::OutOfRangeError(
        absl::StrCat("cannot read ", path, ": it is larger than ", bytes_max, " bytes"));
  }
  text.resize(static_cast<size_t>(size));
  return SmallFile{Secret(std::move(text)), info.st_mode & kPermissionBits};
}

}  // namespace payments
