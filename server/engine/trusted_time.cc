#include "server/engine/trusted_time.h"

namespace payments {

TrustedTime::TrustedTime(const Clock* clock)
    : clock_(clock), believed_since_(clock->Monotonic()), zero_(clock->Now() - believed_since_) {}

absl::Time TrustedTime::Now() {
  const absl::Duration monotonic = clock_->Monotonic();
  const absl::Time zero = clock_->Now() - monotonic;
  if (IsBelieved(zero, monotonic)) {
    if (absl::AbsDuration(zero - zero_) > kSlewMax) believed_since_ = monotonic;
    zero_ = zero;
    doubt_.reset();
  }
  return zero_ + monotonic;
}

bool TrustedTime::IsBelieved(absl::Time zero, absl::Duration monotonic) {
  if (absl::AbsDuration(zero - zero_) <= kSlewMax) return true;
  if (!doubt_.has_value() || absl::AbsDuration(zero - doubt_->zero) > kSlewMax) {
    doubt_ = {zero, monotonic};
    return false;
  }
  doubt_->zero = zero;  // It may be slewed meanwhile.
  return monotonic - doubt_->since >= kBelievedAfter;
}

}  // namespace payments
