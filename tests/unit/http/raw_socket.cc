#include "tests/unit/http/raw_socket.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/signal_mask.h"

namespace payments {
namespace {

constexpr int kPollMs = 10;

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Bound to a free port.
int BoundSocket(uint16_t& port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  socklen_t size = sizeof(address);
  EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
  port = ntohs(address.sin_port);
  return fd;
}

}  // namespace

RawSocket::RawSocket(int fd, const std::atomic<bool>* stop) : fd_(fd), stop_(stop) {
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

RawSocket::RawSocket(RawSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), stop_(other.stop_), buffer_(std::move(other.buffer_)) {}

RawSocket& RawSocket::operator=(RawSocket&& other) noexcept {
  Close();
  fd_ = std::exchange(other.fd_, -1);
  stop_ = other.stop_;
  buffer_ = std::move(other.buffer_);
  return *this;
}

RawSocket::~RawSocket() { Close(); }

RawSocket RawSocket::Connect(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(port);
  EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  return RawSocket(fd);
}

bool RawSocket::Send(absl::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool RawSocket::ReadMore() {
  for (int waited_ms = 0; !IsReadableWithin(kPollMs); waited_ms += kPollMs) {
    if (stop_ != nullptr && *stop_) return false;
    if (waited_ms >= kPatienceSeconds * 1000) return false;
  }
  std::array<char, 16 << 10> bytes = {};
  const ssize_t size = recv(fd_, bytes.data(), bytes.size(), 0);
  if (size <= 0) return false;
  buffer_.append(bytes.data(), static_cast<size_t>(size));
  return true;
}

std::string RawSocket::ReadUntil(absl::string_view end) {
  size_t at = std::string::npos;
  while ((at = buffer_.find(std::string(end))) == std::string::npos) {
    if (!ReadMore()) return std::exchange(buffer_, "");
  }
  std::string result = buffer_.substr(0, at + end.size());
  buffer_.erase(0, at + end.size());
  return result;
}

std::string RawSocket::ReadMessage() {
  std::string head = ReadUntil("\r\n\r\n");
  size_t body_size = 0;
  for (const absl::string_view line : absl::StrSplit(head, "\r\n")) {
    if (absl::StartsWithIgnoreCase(line, "content-length:")) {
      EXPECT_TRUE(absl::SimpleAtoi(line.substr(line.find(':') + 1), &body_size));
    }
  }
  while (buffer_.size() < body_size && ReadMore()) {
  }
  head += buffer_.substr(0, body_size);
  buffer_.erase(0, body_size);
  return head;
}

std::string RawSocket::ReadToEnd() {
  while (ReadMore()) {
  }
  return std::exchange(buffer_, "");
}

bool RawSocket::IsReadableWithin(int timeout_ms) const {
  pollfd readable = {fd_, POLLIN, 0};
  return poll(&readable, 1, timeout_ms) > 0;
}

void RawSocket::CloseSending() const { shutdown(fd_, SHUT_WR); }

void RawSocket::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

ScriptedServer::ScriptedServer(Script script)
    : script_(std::move(script)), fd_(BoundSocket(port_)) {
  EXPECT_EQ(listen(fd_, 16), 0);
  const SignalMask mask;  // TLS scripts write to connections that are gone.
  thread_ = std::thread(&ScriptedServer::Run, this);
}

ScriptedServer::~ScriptedServer() {
  stopping_ = true;
  shutdown(fd_, SHUT_RDWR);  // Wakes accept().
  thread_.join();
  close(fd_);
}

std::string ScriptedServer::Url(absl::string_view path) const {
  return absl::StrCat("http://127.0.0.1:", port_, path);
}

void ScriptedServer::Run() {
  while (!stopping_) {
    const int fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    ++connections_;
    RawSocket connection(fd, &stopping_);
    script_(connection);
  }
}

HungListener::HungListener() : fd_(BoundSocket(port_)) {
  EXPECT_EQ(listen(fd_, 0), 0);
  const sockaddr_in address = Loopback(port_);
  for (int i = 0; i < 4; ++i) {
    queued_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    std::ignore =
        connect(queued_.back(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  }
}

HungListener::~HungListener() {
  for (const int fd : queued_) close(fd);
  close(fd_);
}

std::string HungListener::Url() const { return absl::StrCat("http://127.0.0.1:", port_, "/"); }

uint16_t FreePort() {
  uint16_t port = 0;
  close(BoundSocket(port));
  return port;
}

}  // namespace payments
