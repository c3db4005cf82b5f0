#include "server/engine/check_schedule.h"

#include <algorithm>

#include "server/engine/payment_phase.h"
#include "server/engine/proto_time.h"

namespace payments {
namespace {

// After this many doublings every interval is at its maximum.
constexpr int kBackoffDoublingsMax = 30;

absl::Duration Backoff(int checks_done, const EnginePolicy& policy) {
  const int doublings = std::min(checks_done, kBackoffDoublingsMax);
  return std::min(policy.check_interval_min * static_cast<double>(int64_t{1} << doublings),
                  policy.check_interval_max);
}

}  // namespace

absl::Time HoldOverTime(const storage::v1::PaymentRecord& record, const EnginePolicy& policy) {
  return ToTime(record.hold_start_time()) + ToDuration(record.payment().hold_duration()) +
         policy.hold_expiry_margin;
}

std::optional<absl::Time> NextDueTime(const storage::v1::PaymentRecord& record, int checks_done,
                                      const EnginePolicy& policy, absl::Time now) {
  const Phase phase = PhaseOf(record);
  if (IsFinal(phase) || phase == Phase::kDisputed) return std::nullopt;
  const int last = record.payment().operations_size() - 1;
  if (IsInFlight(record.payment().operations(last))) {
    return ToTime(record.operations(last).deadline()) + policy.orphan_margin;
  }
  const absl::Time hold_over = HoldOverTime(record, policy);
  const absl::Time later = now + Backoff(checks_done, policy);
  if (phase == Phase::kAuthorized) return std::max(hold_over, later);
  // A hold whose reference is not known cannot be asked about: only time can tell.
  const bool askable = !record.payment().provider_references().empty();
  if (!askable && (phase == Phase::kAuthorizing || phase == Phase::kAuthorizeUnknown)) {
    return std::max(hold_over, later);
  }
  return later;
}

}  // namespace payments
