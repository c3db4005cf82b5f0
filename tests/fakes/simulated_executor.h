#ifndef PAYMENTS_TESTS_FAKES_SIMULATED_EXECUTOR_H_
#define PAYMENTS_TESTS_FAKES_SIMULATED_EXECUTOR_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <utility>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"

namespace payments {

// Clock and executor in one: time stands still while tasks run and jumps to the
// next task when none is due. Every task gets a random extra delay, drawn from
// `seed`, so that one seed is one interleaving and a failure can be replayed.
//
// Unlike a real executor it does not keep the order of posting: code under test
// must not depend on it across components. Not thread-safe.
class SimulatedExecutor : public Executor, public Clock {
 public:
  static constexpr int kJitterMicrosecondsMax = 100;

  explicit SimulatedExecutor(uint64_t seed) : random_(seed) {}

  void Post(Task task) override { PostAfter(absl::ZeroDuration(), std::move(task)); }
  void PostAfter(absl::Duration delay, Task task) override {
    const absl::Duration jitter = absl::Microseconds(Random(kJitterMicrosecondsMax));
    const absl::Duration wait = delay > absl::ZeroDuration() ? delay : absl::ZeroDuration();
    tasks_.emplace(std::pair(elapsed_ + wait + jitter, ++order_), std::move(task));
  }

  // Starts at 2026-01-01 00:00 UTC.
  absl::Time Now() const override {
    constexpr int64_t kStartUnixSeconds = 1'767'225'600;
    return absl::FromUnixSeconds(kStartUnixSeconds) + elapsed_ + wall_offset_;
  }
  absl::Duration Monotonic() const override { return elapsed_; }

  // From now on the wall clock is `offset` off: somebody has set it.
  void SetWallOffset(absl::Duration offset) { wall_offset_ = offset; }

  // Runs one task; false if there is none.
  bool RunOne() {
    if (tasks_.empty()) return false;
    auto node = tasks_.extract(tasks_.begin());
    elapsed_ = node.key().first;
    std::move(node.mapped())();
    return true;
  }
  // Runs the next task if it is due by `end` (of Monotonic()). False if none is: then
  // it is `end` now.
  bool RunOneUntil(absl::Duration end) {
    if (!tasks_.empty() && tasks_.begin()->first.first <= end) return RunOne();
    elapsed_ = end;
    return false;
  }
  // Runs until there is nothing left to do.
  void Run() {
    while (RunOne()) {
    }
  }
  // Runs what becomes due within `duration`, and lets that time pass.
  void RunFor(absl::Duration duration) {
    const absl::Duration end = elapsed_ + duration;
    while (!tasks_.empty() && tasks_.begin()->first.first <= end) RunOne();
    elapsed_ = end;
  }

  // A crash: what was posted never runs.
  void DropAll() { const auto dropped = std::exchange(tasks_, {}); }

  size_t pending() const { return tasks_.size(); }
  // 0 to n - 1.
  uint64_t Random(uint64_t n) { return random_() % n; }

 private:
  std::mt19937_64 random_;
  absl::Duration elapsed_;
  absl::Duration wall_offset_;
  uint64_t order_ = 0;
  std::map<std::pair<absl::Duration, uint64_t>, Task> tasks_;
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_FAKES_SIMULATED_EXECUTOR_H_
