#include "server/engine/trusted_time.h"

namespace payments {

TrustedTime::TrustedTime(const Clock* clock)
    : clock_(clock), zero_(clock->Now() - clock->Monotonic()) {}

absl::Time TrustedTime::Now() {
  const absl::Duration monotonic = clock_->Monotonic();
  const absl::Time zero = clock_->Now() - monotonic;
  if (absl::AbsDuration(zero - zero_) <= kSlewMax) {
    zero_ = zero;
    doubt_.reset();
  } else if (!doubt_.has_value() || absl::AbsDuration(zero - doubt_->zero) > kSlewMax) {
    doubt_ = {zero, monotonic};
  } else if (monotonic - doubt_->since >= kBelievedAfter) {
    zero_ = zero;
    doubt_.reset();
  } else {
    doubt_->zero = zero;  // It may be slewed meanwhile.
  }
  return zero_ + monotonic;
}

}  // namespace payments
