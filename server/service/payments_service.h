#ifndef PAYMENTS_SERVER_SERVICE_PAYMENTS_SERVICE_H_
#define PAYMENTS_SERVER_SERVICE_PAYMENTS_SERVICE_H_

#include <string>

#include "absl/status/status.h"
#include "grpcpp/support/byte_buffer.h"
#include "payments/v1/payments_service.grpc.pb.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/engine/account_directory.h"
#include "server/engine/payment_engine.h"
#include "server/engine/store.h"
#include "server/events/broadcaster.h"
#include "server/events/cursor.h"
#include "server/service/authenticator.h"
#include "server/service/error_encoding.h"
#include "server/service/sensitive_messages.h"
#include "server/service/stream_registry.h"
#include "server/service/unary_calls.h"

namespace payments {

// payments.v1.PaymentsService over gRPC's callback API. A reaction authenticates,
// validates, and hands on: what may change something to the engine, on its executor;
// reads to the store; WatchEvents to a WatchStream. Requests are never logged.
//
// Thread-safe. Outlives the gRPC server it is registered with.
class PaymentsService final : public v1::PaymentsService::WithRawCallbackMethod_WatchEvents<
                                  v1::PaymentsService::CallbackService> {
 public:
  using Options = UnaryCalls::Options;

  // Not owned; outlive the service.
  struct Dependencies {
    Executor* engine_executor;
    PaymentEngine* engine;
    // Where streams are woken and told of the time: not the engine's, which all payments wait
    // for. The broadcaster's and the registry's, too.
    Executor* stream_executor;
    StreamRegistry* streams;
    Store* store;
    Broadcaster* broadcaster;
    const AccountDirectory* accounts;
    const Authenticator* authenticator;
    const CursorCodec* cursors;
    const ErrorEncoder* errors;
    const Clock* clock;
  };

  PaymentsService(Options options, Dependencies deps);

  int calls_in_flight() const { return calls_.in_flight(); }

  // -- The rpcs --------------------------------------------------------------------

  using Context = UnaryCalls::Context;
  using Reactor = UnaryCalls::Reactor;

  Reactor* RegisterCard(Context* context, const v1::RegisterCardRequest* request,
                        v1::RegisterCardResponse* response) override;
  Reactor* GetCard(Context* context, const v1::GetCardRequest* request,
                   v1::GetCardResponse* response) override;
  Reactor* ListCards(Context* context, const v1::ListCardsRequest* request,
                     v1::ListCardsResponse* response) override;
  Reactor* DeleteCard(Context* context, const v1::DeleteCardRequest* request,
                      v1::DeleteCardResponse* response) override;
  Reactor* CreatePayment(Context* context, const v1::CreatePaymentRequest* request,
                         v1::CreatePaymentResponse* response) override;
  Reactor* GetPayment(Context* context, const v1::GetPaymentRequest* request,
                      v1::GetPaymentResponse* response) override;
  Reactor* ListPayments(Context* context, const v1::ListPaymentsRequest* request,
                        v1::ListPaymentsResponse* response) override;
  Reactor* CapturePayment(Context* context, const v1::CapturePaymentRequest* request,
                          v1::CapturePaymentResponse* response) override;
  Reactor* CancelPayment(Context* context, const v1::CancelPaymentRequest* request,
                         v1::CancelPaymentResponse* response) override;
  Reactor* ConfirmPayment(Context* context, const v1::ConfirmPaymentRequest* request,
                          v1::ConfirmPaymentResponse* response) override;
  Reactor* CheckPayment(Context* context, const v1::CheckPaymentRequest* request,
                        v1::CheckPaymentResponse* response) override;
  Reactor* ListEvents(Context* context, const v1::ListEventsRequest* request,
                      v1::ListEventsResponse* response) override;
  Reactor* ListProviders(Context* context, const v1::ListProvidersRequest* request,
                         v1::ListProvidersResponse* response) override;
  // On bytes, which its subscribers share.
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchEvents(Context* context,
                                                          const grpc::ByteBuffer* request) override;

 private:
  // ACCOUNT_NOT_FOUND if the caller's tenant has no such account.
  template <typename Names>
  absl::Status CheckAccounts(const Caller& caller, const Names& names) const;

  const Dependencies deps_;
  UnaryCalls calls_;
  SensitiveAllocator<v1::RegisterCardRequest, v1::RegisterCardResponse> register_card_messages_;
  SensitiveAllocator<v1::CreatePaymentRequest, v1::CreatePaymentResponse> create_payment_messages_;
  SensitiveAllocator<v1::ConfirmPaymentRequest, v1::ConfirmPaymentResponse>
      confirm_payment_messages_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_PAYMENTS_SERVICE_H_
