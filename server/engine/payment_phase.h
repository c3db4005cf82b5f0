#ifndef PAYMENTS_SERVER_ENGINE_PAYMENT_PHASE_H_
#define PAYMENTS_SERVER_ENGINE_PAYMENT_PHASE_H_

#include "absl/strings/string_view.h"
#include "payments/storage/v1/records.pb.h"
#include "payments/v1/payment.pb.h"

namespace payments {

// Where a payment is, finer than its public state: which step is running, or whose
// outcome is not known. Derived from what is stored, never stored itself.
enum class Phase {
  kAuthorizing,       // PROCESSING: the hold was or may have been asked for.
  kAuthorized,        // AUTHORIZED.
  kCapturing,         // PROCESSING: a capture was or may have been asked for.
  kCaptureDue,        // PROCESSING: the last capture was provably not sent; it will be sent again.
  kReleasing,         // PROCESSING: a release was or may have been asked for.
  kReleaseDue,        // PROCESSING: the last release was provably not sent; it will be sent again.
  kAuthorizeUnknown,  // UNKNOWN: the hold's answer was lost.
  kCaptureUnknown,    // UNKNOWN: the capture's answer was lost.
  kReleaseUnknown,    // UNKNOWN: the release's answer was lost.
  kTransferring,      // PROCESSING: the transfer was or may have been asked for.
  kActionRequired,    // ACTION_REQUIRED: the transfer waits for the payer.
  kConfirming,        // PROCESSING: the payer's result was or may have been handed on.
  kTransferUnknown,   // UNKNOWN: the transfer's answer was lost.
  kConfirmUnknown,    // UNKNOWN: the confirmation's answer was lost.
  kDisputed,          // UNKNOWN: evidence contradicts itself; ended by an operator.
  kSucceeded,
  kCanceled,
  kDeclined,
  kExpired,
  kFailed,
};
inline constexpr int kPhaseCount = static_cast<int>(Phase::kFailed) + 1;

Phase PhaseOf(const storage::v1::PaymentRecord& record);

v1::PaymentState StateOf(Phase phase);
absl::string_view PhaseName(Phase phase);
// "AUTHORIZED".
absl::string_view ShortStateName(v1::PaymentState state);
bool IsFinal(Phase phase);
bool IsFinal(v1::PaymentState state);

// The newest operation of `kind`, as an index into payment.operations; -1 if none.
int LastOperationOfKind(const v1::Payment& payment, v1::OperationKind kind);

// The transfer's number, if there is one, is from `sequence`: under another one, the same
// number would be somebody else's transfer.
bool IsNumberedFrom(const storage::v1::PaymentRecord& record, absl::string_view sequence);

// It was or may have been sent, and nothing is known yet.
bool IsInFlight(const v1::Operation& operation);

// Nobody needs to wait: no operation's answer is awaited. A provider that answered
// "in process" has answered.
bool IsSettled(const v1::Payment& payment);

// A release was asked for and done.
bool HasSucceeded(const v1::Payment& payment, v1::OperationKind kind);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_PAYMENT_PHASE_H_
