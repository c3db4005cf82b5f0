#ifndef PAYMENTS_TESTS_UNIT_HTTP_RAW_SOCKET_H_
#define PAYMENTS_TESTS_UNIT_HTTP_RAW_SOCKET_H_

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"

namespace payments {

// One end of a TCP connection on loopback, for saying what no library would say.
// Reading gives up after kPatience, which only a failing test sees.
class RawSocket {
 public:
  static constexpr int kPatienceSeconds = 20;

  // Reading also ends soon after `*stop` becomes true.
  explicit RawSocket(int fd, const std::atomic<bool>* stop = nullptr);
  RawSocket(RawSocket&& other) noexcept;
  RawSocket& operator=(RawSocket&& other) noexcept;
  ~RawSocket();

  static RawSocket Connect(uint16_t port);

  int fd() const { return fd_; }
  // False: the peer is gone.
  bool Send(absl::string_view bytes) const;
  // Up to and with `end`; what came if the peer closes before.
  std::string ReadUntil(absl::string_view end);
  // A head and a body of its Content-Length.
  std::string ReadMessage();
  std::string ReadToEnd();
  // True: there is something to read, if only the end.
  bool IsReadableWithin(int timeout_ms) const;
  void CloseSending() const;
  void Close();

 private:
  bool ReadMore();

  int fd_;
  const std::atomic<bool>* stop_;
  std::string buffer_;
};

// Accepts on a free loopback port and runs a script for every connection, one after
// another, on a thread of its own. Ends with the object.
class ScriptedServer {
 public:
  using Script = absl::AnyInvocable<void(RawSocket& connection)>;

  explicit ScriptedServer(Script script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  uint16_t port() const { return port_; }
  std::string Url(absl::string_view path = "/") const;
  int connections() const { return connections_; }

 private:
  void Run();

  Script script_;
  uint16_t port_ = 0;  // Before fd_, whose making sets it.
  int fd_;
  std::atomic<int> connections_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

// Listens, but its queue is full and stays so: connecting to it neither succeeds nor fails.
class HungListener {
 public:
  HungListener();
  ~HungListener();
  HungListener(const HungListener&) = delete;
  HungListener& operator=(const HungListener&) = delete;

  std::string Url() const;

 private:
  uint16_t port_ = 0;  // Before fd_, whose making sets it.
  int fd_;
  std::vector<int> queued_;
};

// A loopback port that nobody listens on.
uint16_t FreePort();

}  // namespace payments

#endif  // PAYMENTS_TESTS_UNIT_HTTP_RAW_SOCKET_H_
