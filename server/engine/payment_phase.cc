#include "server/engine/payment_phase.h"

#include "absl/strings/strip.h"

namespace payments {
namespace {

// PROCESSING: which step is it?
Phase ProcessingPhase(const v1::Payment& payment) {
  const v1::Operation& last = *payment.operations().rbegin();
  const bool not_sent = last.result() == v1::OPERATION_RESULT_NOT_DONE;
  switch (last.kind()) {
    case v1::OPERATION_KIND_CAPTURE:
      return not_sent ? Phase::kCaptureDue : Phase::kCapturing;
    case v1::OPERATION_KIND_CANCEL:
      return not_sent ? Phase::kReleaseDue : Phase::kReleasing;
    case v1::OPERATION_KIND_TRANSFER:
      return Phase::kTransferring;
    case v1::OPERATION_KIND_CONFIRM:
      return Phase::kConfirming;
    default:
      return Phase::kAuthorizing;
  }
}

Phase UnknownPhase(const v1::Payment& payment) {
  switch (payment.operations().rbegin()->kind()) {
    case v1::OPERATION_KIND_CAPTURE:
      return Phase::kCaptureUnknown;
    case v1::OPERATION_KIND_CANCEL:
      return Phase::kReleaseUnknown;
    case v1::OPERATION_KIND_TRANSFER:
      return Phase::kTransferUnknown;
    case v1::OPERATION_KIND_CONFIRM:
      return Phase::kConfirmUnknown;
    default:
      return Phase::kAuthorizeUnknown;
  }
}

}  // namespace

Phase PhaseOf(const storage::v1::PaymentRecord& record) {
  const v1::Payment& payment = record.payment();
  switch (payment.state()) {
    case v1::PAYMENT_STATE_PROCESSING:
      return ProcessingPhase(payment);
    case v1::PAYMENT_STATE_AUTHORIZED:
      return Phase::kAuthorized;
    case v1::PAYMENT_STATE_ACTION_REQUIRED:
      return Phase::kActionRequired;
    case v1::PAYMENT_STATE_SUCCEEDED:
      return Phase::kSucceeded;
    case v1::PAYMENT_STATE_CANCELED:
      return Phase::kCanceled;
    case v1::PAYMENT_STATE_DECLINED:
      return Phase::kDeclined;
    case v1::PAYMENT_STATE_EXPIRED:
      return Phase::kExpired;
    case v1::PAYMENT_STATE_FAILED:
      return Phase::kFailed;
    case v1::PAYMENT_STATE_UNKNOWN:
      return record.disputed() ? Phase::kDisputed : UnknownPhase(payment);
    default:
      // A state that this version does not know must not be acted upon.
      return Phase::kDisputed;
  }
}

v1::PaymentState StateOf(Phase phase) {
  switch (phase) {
    case Phase::kAuthorizing:
    case Phase::kCapturing:
    case Phase::kCaptureDue:
    case Phase::kReleasing:
    case Phase::kReleaseDue:
    case Phase::kTransferring:
    case Phase::kConfirming:
      return v1::PAYMENT_STATE_PROCESSING;
    case Phase::kActionRequired:
      return v1::PAYMENT_STATE_ACTION_REQUIRED;
    case Phase::kAuthorized:
      return v1::PAYMENT_STATE_AUTHORIZED;
    case Phase::kAuthorizeUnknown:
    case Phase::kCaptureUnknown:
    case Phase::kReleaseUnknown:
    case Phase::kTransferUnknown:
    case Phase::kConfirmUnknown:
    case Phase::kDisputed:
      return v1::PAYMENT_STATE_UNKNOWN;
    case Phase::kSucceeded:
      return v1::PAYMENT_STATE_SUCCEEDED;
    case Phase::kCanceled:
      return v1::PAYMENT_STATE_CANCELED;
    case Phase::kDeclined:
      return v1::PAYMENT_STATE_DECLINED;
    case Phase::kExpired:
      return v1::PAYMENT_STATE_EXPIRED;
    case Phase::kFailed:
      return v1::PAYMENT_STATE_FAILED;
  }
  return v1::PAYMENT_STATE_UNKNOWN;
}

absl::string_view PhaseName(Phase phase) {
  switch (phase) {
    case Phase::kAuthorizing:
      return "PROCESSING/authorize";
    case Phase::kAuthorized:
      return "AUTHORIZED";
    case Phase::kCapturing:
      return "PROCESSING/capture";
    case Phase::kCaptureDue:
      return "PROCESSING/capture due";
    case Phase::kReleasing:
      return "PROCESSING/release";
    case Phase::kReleaseDue:
      return "PROCESSING/release due";
    case Phase::kAuthorizeUnknown:
      return "UNKNOWN/authorize";
    case Phase::kCaptureUnknown:
      return "UNKNOWN/capture";
    case Phase::kReleaseUnknown:
      return "UNKNOWN/release";
    case Phase::kTransferring:
      return "PROCESSING/transfer";
    case Phase::kActionRequired:
      return "ACTION_REQUIRED";
    case Phase::kConfirming:
      return "PROCESSING/confirm";
    case Phase::kTransferUnknown:
      return "UNKNOWN/transfer";
    case Phase::kConfirmUnknown:
      return "UNKNOWN/confirm";
    case Phase::kDisputed:
      return "UNKNOWN/disputed";
    case Phase::kSucceeded:
      return "SUCCEEDED";
    case Phase::kCanceled:
      return "CANCELED";
    case Phase::kDeclined:
      return "DECLINED";
    case Phase::kExpired:
      return "EXPIRED";
    case Phase::kFailed:
      return "FAILED";
  }
  return "?";
}

absl::string_view ShortStateName(v1::PaymentState state) {
  return absl::StripPrefix(v1::PaymentState_Name(state), "PAYMENT_STATE_");
}

bool IsFinal(v1::PaymentState state) {
  return state == v1::PAYMENT_STATE_SUCCEEDED || state == v1::PAYMENT_STATE_CANCELED ||
         state == v1::PAYMENT_STATE_DECLINED || state == v1::PAYMENT_STATE_EXPIRED ||
         state == v1::PAYMENT_STATE_FAILED;
}

bool IsFinal(Phase phase) { return IsFinal(StateOf(phase)); }

int LastOperationOfKind(const v1::Payment& payment, v1::OperationKind kind) {
  int index = payment.operations_size() - 1;
  while (index >= 0 && payment.operations(index).kind() != kind) --index;
  return index;
}

bool IsNumberedFrom(const storage::v1::PaymentRecord& record, absl::string_view sequence) {
  const int transfer = LastOperationOfKind(record.payment(), v1::OPERATION_KIND_TRANSFER);
  return transfer < 0 || record.operations(transfer).number_sequence() == sequence;
}

bool IsInFlight(const v1::Operation& operation) {
  return operation.dispatch() == v1::OPERATION_DISPATCH_SENT &&
         operation.result() == v1::OPERATION_RESULT_PENDING;
}

bool IsSettled(const v1::Payment& payment) {
  return payment.operations().empty() || !IsInFlight(*payment.operations().rbegin());
}

bool HasSucceeded(const v1::Payment& payment, v1::OperationKind kind) {
  const int index = LastOperationOfKind(payment, kind);
  return index >= 0 && payment.operations(index).result() == v1::OPERATION_RESULT_SUCCEEDED;
}

}  // namespace payments
