#ifndef PAYMENTS_TESTS_UNIT_SERVICE_TEST_EXECUTOR_H_
#define PAYMENTS_TESTS_UNIT_SERVICE_TEST_EXECUTOR_H_

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/system_clock.h"

namespace payments {

// A real thread for what is posted, and a clock that only the test moves: what is
// posted with a delay waits for Advance(). Thread-safe.
class TestExecutor final : public Executor, public Clock {
 public:
  TestExecutor() : start_(SystemClock().Now()), thread_([this] { Run(); }) {}
  TestExecutor(const TestExecutor&) = delete;
  TestExecutor& operator=(const TestExecutor&) = delete;
  ~TestExecutor() override { Stop(); }

  void Post(Task task) override {
    const std::lock_guard lock(mu_);
    PostLocked(std::move(task));
  }
  void PostAfter(absl::Duration delay, Task task) override {
    const std::lock_guard lock(mu_);
    later_.emplace(elapsed_ + delay, std::move(task));
  }

  absl::Time Now() const override { return start_ + Monotonic(); }
  absl::Duration Monotonic() const override {
    const std::lock_guard lock(mu_);
    return elapsed_;
  }

  // Time passes; what becomes due is posted.
  void Advance(absl::Duration duration) {
    const std::lock_guard lock(mu_);
    elapsed_ += duration;
    while (!later_.empty() && later_.begin()->first <= elapsed_) {
      PostLocked(std::move(later_.extract(later_.begin()).mapped()));
    }
  }

  // Returns when what was posted so far has run.
  void Flush() {
    std::mutex done_mu;
    std::condition_variable changed;
    bool done = false;
    Post([&] {
      const std::lock_guard lock(done_mu);
      done = true;
      changed.notify_one();
    });
    std::unique_lock lock(done_mu);
    changed.wait(lock, [&] { return done; });
  }

  // Tasks that wait for their time.
  size_t later_count() const {
    const std::lock_guard lock(mu_);
    return later_.size();
  }

  // Runs what was posted, and ends; what is posted later is dropped.
  void Stop() {
    {
      const std::lock_guard lock(mu_);
      stopped_ = true;
      changed_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
    // Outside the lock: what a task holds may post when it is destroyed.
    std::multimap<absl::Duration, Task> dropped;
    const std::lock_guard lock(mu_);
    dropped.swap(later_);
  }

 private:
  void PostLocked(Task task) {
    if (stopped_) return;
    tasks_.push_back(std::move(task));
    changed_.notify_one();
  }

  void Run() {
    std::unique_lock lock(mu_);
    while (true) {
      changed_.wait(lock, [this] { return stopped_ || !tasks_.empty(); });
      if (tasks_.empty()) return;
      Task task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      std::move(task)();
      task = nullptr;
      lock.lock();
    }
  }

  const absl::Time start_;
  mutable std::mutex mu_;
  std::condition_variable changed_;
  bool stopped_ = false;
  absl::Duration elapsed_;
  std::deque<Task> tasks_;
  std::multimap<absl::Duration, Task> later_;
  std::thread thread_;
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_UNIT_SERVICE_TEST_EXECUTOR_H_
