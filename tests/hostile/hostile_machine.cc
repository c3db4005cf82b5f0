// A hostile machine for one process: a library for LD_PRELOAD that lets the calls of the
// system fail for files of one directory, and moves the wall clock, as a file says that
// tests write while the process runs (tests/integration/hostile_machine.py).
//
// It calls the kernel itself: what would look up the real functions may be called before
// the loader is done. What is mapped into memory (SQLite's wal-index) never fails.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kNanosPerMicro = 1000;
constexpr size_t kPathBytesMax = 4096;

// The file's content; hostile_machine.py has the same layout. 0: nothing fails.
struct Control {
  int64_t write_error;  // errno of what writes, truncates, or opens for writing.
  int64_t sync_error;   // errno of fsync and fdatasync.
  int64_t read_error;   // errno of what reads.
  int64_t clock_offset_ns;
  int64_t failed_calls;  // Counted here, for tests to wait on.
};

volatile Control* control = nullptr;
const char* directory = nullptr;

__attribute__((constructor)) void Begin() {
  // NOLINTBEGIN(concurrency-mt-unsafe): there are no threads yet.
  directory = getenv("HOSTILE_MACHINE_DIRECTORY");
  const char* const path = getenv("HOSTILE_MACHINE_CONTROL");
  // NOLINTEND(concurrency-mt-unsafe)
  if (directory == nullptr || path == nullptr) return;
  const long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
  if (fd < 0) abort();
  void* const mapped =
      mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, static_cast<int>(fd), 0);
  if (mapped == MAP_FAILED) abort();
  syscall(SYS_close, fd);
  control = static_cast<Control*>(mapped);
}

bool IsInDirectory(const char* path) { return strncmp(path, directory, strlen(directory)) == 0; }

bool IsInDirectory(int fd) {
  std::array<char, 64> link = {};
  std::array<char, kPathBytesMax> path = {};
  snprintf(link.data(), link.size(), "/proc/self/fd/%d", fd);
  const long size = syscall(SYS_readlinkat, AT_FDCWD, link.data(), path.data(), path.size() - 1);
  return size > 0 && IsInDirectory(path.data());
}

// Whether the call is to fail; errno is set then.
template <typename File>
bool Fails(volatile int64_t Control::*error, File file) {
  if (control == nullptr || control->*error == 0 || !IsInDirectory(file)) return false;
  errno = static_cast<int>(control->*error);
  control->failed_calls = control->failed_calls + 1;
  return true;
}

int Open(int at, const char* path, int flags, mode_t mode) {
  const bool writes = (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) != 0;
  if (writes && Fails(&Control::write_error, path)) return -1;
  return static_cast<int>(syscall(SYS_openat, at, path, flags, mode));
}

int64_t WallClockNanos() {
  timespec now = {};
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
  return now.tv_sec * kNanosPerSecond + now.tv_nsec +
         (control == nullptr ? 0 : control->clock_offset_ns);
}

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = static_cast<mode_t>(va_arg(arguments, unsigned int));
  va_end(arguments);
  return Open(AT_FDCWD, path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  const auto mode = static_cast<mode_t>(va_arg(arguments, unsigned int));
  va_end(arguments);
  return Open(AT_FDCWD, path, flags, mode);
}

ssize_t read(int fd, void* bytes, size_t size) {
  if (Fails(&Control::read_error, fd)) return -1;
  return syscall(SYS_read, fd, bytes, size);
}

ssize_t pread(int fd, void* bytes, size_t size, off_t offset) {
  if (Fails(&Control::read_error, fd)) return -1;
  return syscall(SYS_pread64, fd, bytes, size, offset);
}

ssize_t pread64(int fd, void* bytes, size_t size, off64_t offset) {
  return pread(fd, bytes, size, offset);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  if (Fails(&Control::write_error, fd)) return -1;
  return syscall(SYS_write, fd, bytes, size);
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  if (Fails(&Control::write_error, fd)) return -1;
  return syscall(SYS_pwrite64, fd, bytes, size, offset);
}

ssize_t pwrite64(int fd, const void* bytes, size_t size, off64_t offset) {
  return pwrite(fd, bytes, size, offset);
}

int ftruncate(int fd, off_t size) noexcept {
  if (Fails(&Control::write_error, fd)) return -1;
  return static_cast<int>(syscall(SYS_ftruncate, fd, size));
}

int ftruncate64(int fd, off64_t size) noexcept { return ftruncate(fd, size); }

int fsync(int fd) {
  if (Fails(&Control::sync_error, fd)) return -1;
  return static_cast<int>(syscall(SYS_fsync, fd));
}

int fdatasync(int fd) {
  if (Fails(&Control::sync_error, fd)) return -1;
  return static_cast<int>(syscall(SYS_fdatasync, fd));
}

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  if (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE) {
    return static_cast<int>(syscall(SYS_clock_gettime, clock, now));
  }
  const int64_t nanos = WallClockNanos();
  now->tv_sec = nanos / kNanosPerSecond;
  now->tv_nsec = nanos % kNanosPerSecond;
  return 0;
}

int gettimeofday(timeval* now, void* /*zone*/) noexcept {
  const int64_t nanos = WallClockNanos();
  now->tv_sec = nanos / kNanosPerSecond;
  now->tv_usec = nanos % kNanosPerSecond / kNanosPerMicro;
  return 0;
}

time_t time(time_t* result) noexcept {
  const time_t now = WallClockNanos() / kNanosPerSecond;
  if (result != nullptr) *result = now;
  return now;
}

}  // extern "C"
