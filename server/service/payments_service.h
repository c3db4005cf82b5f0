#ifndef PAYMENTS_SERVER_SERVICE_PAYMENTS_SERVICE_H_
#define PAYMENTS_SERVER_SERVICE_PAYMENTS_SERVICE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
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
#include "server/service/register_card_messages.h"
#include "server/service/stream_registry.h"
#include "server/service/unary_call.h"

namespace payments {

// payments.v1.PaymentsService over gRPC's callback API. A reaction authenticates,
// validates, and hands on: what may change something to the engine, on its executor;
// reads to the store; WatchEvents to a WatchStream. Requests are never logged.
//
// Thread-safe. Outlives the gRPC server it is registered with.
class PaymentsService final : public v1::PaymentsService::CallbackService {
 public:
  struct Options {
    // How long a call waits that has no deadline, or a later one.
    absl::Duration call_timeout_default = absl::Seconds(60);
    // How long before the caller's deadline the answer is ready.
    absl::Duration answer_margin = absl::Milliseconds(250);
    // Calls being worked on at once, not counting streams.
    int calls_in_flight_max = 20000;
  };

  // Not owned; outlive the service.
  struct Dependencies {
    Executor* engine_executor;
    PaymentEngine* engine;
    // Where streams are woken; may be engine_executor.
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

  int calls_in_flight() const { return limit_.in_flight(); }

  // -- The rpcs --------------------------------------------------------------------

  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

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
  Reactor* CheckPayment(Context* context, const v1::CheckPaymentRequest* request,
                        v1::CheckPaymentResponse* response) override;
  Reactor* ListProviders(Context* context, const v1::ListProvidersRequest* request,
                         v1::ListProvidersResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchEventsResponse>* WatchEvents(
      Context* context, const v1::WatchEventsRequest* request) override;

 private:
  absl::StatusOr<Caller> Authenticate(const Context& context) const;
  absl::Time AnswerDeadline(const Context& context) const;
  // ACCOUNT_NOT_FOUND if the caller's tenant has no such account.
  template <typename Names>
  absl::Status CheckAccounts(const Caller& caller, const Names& names) const;

  // The caller, if the request is valid and there is room for one more call.
  template <typename Request>
  absl::StatusOr<Caller> Admit(const Context& context, const Request& request,
                               absl::Status (*validate)(const Request&));
  absl::Status EnterLimit();

  // The pattern of every rpc that the engine answers.
  template <typename Request, typename Response>
  Reactor* RunOnEngine(Context* context, const Request& request, Response* response,
                       absl::Status (*validate)(const Request&),
                       void (PaymentEngine::*method)(Caller, Request, absl::Time, Done<Response>));

  Reactor* Refuse(Context* context, const absl::Status& error) const;
  template <typename Response>
  UnaryCall<Response>* NewCall(Response* response) {
    return new UnaryCall<Response>(response, &limit_, deps_.errors);
  }

  const Options options_;
  const Dependencies deps_;
  CallLimit limit_;
  RegisterCardAllocator register_card_allocator_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_PAYMENTS_SERVICE_H_
