#include "server/base/connection_acceptor.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "server/base/signal_mask.h"

namespace payments {
namespace {

// Between attempts while there are no descriptors, or no memory for a connection.
constexpr int kRetryIntervalMs = 100;
constexpr int kForEver = -1;
// The part of the descriptors that may be reserved: one in so many.
constexpr rlim_t kReservedPart = 4;

int MakeWakeFd() {
  const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd >= 0) return fd;
  std::perror("eventfd");
  std::abort();
}

}  // namespace

bool HasDescriptors(int reserved) {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  // The lowest that is free: those in use are below it, but for gaps.
  const int fd = open("/", O_PATH | O_CLOEXEC);
  if (fd < 0) return false;
  close(fd);
  const rlim_t kept = std::min(static_cast<rlim_t>(reserved), limit.rlim_cur / kReservedPart);
  return static_cast<rlim_t>(fd) + kept < limit.rlim_cur;
}

ConnectionAcceptor::ConnectionAcceptor(ListenSocket socket, Options options)
    : socket_(socket), options_(std::move(options)), wake_fd_(MakeWakeFd()) {}

void ConnectionAcceptor::Start() {
  const SignalMask mask;
  thread_ = std::thread(&ConnectionAcceptor::Run, this);
}

ConnectionAcceptor::~ConnectionAcceptor() {
  Stop();
  close(wake_fd_);
  close(socket_.fd);
}

void ConnectionAcceptor::Continue() {
  const uint64_t one = 1;
  // Fails only if the counter is full, and then the thread wakes anyway.
  [[maybe_unused]] const ssize_t written = write(wake_fd_, &one, sizeof(one));
}

void ConnectionAcceptor::Stop() {
  if (stopping_.exchange(true)) return;
  Continue();
  if (thread_.joinable()) thread_.join();
  shutdown(socket_.fd, SHUT_RDWR);
}

void ConnectionAcceptor::Run() {
  while (!stopping_) {
    WaitForConnection();
    if (stopping_) return;
    if (options_.may_accept && !options_.may_accept()) {
      WaitForContinue(kForEver);
    } else if (!HasDescriptors(options_.descriptors_reserved)) {
      WaitForContinue(kRetryIntervalMs);
    } else {
      AcceptOne();
    }
  }
}

void ConnectionAcceptor::AcceptOne() {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const int fd = accept4(socket_.fd, generic, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) return options_.handle(fd, generic, size);
  // It is gone already, or another error of its own.
  if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) return;
  WaitForContinue(kRetryIntervalMs);
}

void ConnectionAcceptor::WaitForConnection() {
  std::array<pollfd, 2> fds = {pollfd{socket_.fd, POLLIN, 0}, pollfd{wake_fd_, POLLIN, 0}};
  poll(fds.data(), fds.size(), kForEver);
  if (fds[1].revents != 0) DrainWake();
}

void ConnectionAcceptor::WaitForContinue(int timeout_ms) {
  if (stopping_) return;
  pollfd wake = {wake_fd_, POLLIN, 0};
  poll(&wake, 1, timeout_ms);
  if (wake.revents != 0) DrainWake();
}

void ConnectionAcceptor::DrainWake() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t size = read(wake_fd_, &count, sizeof(count));
}

}  // namespace payments
