#ifndef PAYMENTS_PROVIDERS_SANDBOX_CONDUCT_H_
#define PAYMENTS_PROVIDERS_SANDBOX_CONDUCT_H_

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "payments/sandbox/v1/sandbox_service.pb.h"
#include "providers/sandbox/attempt_log.h"
#include "providers/sandbox/fault_plan.h"
#include "server/base/clock.h"

namespace payments::sandbox {

// What became of a call.
enum class Verdict {
  kRefused,   // For its shape, its values or its token.
  kDeclined,  // By the state of things, or by an ordered business error.
  kApplied,   // Whatever was answered.
  kLost,      // Not executed because of another fault.
};
const char* NameOf(Verdict verdict);

// How the sandbox conducts itself whichever provider is called: its clock, its latency,
// the faults that were planned, what was asked for how often, and what became of the
// calls. Thread-safe.
class Conduct {
 public:
  // The clock is not owned.
  Conduct(absl::Duration latency, Clock* clock);

  // The sandbox's clock: the machine's and the skew.
  absl::Time Now();
  absl::Duration latency();

  // The planned fault of this call, used up by asking.
  std::optional<v1::Fault> TakeFault(v1::Method method);

  void Count(v1::Method method, Verdict verdict);
  void CountUnreadable();
  void CountAttempt(const v1::Attempt& attempt);
  void AddTotals(v1::Totals& totals);

  // The rpcs of SandboxService; errors name the field.
  absl::Status PlanFault(const v1::PlanFaultRequest& request);
  void ClearFaults(v1::Method method);
  absl::StatusOr<v1::ListAttemptsResponse> ListAttempts(const v1::ListAttemptsRequest& request);
  absl::Status SetLatency(const v1::SetLatencyRequest& request);
  absl::StatusOr<v1::SetClockSkewResponse> SetClockSkew(const v1::SetClockSkewRequest& request);
  void Reset();

 private:
  absl::Time NowLocked() const { return clock_->Now() + skew_; }

  const absl::Duration first_latency_;
  Clock* const clock_;

  std::mutex mu_;
  FaultPlan faults_;                                           // Guarded by mu_.
  std::array<v1::MethodCounts, v1::Method_ARRAYSIZE> counts_;  // Guarded by mu_.
  AttemptLog attempts_;                                        // Guarded by mu_.
  int64_t unreadable_requests_ = 0;                            // Guarded by mu_.
  absl::Duration latency_;                                     // Guarded by mu_.
  absl::Duration skew_;                                        // Guarded by mu_.
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_CONDUCT_H_
