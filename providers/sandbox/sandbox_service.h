#ifndef PAYMENTS_PROVIDERS_SANDBOX_SANDBOX_SERVICE_H_
#define PAYMENTS_PROVIDERS_SANDBOX_SANDBOX_SERVICE_H_

#include <array>
#include <vector>

#include "payments/sandbox/v1/sandbox_service.grpc.pb.h"
#include "providers/sandbox/callback_sender.h"
#include "providers/sandbox/conduct.h"
#include "providers/sandbox/epay/epay_bank.h"
#include "providers/sandbox/http_front.h"
#include "providers/sandbox/movement_log.h"
#include "providers/sandbox/upay/upay_bank.h"

namespace payments::sandbox {

// payments.sandbox.v1.SandboxService: hands each order to whom it concerns.
// Thread-safe.
class SandboxService final : public v1::SandboxService::CallbackService {
 public:
  // Nothing is owned.
  SandboxService(UpayBank* upay, EpayBank* epay, Conduct* conduct, MovementLog* movements,
                 CallbackSender* callbacks, HttpFront* front)
      : upay_(upay),
        epay_(epay),
        conduct_(conduct),
        movements_(movements),
        callbacks_(callbacks),
        front_(front) {}

  grpc::ServerUnaryReactor* PlanFault(grpc::CallbackServerContext* context,
                                      const v1::PlanFaultRequest* request,
                                      v1::PlanFaultResponse* response) override;
  grpc::ServerUnaryReactor* ClearFaults(grpc::CallbackServerContext* context,
                                        const v1::ClearFaultsRequest* request,
                                        v1::ClearFaultsResponse* response) override;
  grpc::ServerUnaryReactor* SetCallbackPolicy(grpc::CallbackServerContext* context,
                                              const v1::SetCallbackPolicyRequest* request,
                                              v1::SetCallbackPolicyResponse* response) override;
  grpc::ServerUnaryReactor* SendCallback(grpc::CallbackServerContext* context,
                                         const v1::SendCallbackRequest* request,
                                         v1::SendCallbackResponse* response) override;
  grpc::ServerUnaryReactor* GetLedger(grpc::CallbackServerContext* context,
                                      const v1::GetLedgerRequest* request,
                                      v1::GetLedgerResponse* response) override;
  grpc::ServerUnaryReactor* ListCards(grpc::CallbackServerContext* context,
                                      const v1::ListCardsRequest* request,
                                      v1::ListCardsResponse* response) override;
  grpc::ServerUnaryReactor* ListHolds(grpc::CallbackServerContext* context,
                                      const v1::ListHoldsRequest* request,
                                      v1::ListHoldsResponse* response) override;
  grpc::ServerUnaryReactor* ListTransfers(grpc::CallbackServerContext* context,
                                          const v1::ListTransfersRequest* request,
                                          v1::ListTransfersResponse* response) override;
  grpc::ServerUnaryReactor* AnswerThreeDSecure(grpc::CallbackServerContext* context,
                                               const v1::AnswerThreeDSecureRequest* request,
                                               v1::AnswerThreeDSecureResponse* response) override;
  grpc::ServerUnaryReactor* ListMovements(grpc::CallbackServerContext* context,
                                          const v1::ListMovementsRequest* request,
                                          v1::ListMovementsResponse* response) override;
  grpc::ServerUnaryReactor* ListAttempts(grpc::CallbackServerContext* context,
                                         const v1::ListAttemptsRequest* request,
                                         v1::ListAttemptsResponse* response) override;
  grpc::ServerUnaryReactor* SetOutage(grpc::CallbackServerContext* context,
                                      const v1::SetOutageRequest* request,
                                      v1::SetOutageResponse* response) override;
  grpc::ServerUnaryReactor* ConfirmCard(grpc::CallbackServerContext* context,
                                        const v1::ConfirmCardRequest* request,
                                        v1::ConfirmCardResponse* response) override;
  grpc::ServerUnaryReactor* SetLatency(grpc::CallbackServerContext* context,
                                       const v1::SetLatencyRequest* request,
                                       v1::SetLatencyResponse* response) override;
  grpc::ServerUnaryReactor* SetClockSkew(grpc::CallbackServerContext* context,
                                         const v1::SetClockSkewRequest* request,
                                         v1::SetClockSkewResponse* response) override;
  grpc::ServerUnaryReactor* Reset(grpc::CallbackServerContext* context,
                                  const v1::ResetRequest* request,
                                  v1::ResetResponse* response) override;

 private:
  void SendAll(const std::vector<CallbackOrder>& callbacks);

  // What all of them do, whichever provider they are.
  std::array<Bank*, 2> banks() { return {upay_, epay_}; }

  UpayBank* const upay_;
  EpayBank* const epay_;
  Conduct* const conduct_;
  MovementLog* const movements_;
  CallbackSender* const callbacks_;
  HttpFront* const front_;
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_SANDBOX_SERVICE_H_
