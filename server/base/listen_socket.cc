#include "server/base/listen_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace payments {
namespace {

constexpr int kBacklog = 1024;  // The kernel's net.core.somaxconn may make it less.

struct SocketAddress {
  sockaddr_storage storage = {};
  socklen_t size = 0;

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  in_port_t& port() {
    return storage.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&storage)->sin6_port
                                         : reinterpret_cast<sockaddr_in*>(&storage)->sin_port;
  }
};

bool Parse(const std::string& address, SocketAddress& result) {
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&result.storage);
  if (inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
    result.storage.ss_family = AF_INET;
    result.size = sizeof(*v4);
    return true;
  }
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
  if (inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) == 1) {
    result.storage.ss_family = AF_INET6;
    result.size = sizeof(*v6);
    return true;
  }
  return false;
}

absl::Status Unavailable(const std::string& address, uint16_t port, int error) {
  return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ":", port, ": ",
                                             std::generic_category().message(error)));
}

}  // namespace

absl::StatusOr<ListenSocket> Listen(const std::string& address, uint16_t port) {
  SocketAddress at;
  if (!Parse(address, at)) {
    return absl::InvalidArgumentError(absl::StrCat("not an IPv4 or IPv6 address: ", address));
  }
  at.port() = htons(port);
  const int fd =
      socket(at.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (fd < 0) return Unavailable(address, port, errno);
  const int on = 1;
  // A restarted server takes its port back although old connections linger on it.
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(fd, at.get(), at.size) != 0 || listen(fd, kBacklog) != 0 ||
      getsockname(fd, at.get(), &at.size) != 0) {
    const int error = errno;
    close(fd);
    return Unavailable(address, port, error);
  }
  return ListenSocket{fd, ntohs(at.port()), at.storage.ss_family == AF_INET6};
}

}  // namespace payments
