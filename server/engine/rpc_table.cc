#include "server/engine/rpc_table.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/error.h"

namespace payments {
namespace {

struct Row {
  Phase phase;
  RpcVerdict capture;
  RpcVerdict cancel;
};

using P = Phase;
using V = RpcVerdict;

constexpr std::array<Row, kPhaseCount> kRows = {{
    {P::kAuthorizing, V::kWrongState, V::kBegin},
    {P::kAuthorized, V::kBegin, V::kBegin},
    {P::kCapturing, V::kReplay, V::kInProgress},
    {P::kCaptureDue, V::kReplay, V::kBegin},
    {P::kReleasing, V::kWrongState, V::kReplay},
    {P::kReleaseDue, V::kWrongState, V::kReplay},
    {P::kAuthorizeUnknown, V::kWrongState, V::kBegin},
    {P::kCaptureUnknown, V::kReplay, V::kInProgress},
    {P::kReleaseUnknown, V::kWrongState, V::kReplay},
    {P::kDisputed, V::kWrongState, V::kBegin},
    {P::kSucceeded, V::kReplay, V::kWrongState},
    {P::kCanceled, V::kWrongState, V::kReplay},
    {P::kDeclined, V::kWrongState, V::kWrongState},
    {P::kExpired, V::kWrongState, V::kWrongState},
    {P::kFailed, V::kWrongState, V::kBegin},
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
  }
  return "?";
}

}  // namespace

RpcVerdict VerdictFor(PaymentRpc rpc, Phase phase) {
  const Row& row = kRows.at(static_cast<size_t>(phase));
  return rpc == PaymentRpc::kCapture ? row.capture : row.cancel;
}

RpcVerdict VerdictFor(PaymentRpc rpc, const storage::v1::PaymentRecord& record) {
  const Phase phase = PhaseOf(record);
  const int capture = LastOperationOfKind(record.payment(), v1::OPERATION_KIND_CAPTURE);
  if (rpc != PaymentRpc::kCancel || phase != Phase::kDisputed || capture < 0) {
    return VerdictFor(rpc, phase);
  }
  const v1::OperationResult result = record.payment().operations(capture).result();
  const bool not_captured =
      result == v1::OPERATION_RESULT_DECLINED || result == v1::OPERATION_RESULT_NOT_DONE;
  return not_captured ? VerdictFor(rpc, phase) : RpcVerdict::kInProgress;
}

absl::Status RpcRefusal(PaymentRpc rpc, RpcVerdict verdict, const v1::Payment& payment) {
  const std::string state =
      v1::PaymentState_Name(payment.state()).substr(absl::string_view("PAYMENT_STATE_").size());
  const ErrorMetadata metadata = {
      {"payment", payment.name()}, {"state", state}, {"provider_called", "false"}};
  if (verdict == RpcVerdict::kInProgress) {
    return MakeError(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_OPERATION_IN_PROGRESS,
                     absl::StrCat(payment.name(),
                                  ": a capture is running or its outcome is not "
                                  "known yet; it cannot be canceled now"),
                     metadata);
  }
  const absl::string_view verb = rpc == PaymentRpc::kCapture ? "captured" : "canceled";
  return MakeError(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_PAYMENT_STATE,
                   absl::StrCat(payment.name(), " is ", state, " and cannot be ", verb), metadata);
}

std::string PrintRpcTable() {
  std::string out = absl::StrFormat("%-24s %-24s %s\n", "", "CapturePayment", "CancelPayment");
  for (const Row& row : kRows) {
    absl::StrAppend(&out, absl::StrFormat("%-24s %-24s %s\n", PhaseName(row.phase),
                                          VerdictName(row.capture), VerdictName(row.cancel)));
  }
  return out;
}

}  // namespace payments
