#ifndef PAYMENTS_SERVER_ENGINE_TRANSITION_TABLE_H_
#define PAYMENTS_SERVER_ENGINE_TRANSITION_TABLE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "server/engine/payment_phase.h"

namespace payments {

// What was learned, or asked for: the columns of the table.
enum class Learned {
  // About the hold.
  kHeld,           // It is there.
  kHoldInProcess,  // The provider is working on it.
  kHoldDeclined,
  kHoldNotSent,    // Provably never sent.
  kHoldLost,       // May have been sent; no answer that proves anything.
  kHoldClosed,     // The provider says it is over.
  kHoldTimeOver,   // Its time and the margin are over, and the provider was asked if it could be.
  kHoldOverdue,    // Its time and the margin are over, and the provider says it is still there.
  kHoldReference,  // Its reference became known, nothing else.
  // About a capture.
  kCaptured,
  kCaptureInProcess,
  kCaptureDeclined,
  kCaptureNotSent,
  kCaptureLost,
  kCaptureAbsent,  // The provider said twice, a quiet period apart, that it knows of none.
  // About a release.
  kReleased,
  kReleaseDeclined,
  kReleaseNotSent,
  kReleaseLost,
  // About a transfer: told by its own answer, by its confirmation's, or by a check.
  kTransferred,
  kTransferInProcess,
  kTransferActionRequired,  // It waits for the payer.
  kTransferDeclined,
  kTransferNotSent,
  kTransferLost,
  kTransferAbsent,    // The provider said twice, a quiet period apart, that it knows of none.
  kTransferCanceled,  // Withdrawn at the provider before it was done.
  kTransferReturned,  // It was done, and given back later.
  // About its confirmation.
  kConfirmNotSent,
  kConfirmLost,
  kActionTimeOver,  // Its time is over, and the provider says that it still waits.
  // Amount, currency or a reference differs from what is recorded.
  kMismatch,
  // Asked for.
  kCaptureWanted,  // By CapturePayment.
  kCancelWanted,   // By CancelPayment.
  kConfirmWanted,  // By ConfirmPayment, or by the payer's return from the bank's page.
  kResendDue,      // By the reconciler: what was provably not sent, or a release.
  // Said by an operator.
  kAcknowledged,  // What contradicted it was looked at.
  kStatedAuthorized,
  kStatedSucceeded,
  kStatedCanceled,
  kStatedDeclined,
  kStatedExpired,
};
inline constexpr int kLearnedCount = static_cast<int>(Learned::kStatedExpired) + 1;

absl::string_view LearnedName(Learned learned);

// What follows: the cells. Some depend on the capture mode or on cancel_requested,
// which apply_evidence.cc decides; the names say what is common.
enum class Move {
  kIgnore,          // Nothing new.
  kNote,            // Recorded in the operation; the phase stays.
  kReview,          // Contradicts what is recorded: needs_review, the state stays.
  kReviewIfHeld,    // As kReview, unless a release was done: then it says nothing.
  kReviewIfStated,  // As kReview, if the state rests on an operator's word: else it is only late.
  kReviewIfNoCapture,  // As kReview, unless a capture was sent: then it is what that came to.
  kDispute,            // UNKNOWN with needs_review, until an operator decides.
  kHoldPlaced,         // AUTHORIZED; or capture (AUTOMATIC); or release (cancel_requested).
  kHoldPending,        // PROCESSING/authorize.
  kHoldUnknown,        // UNKNOWN/authorize.
  kDecline,            // DECLINED; or CANCELED (the hold is closed, and cancel_requested).
  kFail,               // FAILED; or CANCELED (cancel_requested: the request_id must not run again).
  kExpire,             // EXPIRED; or CANCELED (cancel_requested).
  kSendCapture,        // PROCESSING/capture with a new operation.
  kSucceed,            // SUCCEEDED.
  kCapturePending,     // PROCESSING/capture.
  kCaptureUnknown,     // UNKNOWN/capture.
  kCaptureRefused,     // AUTHORIZED; or release (AUTOMATIC).
  kCaptureAgain,       // AUTHORIZED; or PROCESSING/capture due (AUTOMATIC).
  kSendRelease,        // PROCESSING/release with a new operation.
  kCancelLater,        // cancel_requested is set; the phase stays.
  kReleased,           // CANCELED; or DECLINED (a capture was declined); or EXPIRED (overdue).
  kReleaseRefused,     // AUTHORIZED; or UNKNOWN/release (AUTOMATIC); or EXPIRED (overdue).
  kReleaseAgain,       // PROCESSING/release due.
  kReleaseUnknown,     // UNKNOWN/release.
  kAskPayer,           // ACTION_REQUIRED, with what the payer must do.
  kTransferPending,    // PROCESSING/transfer.
  kTransferUnknown,    // UNKNOWN/transfer.
  kSendConfirm,        // PROCESSING/confirm with a new operation.
  kConfirmUnknown,     // UNKNOWN/confirm.
  kWithdraw,           // CANCELED: the payer is not waited for any more.
  kAcknowledge,        // needs_review is cleared; the phase stays.
  kResolve,            // The stated state, as kHoldPlaced if that is AUTHORIZED.
};

inline constexpr int kMoveCount = static_cast<int>(Move::kResolve) + 1;

absl::string_view MoveName(Move move);

// The table: total, and the only place that says what follows from what.
Move MoveFor(Phase phase, Learned learned);

// For the golden file and the documentation: a line a cell that is not "ignore".
std::string PrintTransitionTable();

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_TRANSITION_TABLE_H_
