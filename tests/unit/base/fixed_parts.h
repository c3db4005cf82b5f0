#ifndef PAYMENTS_TESTS_UNIT_BASE_FIXED_PARTS_H_
#define PAYMENTS_TESTS_UNIT_BASE_FIXED_PARTS_H_

#include <cstdint>

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "server/base/clock.h"
#include "server/base/random.h"

namespace payments {

// Shows the time it was set to.
class FixedClock : public Clock {
 public:
  explicit FixedClock(absl::Time now) : now_(now) {}
  absl::Time Now() const override { return now_; }
  absl::Duration Monotonic() const override { return now_ - absl::UnixEpoch(); }
  void Set(absl::Time now) { now_ = now; }

 private:
  absl::Time now_;
};

// Counts up: every byte differs from the one before.
class CountingRandom : public Random {
 public:
  void Fill(absl::Span<uint8_t> bytes) override {
    for (uint8_t& byte : bytes) byte = next_++;
  }

 private:
  uint8_t next_ = 0;
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_UNIT_BASE_FIXED_PARTS_H_
