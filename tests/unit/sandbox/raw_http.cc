#include "tests/unit/sandbox/raw_http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace payments::sandbox {
namespace {

constexpr int kTimeoutSeconds = 20;

bool SendAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

std::string ReceiveAll(int fd) {
  std::string received;
  std::array<char, 1 << 16> buffer = {};
  for (;;) {
    const ssize_t size = recv(fd, buffer.data(), buffer.size(), 0);
    if (size <= 0) return received;
    received.append(buffer.data(), static_cast<size_t>(size));
  }
}

}  // namespace

RawResponse Exchange(uint16_t port, absl::string_view method, absl::string_view target,
                     const RawHeaders& headers, absl::string_view body) {
  std::string request = absl::StrCat(method, " ", target, " HTTP/1.1\r\nHost: 127.0.0.1\r\n",
                                     "Connection: close\r\nContent-Length: ", body.size(), "\r\n");
  for (const auto& [name, value] : headers) absl::StrAppend(&request, name, ": ", value, "\r\n");
  absl::StrAppend(&request, "\r\n", body);

  RawResponse response;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval timeout = {kTimeoutSeconds, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  response.connected =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  if (response.connected && SendAll(fd, request)) response.body = ReceiveAll(fd);
  close(fd);

  constexpr size_t kStatusAt = 9;  // After "HTTP/1.1 ".
  const size_t end_of_head = response.body.find("\r\n\r\n");
  if (end_of_head == std::string::npos) return response;
  response.head = response.body.substr(0, end_of_head);
  response.body.erase(0, end_of_head + 4);
  if (!absl::SimpleAtoi(response.head.substr(kStatusAt, 3), &response.status)) response.status = 0;
  return response;
}

}  // namespace payments::sandbox
