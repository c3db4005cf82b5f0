#include "server/engine/rpc_table.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/error.h"
#include "server/engine/stated_outcome.h"

namespace payments {
namespace {

struct Row {
  Phase phase;
  RpcVerdict capture;
  RpcVerdict cancel;
  RpcVerdict confirm;
  RpcVerdict acknowledge;
  RpcVerdict state;
};

using P = Phase;
using V = RpcVerdict;

constexpr std::array<Row, kPhaseCount> kRows = {{
    {P::kAuthorizing, V::kWrongState, V::kBegin, V::kWrongState, V::kBegin, V::kBegin},
    {P::kAuthorized, V::kBegin, V::kBegin, V::kWrongState, V::kBegin, V::kIfSame},
    {P::kCapturing, V::kReplay, V::kInProgress, V::kWrongState, V::kBegin, V::kBegin},
    {P::kCaptureDue, V::kReplay, V::kBegin, V::kWrongState, V::kBegin, V::kBegin},
    {P::kReleasing, V::kWrongState, V::kReplay, V::kWrongState, V::kBegin, V::kBegin},
    {P::kReleaseDue, V::kWrongState, V::kReplay, V::kWrongState, V::kBegin, V::kBegin},
    {P::kAuthorizeUnknown, V::kWrongState, V::kBegin, V::kWrongState, V::kBegin, V::kBegin},
    {P::kCaptureUnknown, V::kReplay, V::kInProgress, V::kWrongState, V::kBegin, V::kBegin},
    {P::kReleaseUnknown, V::kWrongState, V::kReplay, V::kWrongState, V::kBegin, V::kBegin},
    {P::kTransferring, V::kWrongState, V::kBegin, V::kWrongState, V::kBegin, V::kBegin},
    {P::kActionRequired, V::kWrongState, V::kBegin, V::kBegin, V::kBegin, V::kBegin},
    {P::kConfirming, V::kWrongState, V::kInProgress, V::kReplay, V::kBegin, V::kBegin},
    {P::kTransferUnknown, V::kWrongState, V::kBegin, V::kWrongState, V::kBegin, V::kBegin},
    {P::kConfirmUnknown, V::kWrongState, V::kInProgress, V::kReplay, V::kBegin, V::kBegin},
    {P::kDisputed, V::kWrongState, V::kBegin, V::kWrongState, V::kWrongState, V::kBegin},
    {P::kSucceeded, V::kReplay, V::kWrongState, V::kReplay, V::kBegin, V::kIfSame},
    {P::kCanceled, V::kWrongState, V::kReplay, V::kWrongState, V::kBegin, V::kIfSame},
    {P::kDeclined, V::kWrongState, V::kWrongState, V::kReplay, V::kBegin, V::kIfSame},
    {P::kExpired, V::kWrongState, V::kWrongState, V::kReplay, V::kBegin, V::kIfSame},
    {P::kFailed, V::kWrongState, V::kBegin, V::kWrongState, V::kBegin, V::kWrongState},
}};

absl::string_view VerdictName(RpcVerdict verdict) {
  switch (verdict) {
    case RpcVerdict::kBegin:
      return "begin";
    case RpcVerdict::kReplay:
      return "replay";
    case RpcVerdict::kWrongState:
      return "PAYMENT_STATE";
    case RpcVerdict::kInProgress:
      return "OPERATION_IN_PROGRESS";
    case RpcVerdict::kIfSame:
      return "begin if the same";
  }
  return "?";
}

// An operation that may have been done, of a payment that is disputed.
bool IsOpen(v1::OperationKind kind, const v1::Payment& payment) {
  const int last = LastOperationOfKind(payment, kind);
  if (last < 0) return false;
  const v1::OperationResult result = payment.operations(last).result();
  return result != v1::OPERATION_RESULT_DECLINED && result != v1::OPERATION_RESULT_NOT_DONE;
}

RpcVerdict OperatorVerdict(RpcVerdict verdict, Learned wanted, const v1::Payment& payment) {
  if (!IsFinal(payment.state()) && !IsSettled(payment)) return RpcVerdict::kInProgress;
  const bool same = wanted == Learned::kAcknowledged || StatedState(wanted) == payment.state();
  if (verdict == RpcVerdict::kIfSame && !same) return RpcVerdict::kWrongState;
  if (verdict == RpcVerdict::kWrongState) return verdict;
  return same && !payment.needs_review() ? RpcVerdict::kReplay : RpcVerdict::kBegin;
}

// What an operator does instead.
absl::string_view OperatorAdvice(const v1::Payment& payment) {
  if (payment.state() == v1::PAYMENT_STATE_UNKNOWN) {
    return "its outcome is in doubt: looking at it does not end that, state the outcome";
  }
  if (payment.state() == v1::PAYMENT_STATE_AUTHORIZED) {
    return "capture or cancel it, or acknowledge what needs review";
  }
  return "a final state stays: acknowledge what needs review, and settle the difference "
         "outside of this payment";
}

std::string RefusalText(PaymentRpc rpc, RpcVerdict verdict, const v1::Payment& payment) {
  const bool in_progress = verdict == RpcVerdict::kInProgress;
  const absl::string_view state = ShortStateName(payment.state());
  switch (rpc) {
    case PaymentRpc::kCapture:
      return absl::StrCat(payment.name(), " is ", state, " and cannot be captured");
    case PaymentRpc::kCancel:
      if (!in_progress)
        return absl::StrCat(payment.name(), " is ", state, " and cannot be canceled");
      return absl::StrCat(payment.name(),
                          ": what moves the money is running or its outcome is not known yet; it "
                          "cannot be canceled now");
    case PaymentRpc::kConfirm:
      return absl::StrCat(payment.name(), " is ", state, " and cannot be confirmed");
    case PaymentRpc::kAcknowledge:
    case PaymentRpc::kState:
      if (!in_progress)
        return absl::StrCat(payment.name(), " is ", state, ": ", OperatorAdvice(payment));
      return absl::StrCat(payment.name(),
                          ": an operation was sent and its answer is awaited; wait until it has "
                          "come, or its time is over");
  }
  return "";
}

}  // namespace

RpcVerdict VerdictFor(PaymentRpc rpc, Phase phase) {
  const Row& row = kRows.at(static_cast<size_t>(phase));
  switch (rpc) {
    case PaymentRpc::kCapture:
      return row.capture;
    case PaymentRpc::kCancel:
      return row.cancel;
    case PaymentRpc::kConfirm:
      return row.confirm;
    case PaymentRpc::kAcknowledge:
      return row.acknowledge;
    case PaymentRpc::kState:
      return row.state;
  }
  return RpcVerdict::kWrongState;
}

RpcVerdict VerdictFor(PaymentRpc rpc, Learned wanted, const storage::v1::PaymentRecord& record) {
  const v1::Payment& payment = record.payment();
  const Phase phase = PhaseOf(record);
  const RpcVerdict verdict = VerdictFor(rpc, phase);
  switch (rpc) {
    case PaymentRpc::kCapture:
      return verdict;
    case PaymentRpc::kCancel:
      return phase == Phase::kDisputed && (IsOpen(v1::OPERATION_KIND_CAPTURE, payment) ||
                                           IsOpen(v1::OPERATION_KIND_CONFIRM, payment))
                 ? RpcVerdict::kInProgress
                 : verdict;
    case PaymentRpc::kConfirm:
      // Only what was confirmed can be confirmed again.
      return LastOperationOfKind(payment, v1::OPERATION_KIND_CONFIRM) < 0 &&
                     verdict == RpcVerdict::kReplay
                 ? RpcVerdict::kWrongState
                 : verdict;
    case PaymentRpc::kAcknowledge:
    case PaymentRpc::kState:
      return OperatorVerdict(verdict, wanted, payment);
  }
  return verdict;
}

absl::Status RpcRefusal(PaymentRpc rpc, RpcVerdict verdict, const v1::Payment& payment) {
  const ErrorMetadata metadata = {{"payment", payment.name()},
                                  {"state", std::string(ShortStateName(payment.state()))},
                                  {"provider_called", "false"}};
  return MakeError(absl::StatusCode::kFailedPrecondition,
                   verdict == RpcVerdict::kInProgress ? v1::ERROR_REASON_OPERATION_IN_PROGRESS
                                                      : v1::ERROR_REASON_PAYMENT_STATE,
                   RefusalText(rpc, verdict, payment), metadata);
}

std::string PrintRpcTable() {
  constexpr char kFormat[] = "%-24s %-24s %-24s %-24s %-24s %s\n";
  std::string out =
      absl::StrFormat(kFormat, "", "CapturePayment", "CancelPayment", "ConfirmPayment",
                      "ResolvePayment: look", "ResolvePayment: state");
  for (const Row& row : kRows) {
    absl::StrAppend(&out, absl::StrFormat(kFormat, PhaseName(row.phase), VerdictName(row.capture),
                                          VerdictName(row.cancel), VerdictName(row.confirm),
                                          VerdictName(row.acknowledge), VerdictName(row.state)));
  }
  return out;
}

}  // namespace payments
