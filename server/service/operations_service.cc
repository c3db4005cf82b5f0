#include "server/service/operations_service.h"

#include <optional>
#include <utility>

#include "server/engine/proto_time.h"
#include "server/service/page_token.h"
#include "server/service/read_responses.h"
#include "server/service/validate_fields.h"
#include "server/service/validate_operations.h"

namespace payments {
namespace {

// As operations_service.proto says.
constexpr absl::Duration kUnknownOlderThanDefault = absl::Minutes(15);

}  // namespace

grpc::ServerUnaryReactor* OperationsService::ResolvePayment(
    Context* context, const v1::ResolvePaymentRequest* request,
    v1::ResolvePaymentResponse* response) {
  return calls_.RunOnEngine(context, *request, response, ValidateResolvePayment,
                            &PaymentEngine::ResolvePayment);
}

grpc::ServerUnaryReactor* OperationsService::ListAttention(Context* context,
                                                           const v1::ListAttentionRequest* request,
                                                           v1::ListAttentionResponse* response) {
  absl::StatusOr<Caller> caller = calls_.Admit(*context, *request, ValidateListAttention);
  if (!caller.ok()) return calls_.Finish(context, caller.status());
  PageTokenCodec tokens = PageTokensOf(caller->tenant, *request);
  absl::StatusOr<std::optional<ListPosition>> after = tokens.Decode(request->page_token());
  if (!after.ok()) return calls_.Finish(context, after.status());
  if (absl::Status room = calls_.EnterLimit(); !room.ok()) return calls_.Finish(context, room);
  UnaryCall<v1::ListAttentionResponse>* call = calls_.NewCall(response);
  const absl::Duration older_than = request->has_unknown_older_than()
                                        ? ToDuration(request->unknown_older_than())
                                        : kUnknownOlderThanDefault;
  AttentionQuery query{.unknown_before = deps_.calls.clock->Now() - older_than,
                       .limit = PageLimit(request->page_size()),
                       .after = *std::move(after)};
  deps_.store->ListAttention(
      caller->tenant, std::move(query),
      [cursors = deps_.cursors, tenant = caller->tenant, tokens = std::move(tokens),
       reply = Reply(call)](auto page) mutable {
        std::move(reply)(ToListAttentionResponse(*cursors, tenant, tokens, std::move(page)));
      });
  return call;
}

grpc::ServerUnaryReactor* OperationsService::ListCallbacks(Context* context,
                                                           const v1::ListCallbacksRequest* request,
                                                           v1::ListCallbacksResponse* response) {
  absl::StatusOr<Caller> caller = calls_.Admit(*context, *request, ValidateListCallbacks);
  if (!caller.ok()) return calls_.Finish(context, caller.status());
  PageTokenCodec tokens = PageTokensOf(caller->tenant, *request);
  absl::StatusOr<std::optional<ListPosition>> after = tokens.Decode(request->page_token());
  if (!after.ok()) return calls_.Finish(context, after.status());
  if (absl::Status room = calls_.EnterLimit(); !room.ok()) return calls_.Finish(context, room);
  UnaryCall<v1::ListCallbacksResponse>* call = calls_.NewCall(response);
  CallbackQuery query{.filter = request->filter(),
                      .limit = PageLimit(request->page_size()),
                      .after = *std::move(after)};
  deps_.store->ListCallbacks(caller->tenant, std::move(query),
                             [tokens = std::move(tokens), reply = Reply(call)](auto page) mutable {
                               std::move(reply)(ToListCallbacksResponse(tokens, std::move(page)));
                             });
  return call;
}

grpc::ServerUnaryReactor* OperationsService::GetCallback(Context* context,
                                                         const v1::GetCallbackRequest* request,
                                                         v1::GetCallbackResponse* response) {
  return calls_.RunOnEngine(context, *request, response, ValidateGetCallback,
                            &PaymentEngine::GetCallback);
}

grpc::ServerUnaryReactor* OperationsService::ReplayCallback(
    Context* context, const v1::ReplayCallbackRequest* request,
    v1::ReplayCallbackResponse* response) {
  return calls_.RunOnEngine(context, *request, response, ValidateReplayCallback,
                            &PaymentEngine::ReplayCallback);
}

grpc::ServerUnaryReactor* OperationsService::AcknowledgeCallback(
    Context* context, const v1::AcknowledgeCallbackRequest* request,
    v1::AcknowledgeCallbackResponse* response) {
  return calls_.RunOnEngine(context, *request, response, ValidateAcknowledgeCallback,
                            &PaymentEngine::AcknowledgeCallback);
}

}  // namespace payments
