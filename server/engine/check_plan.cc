#include "server/engine/check_plan.h"

#include <algorithm>

#include "server/engine/check_schedule.h"
#include "server/engine/payment_phase.h"
#include "server/engine/proto_time.h"

namespace payments {
namespace {

bool MayHaveBeenSent(const v1::Operation& operation) {
  return operation.dispatch() != v1::OPERATION_DISPATCH_NOT_SENT;
}

int CountOfKind(const v1::Payment& payment, v1::OperationKind kind) {
  int count = 0;
  for (const v1::Operation& operation : payment.operations()) count += operation.kind() == kind;
  return count;
}

bool ReleaseMayBeSentAgain(const v1::Payment& payment, const CheckPolicy& policy) {
  return CountOfKind(payment, v1::OPERATION_KIND_CANCEL) < policy.release_attempts_max;
}

// "It is not done": evidence, namely `learned`, only if the provider says so twice.
std::optional<Learned> NegativeReading(Learned learned, const CheckPolicy& policy, CheckTime time,
                                       storage::v1::CheckSchedule& schedule) {
  if (!schedule.has_first_negative_time()) {
    *schedule.mutable_first_negative_time() = ToTimestamp(time.now);
    return std::nullopt;
  }
  const absl::Duration quiet = time.now - ToTime(schedule.first_negative_time());
  // A clock that was set back starts the period again.
  if (quiet < absl::ZeroDuration()) *schedule.mutable_first_negative_time() = ToTimestamp(time.now);
  // One that was set forward, or that a restart found, may have made it look longer.
  if (std::min(quiet, time.unbroken) < policy.negative_check_quiet_period) return std::nullopt;
  return learned;
}

// The hold is there.
std::optional<Learned> HeldReading(Phase phase, const v1::Payment& payment, bool over,
                                   const CheckPolicy& policy) {
  switch (phase) {
    case Phase::kAuthorized:
    case Phase::kCaptureDue:
      return over ? std::optional<Learned>(Learned::kHoldOverdue) : std::nullopt;
    case Phase::kReleaseUnknown:
    case Phase::kReleaseDue:
      if (!ReleaseMayBeSentAgain(payment, policy)) return std::nullopt;
      return Learned::kResendDue;
    default:
      return Learned::kHeld;
  }
}

// The provider waits for the payer, or does not know the transfer. The request may still be on
// its way, so that counts only when repeated; what the provider has answered before is not.
std::optional<Learned> WaitingReading(const StoredPayment& stored, bool provider_waits,
                                      const CheckPolicy& policy, CheckTime time,
                                      storage::v1::CheckSchedule& schedule) {
  const Phase phase = PhaseOf(stored.record);
  // It was "provably never sent".
  if (phase == Phase::kFailed && provider_waits) return Learned::kTransferActionRequired;
  if (IsFinal(phase) || !IsSettled(stored.record.payment())) return std::nullopt;
  const bool payer_acts = phase == Phase::kActionRequired;
  if (payer_acts && time.now < ActionOverTime(stored.record, policy)) return std::nullopt;
  // Of a restored one nobody knows whether his result was handed on.
  if (payer_acts && provider_waits && !stored.record.restored()) return Learned::kActionTimeOver;
  return NegativeReading(
      payer_acts || provider_waits ? Learned::kActionTimeOver : Learned::kTransferAbsent, policy,
      time, schedule);
}

std::optional<Learned> TransferReading(const StoredPayment& stored, const StatusReading& reading,
                                       const CheckPolicy& policy, CheckTime time,
                                       storage::v1::CheckSchedule& schedule) {
  using Transfer = StatusReading::Transfer;
  switch (reading.transfer) {
    case Transfer::kSucceeded:
      return Learned::kTransferred;
    case Transfer::kDeclined:
      return Learned::kTransferDeclined;
    case Transfer::kCanceled:
      return Learned::kTransferCanceled;
    case Transfer::kReturned:
      return Learned::kTransferReturned;
    case Transfer::kInProcess:
      schedule.clear_first_negative_time();
      return Learned::kTransferInProcess;
    case Transfer::kActionRequired:
    case Transfer::kNotKnown:
      return WaitingReading(stored, reading.transfer == Transfer::kActionRequired, policy, time,
                            schedule);
    case Transfer::kNotAsked:
    case Transfer::kNoEvidence:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

bool IsConclusive(const StoredPayment& stored, const StatusReading& reading) {
  using Transfer = StatusReading::Transfer;
  if (LastOperationOfKind(stored.record.payment(), v1::OPERATION_KIND_TRANSFER) >= 0) {
    return reading.transfer != Transfer::kNotAsked && reading.transfer != Transfer::kNoEvidence;
  }
  if (reading.capture == StatusReading::Capture::kCaptured) return true;
  return reading.capture != StatusReading::Capture::kNoEvidence &&
         reading.hold != StatusReading::Hold::kNoEvidence;
}

Learned LostOf(v1::OperationKind kind) {
  switch (kind) {
    case v1::OPERATION_KIND_CAPTURE:
      return Learned::kCaptureLost;
    case v1::OPERATION_KIND_CANCEL:
      return Learned::kReleaseLost;
    case v1::OPERATION_KIND_TRANSFER:
      return Learned::kTransferLost;
    case v1::OPERATION_KIND_CONFIRM:
      return Learned::kConfirmLost;
    default:
      return Learned::kHoldLost;
  }
}

Learned NotSentOf(v1::OperationKind kind) {
  switch (kind) {
    case v1::OPERATION_KIND_CAPTURE:
      return Learned::kCaptureNotSent;
    case v1::OPERATION_KIND_CANCEL:
      return Learned::kReleaseNotSent;
    case v1::OPERATION_KIND_TRANSFER:
      return Learned::kTransferNotSent;
    case v1::OPERATION_KIND_CONFIRM:
      return Learned::kConfirmNotSent;
    default:
      return Learned::kHoldNotSent;
  }
}

CheckStep PlanCheck(const StoredPayment& stored, CheckTrigger trigger, bool running,
                    const CheckPolicy& policy, absl::Time now) {
  const v1::Payment& payment = stored.record.payment();
  const Phase phase = PhaseOf(stored.record);
  const int last = payment.operations_size() - 1;
  const bool known = !payment.provider_references().empty();
  if (trigger == CheckTrigger::kCallback) return CheckStep::kAsk;
  if (IsFinal(phase) || phase == Phase::kDisputed) return CheckStep::kNothing;
  if (IsInFlight(payment.operations(last))) {
    const absl::Time orphaned =
        ToTime(stored.record.operations(last).deadline()) + policy.orphan_margin;
    return !running && now >= orphaned ? CheckStep::kMarkLost : CheckStep::kNothing;
  }
  const bool over = now >= HoldOverTime(stored.record, policy);
  switch (phase) {
    case Phase::kCaptureDue:
    case Phase::kReleaseDue:
      return over ? CheckStep::kAsk : CheckStep::kResend;
    case Phase::kAuthorized:
      // Of a restored one nobody knows whether it is still held.
      return over || trigger == CheckTrigger::kCaller || stored.record.restored()
                 ? CheckStep::kAsk
                 : CheckStep::kNothing;
    case Phase::kActionRequired:
      return trigger == CheckTrigger::kCaller || stored.record.restored() ||
                     now >= ActionOverTime(stored.record, policy)
                 ? CheckStep::kAsk
                 : CheckStep::kNothing;
    case Phase::kAuthorizing:
    case Phase::kAuthorizeUnknown:
      if (known) return CheckStep::kAsk;
      return MayEndByTime(stored.record, policy, now) ? CheckStep::kTimeOver : CheckStep::kNothing;
    default:
      return CheckStep::kAsk;
  }
}

bool NeedsProvider(CheckStep step) { return step == CheckStep::kAsk || step == CheckStep::kResend; }

CheckCall MakeCheckCall(const StoredPayment& stored, const ProviderReferences& hinted) {
  const v1::Payment& payment = stored.record.payment();
  CheckCall call;
  call.references = hinted;
  // What is recorded outranks what a callback hints at.
  for (const auto& [key, value] : payment.provider_references()) call.references[key] = value;
  for (int i = payment.operations_size() - 1; i >= 0; --i) {
    const v1::Operation& operation = payment.operations(i);
    if (operation.kind() == v1::OPERATION_KIND_CAPTURE && MayHaveBeenSent(operation)) {
      call.capture_numbers.push_back(stored.record.operations(i).number());
    }
    // Also of one that was "provably not sent": the provider may know better.
    if (operation.kind() == v1::OPERATION_KIND_TRANSFER) {
      call.transfer_number = stored.record.operations(i).number();
    }
  }
  call.amount = payment.amount();
  call.language = stored.record.payer_language();
  return call;
}

std::optional<Learned> Interpret(const StoredPayment& stored, const StatusReading& reading,
                                 const CheckPolicy& policy, CheckTime time,
                                 storage::v1::CheckSchedule& schedule) {
  using Hold = StatusReading::Hold;
  using Capture = StatusReading::Capture;
  const v1::Payment& payment = stored.record.payment();
  const Phase phase = PhaseOf(stored.record);
  if (LastOperationOfKind(payment, v1::OPERATION_KIND_TRANSFER) >= 0) {
    return TransferReading(stored, reading, policy, time, schedule);
  }
  if (reading.capture == Capture::kCaptured) return Learned::kCaptured;
  const bool capture_open = phase == Phase::kCaptureUnknown || phase == Phase::kCapturing;
  if (capture_open) {
    if (reading.capture != Capture::kNotKnown) return std::nullopt;
    // While its own answer is awaited, "not known" is only early.
    if (IsInFlight(*payment.operations().rbegin())) return std::nullopt;
    return NegativeReading(Learned::kCaptureAbsent, policy, time, schedule);
  }
  const bool over = time.now >= HoldOverTime(stored.record, policy);
  // A capture that was taken for absent may have landed since, and have closed the hold: the
  // hold tells nothing while the capture is not answered for.
  const bool capture_open_again = reading.capture == Capture::kNoEvidence;
  switch (reading.hold) {
    case Hold::kHeld:
      return HeldReading(phase, payment, over, policy);
    case Hold::kInProcess:
      return Learned::kHoldInProcess;
    case Hold::kClosed:
      return capture_open_again ? std::nullopt : std::optional<Learned>(Learned::kHoldClosed);
    case Hold::kNotAsked:
    case Hold::kNoEvidence:
      // A timer never acts while an operation is open.
      if (IsFinal(phase) || IsInFlight(*payment.operations().rbegin())) return std::nullopt;
      if (!capture_open_again && MayEndByTime(stored.record, policy, time.now)) {
        return Learned::kHoldTimeOver;
      }
      if (phase == Phase::kReleaseUnknown && ReleaseMayBeSentAgain(payment, policy)) {
        return Learned::kResendDue;
      }
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace payments
