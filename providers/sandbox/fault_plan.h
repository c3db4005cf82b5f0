#ifndef PAYMENTS_PROVIDERS_SANDBOX_FAULT_PLAN_H_
#define PAYMENTS_PROVIDERS_SANDBOX_FAULT_PLAN_H_

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "absl/status/status.h"
#include "payments/sandbox/v1/sandbox_service.pb.h"

namespace payments::sandbox {

// Which calls go wrong because it was planned over gRPC, and how. Thread-compatible.
class FaultPlan {
 public:
  static constexpr size_t kPlansPerMethodMax = 1000;
  static constexpr int32_t kCallsMax = 1'000'000;
  static constexpr int64_t kAnswerBytesMax = 256 << 20;
  static constexpr int64_t kAnswerBytesDefault = 100 << 20;
  static constexpr int32_t kHttpStatusDefault = 503;

  // kInvalidArgument names the field; kResourceExhausted: too many plans.
  absl::Status Plan(const v1::PlanFaultRequest& request);
  // METHOD_UNSPECIFIED: all.
  void Clear(v1::Method method);

  // The planned fault of this call, used up by asking.
  std::optional<v1::Fault> Take(v1::Method method);

 private:
  struct Planned {
    v1::Fault fault;
    int32_t calls_left;
    bool until_cleared;
  };

  std::array<std::deque<Planned>, v1::Method_ARRAYSIZE> planned_;  // By v1::Method.
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_FAULT_PLAN_H_
