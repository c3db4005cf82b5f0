#include "server/service/payments_service.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "server/base/error.h"
#include "server/service/page_token.h"
#include "server/service/read_responses.h"
#include "server/service/validate_card.h"
#include "server/service/validate_events.h"
#include "server/service/validate_fields.h"
#include "server/service/validate_payment.h"
#include "server/service/watch_stream.h"

namespace payments {
namespace {

constexpr absl::Duration kRateLimitedRetryDelay = absl::Seconds(1);

int PageLimit(int32_t page_size) { return page_size == 0 ? kPageSizeDefault : page_size; }

// What a list's page tokens are bound to: the request without the paging itself.
template <typename Request>
PageTokenCodec TokensOf(const Caller& caller, Request request) {
  request.clear_page_size();
  request.clear_page_token();
  return PageTokenCodec(caller.tenant, request);
}

// A watch that is refused before it begins. Owned by gRPC.
class RefusedWatch final : public grpc::ServerWriteReactor<v1::WatchEventsResponse> {
 public:
  explicit RefusedWatch(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

PaymentsService::PaymentsService(Options options, Dependencies deps)
    : options_(options), deps_(deps), limit_(options.calls_in_flight_max) {
  SetMessageAllocatorFor_RegisterCard(&register_card_allocator_);
}

// -- What every rpc does ---------------------------------------------------------

absl::StatusOr<Caller> PaymentsService::Authenticate(const Context& context) const {
  return deps_.authenticator->Authenticate(context.client_metadata());
}

absl::Time PaymentsService::AnswerDeadline(const Context& context) const {
  const absl::Time now = deps_.clock->Now();
  const absl::Time callers = absl::FromChrono(context.deadline()) - options_.answer_margin;
  return std::clamp(callers, now, now + options_.call_timeout_default);
}

template <typename Names>
absl::Status PaymentsService::CheckAccounts(const Caller& caller, const Names& names) const {
  for (const std::string& name : names) {
    if (deps_.accounts->Find(caller.tenant, name) == nullptr) return AccountNotFound(name);
  }
  return absl::OkStatus();
}

absl::Status PaymentsService::EnterLimit() {
  if (limit_.TryEnter()) return absl::OkStatus();
  return WithRetryDelay(
      MakeError(absl::StatusCode::kResourceExhausted, v1::ERROR_REASON_RATE_LIMITED,
                absl::StrCat("the server is working on ", limit_.calls_max(),
                             " calls, as many as it may")),
      kRateLimitedRetryDelay);
}

template <typename Request>
absl::StatusOr<Caller> PaymentsService::Admit(const Context& context, const Request& request,
                                              absl::Status (*validate)(const Request&)) {
  absl::StatusOr<Caller> caller = Authenticate(context);
  if (!caller.ok()) return caller;
  if (absl::Status valid = validate(request); !valid.ok()) return valid;
  return caller;
}

grpc::ServerUnaryReactor* PaymentsService::Refuse(Context* context,
                                                  const absl::Status& error) const {
  Reactor* reactor = context->DefaultReactor();
  reactor->Finish(deps_.errors->Encode(error));
  return reactor;
}

template <typename Request, typename Response>
grpc::ServerUnaryReactor* PaymentsService::RunOnEngine(
    Context* context, const Request& request, Response* response,
    absl::Status (*validate)(const Request&),
    void (PaymentEngine::*method)(Caller, Request, absl::Time, Done<Response>)) {
  absl::StatusOr<Caller> caller = Admit(*context, request, validate);
  if (!caller.ok()) return Refuse(context, caller.status());
  if (absl::Status room = EnterLimit(); !room.ok()) return Refuse(context, room);
  UnaryCall<Response>* call = NewCall(response);
  deps_.engine_executor->Post([engine = deps_.engine, method, caller = *std::move(caller), request,
                               deadline = AnswerDeadline(*context),
                               reply = Reply<Response>(call)]() mutable {
    (engine->*method)(std::move(caller), std::move(request), deadline, std::move(reply));
  });
  return call;
}

// -- Answered by the engine --------------------------------------------------------

grpc::ServerUnaryReactor* PaymentsService::RegisterCard(Context* context,
                                                        const v1::RegisterCardRequest* request,
                                                        v1::RegisterCardResponse* response) {
  const bool has_card = request->has_card();
  // `request` is inside it: see RegisterCardAllocator. First of all, the card data leaves it.
  CardSecrets card =
      static_cast<RegisterCardMessages*>(context->GetRpcAllocatorState())->TakeCard();
  absl::StatusOr<Caller> caller = Authenticate(*context);
  if (!caller.ok()) return Refuse(context, caller.status());
  if (absl::Status valid = ValidateRegisterCard(*request, has_card, card, deps_.clock->Now());
      !valid.ok()) {
    return Refuse(context, valid);
  }
  if (absl::Status room = EnterLimit(); !room.ok()) return Refuse(context, room);
  UnaryCall<v1::RegisterCardResponse>* call = NewCall(response);
  deps_.engine_executor->Post([engine = deps_.engine, caller = *std::move(caller),
                               request = *request, card = std::move(card),
                               deadline = AnswerDeadline(*context),
                               reply = Reply<v1::RegisterCardResponse>(call)]() mutable {
    engine->RegisterCard(std::move(caller), std::move(request), std::move(card), deadline,
                         std::move(reply));
  });
  return call;
}

grpc::ServerUnaryReactor* PaymentsService::DeleteCard(Context* context,
                                                      const v1::DeleteCardRequest* request,
                                                      v1::DeleteCardResponse* response) {
  absl::StatusOr<Caller> caller = Admit(*context, *request, ValidateDeleteCard);
  if (!caller.ok()) return Refuse(context, caller.status());
  if (absl::Status room = EnterLimit(); !room.ok()) return Refuse(context, room);
  UnaryCall<v1::DeleteCardResponse>* call = NewCall(response);
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
  return RunOnEngine(context, *request, response, ValidateCreatePayment,
                     &PaymentEngine::CreatePayment);
}

grpc::ServerUnaryReactor* PaymentsService::CapturePayment(Context* context,
                                                          const v1::CapturePaymentRequest* request,
                                                          v1::CapturePaymentResponse* response) {
  return RunOnEngine(context, *request, response, ValidateCapturePayment,
                     &PaymentEngine::CapturePayment);
}

grpc::ServerUnaryReactor* PaymentsService::CancelPayment(Context* context,
                                                         const v1::CancelPaymentRequest* request,
                                                         v1::CancelPaymentResponse* response) {
  return RunOnEngine(context, *request, response, ValidateCancelPayment,
                     &PaymentEngine::CancelPayment);
}

grpc::ServerUnaryReactor* PaymentsService::CheckPayment(Context* context,
                                                        const v1::CheckPaymentRequest* request,
                                                        v1::CheckPaymentResponse* response) {
  return RunOnEngine(context, *request, response, ValidateCheckPayment,
                     &PaymentEngine::CheckPayment);
}

// -- Answered by the store ---------------------------------------------------------

grpc::ServerUnaryReactor* PaymentsService::GetCard(Context* context,
                                                   const v1::GetCardRequest* request,
                                                   v1::GetCardResponse* response) {
  absl::StatusOr<Caller> caller = Admit(*context, *request, ValidateGetCard);
  if (!caller.ok()) return Refuse(context, caller.status());
  if (absl::Status room = EnterLimit(); !room.ok()) return Refuse(context, room);
  UnaryCall<v1::GetCardResponse>* call = NewCall(response);
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
  absl::StatusOr<Caller> caller = Admit(*context, *request, ValidateGetPayment);
  if (!caller.ok()) return Refuse(context, caller.status());
  if (absl::Status room = EnterLimit(); !room.ok()) return Refuse(context, room);
  UnaryCall<v1::GetPaymentResponse>* call = NewCall(response);
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
  absl::StatusOr<Caller> caller = Admit(*context, *request, ValidateListCards);
  if (!caller.ok()) return Refuse(context, caller.status());
  PageTokenCodec tokens = TokensOf(*caller, *request);
  absl::StatusOr<std::optional<ListPosition>> after = tokens.Decode(request->page_token());
  if (!after.ok()) return Refuse(context, after.status());
  const absl::Span<const std::string> accounts(&request->account(),
                                               request->account().empty() ? 0 : 1);
  if (absl::Status known = CheckAccounts(*caller, accounts); !known.ok()) {
    return Refuse(context, known);
  }
  if (absl::Status room = EnterLimit(); !room.ok()) return Refuse(context, room);
  UnaryCall<v1::ListCardsResponse>* call = NewCall(response);
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
  absl::StatusOr<Caller> caller = Admit(*context, *request, ValidateListPayments);
  if (!caller.ok()) return Refuse(context, caller.status());
  PageTokenCodec tokens = TokensOf(*caller, *request);
  absl::StatusOr<std::optional<ListPosition>> after = tokens.Decode(request->page_token());
  if (!after.ok()) return Refuse(context, after.status());
  if (absl::Status known = CheckAccounts(*caller, request->filter().accounts()); !known.ok()) {
    return Refuse(context, known);
  }
  if (absl::Status room = EnterLimit(); !room.ok()) return Refuse(context, room);
  UnaryCall<v1::ListPaymentsResponse>* call = NewCall(response);
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

// -- Answered here -----------------------------------------------------------------

grpc::ServerUnaryReactor* PaymentsService::ListProviders(
    Context* context, const v1::ListProvidersRequest* /*request*/,
    v1::ListProvidersResponse* response) {
  absl::StatusOr<Caller> caller = Authenticate(*context);
  if (!caller.ok()) return Refuse(context, caller.status());
  *response = ToListProvidersResponse(deps_.accounts->OfTenant(caller->tenant));
  return Refuse(context, absl::OkStatus());
}

grpc::ServerWriteReactor<v1::WatchEventsResponse>* PaymentsService::WatchEvents(
    Context* context, const v1::WatchEventsRequest* request) {
  absl::StatusOr<Caller> caller = Admit(*context, *request, ValidateWatchEvents);
  absl::Status good = caller.status();
  if (good.ok()) good = CheckAccounts(*caller, request->filter().accounts());
  if (!good.ok()) return new RefusedWatch(deps_.errors->Encode(good));
  const WatchStream::Dependencies deps{.executor = deps_.stream_executor,
                                       .store = deps_.store,
                                       .broadcaster = deps_.broadcaster,
                                       .cursors = deps_.cursors,
                                       .clock = deps_.clock,
                                       .registry = deps_.streams,
                                       .errors = deps_.errors};
  return WatchStream::Start(deps, std::move(caller->tenant), *request);
}

}  // namespace payments
