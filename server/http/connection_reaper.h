#ifndef PAYMENTS_SERVER_HTTP_CONNECTION_REAPER_H_
#define PAYMENTS_SERVER_HTTP_CONNECTION_REAPER_H_

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "absl/time/time.h"

namespace payments {

// Ends connections that live too long: libmicrohttpd has only an inactivity timeout,
// which a byte a second holds off for ever. It shuts the descriptor down, upon which
// the library closes the connection; and since the library says so before it closes
// the descriptor, a new connection that got the same number is never hit.
//
// Thread-safe. Owns a thread.
class ConnectionReaper {
 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  struct Entry {
    int fd;
    SteadyTime deadline;
    bool is_exempt;
  };

 public:
  // A connection that is open, until Remove().
  using Handle = std::list<Entry>::iterator;

  explicit ConnectionReaper(absl::Duration lifetime);
  ~ConnectionReaper();
  ConnectionReaper(const ConnectionReaper&) = delete;
  ConnectionReaper& operator=(const ConnectionReaper&) = delete;

  // Its time starts now.
  Handle Add(int fd);
  void Remove(Handle handle);

  // Its time does not count: the answer is owed by us.
  void Exempt(Handle handle);
  // Its time starts anew.
  void Restart(Handle handle);

 private:
  void Run();

  const std::chrono::nanoseconds lifetime_;

  std::mutex mu_;
  std::condition_variable changed_;
  // Guarded by mu_. All live equally long, so the one that was started last ends last.
  std::list<Entry> by_deadline_;
  std::list<Entry> exempt_;
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_HTTP_CONNECTION_REAPER_H_
