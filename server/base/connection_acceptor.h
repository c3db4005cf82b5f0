#ifndef PAYMENTS_SERVER_BASE_CONNECTION_ACCEPTOR_H_
#define PAYMENTS_SERVER_BASE_CONNECTION_ACCEPTOR_H_

#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "absl/functional/any_invocable.h"
#include "server/base/listen_socket.h"

namespace payments {

// Descriptors that listeners leave to others when the process has few left: to calls of
// providers and to the operators' pages.
inline constexpr int kDescriptorsReserved = 64;

// Whether the process could open one more and still have `reserved` left, or a quarter of
// what it may have, if that is less. Thread-safe; opens one and closes it.
bool HasDescriptors(int reserved);

// Accepts connections on a thread of its own and hands them over. Without descriptors it
// waits, and those who connect wait in the kernel's queue: libmicrohttpd would try again
// without end, and gRPC 1.51 would never accept again.
//
// Start() and Stop() are for one thread; Continue() is thread-safe.
class ConnectionAcceptor {
 public:
  struct Options {
    int descriptors_reserved = kDescriptorsReserved;
    // Asked before each connection, on the acceptor's thread; one that is refused waits
    // until Continue(). Empty: always.
    absl::AnyInvocable<bool()> may_accept;
    // Owns `fd`, which is non-blocking, from then on. On the acceptor's thread.
    absl::AnyInvocable<void(int fd, const sockaddr* address, socklen_t address_size)> handle;
  };

  // Owns the socket. Ends the process if the kernel gives no descriptor.
  ConnectionAcceptor(ListenSocket socket, Options options);
  ~ConnectionAcceptor();
  ConnectionAcceptor(const ConnectionAcceptor&) = delete;
  ConnectionAcceptor& operator=(const ConnectionAcceptor&) = delete;

  int port() const { return socket_.port; }

  // Accepts from now on. Once.
  void Start();

  // may_accept() may say something else now.
  void Continue();
  // Connections are refused from now on; nothing is handed over after it returns. Not
  // from within the functions above.
  void Stop();

 private:
  void Run();
  void AcceptOne();
  // Until there is a connection, or Continue() or Stop() is called.
  void WaitForConnection();
  void WaitForContinue(int timeout_ms);
  void DrainWake();

  const ListenSocket socket_;
  Options options_;
  const int wake_fd_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_BASE_CONNECTION_ACCEPTOR_H_
