#include "server/engine/restored_payment.h"

#include <algorithm>
#include <utility>

#include "server/engine/contradictions.h"
#include "server/engine/payment_phase.h"
#include "server/engine/proto_time.h"

namespace payments {
namespace {

bool IsUnsentCapture(const v1::Operation& operation) {
  return operation.kind() == v1::OPERATION_KIND_CAPTURE &&
         operation.dispatch() == v1::OPERATION_DISPATCH_NOT_SENT;
}

}  // namespace

std::optional<PaymentWrite> RestoredPayment(StoredPayment stored, absl::Time now) {
  const Phase phase = PhaseOf(stored.record);
  if (IsFinal(phase) || phase == Phase::kDisputed) return std::nullopt;
  PaymentWrite write;
  write.record = std::move(stored.record);
  write.record.set_restored(true);
  write.cause.set_kind(v1::CAUSE_KIND_RECOVERY);
  write.cause.set_detail("restored from a backup: what was done after it is not known here");
  v1::Payment& payment = *write.record.mutable_payment();
  *payment.mutable_update_time() = ToTimestamp(std::max(now, ToTime(payment.update_time())));

  const int last = payment.operations_size() - 1;
  const bool unsent_capture = IsUnsentCapture(payment.operations(last));
  const bool nameless = unsent_capture && write.record.operations(last).number() == 0;
  if (unsent_capture && !nameless) {
    v1::Operation& capture = *payment.mutable_operations(last);
    capture.set_dispatch(v1::OPERATION_DISPATCH_SENT);
    capture.set_result(v1::OPERATION_RESULT_UNKNOWN);
    write.record.mutable_operations(last)->clear_failure();
    payment.set_state(v1::PAYMENT_STATE_UNKNOWN);
  }
  const bool hold_open = phase == Phase::kAuthorizing || phase == Phase::kAuthorizeUnknown;
  if (nameless) {
    // If it was sent since, then under a number that nobody can ask about.
    write.record.set_disputed(true);
    payment.set_state(v1::PAYMENT_STATE_UNKNOWN);
  }
  if (nameless || (hold_open && payment.provider_references().empty())) {
    payment.set_needs_review(true);
    RememberContradiction(write.cause.detail(), now, write.record);
  }
  if (!nameless) *write.schedule.mutable_due_time() = ToTimestamp(now);
  return write;
}

}  // namespace payments
