#include "server/engine/check_schedule.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "server/engine/payment_phase.h"
#include "server/engine/proto_time.h"

namespace payments {
namespace {

// After this many doublings every interval is at its maximum.
constexpr int kBackoffDoublingsMax = 30;

constexpr double kPercent = 0.01;

// From 0 to 1, as if by chance: the same for the same payment and count, wherever it runs.
double ChanceOf(const std::string& name, int checks_done) {
  std::vector<uint32_t> values(name.begin(), name.end());
  values.push_back(static_cast<uint32_t>(checks_done));
  std::array<uint32_t, 2> mixed{};
  std::seed_seq(values.begin(), values.end()).generate(mixed.begin(), mixed.end());
  return static_cast<double>(mixed[0]) / UINT32_MAX;
}

absl::Duration Backoff(int checks_done, const CheckPolicy& policy) {
  const int doublings = std::min(checks_done, kBackoffDoublingsMax);
  return std::min(policy.check_interval_min * static_cast<double>(int64_t{1} << doublings),
                  policy.check_interval_max);
}

}  // namespace

absl::Duration CheckInterval(const std::string& name, int checks_done, const CheckPolicy& policy) {
  const absl::Duration interval = Backoff(checks_done, policy);
  return interval * (1 + policy.check_jitter_percent * kPercent * ChanceOf(name, checks_done));
}

absl::Time HoldOverTime(const storage::v1::PaymentRecord& record, const CheckPolicy& policy) {
  return ToTime(record.hold_start_time()) + ToDuration(record.payment().hold_duration()) +
         policy.hold_expiry_margin;
}

bool MayEndByTime(const storage::v1::PaymentRecord& record, const CheckPolicy& policy,
                  absl::Time now) {
  const absl::Time over = HoldOverTime(record, policy);
  const auto& operations = record.payment().operations();
  const bool outlived =
      std::any_of(operations.begin(), operations.end(), [over](const v1::Operation& operation) {
        return operation.kind() == v1::OPERATION_KIND_CANCEL &&
               ToTime(operation.start_time()) >= over;
      });
  return !record.restored() && !outlived && now >= over;
}

absl::Time ActionOverTime(const storage::v1::PaymentRecord& record, const CheckPolicy& policy) {
  return ToTime(record.payer_action().expire_time()) + policy.hold_expiry_margin;
}

std::optional<absl::Time> NextDueTime(const storage::v1::PaymentRecord& record, int checks_done,
                                      const CheckPolicy& policy, absl::Time now) {
  const Phase phase = PhaseOf(record);
  if (IsFinal(phase) || phase == Phase::kDisputed) return std::nullopt;
  const int last = record.payment().operations_size() - 1;
  if (IsInFlight(record.payment().operations(last))) {
    return ToTime(record.operations(last).deadline()) + policy.orphan_margin;
  }
  const absl::Time hold_over = HoldOverTime(record, policy);
  const absl::Time later = now + CheckInterval(record.payment().name(), checks_done, policy);
  // Of a restored one nobody knows whether it is still held.
  if (phase == Phase::kAuthorized) return record.restored() ? later : std::max(hold_over, later);
  if (phase == Phase::kActionRequired) {
    return record.restored() ? later : std::max(ActionOverTime(record, policy), later);
  }
  // A hold whose reference is not known cannot be asked about: only time can tell.
  const bool askable = !record.payment().provider_references().empty();
  if (!askable && (phase == Phase::kAuthorizing || phase == Phase::kAuthorizeUnknown)) {
    if (record.restored()) return std::nullopt;  // A callback or an operator.
    return std::max(hold_over, later);
  }
  return later;
}

}  // namespace payments
