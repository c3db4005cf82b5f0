#include "server/http/connection_reaper.h"

#include <sys/socket.h>

#include <iterator>

#include "server/base/signal_mask.h"

namespace payments {

ConnectionReaper::ConnectionReaper(absl::Duration lifetime)
    : lifetime_(absl::ToChronoNanoseconds(lifetime)) {
  const SignalMask mask;
  thread_ = std::thread(&ConnectionReaper::Run, this);
}

ConnectionReaper::~ConnectionReaper() {
  {
    const std::lock_guard<std::mutex> lock(mu_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

ConnectionReaper::Handle ConnectionReaper::Add(int fd) {
  const std::lock_guard<std::mutex> lock(mu_);
  by_deadline_.push_back(Entry{fd, std::chrono::steady_clock::now() + lifetime_, false});
  if (by_deadline_.size() == 1) changed_.notify_all();
  return std::prev(by_deadline_.end());
}

void ConnectionReaper::Remove(Handle handle) {
  const std::lock_guard<std::mutex> lock(mu_);
  (handle->is_exempt ? exempt_ : by_deadline_).erase(handle);
}

void ConnectionReaper::Exempt(Handle handle) {
  const std::lock_guard<std::mutex> lock(mu_);
  if (handle->is_exempt) return;
  handle->is_exempt = true;
  exempt_.splice(exempt_.end(), by_deadline_, handle);
}

void ConnectionReaper::Restart(Handle handle) {
  const std::lock_guard<std::mutex> lock(mu_);
  by_deadline_.splice(by_deadline_.end(), handle->is_exempt ? exempt_ : by_deadline_, handle);
  handle->is_exempt = false;
  handle->deadline = std::chrono::steady_clock::now() + lifetime_;
  if (by_deadline_.size() == 1) changed_.notify_all();
}

void ConnectionReaper::Run() {
  std::unique_lock<std::mutex> lock(mu_);
  while (!stopping_) {
    if (by_deadline_.empty()) {
      changed_.wait(lock);
      continue;
    }
    Entry& first = by_deadline_.front();
    const SteadyTime now = std::chrono::steady_clock::now();
    if (first.deadline > now) {
      const SteadyTime until = first.deadline;  // The entry may be gone when the wait ends.
      changed_.wait_until(lock, until);
      continue;
    }
    shutdown(first.fd, SHUT_RDWR);
    // Stays until the library removes it; it is not shut down twice.
    first.is_exempt = true;
    exempt_.splice(exempt_.end(), by_deadline_, by_deadline_.begin());
  }
}

}  // namespace payments
