#include "server/service/payments_service.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/types/span.h"
#include "server/service/event_list.h"
#include "server/service/message_bytes.h"
#include "server/service/page_token.h"
#include "server/service/read_responses.h"
#include "server/service/validate_card.h"
#include "server/service/validate_events.h"
#include "server/service/validate_fields.h"
#include "server/service/validate_payment.h"
#include "server/service/watch_stream.h"

namespace payments {
namespace {

// A watch that is refused before it begins. Owned by gRPC.
class RefusedWatch final : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  explicit RefusedWatch(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

// What is secret in the request leaves it before anything else looks at it. `request` is
// inside of what the allocator gave to gRPC.
template <typename Request, typename Response>
auto TakeSecretsOf(grpc::CallbackServerContext* context, const Request* /*request*/,
                   const Response* /*response*/) {
  using Messages = SensitiveMessages<Request, Response>;
  return TakeSecrets(static_cast<Messages*>(context->GetRpcAllocatorState())->request());
}

}  // namespace

PaymentsService::PaymentsService(Options options, Dependencies deps)
    : deps_(deps),
      calls_(options,
             {deps.engine_executor, deps.engine, deps.authenticator, deps.errors, deps.clock},
             UnaryCalls::Audience::kEveryCaller) {
  SetMessageAllocatorFor_RegisterCard(&register_card_messages_);
  SetMessageAllocatorFor_CreatePayment(&create_payment_messages_);
  SetMessageAllocatorFor_ConfirmPayment(&confirm_payment_messages_);
}

template <typename Names>
absl::Status PaymentsService::CheckAccounts(const Caller& caller, const Names& names) const {
  for (const std::string& name : names) {
    if (deps_.accounts->Find(caller.tenant, name) == nullptr) return AccountNotFound(name);
  }
  return absl::OkStatus();
}

// -- Answered by the engine --------------------------------------------------------

grpc::ServerUnaryReactor* PaymentsService::RegisterCard(Context* context,
                                                        const v1::RegisterCardRequest* request,
                                                        v1::RegisterCardResponse* response) {
  CardSecrets card = TakeSecretsOf(context, request, response);
  return calls_.RunOnEngine(context, *request, std::move(card), response, ValidateRegisterCard,
                            &PaymentEngine::RegisterCard);
}

grpc::ServerUnaryReactor* PaymentsService::DeleteCard(Context* context,
                                                      const v1::DeleteCardRequest* request,
                                                      v1::DeleteCardResponse* response) {
  absl::StatusOr<Caller> caller = calls_.Admit(*context, *request, ValidateDeleteCard);
  if (!caller.ok()) return calls_.Finish(context, caller.status());
  if (absl::Status room = calls_.EnterLimit(); !room.ok()) return calls_.Finish(context, room);
  UnaryCall<v1::DeleteCardResponse>* call = calls_.NewCall(response);
  deps_.engine_executor->Post([engine = deps_.engine, caller = *std::move(caller),
                               request = *request,
                               reply = Reply<v1::DeleteCardResponse>(call)]() mutable {
    engine->DeleteCard(std::move(caller), std::move(request), std::move(reply));
  });
  return call;
}

grpc::ServerUnaryReactor* PaymentsService::CreatePayment(Context* context,
                                                         const v1::CreatePaymentRequest* request,
                                                         v1::CreatePaymentResponse* response) {
  PaymentCards cards = TakeSecretsOf(context, request, response);
  return calls_.RunOnEngine(context, *request, std::move(cards), response, ValidateCreatePayment,
                            &PaymentEngine::CreatePayment);
}

grpc::ServerUnaryReactor* PaymentsService::ConfirmPayment(Context* context,
                                                          const v1::ConfirmPaymentRequest* request,
                                                          v1::ConfirmPaymentResponse* response) {
  std::map<std::string, Secret> fields = TakeSecretsOf(context, request, response);
  return calls_.RunOnEngine(context, *request, std::move(fields), response, ValidateConfirmPayment,
                            &PaymentEngine::ConfirmPayment);
}

grpc::ServerUnaryReactor* PaymentsService::CapturePayment(Context* context,
                                                          const v1::CapturePaymentRequest* request,
                                                          v1::CapturePaymentResponse* response) {
  return calls_.RunOnEngine(context, *request, response, ValidateCapturePayment,
                            &PaymentEngine::CapturePayment);
}

grpc::ServerUnaryReactor* PaymentsService::CancelPayment(Context* context,
                                                         const v1::CancelPaymentRequest* request,
                                                         v1::CancelPaymentResponse* response) {
  return calls_.RunOnEngine(context, *request, response, ValidateCancelPayment,
                            &PaymentEngine::CancelPayment);
}

grpc::ServerUnaryReactor* PaymentsService::CheckPayment(Context* context,
                                                        const v1::CheckPaymentRequest* request,
                                                        v1::CheckPaymentResponse* response) {
  return calls_.RunOnEngine(context, *request, response, ValidateCheckPayment,
                            &PaymentEngine::CheckPayment);
}

// -- Answered by the store ---------------------------------------------------------

grpc::ServerUnaryReactor* PaymentsService::GetCard(Context* context,
                                                   const v1::GetCardRequest* request,
                                                   v1::GetCardResponse* response) {
  absl::StatusOr<Caller> caller = calls_.Admit(*context, *request, ValidateGetCard);
  if (!caller.ok()) return calls_.Finish(context, caller.status());
  if (absl::Status room = calls_.EnterLimit(); !room.ok()) return calls_.Finish(context, room);
  UnaryCall<v1::GetCardResponse>* call = calls_.NewCall(response);
  deps_.store->GetCard(
      caller->tenant, request->name(),
      [cursors = deps_.cursors, tenant = caller->tenant, reply = Reply(call)](auto found) mutable {
        std::move(reply)(ToGetCardResponse(*cursors, tenant, std::move(found)));
      });
  return call;
}

grpc::ServerUnaryReactor* PaymentsService::GetPayment(Context* context,
                                                      const v1::GetPaymentRequest* request,
                                                      v1::GetPaymentResponse* response) {
  absl::StatusOr<Caller> caller = calls_.Admit(*context, *request, ValidateGetPayment);
  if (!caller.ok()) return calls_.Finish(context, caller.status());
  if (absl::Status room = calls_.EnterLimit(); !room.ok()) return calls_.Finish(context, room);
  UnaryCall<v1::GetPaymentResponse>* call = calls_.NewCall(response);
  Done<StoredPayment> done = [cursors = deps_.cursors, tenant = caller->tenant,
                              reply = Reply(call)](auto found) mutable {
    std::move(reply)(ToGetPaymentResponse(*cursors, tenant, std::move(found)));
  };
  if (request->key_case() == v1::GetPaymentRequest::kName) {
    deps_.store->GetPayment(caller->tenant, request->name(), std::move(done));
  } else {
    deps_.store->GetPaymentByRequestId(
        caller->tenant, request->request_id(), [done = std::move(done)](auto claim) mutable {
          claim.ok() ? std::move(done)(std::move(claim->stored)) : std::move(done)(claim.status());
        });
  }
  return call;
}

grpc::ServerUnaryReactor* PaymentsService::ListCards(Context* context,
                                                     const v1::ListCardsRequest* request,
                                                     v1::ListCardsResponse* response) {
  absl::StatusOr<Caller> caller = calls_.Admit(*context, *request, ValidateListCards);
  if (!caller.ok()) return calls_.Finish(context, caller.status());
  PageTokenCodec tokens = PageTokensOf(caller->tenant, *request);
  absl::StatusOr<std::optional<ListPosition>> after = tokens.Decode(request->page_token());
  if (!after.ok()) return calls_.Finish(context, after.status());
  const absl::Span<const std::string> accounts(&request->account(),
                                               request->account().empty() ? 0 : 1);
  if (absl::Status known = CheckAccounts(*caller, accounts); !known.ok()) {
    return calls_.Finish(context, known);
  }
  if (absl::Status room = calls_.EnterLimit(); !room.ok()) return calls_.Finish(context, room);
  UnaryCall<v1::ListCardsResponse>* call = calls_.NewCall(response);
  CardQuery query{.account = request->account(),
                  .merchant_customer_id = request->merchant_customer_id(),
                  .show_deleted = request->show_deleted(),
                  .limit = PageLimit(request->page_size()),
                  .after = *std::move(after)};
  deps_.store->ListCards(
      caller->tenant, std::move(query),
      [cursors = deps_.cursors, tenant = caller->tenant, tokens = std::move(tokens),
       reply = Reply(call)](auto page) mutable {
        std::move(reply)(ToListCardsResponse(*cursors, tenant, tokens, std::move(page)));
      });
  return call;
}

grpc::ServerUnaryReactor* PaymentsService::ListPayments(Context* context,
                                                        const v1::ListPaymentsRequest* request,
                                                        v1::ListPaymentsResponse* response) {
  absl::StatusOr<Caller> caller = calls_.Admit(*context, *request, ValidateListPayments);
  if (!caller.ok()) return calls_.Finish(context, caller.status());
  PageTokenCodec tokens = PageTokensOf(caller->tenant, *request);
  absl::StatusOr<std::optional<ListPosition>> after = tokens.Decode(request->page_token());
  if (!after.ok()) return calls_.Finish(context, after.status());
  if (absl::Status known = CheckAccounts(*caller, request->filter().accounts()); !known.ok()) {
    return calls_.Finish(context, known);
  }
  if (absl::Status room = calls_.EnterLimit(); !room.ok()) return calls_.Finish(context, room);
  UnaryCall<v1::ListPaymentsResponse>* call = calls_.NewCall(response);
  PaymentQuery query{.filter = request->filter(),
                     .limit = PageLimit(request->page_size()),
                     .after = *std::move(after)};
  deps_.store->ListPayments(
      caller->tenant, std::move(query),
      [cursors = deps_.cursors, tenant = caller->tenant, tokens = std::move(tokens),
       reply = Reply(call)](auto page) mutable {
        std::move(reply)(ToListPaymentsResponse(*cursors, tenant, tokens, std::move(page)));
      });
  return call;
}

grpc::ServerUnaryReactor* PaymentsService::ListEvents(Context* context,
                                                      const v1::ListEventsRequest* request,
                                                      v1::ListEventsResponse* response) {
  absl::StatusOr<Caller> caller = calls_.Admit(*context, *request, ValidateListEvents);
  if (!caller.ok()) return calls_.Finish(context, caller.status());
  if (absl::Status known = CheckAccounts(*caller, request->filter().accounts()); !known.ok()) {
    return calls_.Finish(context, known);
  }
  if (absl::Status room = calls_.EnterLimit(); !room.ok()) return calls_.Finish(context, room);
  UnaryCall<v1::ListEventsResponse>* call = calls_.NewCall(response);
  EventList::Start({deps_.store, deps_.broadcaster, deps_.cursors}, std::move(caller->tenant),
                   *request, Reply<v1::ListEventsResponse>(call));
  return call;
}

// -- Answered here -----------------------------------------------------------------

grpc::ServerUnaryReactor* PaymentsService::ListProviders(
    Context* context, const v1::ListProvidersRequest* /*request*/,
    v1::ListProvidersResponse* response) {
  absl::StatusOr<Caller> caller = calls_.Authenticate(*context);
  if (!caller.ok()) return calls_.Finish(context, caller.status());
  *response = ToListProvidersResponse(deps_.accounts->OfTenant(caller->tenant));
  return calls_.Finish(context, absl::OkStatus());
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* PaymentsService::WatchEvents(
    Context* context, const grpc::ByteBuffer* bytes) {
  v1::WatchEventsRequest request;
  if (!FromBytes(*bytes, &request)) {
    // As gRPC answers what it cannot read of the other methods.
    return new RefusedWatch(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, ""));
  }
  absl::StatusOr<Caller> caller = calls_.Admit(*context, request, ValidateWatchEvents);
  absl::Status good = caller.status();
  if (good.ok()) good = CheckAccounts(*caller, request.filter().accounts());
  if (!good.ok()) return new RefusedWatch(deps_.errors->Encode(good));
  const WatchStream::Dependencies deps{.executor = deps_.stream_executor,
                                       .store = deps_.store,
                                       .broadcaster = deps_.broadcaster,
                                       .cursors = deps_.cursors,
                                       .clock = deps_.clock,
                                       .registry = deps_.streams,
                                       .errors = deps_.errors};
  return WatchStream::Start(deps, *std::move(caller), request);
}

}  // namespace payments
