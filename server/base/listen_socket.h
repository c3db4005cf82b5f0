#ifndef PAYMENTS_SERVER_BASE_LISTEN_SOCKET_H_
#define PAYMENTS_SERVER_BASE_LISTEN_SOCKET_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace payments {

struct ListenSocket {
  int fd = -1;  // Of the caller.
  uint16_t port = 0;
  bool is_v6 = false;
};

// Listens on a literal IPv4 or IPv6 address; port 0 takes a free one.
// kInvalidArgument: not an address. kUnavailable: taken, or not of this machine.
absl::StatusOr<ListenSocket> Listen(const std::string& address, uint16_t port);

}  // namespace payments

#endif  // PAYMENTS_SERVER_BASE_LISTEN_SOCKET_H_
