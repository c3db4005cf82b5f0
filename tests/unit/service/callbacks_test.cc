// The callbacks' inbox, over a real gRPC server.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "payments/v1/operations_service.grpc.pb.h"
#include "server/engine/callback_record.h"
#include "server/engine/proto_time.h"
#include "tests/support/blocking_store.h"
#include "tests/unit/service/service_fixture.h"

namespace payments {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// SHA-256 of "key-one".
constexpr char kKeyOneSha256[] = "9b346041bc9a49574eb2665b2ad2a0a3f9f9cce4e42f5d1f26deb8a256b5966a";

constexpr auto kAccepted = v1::CALLBACK_VERDICT_ACCEPTED;
constexpr auto kRefused = v1::CALLBACK_VERDICT_REFUSED_SIGNATURE;

class CallbacksServiceTest : public ServiceFixture {
 protected:
  void Start(std::vector<BearerPrincipal> principals = {}) {
    StartServer({.principals = std::move(principals)});
    stub_ = v1::OperationsService::NewStub(channel_);
  }

  // Its name.
  std::string Recorded(v1::CallbackVerdict verdict, const std::string& tenant = kDevTenant) {
    executor_.Advance(absl::Seconds(1));
    BlockingStore call(&store_);
    CallbackRecord record;
    record.tenant = tenant;
    record.resource = "payments/a";
    record.account = kAccount;
    record.receive_time = executor_.Now();
    record.content_type = "Text/Plain; x=4003032704547597; charset=\"UTF-8\"";
    record.sealed_body = "sealed";
    const auto id = call.RecordCallback(std::move(record));
    EXPECT_TRUE(id.ok()) << id.status();
    EXPECT_TRUE(call.JudgeCallback(*id, {verdict, "why", executor_.Now()}).ok());
    return CallbackName(*id);
  }

  template <typename Request, typename Response>
  grpc::Status Call(grpc::Status (v1::OperationsService::Stub::*method)(grpc::ClientContext*,
                                                                        const Request&, Response*),
                    const Request& request, Response* response, const std::string& key = "") {
    grpc::ClientContext context;
    if (!key.empty()) context.AddMetadata("authorization", "Bearer " + key);
    return (stub_.get()->*method)(&context, request, response);
  }
  grpc::Status List(const v1::ListCallbacksRequest& request, v1::ListCallbacksResponse* response) {
    return Call(&v1::OperationsService::Stub::ListCallbacks, request, response);
  }
  v1::ListCallbacksResponse MustList(const v1::ListCallbacksRequest& request = {}) {
    v1::ListCallbacksResponse response;
    const grpc::Status status = List(request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  std::unique_ptr<v1::OperationsService::Stub> stub_;
};

std::vector<std::string> NamesOf(const v1::ListCallbacksResponse& response) {
  std::vector<std::string> names;
  for (const v1::Callback& callback : response.callbacks()) names.push_back(callback.name());
  return names;
}

TEST_F(CallbacksServiceTest, AreListedNewestFirstInPages) {
  Start();
  const std::string a = Recorded(kAccepted);
  const std::string b = Recorded(kRefused);
  const std::string c = Recorded(kAccepted);
  Recorded(kRefused, "globex");
  v1::ListCallbacksRequest request;
  EXPECT_THAT(NamesOf(MustList(request)), ElementsAre(c, b, a));
  request.set_page_size(2);
  const v1::ListCallbacksResponse first = MustList(request);
  EXPECT_THAT(NamesOf(first), ElementsAre(c, b));
  EXPECT_EQ(first.callbacks(1).verdict(), kRefused);
  EXPECT_EQ(first.callbacks(1).verdict_detail(), "why");
  EXPECT_EQ(first.callbacks(1).content_type(), "text/plain; charset=utf-8");
  EXPECT_EQ(first.callbacks(1).body(), "");
  request.set_page_token(first.next_page_token());
  const v1::ListCallbacksResponse second = MustList(request);
  EXPECT_THAT(NamesOf(second), ElementsAre(a));
  EXPECT_EQ(second.next_page_token(), "");
  // A token belongs to its filter.
  request.mutable_filter()->add_verdicts(kAccepted);
  v1::ListCallbacksResponse response;
  EXPECT_EQ(DetailsOf(List(request, &response)).info.reason(), "CURSOR_INVALID");
  request.clear_page_token();
  EXPECT_THAT(NamesOf(MustList(request)), ElementsAre(c, a));
}

TEST_F(CallbacksServiceTest, RequestsAreValidated) {
  Start();
  v1::ListCallbacksRequest request;
  request.set_page_size(1001);
  request.mutable_filter()->set_resource("accounts/shop");
  request.mutable_filter()->add_verdicts(v1::CALLBACK_VERDICT_UNSPECIFIED);
  request.mutable_filter()->add_accounts("shop");
  request.mutable_filter()->mutable_receive_time_min()->set_nanos(-1);
  request.mutable_filter()->mutable_receive_time_max()->set_seconds(-1LL << 60);
  v1::ListCallbacksResponse response;
  EXPECT_THAT(
      FieldsOf(List(request, &response)),
      ElementsAre("page_size", "filter.resource", "filter.verdicts[0]", "filter.accounts[0]",
                  "filter.receive_time_min", "filter.receive_time_max"));
  request.Clear();
  for (int i = 0; i < 17; ++i) request.mutable_filter()->add_verdicts(kRefused);
  for (int i = 0; i < 101; ++i) request.mutable_filter()->add_accounts(kAccount);
  EXPECT_THAT(FieldsOf(List(request, &response)),
              ElementsAre("filter.verdicts", "filter.accounts"));

  using Stub = v1::OperationsService::Stub;
  v1::GetCallbackResponse got;
  EXPECT_THAT(FieldsOf(Call(&Stub::GetCallback, v1::GetCallbackRequest(), &got)),
              ElementsAre("name"));
  v1::ReplayCallbackResponse replayed;
  EXPECT_THAT(FieldsOf(Call(&Stub::ReplayCallback, v1::ReplayCallbackRequest(), &replayed)),
              ElementsAre("name"));
  v1::AcknowledgeCallbackRequest acknowledge;
  acknowledge.set_name("payments/a");
  v1::AcknowledgeCallbackResponse acknowledged;
  EXPECT_THAT(FieldsOf(Call(&Stub::AcknowledgeCallback, acknowledge, &acknowledged)),
              ElementsAre("name", "reason"));
  acknowledge.set_name("callbacks/1");
  acknowledge.set_reason(std::string(501, 'x'));
  EXPECT_THAT(FieldsOf(Call(&Stub::AcknowledgeCallback, acknowledge, &acknowledged)),
              ElementsAre("reason"));
  EXPECT_THAT(engine_.calls(), IsEmpty());
}

TEST_F(CallbacksServiceTest, OnlyOperatorsMayCall) {
  Start({{"shop", kDevTenant, kKeyOneSha256}});
  using Stub = v1::OperationsService::Stub;
  v1::ListCallbacksResponse listed;
  v1::GetCallbackResponse got;
  v1::ReplayCallbackResponse replayed;
  v1::AcknowledgeCallbackResponse acknowledged;
  for (const grpc::Status& status :
       {Call(&Stub::ListCallbacks, v1::ListCallbacksRequest(), &listed, "key-one"),
        Call(&Stub::GetCallback, v1::GetCallbackRequest(), &got, "key-one"),
        Call(&Stub::ReplayCallback, v1::ReplayCallbackRequest(), &replayed, "key-one"),
        Call(&Stub::AcknowledgeCallback, v1::AcknowledgeCallbackRequest(), &acknowledged,
             "key-one")}) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(DetailsOf(status).info.reason(), "ROLE_REQUIRED");
  }
}

TEST_F(CallbacksServiceTest, WhatTheEngineDoesReachesIt) {
  Start();
  using Stub = v1::OperationsService::Stub;
  v1::GetCallbackRequest get;
  get.set_name("callbacks/7");
  v1::GetCallbackResponse got;
  ASSERT_TRUE(Call(&Stub::GetCallback, get, &got).ok());
  v1::ReplayCallbackRequest replay;
  replay.set_name("callbacks/8");
  v1::ReplayCallbackResponse replayed;
  ASSERT_TRUE(Call(&Stub::ReplayCallback, replay, &replayed).ok());
  v1::AcknowledgeCallbackRequest acknowledge;
  acknowledge.set_name("callbacks/9");
  acknowledge.set_reason("a scanner");
  v1::AcknowledgeCallbackResponse acknowledged;
  ASSERT_TRUE(Call(&Stub::AcknowledgeCallback, acknowledge, &acknowledged).ok());
  EXPECT_EQ(got.callback().name(), "callbacks/7");
  EXPECT_EQ(replayed.callback().name(), "callbacks/8");
  EXPECT_EQ(acknowledged.callback().name(), "callbacks/9");
  std::vector<std::string> methods;
  for (const FakeEngine::Call& call : engine_.calls()) {
    methods.push_back(call.method);
    EXPECT_TRUE(call.caller.is_operator);
    EXPECT_EQ(call.caller.tenant, kDevTenant);
  }
  EXPECT_THAT(methods, ElementsAre("GetCallback", "ReplayCallback", "AcknowledgeCallback"));
}

TEST_F(CallbacksServiceTest, RefusedOnesAreInTheListOfAttention) {
  Start();
  CommitPayment("payments/a", v1::PAYMENT_STATE_UNKNOWN);
  Recorded(kAccepted);
  const std::string first = Recorded(kRefused);
  Recorded(kRefused, "globex");
  executor_.Advance(absl::Seconds(1));
  CommitPayment("payments/b", v1::PAYMENT_STATE_UNKNOWN);
  const std::string second = Recorded(v1::CALLBACK_VERDICT_MISMATCH);
  v1::ListAttentionRequest request;
  request.mutable_unknown_older_than()->set_seconds(0);
  request.set_page_size(1);
  std::vector<std::string> names;
  do {
    v1::ListAttentionResponse response;
    ASSERT_TRUE(Call(&v1::OperationsService::Stub::ListAttention, request, &response).ok());
    ASSERT_EQ(response.items_size(), 1);
    const v1::AttentionItem& item = response.items(0);
    names.push_back(item.has_callback() ? item.callback().name() : item.payment().name());
    EXPECT_EQ(item.has_callback(), !item.has_payment());
    EXPECT_EQ(item.why() == v1::ATTENTION_REASON_REFUSED_CALLBACK, item.has_callback());
    EXPECT_TRUE(item.has_since());
    EXPECT_FALSE(response.cursor().empty());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ElementsAre("payments/a", first, "payments/b", second));
}

}  // namespace
}  // namespace payments
