#include "server/http/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "server/base/signal_mask.h"

namespace payments {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr int kEventsPerWait = 256;
// What is due later than this is never due; it also keeps sums of times in range.
constexpr absl::Duration kDelayMax = absl::Hours(24 * 366 * 10);
constexpr uint64_t kGenerationBits = 32;

int OwnedFd(int fd, const char* what) {
  if (fd >= 0) return fd;
  std::perror(what);
  std::abort();
}

class EpollEventLoop : public EventLoop {
 public:
  EpollEventLoop();
  ~EpollEventLoop() override;

  void Post(Task task) override;
  void PostAfter(absl::Duration delay, Task task) override;
  void Watch(int fd, uint32_t events, FdHandler handler) override;
  void Unwatch(int fd) override;
  bool IsLoopThread() const override { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  struct Timed {
    SteadyTime due;
    uint64_t sequence;  // Keeps those of one moment in the order they were posted.
    Task task;

    friend bool operator<(const Timed& a, const Timed& b) {
      return std::tie(a.due, a.sequence) > std::tie(b.due, b.sequence);  // A heap's top is largest.
    }
  };

  struct Watched {
    uint32_t generation;  // Tells an event of an earlier watch of the same descriptor.
    std::shared_ptr<FdHandler> handler;  // Shared with the call that is running.
  };

  void Run();
  bool TakeDueTasks(std::vector<Task>& tasks);
  void ArmTimer();
  void HandleEvent(const epoll_event& event);
  void Register(int fd, int operation, uint32_t events, uint64_t data);
  void Wake();

  const int epoll_fd_;
  const int timer_fd_;
  const int wake_fd_;

  // Of the loop thread.
  absl::flat_hash_map<int, Watched> watched_;
  uint32_t next_generation_ = 1;
  SteadyTime armed_for_ = SteadyTime::max();

  std::mutex mu_;
  // Guarded by mu_.
  std::vector<Task> posted_;
  std::vector<Timed> timed_;  // A heap.
  uint64_t next_sequence_ = 0;
  bool wake_is_pending_ = false;
  bool stopping_ = false;

  std::thread thread_;
};

EpollEventLoop::EpollEventLoop()
    : epoll_fd_(OwnedFd(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      timer_fd_(
          OwnedFd(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "timerfd_create")),
      wake_fd_(OwnedFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")) {
  Register(timer_fd_, EPOLL_CTL_ADD, EPOLLIN, static_cast<uint64_t>(timer_fd_));
  Register(wake_fd_, EPOLL_CTL_ADD, EPOLLIN, static_cast<uint64_t>(wake_fd_));
  const SignalMask mask;
  // Run() waits for mu_, so that IsLoopThread() knows the thread before any task runs.
  const std::lock_guard<std::mutex> lock(mu_);
  thread_ = std::thread(&EpollEventLoop::Run, this);
}

EpollEventLoop::~EpollEventLoop() {
  {
    const std::lock_guard<std::mutex> lock(mu_);
    stopping_ = true;
    wake_is_pending_ = true;
  }
  Wake();
  thread_.join();
  close(wake_fd_);
  close(timer_fd_);
  close(epoll_fd_);
}

void EpollEventLoop::Post(Task task) {
  {
    const std::lock_guard<std::mutex> lock(mu_);
    if (stopping_) return;  // The caller destroys `task`, without the lock.
    posted_.push_back(std::move(task));
    if (wake_is_pending_ || IsLoopThread()) return;
    wake_is_pending_ = true;
  }
  Wake();
}

void EpollEventLoop::PostAfter(absl::Duration delay, Task task) {
  const SteadyTime due =
      std::chrono::steady_clock::now() +
      absl::ToChronoNanoseconds(std::clamp(delay, absl::ZeroDuration(), kDelayMax));
  {
    const std::lock_guard<std::mutex> lock(mu_);
    if (stopping_) return;
    const bool is_earliest = timed_.empty() || due < timed_.front().due;
    timed_.push_back(Timed{due, next_sequence_++, std::move(task)});
    std::push_heap(timed_.begin(), timed_.end());
    if (!is_earliest || wake_is_pending_ || IsLoopThread()) return;
    wake_is_pending_ = true;
  }
  Wake();
}

void EpollEventLoop::Watch(int fd, uint32_t events, FdHandler handler) {
  const uint32_t generation = next_generation_++;
  const bool is_new = !watched_.contains(fd);
  watched_[fd] = Watched{generation, std::make_shared<FdHandler>(std::move(handler))};
  Register(fd, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, events,
           (uint64_t{generation} << kGenerationBits) | static_cast<uint32_t>(fd));
}

void EpollEventLoop::Unwatch(int fd) {
  if (watched_.erase(fd) == 0) return;
  // A descriptor that was closed before is gone from epoll already.
  epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);
}

void EpollEventLoop::Register(int fd, int operation, uint32_t events, uint64_t data) {
  epoll_event event = {};
  event.events = events;
  event.data.u64 = data;
  if (epoll_ctl(epoll_fd_, operation, fd, &event) == 0) return;
  // The descriptor was closed and taken anew without Unwatch(), or the reverse.
  const int other = operation == EPOLL_CTL_ADD ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (epoll_ctl(epoll_fd_, other, fd, &event) == 0) return;
  std::perror("epoll_ctl");
  std::abort();
}

void EpollEventLoop::Wake() {
  const uint64_t one = 1;
  // Fails only if the counter is full, and then the loop wakes anyway.
  [[maybe_unused]] const ssize_t written = write(wake_fd_, &one, sizeof(one));
}

void EpollEventLoop::Run() {
  std::array<epoll_event, kEventsPerWait> events = {};
  std::vector<Task> tasks;
  bool stopping = false;
  while (!stopping) {
    stopping = TakeDueTasks(tasks);
    const bool was_idle = tasks.empty();
    for (Task& task : tasks) {
      std::move(task)();
      task = nullptr;  // What it held ends now, not with the batch.
    }
    tasks.clear();
    if (stopping) break;
    // What tasks and timers brought is looked at before waiting.
    const int timeout_ms = was_idle ? -1 : 0;
    const int count = epoll_wait(epoll_fd_, events.data(), kEventsPerWait, timeout_ms);
    for (int i = 0; i < count; ++i) HandleEvent(events[i]);
  }
  std::vector<Timed> never_due;
  {
    const std::lock_guard<std::mutex> lock(mu_);
    never_due.swap(timed_);
  }
  never_due.clear();
  watched_.clear();
}

// Moves what can run now to `tasks`. If there is nothing, arms the timer.
bool EpollEventLoop::TakeDueTasks(std::vector<Task>& tasks) {
  const std::lock_guard<std::mutex> lock(mu_);
  wake_is_pending_ = false;
  tasks.swap(posted_);
  if (!timed_.empty()) {
    const SteadyTime now = std::chrono::steady_clock::now();
    while (!timed_.empty() && timed_.front().due <= now) {
      std::pop_heap(timed_.begin(), timed_.end());
      tasks.push_back(std::move(timed_.back().task));
      timed_.pop_back();
    }
  }
  if (tasks.empty()) ArmTimer();
  return stopping_;
}

void EpollEventLoop::ArmTimer() {
  const SteadyTime due = timed_.empty() ? SteadyTime::max() : timed_.front().due;
  // A timer that is armed for earlier wakes the loop for nothing, once; that is cheaper.
  if (due >= armed_for_) return;
  armed_for_ = due;
  const absl::Duration since_start = absl::FromChrono(due.time_since_epoch());
  itimerspec when = {};
  when.it_value = absl::ToTimespec(since_start);
  timerfd_settime(timer_fd_, TFD_TIMER_ABSTIME, &when, nullptr);
}

void EpollEventLoop::HandleEvent(const epoll_event& event) {
  const int fd = static_cast<int>(static_cast<uint32_t>(event.data.u64));
  if (fd == wake_fd_ || fd == timer_fd_) {
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t size = read(fd, &count, sizeof(count));
    if (fd == timer_fd_) armed_for_ = SteadyTime::max();
    return;
  }
  const auto found = watched_.find(fd);
  if (found == watched_.end()) return;
  if (found->second.generation != event.data.u64 >> kGenerationBits) return;
  // The handler may unwatch itself while it runs.
  const std::shared_ptr<FdHandler> handler = found->second.handler;
  (*handler)(event.events);
}

}  // namespace

std::unique_ptr<EventLoop> EventLoop::Start() { return std::make_unique<EpollEventLoop>(); }

}  // namespace payments
