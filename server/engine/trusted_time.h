#ifndef PAYMENTS_SERVER_ENGINE_TRUSTED_TIME_H_
#define PAYMENTS_SERVER_ENGINE_TRUSTED_TIME_H_

#include <optional>

#include "absl/time/time.h"
#include "server/base/clock.h"

namespace payments {

// The wall time by which holds are over and payments are due. Somebody may set the clock,
// wrongly: a step is believed only once it has lasted, and until then time goes on from
// where it was. A start of the process believes the clock it finds.
//
// Asked often enough, it notices every step; the reconciler asks with every tick. Runs on
// the engine's executor.
class TrustedTime {
 public:
  // What a clock gains or loses between two looks without being set.
  static constexpr absl::Duration kSlewMax = absl::Seconds(1);
  // A step that lasts so long is meant.
  static constexpr absl::Duration kBelievedAfter = absl::Minutes(10);

  // `clock` is not owned and outlives this.
  explicit TrustedTime(const Clock* clock);

  absl::Time Now();

  // How long it has gone on without a step that was believed, or since the start.
  absl::Duration Unbroken() const { return clock_->Monotonic() - believed_since_; }

 private:
  struct Doubt {
    absl::Time zero;
    absl::Duration since;  // Monotonic.
  };

  // Whether the clock is as it was, or has been so for long enough.
  bool IsBelieved(absl::Time zero, absl::Duration monotonic);

  const Clock* const clock_;
  absl::Duration believed_since_;  // Monotonic.
  absl::Time zero_;                // The wall time of the monotonic clock's zero, as trusted.
  std::optional<Doubt> doubt_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_TRUSTED_TIME_H_
