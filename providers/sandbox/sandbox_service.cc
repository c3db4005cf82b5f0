#include "providers/sandbox/sandbox_service.h"

#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "providers/sandbox/limits.h"

namespace payments::sandbox {
namespace {

grpc::ServerUnaryReactor* Finish(grpc::CallbackServerContext* context, const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(
      grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message())));
  return reactor;
}

template <typename Response>
grpc::ServerUnaryReactor* Finish(grpc::CallbackServerContext* context,
                                 absl::StatusOr<Response> result, Response* response) {
  const absl::Status status = result.status();
  if (status.ok()) *response = *std::move(result);
  return Finish(context, status);
}

// Answers SendCallback once the callback has been answered.
struct CallbackReport {
  grpc::ServerUnaryReactor* reactor;
  v1::SendCallbackResponse* response;

  void operator()(const HttpClient::Result& result) && {
    response->set_http_status(StatusCodeOf(result));
    if (const auto* failure = std::get_if<HttpFailure>(&result)) {
      response->set_error(std::string(failure->why.message()));
    }
    reactor->Finish(grpc::Status::OK);
  }
};

}  // namespace

grpc::ServerUnaryReactor* SandboxService::PlanFault(grpc::CallbackServerContext* context,
                                                    const v1::PlanFaultRequest* request,
                                                    v1::PlanFaultResponse* /*response*/) {
  return Finish(context, conduct_->PlanFault(*request));
}

grpc::ServerUnaryReactor* SandboxService::ClearFaults(grpc::CallbackServerContext* context,
                                                      const v1::ClearFaultsRequest* request,
                                                      v1::ClearFaultsResponse* /*response*/) {
  conduct_->ClearFaults(request->method());
  return Finish(context, absl::OkStatus());
}

grpc::ServerUnaryReactor* SandboxService::SetCallbackPolicy(
    grpc::CallbackServerContext* context, const v1::SetCallbackPolicyRequest* request,
    v1::SetCallbackPolicyResponse* /*response*/) {
  if (auto status = ValidatePolicy("registration", request->registration()); !status.ok()) {
    return Finish(context, status);
  }
  if (auto status = ValidatePolicy("hold", request->hold()); !status.ok()) {
    return Finish(context, status);
  }
  if (auto status = ValidatePolicy("transfer", request->transfer()); !status.ok()) {
    return Finish(context, status);
  }
  upay_->SetPolicies(*request);
  epay_->SetPolicies(*request);
  return Finish(context, absl::OkStatus());
}

grpc::ServerUnaryReactor* SandboxService::SendCallback(grpc::CallbackServerContext* context,
                                                       const v1::SendCallbackRequest* request,
                                                       v1::SendCallbackResponse* response) {
  if (auto status = ValidateCallback(*request); !status.ok()) return Finish(context, status);
  const int subjects = (request->card_token().empty() ? 0 : 1) +
                       (request->hold_id().empty() ? 0 : 1) + (request->order_id().empty() ? 0 : 1);
  if (subjects != 1) {
    return Finish(context,
                  absl::InvalidArgumentError("card_token, hold_id, order_id: exactly one"));
  }
  const auto order =
      request->order_id().empty() ? upay_->MakeCallback(*request) : epay_->MakeCallback(*request);
  if (!order.ok()) return Finish(context, order.status());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  callbacks_->SendOnce(*order, CallbackReport{reactor, response});
  return reactor;
}

grpc::ServerUnaryReactor* SandboxService::GetLedger(grpc::CallbackServerContext* context,
                                                    const v1::GetLedgerRequest* /*request*/,
                                                    v1::GetLedgerResponse* response) {
  SetTimestamp(conduct_->Now(), response->mutable_time());
  v1::Totals& totals = *response->mutable_totals();
  conduct_->AddTotals(totals);
  for (Bank* bank : banks()) bank->AddTotals(totals);
  totals.set_movements(movements_->size());
  const CallbackSender::Stats stats = callbacks_->stats();
  totals.set_callbacks_sent(stats.sent);
  totals.set_callbacks_accepted(stats.accepted);
  totals.set_callbacks_given_up(stats.given_up);
  return Finish(context, absl::OkStatus());
}

grpc::ServerUnaryReactor* SandboxService::ListCards(grpc::CallbackServerContext* context,
                                                    const v1::ListCardsRequest* request,
                                                    v1::ListCardsResponse* response) {
  return Finish(context, upay_->ListCards(*request), response);
}

grpc::ServerUnaryReactor* SandboxService::ListHolds(grpc::CallbackServerContext* context,
                                                    const v1::ListHoldsRequest* request,
                                                    v1::ListHoldsResponse* response) {
  return Finish(context, upay_->ListHolds(*request), response);
}

grpc::ServerUnaryReactor* SandboxService::ListTransfers(grpc::CallbackServerContext* context,
                                                        const v1::ListTransfersRequest* request,
                                                        v1::ListTransfersResponse* response) {
  return Finish(context, epay_->ListTransfers(*request), response);
}

grpc::ServerUnaryReactor* SandboxService::AnswerThreeDSecure(
    grpc::CallbackServerContext* context, const v1::AnswerThreeDSecureRequest* request,
    v1::AnswerThreeDSecureResponse* response) {
  return Finish(context, epay_->AnswerThreeDSecure(*request), response);
}

grpc::ServerUnaryReactor* SandboxService::ListMovements(grpc::CallbackServerContext* context,
                                                        const v1::ListMovementsRequest* request,
                                                        v1::ListMovementsResponse* response) {
  return Finish(context, movements_->List(*request), response);
}

grpc::ServerUnaryReactor* SandboxService::ListAttempts(grpc::CallbackServerContext* context,
                                                       const v1::ListAttemptsRequest* request,
                                                       v1::ListAttemptsResponse* response) {
  return Finish(context, conduct_->ListAttempts(*request), response);
}

grpc::ServerUnaryReactor* SandboxService::SetOutage(grpc::CallbackServerContext* context,
                                                    const v1::SetOutageRequest* request,
                                                    v1::SetOutageResponse* /*response*/) {
  return Finish(context, front_->SetOutage(request->kind()));
}

grpc::ServerUnaryReactor* SandboxService::ConfirmCard(grpc::CallbackServerContext* context,
                                                      const v1::ConfirmCardRequest* request,
                                                      v1::ConfirmCardResponse* response) {
  std::vector<CallbackOrder> callbacks;
  const auto card = upay_->ConfirmCard(*request, &callbacks);
  if (card.ok()) *response->mutable_card() = *card;
  SendAll(callbacks);
  return Finish(context, card.status());
}

grpc::ServerUnaryReactor* SandboxService::SetLatency(grpc::CallbackServerContext* context,
                                                     const v1::SetLatencyRequest* request,
                                                     v1::SetLatencyResponse* /*response*/) {
  return Finish(context, conduct_->SetLatency(*request));
}

grpc::ServerUnaryReactor* SandboxService::SetClockSkew(grpc::CallbackServerContext* context,
                                                       const v1::SetClockSkewRequest* request,
                                                       v1::SetClockSkewResponse* response) {
  auto result = conduct_->SetClockSkew(*request);
  if (result.ok()) {
    for (Bank* bank : banks()) SendAll(bank->Tick());
  }
  return Finish(context, std::move(result), response);
}

grpc::ServerUnaryReactor* SandboxService::Reset(grpc::CallbackServerContext* context,
                                                const v1::ResetRequest* /*request*/,
                                                v1::ResetResponse* /*response*/) {
  conduct_->Reset();
  for (Bank* bank : banks()) bank->Reset();
  movements_->Clear();
  callbacks_->Reset();
  return Finish(context, front_->SetOutage(v1::OUTAGE_KIND_NONE));
}

void SandboxService::SendAll(const std::vector<CallbackOrder>& callbacks) {
  for (const CallbackOrder& order : callbacks) callbacks_->Send(order);
}

}  // namespace payments::sandbox
