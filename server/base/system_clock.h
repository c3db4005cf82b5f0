#ifndef PAYMENTS_SERVER_BASE_SYSTEM_CLOCK_H_
#define PAYMENTS_SERVER_BASE_SYSTEM_CLOCK_H_

#include "server/base/clock.h"

namespace payments {

// The machine's clocks. Thread-safe.
class SystemClock : public Clock {
 public:
  absl::Time Now() const override;
  absl::Duration Monotonic() const override;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_BASE_SYSTEM_CLOCK_H_
