#ifndef PAYMENTS_SERVER_BASE_CLOCK_H_
#define PAYMENTS_SERVER_BASE_CLOCK_H_

#include "absl/time/time.h"

namespace payments {

// Tells the time. Everything that needs to know what time it is takes a Clock;
// absl::Now() is called in system_clock.cc and nowhere else (tests/tidy checks).
//
// Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // Wall time, for stamps shown to people and for moments that survive a restart.
  // May go back.
  virtual absl::Time Now() const = 0;

  // Time since an arbitrary start, for latencies. Never goes back.
  virtual absl::Duration Monotonic() const = 0;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_BASE_CLOCK_H_
