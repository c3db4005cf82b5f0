#ifndef PAYMENTS_SERVER_ENGINE_CHECK_PLAN_H_
#define PAYMENTS_SERVER_ENGINE_CHECK_PLAN_H_

#include <optional>

#include "absl/time/time.h"
#include "providers/provider.h"
#include "server/engine/apply_evidence.h"
#include "server/engine/check_policy.h"
#include "server/engine/store.h"

namespace payments {

// Who wants to know.
enum class CheckTrigger {
  kTimer,     // The payment is due.
  kCaller,    // CheckPayment.
  kCallback,  // The provider hinted that something changed.
};

// What to do about a payment now.
enum class CheckStep {
  kNothing,
  kMarkLost,  // Its operation is orphaned: nobody waits for the answer any more.
  kResend,    // Its operation was provably not sent: send it again.
  kAsk,       // Ask the provider.
  kTimeOver,  // Its hold cannot be asked about, and is over by time.
};

// `running` says that this process is waiting for the operation's answer: then it
// is not orphaned, whatever the wall clock says. Pure.
CheckStep PlanCheck(const StoredPayment& stored, CheckTrigger trigger, bool running,
                    const CheckPolicy& policy, absl::Time now);

// Whether that step talks to the provider.
bool NeedsProvider(CheckStep step);

// What is asked. `hinted` are references that a callback brought and that are not
// recorded yet.
CheckCall MakeCheckCall(const StoredPayment& stored, const ProviderReferences& hinted);

// When a reading is judged.
struct CheckTime {
  absl::Time now;
  // How long the clock has gone on without a step or a restart: what lasted longer by what is
  // stored may not have.
  absl::Duration unbroken;
};

// What a reading means for this payment, if anything. What the provider does not know
// starts or ends the quiet period in `schedule`.
std::optional<Learned> Interpret(const StoredPayment& stored, const StatusReading& reading,
                                 const CheckPolicy& policy, CheckTime time,
                                 storage::v1::CheckSchedule& schedule);

// Every part of it that was asked about was answered for; of a transfer, it was asked.
bool IsConclusive(const StoredPayment& stored, const StatusReading& reading);

// The evidence that an operation's orphaning is.
Learned LostOf(v1::OperationKind kind);
// And if it was provably not sent.
Learned NotSentOf(v1::OperationKind kind);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_CHECK_PLAN_H_
