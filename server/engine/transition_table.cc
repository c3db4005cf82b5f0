#include "server/engine/transition_table.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace payments {
namespace {

using Row = std::array<Move, kLearnedCount>;
using Table = std::array<Row, kPhaseCount>;

struct Cell {
  Phase phase;
  Learned learned;
  Move move;
};

using P = Phase;
using L = Learned;
using M = Move;

// Everything that is not here is ignored: it repeats what is known, is overtaken by
// what is known, or cannot come about.
constexpr Cell kCells[] = {
    // The hold was asked for.
    {P::kAuthorizing, L::kHeld, M::kHoldPlaced},
    {P::kAuthorizing, L::kHoldInProcess, M::kNote},
    {P::kAuthorizing, L::kHoldDeclined, M::kDecline},
    {P::kAuthorizing, L::kHoldNotSent, M::kFail},
    {P::kAuthorizing, L::kHoldLost, M::kHoldUnknown},
    {P::kAuthorizing, L::kHoldClosed, M::kDecline},
    {P::kAuthorizing, L::kHoldTimeOver, M::kExpire},
    {P::kAuthorizing, L::kHoldReference, M::kNote},
    {P::kAuthorizing, L::kCaptured, M::kDispute},
    {P::kAuthorizing, L::kMismatch, M::kDispute},
    {P::kAuthorizing, L::kCancelWanted, M::kCancelLater},

    {P::kAuthorizeUnknown, L::kHeld, M::kHoldPlaced},
    {P::kAuthorizeUnknown, L::kHoldInProcess, M::kHoldPending},
    {P::kAuthorizeUnknown, L::kHoldDeclined, M::kDecline},
    {P::kAuthorizeUnknown, L::kHoldNotSent, M::kFail},
    {P::kAuthorizeUnknown, L::kHoldClosed, M::kDecline},
    {P::kAuthorizeUnknown, L::kHoldTimeOver, M::kExpire},
    {P::kAuthorizeUnknown, L::kHoldReference, M::kNote},
    {P::kAuthorizeUnknown, L::kCaptured, M::kDispute},
    {P::kAuthorizeUnknown, L::kMismatch, M::kDispute},
    {P::kAuthorizeUnknown, L::kCancelWanted, M::kCancelLater},

    // Held.
    {P::kAuthorized, L::kHoldDeclined, M::kReview},
    {P::kAuthorized, L::kHoldNotSent, M::kReview},
    {P::kAuthorized, L::kHoldClosed, M::kExpire},
    {P::kAuthorized, L::kHoldTimeOver, M::kExpire},
    {P::kAuthorized, L::kHoldOverdue, M::kSendRelease},
    {P::kAuthorized, L::kCaptured, M::kDispute},
    {P::kAuthorized, L::kMismatch, M::kDispute},
    {P::kAuthorized, L::kCaptureWanted, M::kSendCapture},
    {P::kAuthorized, L::kCancelWanted, M::kSendRelease},

    // A capture was asked for.
    {P::kCapturing, L::kHoldDeclined, M::kReview},
    {P::kCapturing, L::kHoldNotSent, M::kReview},
    {P::kCapturing, L::kCaptured, M::kSucceed},
    {P::kCapturing, L::kCaptureInProcess, M::kNote},
    {P::kCapturing, L::kCaptureDeclined, M::kCaptureRefused},
    {P::kCapturing, L::kCaptureNotSent, M::kCaptureAgain},
    {P::kCapturing, L::kCaptureLost, M::kCaptureUnknown},
    {P::kCapturing, L::kCaptureAbsent, M::kCaptureRefused},
    {P::kCapturing, L::kMismatch, M::kDispute},

    {P::kCaptureUnknown, L::kHoldDeclined, M::kReview},
    {P::kCaptureUnknown, L::kHoldNotSent, M::kReview},
    {P::kCaptureUnknown, L::kCaptured, M::kSucceed},
    {P::kCaptureUnknown, L::kCaptureInProcess, M::kCapturePending},
    {P::kCaptureUnknown, L::kCaptureDeclined, M::kCaptureRefused},
    {P::kCaptureUnknown, L::kCaptureNotSent, M::kCaptureAgain},
    {P::kCaptureUnknown, L::kCaptureAbsent, M::kCaptureRefused},
    {P::kCaptureUnknown, L::kMismatch, M::kDispute},

    {P::kCaptureDue, L::kHoldDeclined, M::kReview},
    {P::kCaptureDue, L::kHoldNotSent, M::kReview},
    {P::kCaptureDue, L::kHoldClosed, M::kExpire},
    {P::kCaptureDue, L::kHoldTimeOver, M::kExpire},
    {P::kCaptureDue, L::kHoldOverdue, M::kSendRelease},
    {P::kCaptureDue, L::kCaptured, M::kDispute},
    {P::kCaptureDue, L::kMismatch, M::kDispute},
    {P::kCaptureDue, L::kCancelWanted, M::kSendRelease},
    {P::kCaptureDue, L::kResendDue, M::kSendCapture},

    // A release was asked for.
    {P::kReleasing, L::kHoldDeclined, M::kReview},
    {P::kReleasing, L::kHoldNotSent, M::kReview},
    {P::kReleasing, L::kHoldClosed, M::kReleased},
    {P::kReleasing, L::kCaptured, M::kDispute},
    {P::kReleasing, L::kReleased, M::kReleased},
    {P::kReleasing, L::kReleaseDeclined, M::kReleaseRefused},
    {P::kReleasing, L::kReleaseNotSent, M::kReleaseAgain},
    {P::kReleasing, L::kReleaseLost, M::kReleaseUnknown},
    {P::kReleasing, L::kMismatch, M::kDispute},
    {P::kReleasing, L::kCancelWanted, M::kCancelLater},

    {P::kReleaseUnknown, L::kHoldDeclined, M::kReview},
    {P::kReleaseUnknown, L::kHoldNotSent, M::kReview},
    {P::kReleaseUnknown, L::kHoldClosed, M::kReleased},
    {P::kReleaseUnknown, L::kHoldTimeOver, M::kReleased},
    {P::kReleaseUnknown, L::kCaptured, M::kDispute},
    {P::kReleaseUnknown, L::kReleased, M::kReleased},
    {P::kReleaseUnknown, L::kReleaseDeclined, M::kReleaseRefused},
    {P::kReleaseUnknown, L::kReleaseNotSent, M::kReleaseAgain},
    {P::kReleaseUnknown, L::kMismatch, M::kDispute},
    {P::kReleaseUnknown, L::kCancelWanted, M::kCancelLater},
    {P::kReleaseUnknown, L::kResendDue, M::kSendRelease},

    {P::kReleaseDue, L::kHoldDeclined, M::kReview},
    {P::kReleaseDue, L::kHoldNotSent, M::kReview},
    {P::kReleaseDue, L::kHoldClosed, M::kReleased},
    {P::kReleaseDue, L::kHoldTimeOver, M::kReleased},
    {P::kReleaseDue, L::kCaptured, M::kDispute},
    {P::kReleaseDue, L::kReleased, M::kReleased},
    {P::kReleaseDue, L::kMismatch, M::kDispute},
    {P::kReleaseDue, L::kCancelWanted, M::kCancelLater},
    {P::kReleaseDue, L::kResendDue, M::kSendRelease},

    // A transfer was asked for.
    {P::kTransferring, L::kTransferred, M::kSucceed},
    {P::kTransferring, L::kTransferInProcess, M::kNote},
    {P::kTransferring, L::kTransferActionRequired, M::kAskPayer},
    {P::kTransferring, L::kTransferDeclined, M::kDecline},
    {P::kTransferring, L::kTransferNotSent, M::kFail},
    {P::kTransferring, L::kTransferLost, M::kTransferUnknown},
    {P::kTransferring, L::kTransferAbsent, M::kDecline},
    {P::kTransferring, L::kTransferCanceled, M::kWithdraw},
    {P::kTransferring, L::kTransferReturned, M::kDispute},
    {P::kTransferring, L::kActionTimeOver, M::kDecline},
    {P::kTransferring, L::kMismatch, M::kDispute},
    {P::kTransferring, L::kCancelWanted, M::kCancelLater},

    {P::kTransferUnknown, L::kTransferred, M::kSucceed},
    {P::kTransferUnknown, L::kTransferInProcess, M::kTransferPending},
    {P::kTransferUnknown, L::kTransferActionRequired, M::kAskPayer},
    {P::kTransferUnknown, L::kTransferDeclined, M::kDecline},
    {P::kTransferUnknown, L::kTransferNotSent, M::kFail},
    {P::kTransferUnknown, L::kTransferAbsent, M::kDecline},
    {P::kTransferUnknown, L::kTransferCanceled, M::kWithdraw},
    {P::kTransferUnknown, L::kTransferReturned, M::kDispute},
    {P::kTransferUnknown, L::kActionTimeOver, M::kDecline},
    {P::kTransferUnknown, L::kMismatch, M::kDispute},
    {P::kTransferUnknown, L::kCancelWanted, M::kCancelLater},

    // The payer must act.
    {P::kActionRequired, L::kTransferred, M::kSucceed},
    {P::kActionRequired, L::kTransferDeclined, M::kDecline},
    {P::kActionRequired, L::kTransferCanceled, M::kWithdraw},
    {P::kActionRequired, L::kTransferReturned, M::kDispute},
    {P::kActionRequired, L::kActionTimeOver, M::kExpire},
    {P::kActionRequired, L::kMismatch, M::kDispute},
    {P::kActionRequired, L::kConfirmWanted, M::kSendConfirm},
    {P::kActionRequired, L::kCancelWanted, M::kWithdraw},

    // What the payer's bank said was handed on.
    {P::kConfirming, L::kTransferred, M::kSucceed},
    {P::kConfirming, L::kTransferInProcess, M::kNote},
    {P::kConfirming, L::kTransferActionRequired, M::kAskPayer},
    {P::kConfirming, L::kTransferDeclined, M::kDecline},
    {P::kConfirming, L::kTransferCanceled, M::kWithdraw},
    {P::kConfirming, L::kTransferReturned, M::kDispute},
    {P::kConfirming, L::kConfirmNotSent, M::kAskPayer},
    {P::kConfirming, L::kConfirmLost, M::kConfirmUnknown},
    {P::kConfirming, L::kTransferAbsent, M::kDecline},
    {P::kConfirming, L::kActionTimeOver, M::kDecline},
    {P::kConfirming, L::kMismatch, M::kDispute},

    {P::kConfirmUnknown, L::kTransferred, M::kSucceed},
    {P::kConfirmUnknown, L::kTransferInProcess, M::kTransferPending},
    {P::kConfirmUnknown, L::kTransferActionRequired, M::kAskPayer},
    {P::kConfirmUnknown, L::kTransferDeclined, M::kDecline},
    {P::kConfirmUnknown, L::kTransferCanceled, M::kWithdraw},
    {P::kConfirmUnknown, L::kTransferReturned, M::kDispute},
    {P::kConfirmUnknown, L::kConfirmNotSent, M::kAskPayer},
    {P::kConfirmUnknown, L::kTransferAbsent, M::kDecline},
    {P::kConfirmUnknown, L::kActionTimeOver, M::kDecline},
    {P::kConfirmUnknown, L::kMismatch, M::kDispute},

    // An operator decides, and is told everything; a wish to cancel is kept for then.
    {P::kDisputed, L::kCaptured, M::kReviewIfNoCapture},
    {P::kDisputed, L::kTransferReturned, M::kReview},
    {P::kDisputed, L::kMismatch, M::kReview},
    {P::kDisputed, L::kCancelWanted, M::kCancelLater},

    // Final: nothing moves any more, but what contradicts is told.
    {P::kSucceeded, L::kHeld, M::kReviewIfStated},
    {P::kSucceeded, L::kHoldDeclined, M::kReview},
    {P::kSucceeded, L::kHoldNotSent, M::kReview},
    {P::kSucceeded, L::kCaptureDeclined, M::kReview},
    {P::kSucceeded, L::kCaptureNotSent, M::kReview},
    {P::kSucceeded, L::kReleased, M::kReview},
    {P::kSucceeded, L::kMismatch, M::kReview},
    {P::kCanceled, L::kHeld, M::kReviewIfHeld},
    {P::kCanceled, L::kHoldInProcess, M::kReviewIfHeld},
    {P::kCanceled, L::kCaptured, M::kReview},
    {P::kCanceled, L::kMismatch, M::kReview},
    {P::kDeclined, L::kHeld, M::kReviewIfHeld},
    {P::kDeclined, L::kHoldInProcess, M::kReviewIfHeld},
    {P::kDeclined, L::kCaptured, M::kReview},
    {P::kDeclined, L::kMismatch, M::kReview},
    {P::kExpired, L::kHeld, M::kReviewIfHeld},
    {P::kExpired, L::kHoldInProcess, M::kReviewIfHeld},
    {P::kExpired, L::kCaptured, M::kReview},
    {P::kExpired, L::kMismatch, M::kReview},
    {P::kSucceeded, L::kTransferDeclined, M::kReview},
    {P::kSucceeded, L::kTransferNotSent, M::kReview},
    {P::kSucceeded, L::kTransferCanceled, M::kReview},
    {P::kSucceeded, L::kTransferReturned, M::kReview},
    {P::kCanceled, L::kTransferred, M::kReview},
    {P::kCanceled, L::kTransferInProcess, M::kReview},
    {P::kCanceled, L::kTransferReturned, M::kReview},
    {P::kDeclined, L::kTransferred, M::kReview},
    {P::kDeclined, L::kTransferInProcess, M::kReview},
    {P::kDeclined, L::kTransferReturned, M::kReview},
    {P::kExpired, L::kTransferred, M::kReview},
    {P::kExpired, L::kTransferInProcess, M::kReview},
    {P::kExpired, L::kTransferReturned, M::kReview},
    {P::kFailed, L::kTransferred, M::kReview},
    {P::kFailed, L::kTransferInProcess, M::kReview},
    {P::kFailed, L::kTransferActionRequired, M::kReview},
    {P::kFailed, L::kTransferDeclined, M::kReview},
    {P::kFailed, L::kTransferCanceled, M::kReview},
    {P::kFailed, L::kTransferReturned, M::kReview},
    // Nothing happened; but the request_id must not be used again.
    {P::kFailed, L::kCancelWanted, M::kCancelLater},
    {P::kFailed, L::kHeld, M::kReview},
    {P::kFailed, L::kHoldInProcess, M::kReview},
    {P::kFailed, L::kHoldClosed, M::kReview},
    {P::kFailed, L::kHoldReference, M::kReview},
    {P::kFailed, L::kCaptured, M::kReview},
    {P::kFailed, L::kMismatch, M::kReview},

    // An operator states what a payment is already.
    {P::kAuthorized, L::kStatedAuthorized, M::kAcknowledge},
    {P::kSucceeded, L::kStatedSucceeded, M::kAcknowledge},
    {P::kCanceled, L::kStatedCanceled, M::kAcknowledge},
    {P::kDeclined, L::kStatedDeclined, M::kAcknowledge},
    {P::kExpired, L::kStatedExpired, M::kAcknowledge},
};

// While one of these lasts, an operator may state any outcome.
constexpr std::array kResolvable = {P::kAuthorizing,    P::kCapturing,      P::kCaptureDue,
                                    P::kReleasing,      P::kReleaseDue,     P::kAuthorizeUnknown,
                                    P::kCaptureUnknown, P::kReleaseUnknown, P::kTransferring,
                                    P::kActionRequired, P::kConfirming,     P::kTransferUnknown,
                                    P::kConfirmUnknown, P::kDisputed};
constexpr std::array kStated = {L::kStatedAuthorized, L::kStatedSucceeded, L::kStatedCanceled,
                                L::kStatedDeclined, L::kStatedExpired};

constexpr Table MakeTable() {
  Table table{};
  for (Row& row : table) {
    for (Move& move : row) move = Move::kIgnore;
  }
  for (const Cell& cell : kCells) {
    table[static_cast<size_t>(cell.phase)][static_cast<size_t>(cell.learned)] = cell.move;
  }
  for (Row& row : table) row[static_cast<size_t>(L::kAcknowledged)] = M::kAcknowledge;
  // A look at it does not end the doubt.
  table[static_cast<size_t>(P::kDisputed)][static_cast<size_t>(L::kAcknowledged)] = M::kIgnore;
  for (const Phase phase : kResolvable) {
    for (const Learned stated : kStated) {
      table[static_cast<size_t>(phase)][static_cast<size_t>(stated)] = M::kResolve;
    }
  }
  return table;
}

constexpr Table kTable = MakeTable();

constexpr std::array<absl::string_view, kLearnedCount> kLearnedNames = {
    "held",
    "hold in process",
    "hold declined",
    "hold not sent",
    "hold lost",
    "hold closed",
    "hold time over",
    "hold overdue",
    "hold reference",
    "captured",
    "capture in process",
    "capture declined",
    "capture not sent",
    "capture lost",
    "capture absent",
    "released",
    "release declined",
    "release not sent",
    "release lost",
    "transferred",
    "transfer in process",
    "transfer action required",
    "transfer declined",
    "transfer not sent",
    "transfer lost",
    "transfer absent",
    "transfer canceled",
    "transfer returned",
    "confirm not sent",
    "confirm lost",
    "action time over",
    "mismatch",
    "capture wanted",
    "cancel wanted",
    "confirm wanted",
    "resend due",
    "acknowledged",
    "stated authorized",
    "stated succeeded",
    "stated canceled",
    "stated declined",
    "stated expired",
};

constexpr std::array<absl::string_view, kMoveCount> kMoveNames = {
    "ignore",
    "note",
    "review; state stays",
    "review unless released; state stays",
    "review if an operator stated it; state stays",
    "review unless a capture was sent; state stays",
    "UNKNOWN/disputed",
    "AUTHORIZED | send capture (AUTOMATIC) | send release (cancel_requested)",
    "PROCESSING/authorize",
    "UNKNOWN/authorize",
    "DECLINED | CANCELED (hold closed, cancel_requested)",
    "FAILED | CANCELED (cancel_requested)",
    "EXPIRED | CANCELED (cancel_requested)",
    "PROCESSING/capture, send capture",
    "SUCCEEDED",
    "PROCESSING/capture",
    "UNKNOWN/capture",
    "AUTHORIZED | send release (AUTOMATIC)",
    "AUTHORIZED | PROCESSING/capture due (AUTOMATIC)",
    "PROCESSING/release, send release",
    "cancel_requested",
    "CANCELED (cancel_requested) | DECLINED (capture declined) | EXPIRED",
    "AUTHORIZED | UNKNOWN/release (AUTOMATIC, overdue)",
    "PROCESSING/release due",
    "UNKNOWN/release",
    "ACTION_REQUIRED | CANCELED (cancel_requested)",
    "PROCESSING/transfer or confirm",
    "UNKNOWN/transfer",
    "PROCESSING/confirm, send confirm",
    "UNKNOWN/confirm",
    "CANCELED, confirms nothing",
    "reviewed; state stays",
    "the stated state | send release (AUTHORIZED, cancel_requested)",
};

}  // namespace

absl::string_view LearnedName(Learned learned) {
  return kLearnedNames[static_cast<size_t>(learned)];
}

absl::string_view MoveName(Move move) { return kMoveNames[static_cast<size_t>(move)]; }

Move MoveFor(Phase phase, Learned learned) {
  return kTable[static_cast<size_t>(phase)][static_cast<size_t>(learned)];
}

std::string PrintTransitionTable() {
  std::string out;
  for (int phase = 0; phase < kPhaseCount; ++phase) {
    absl::StrAppend(&out, PhaseName(static_cast<Phase>(phase)), "\n");
    for (int learned = 0; learned < kLearnedCount; ++learned) {
      const Move move = MoveFor(static_cast<Phase>(phase), static_cast<Learned>(learned));
      if (move == Move::kIgnore) continue;
      absl::StrAppend(&out,
                      absl::StrFormat("  %-24s -> %s\n", LearnedName(static_cast<Learned>(learned)),
                                      MoveName(move)));
    }
  }
  return out;
}

}  // namespace payments
