#ifndef PAYMENTS_SERVER_HTTP_EVENT_LOOP_H_
#define PAYMENTS_SERVER_HTTP_EVENT_LOOP_H_

#include <cstdint>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "server/base/executor.h"

namespace payments {

// The loop thread: epoll, with a timerfd for what is due later and an eventfd for
// what other threads post. The engine runs here, and so does curl.
//
// Post() and PostAfter() are thread-safe; Watch() and Unwatch() are for the loop
// thread. Destroying it runs what was posted, destroys what is not due yet, and joins.
class EventLoop : public Executor {
 public:
  using FdHandler = absl::AnyInvocable<void(uint32_t epoll_events)>;

  // Starts the thread. Ends the process if the kernel gives no descriptors.
  static std::unique_ptr<EventLoop> Start();

  // Calls `handler` with EPOLLIN, EPOLLOUT, … whenever `fd` is ready for `events`.
  // Watching a watched descriptor changes its events and handler.
  virtual void Watch(int fd, uint32_t events, FdHandler handler) = 0;
  virtual void Unwatch(int fd) = 0;

  virtual bool IsLoopThread() const = 0;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_HTTP_EVENT_LOOP_H_
