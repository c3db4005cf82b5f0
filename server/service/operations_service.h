#ifndef PAYMENTS_SERVER_SERVICE_OPERATIONS_SERVICE_H_
#define PAYMENTS_SERVER_SERVICE_OPERATIONS_SERVICE_H_

#include "payments/v1/operations_service.grpc.pb.h"
#include "server/engine/store.h"
#include "server/events/cursor.h"
#include "server/service/unary_calls.h"

namespace payments {

// payments.v1.OperationsService over gRPC's callback API, for operators only. As
// PaymentsService: changes go to the engine, on its executor, reads to the store.
//
// Thread-safe. Outlives the gRPC server it is registered with.
class OperationsService final : public v1::OperationsService::CallbackService {
 public:
  // Not owned; outlive the service.
  struct Dependencies {
    UnaryCalls::Dependencies calls;
    Store* store;
    const CursorCodec* cursors;
  };

  OperationsService(UnaryCalls::Options options, Dependencies deps)
      : deps_(deps), calls_(options, deps.calls, UnaryCalls::Audience::kOperators) {}

  using Context = UnaryCalls::Context;
  using Reactor = UnaryCalls::Reactor;

  Reactor* ResolvePayment(Context* context, const v1::ResolvePaymentRequest* request,
                          v1::ResolvePaymentResponse* response) override;
  Reactor* ListAttention(Context* context, const v1::ListAttentionRequest* request,
                         v1::ListAttentionResponse* response) override;
  Reactor* ListCallbacks(Context* context, const v1::ListCallbacksRequest* request,
                         v1::ListCallbacksResponse* response) override;
  Reactor* GetCallback(Context* context, const v1::GetCallbackRequest* request,
                       v1::GetCallbackResponse* response) override;
  Reactor* ReplayCallback(Context* context, const v1::ReplayCallbackRequest* request,
                          v1::ReplayCallbackResponse* response) override;
  Reactor* AcknowledgeCallback(Context* context, const v1::AcknowledgeCallbackRequest* request,
                               v1::AcknowledgeCallbackResponse* response) override;

 private:
  const Dependencies deps_;
  UnaryCalls calls_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_OPERATIONS_SERVICE_H_
