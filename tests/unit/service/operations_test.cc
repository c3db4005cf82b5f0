// OperationsService over a real gRPC server: who may call it, and what it hands on.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "payments/v1/operations_service.grpc.pb.h"
#include "server/engine/contradictions.h"
#include "server/engine/proto_time.h"
#include "server/service/read_responses.h"
#include "tests/unit/service/service_fixture.h"

namespace payments {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// SHA-256 of "key-one" and of "key-two".
constexpr char kKeyOneSha256[] = "9b346041bc9a49574eb2665b2ad2a0a3f9f9cce4e42f5d1f26deb8a256b5966a";
constexpr char kKeyTwoSha256[] = "c8df51469c308a59bfbd48a3e0bdd228ca922d6032035f5ef6e4ad45f473a9f3";

class OperationsTest : public ServiceFixture {
 protected:
  void Start(std::vector<BearerPrincipal> principals = {}) {
    StartServer({.principals = std::move(principals)});
    operations_stub_ = v1::OperationsService::NewStub(channel_);
  }
  grpc::Status Resolve(const v1::ResolvePaymentRequest& request,
                       v1::ResolvePaymentResponse* response, const std::string& key = "") {
    grpc::ClientContext context;
    if (!key.empty()) context.AddMetadata("authorization", "Bearer " + key);
    return operations_stub_->ResolvePayment(&context, request, response);
  }
  grpc::Status Resolve(const v1::ResolvePaymentRequest& request) {
    v1::ResolvePaymentResponse response;
    return Resolve(request, &response);
  }
  grpc::Status List(const v1::ListAttentionRequest& request, v1::ListAttentionResponse* response) {
    grpc::ClientContext context;
    return operations_stub_->ListAttention(&context, request, response);
  }
  v1::ListAttentionResponse MustList(const v1::ListAttentionRequest& request = {}) {
    v1::ListAttentionResponse response;
    const grpc::Status status = List(request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  static v1::ResolvePaymentRequest GoodResolution() {
    v1::ResolvePaymentRequest request;
    request.set_name("payments/a");
    request.set_resolution(v1::RESOLUTION_CANCELED);
    request.set_reason("asked the bank");
    return request;
  }

  std::unique_ptr<v1::OperationsService::Stub> operations_stub_;
};

std::vector<std::string> NamesOf(const v1::ListAttentionResponse& response) {
  std::vector<std::string> names;
  for (const v1::AttentionItem& item : response.items()) names.push_back(item.payment().name());
  return names;
}

TEST_F(OperationsTest, AResolutionReachesTheEngineWithItsCaller) {
  Start();
  v1::ResolvePaymentResponse response;
  ASSERT_TRUE(Resolve(GoodResolution(), &response).ok());
  EXPECT_EQ(response.payment().name(), "payments/a");
  ASSERT_EQ(engine_.calls().size(), 1U);
  EXPECT_EQ(engine_.calls()[0].method, "ResolvePayment");
  EXPECT_EQ(engine_.calls()[0].caller.principal, "dev");
  EXPECT_THAT(engine_.calls()[0].request, HasSubstr("asked the bank"));
}

TEST_F(OperationsTest, OnlyOperatorsMayCall) {
  Start({{"shop", kDevTenant, kKeyOneSha256},
         {"desk", kDevTenant, kKeyTwoSha256, /*is_operator=*/true}});
  v1::ResolvePaymentResponse response;
  const grpc::Status refused = Resolve(GoodResolution(), &response, "key-one");
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(DetailsOf(refused).info.reason(), "ROLE_REQUIRED");
  EXPECT_EQ(DetailsOf(refused).info.metadata().at("role"), "operator");
  v1::ListAttentionResponse listed;
  EXPECT_EQ(List({}, &listed).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_TRUE(engine_.calls().empty());
  EXPECT_TRUE(Resolve(GoodResolution(), &response, "key-two").ok());
  EXPECT_EQ(engine_.calls()[0].caller.principal, "desk");
}

TEST_F(OperationsTest, ResolutionsAreValidated) {
  Start();
  EXPECT_THAT(FieldsOf(Resolve({})), ElementsAre("name", "resolution", "reason"));
  v1::ResolvePaymentRequest request = GoodResolution();
  request.set_resolution(static_cast<v1::Resolution>(99));
  request.set_reason(std::string(501, 'x'));
  EXPECT_THAT(FieldsOf(Resolve(request)), ElementsAre("resolution", "reason"));
  request = GoodResolution();
  request.set_reason("two\nlines");
  EXPECT_THAT(FieldsOf(Resolve(request)), ElementsAre("reason"));
  request.set_reason(std::string(500, 'x'));
  EXPECT_TRUE(Resolve(request).ok());
}

TEST_F(OperationsTest, ListsAreValidated) {
  Start();
  v1::ListAttentionResponse response;
  v1::ListAttentionRequest request;
  request.set_page_size(1001);
  request.mutable_unknown_older_than()->set_seconds(-1);
  EXPECT_THAT(FieldsOf(List(request, &response)), ElementsAre("page_size", "unknown_older_than"));
  request.Clear();
  request.set_page_token("made up");
  EXPECT_EQ(DetailsOf(List(request, &response)).info.reason(), "CURSOR_INVALID");
}

TEST_F(OperationsTest, UnknownPaymentsAreListedAfterAWhile) {
  Start();
  CommitPayment("payments/a", v1::PAYMENT_STATE_UNKNOWN);
  CommitPayment("payments/fine", v1::PAYMENT_STATE_SUCCEEDED);
  const absl::Time since = executor_.Now();
  EXPECT_THAT(NamesOf(MustList()), IsEmpty());
  v1::ListAttentionRequest request;
  request.mutable_unknown_older_than()->set_seconds(0);
  EXPECT_THAT(NamesOf(MustList(request)), ElementsAre("payments/a"));
  executor_.Advance(absl::Minutes(15));
  const v1::ListAttentionResponse response = MustList();
  ASSERT_THAT(NamesOf(response), ElementsAre("payments/a"));
  EXPECT_EQ(response.items(0).why(), v1::ATTENTION_REASON_LONG_UNKNOWN);
  EXPECT_LE(absl::AbsDuration(ToTime(response.items(0).since()) - since), absl::Microseconds(1));
  EXPECT_THAT(response.items(0).details(), IsEmpty());
  EXPECT_FALSE(response.cursor().empty());
  CommitPayment("payments/a", v1::PAYMENT_STATE_CANCELED);
  EXPECT_THAT(NamesOf(MustList()), IsEmpty());
}

TEST_F(OperationsTest, PagesFollowOneAnother) {
  Start();
  for (const char* name : {"payments/a", "payments/b", "payments/c"}) {
    CommitPayment(name, v1::PAYMENT_STATE_UNKNOWN);
  }
  v1::ListAttentionRequest request;
  request.mutable_unknown_older_than()->set_seconds(0);
  request.set_page_size(2);
  const v1::ListAttentionResponse first = MustList(request);
  EXPECT_THAT(NamesOf(first), ElementsAre("payments/a", "payments/b"));
  request.set_page_token(first.next_page_token());
  const v1::ListAttentionResponse second = MustList(request);
  EXPECT_THAT(NamesOf(second), ElementsAre("payments/c"));
  EXPECT_EQ(second.next_page_token(), "");
  // A token belongs to its list.
  request.clear_unknown_older_than();
  v1::ListAttentionResponse response;
  EXPECT_EQ(DetailsOf(List(request, &response)).info.reason(), "CURSOR_INVALID");
}

TEST(ListAttentionResponseTest, SaysWhatContradicts) {
  Page<AttentionEntry> page;
  page.items.resize(2);
  for (AttentionEntry& entry : page.items) entry.record.mutable_payment()->set_needs_review(true);
  storage::v1::PaymentRecord& record = page.items[0].record;
  RememberContradiction("seen before", absl::UnixEpoch(), record);
  AcknowledgeContradictions(record);
  RememberContradiction("the provider states 7 UZS", absl::UnixEpoch(), record);
  const CursorCodec cursors("log");
  const PageTokenCodec tokens("acme", v1::ListAttentionRequest());
  const auto response = ToListAttentionResponse(cursors, "acme", tokens, std::move(page));
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->items(0).why(), v1::ATTENTION_REASON_NEEDS_REVIEW);
  EXPECT_THAT(response->items(0).details(), ElementsAre("the provider states 7 UZS"));
  // Of a record that is older than the memory of contradictions.
  EXPECT_THAT(response->items(1).details(), ElementsAre(HasSubstr("events")));
}

TEST(ListAttentionResponseTest, AStoreThatIsAwayIsSaid) {
  const auto response = ToListAttentionResponse(CursorCodec("log"), "acme",
                                                PageTokenCodec("acme", v1::ListAttentionRequest()),
                                                absl::UnavailableError("away"));
  EXPECT_EQ(ReasonOf(response.status()), v1::ERROR_REASON_STORE_UNAVAILABLE);
}

}  // namespace
}  // namespace payments
