#ifndef PAYMENTS_PROVIDERS_SANDBOX_FAULT_PLAN_H_
#define PAYMENTS_PROVIDERS_SANDBOX_FAULT_PLAN_H_

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "payments/sandbox/v1/callback.pb.h"
#include "payments/sandbox/v1/sandbox_service.pb.h"
#include "providers/sandbox/soap_contract.h"

namespace payments::sandbox {

// An amount whose last two digits ask for trouble: the table of docs/sandbox.md.
struct MagicAmount {
  int ending;  // AmountInTiyin modulo 100.
  v1::Method method;
  bool first_call_only;  // Later calls of the method on the same hold are ordinary.
  const char* fault;     // v1::Fault as textproto.
};

// An amount whose hold's callbacks are sent in another way.
struct MagicCallback {
  int ending;
  const char* policy;  // v1::CallbackPolicy as textproto.
};

// A card number whose last four digits ask for a refusal.
struct MagicCard {
  const char* ending;
  const char* code;  // Result/code of partnerRegisterCardIPS.
};

absl::Span<const MagicAmount> MagicAmounts();
absl::Span<const MagicCallback> MagicCallbacks();
absl::Span<const MagicCard> MagicCards();

// Which call goes wrong, and how: what was planned over gRPC first, then the magic
// amounts. Thread-compatible.
class FaultPlan {
 public:
  static constexpr size_t kPlansPerMethodMax = 1000;
  static constexpr int32_t kCallsMax = 1'000'000;
  static constexpr int64_t kAnswerBytesMax = 256 << 20;
  static constexpr int64_t kAnswerBytesDefault = 100 << 20;
  static constexpr int32_t kHttpStatusDefault = 503;

  FaultPlan();

  // kInvalidArgument names the field; kResourceExhausted: too many plans.
  absl::Status Plan(const v1::PlanFaultRequest& request);
  // METHOD_UNSPECIFIED: all.
  void Clear(v1::Method method);

  // The planned fault of this call, used up by asking.
  std::optional<v1::Fault> Take(v1::Method method);
  // The fault its amount asks for. `methods_called` has a bit for every method that was
  // called on the hold before (1 << method).
  std::optional<v1::Fault> ForAmount(v1::Method method, int64_t amount_minor,
                                     uint32_t methods_called) const;
  std::optional<v1::CallbackPolicy> CallbacksForAmount(int64_t amount_minor) const;

 private:
  struct Planned {
    v1::Fault fault;
    int32_t calls_left;
    bool until_cleared;
  };
  struct ParsedAmount {
    MagicAmount row;
    v1::Fault fault;
  };

  std::array<std::deque<Planned>, kMethodCount + 1> planned_;  // By v1::Method.
  std::vector<ParsedAmount> amounts_;
  std::vector<std::pair<int, v1::CallbackPolicy>> callbacks_;
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_FAULT_PLAN_H_
