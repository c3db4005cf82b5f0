// SandboxService: what it refuses, and what it lists.

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/match.h"
#include "tests/unit/sandbox/sandbox_fixture.h"

namespace payments::sandbox {
namespace {

using Stub = v1::SandboxService::Stub;

class OrdersTest : public SandboxTest {
 protected:
  // The order must be refused with INVALID_ARGUMENT, naming `field`.
  template <typename Request, typename Response>
  void ExpectInvalid(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                     const Request& request, absl::string_view field) {
    Response response;
    EXPECT_EQ(Order(method, request, &response), grpc::INVALID_ARGUMENT) << field;
    EXPECT_TRUE(absl::StrContains(error_, field)) << error_;
  }

  static v1::PlanFaultRequest GoodPlan() {
    v1::PlanFaultRequest request;
    request.set_method(v1::METHOD_HOLD_CREATE);
    request.mutable_fault()->set_kind(v1::FAULT_KIND_GARBAGE);
    return request;
  }
};

TEST_F(OrdersTest, RefusesBadPlans) {
  v1::PlanFaultRequest request;
  ExpectInvalid(&Stub::PlanFault, request, "method");
  request.set_method(v1::METHOD_HOLD_CREATE);
  ExpectInvalid(&Stub::PlanFault, request, "fault: required");
  request = GoodPlan();
  request.mutable_fault()->set_kind(static_cast<v1::FaultKind>(99));
  ExpectInvalid(&Stub::PlanFault, request, "fault.kind");
  request = GoodPlan();
  request.mutable_fault()->set_kind(v1::FAULT_KIND_BUSINESS_ERROR);
  ExpectInvalid(&Stub::PlanFault, request, "fault.code");
  request.mutable_fault()->set_code(std::string(65, 'x'));
  ExpectInvalid(&Stub::PlanFault, request, "fault.code");
  request = GoodPlan();
  request.mutable_fault()->set_description(std::string(257, 'x'));
  ExpectInvalid(&Stub::PlanFault, request, "fault.description");
  request = GoodPlan();
  request.mutable_fault()->mutable_delay()->set_seconds(3601);
  ExpectInvalid(&Stub::PlanFault, request, "fault.delay");
  request = GoodPlan();
  request.mutable_fault()->mutable_resolve_after()->set_seconds(-1);
  ExpectInvalid(&Stub::PlanFault, request, "fault.resolve_after");
  request = GoodPlan();
  request.mutable_fault()->set_http_status(199);
  ExpectInvalid(&Stub::PlanFault, request, "fault.http_status");
  request = GoodPlan();
  request.mutable_fault()->set_body_bytes((256 << 20) + 1);
  ExpectInvalid(&Stub::PlanFault, request, "fault.body_bytes");
  request = GoodPlan();
  request.mutable_fault()->set_payment_amount_minor(-1);
  ExpectInvalid(&Stub::PlanFault, request, "fault.payment_amount_minor");
  request = GoodPlan();
  request.set_calls(1'000'001);
  ExpectInvalid(&Stub::PlanFault, request, "calls");
  request = GoodPlan();
  request.set_calls(1);
  request.set_until_cleared(true);
  ExpectInvalid(&Stub::PlanFault, request, "calls");
}

TEST_F(OrdersTest, TakesAThousandPlansAMethod) {
  v1::PlanFaultResponse response;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(Order(&Stub::PlanFault, GoodPlan(), &response), grpc::OK);
  }
  EXPECT_EQ(Order(&Stub::PlanFault, GoodPlan(), &response), grpc::RESOURCE_EXHAUSTED);
}

TEST_F(OrdersTest, RefusesBadPolicies) {
  v1::SetCallbackPolicyRequest request;
  request.mutable_hold()->set_kind(static_cast<v1::CallbackKind>(99));
  ExpectInvalid(&Stub::SetCallbackPolicy, request, "hold.kind");
  request.Clear();
  request.mutable_registration()->set_copies(101);
  ExpectInvalid(&Stub::SetCallbackPolicy, request, "registration.copies");
  request.Clear();
  request.mutable_hold()->mutable_delay()->set_seconds(4000);
  ExpectInvalid(&Stub::SetCallbackPolicy, request, "hold.delay");
  request.Clear();
  request.mutable_hold()->set_encoding(static_cast<v1::CallbackEncoding>(99));
  ExpectInvalid(&Stub::SetCallbackPolicy, request, "hold.encoding");
}

TEST_F(OrdersTest, RefusesBadCallbacks) {
  v1::SendCallbackRequest request;
  v1::SendCallbackResponse response;
  ExpectInvalid(&Stub::SendCallback, request, "exactly one");
  request.set_card_token("a");
  EXPECT_EQ(Order(&Stub::SendCallback, request, &response), grpc::NOT_FOUND);
  request.set_hold_id("b");
  ExpectInvalid(&Stub::SendCallback, request, "exactly one");
  request.clear_card_token();
  EXPECT_EQ(Order(&Stub::SendCallback, request, &response), grpc::NOT_FOUND);
  request.set_url(std::string(2049, 'x'));
  ExpectInvalid(&Stub::SendCallback, request, "url");
  request.clear_url();
  request.set_message(std::string(257, 'x'));
  ExpectInvalid(&Stub::SendCallback, request, "message");
  request.clear_message();
  request.set_access_token(std::string(129, 'x'));
  ExpectInvalid(&Stub::SendCallback, request, "access_token");
  request.Clear();
  request.set_card_token(ActiveCard());
  ExpectInvalid(&Stub::SendCallback, request, "url");
}

TEST_F(OrdersTest, RefusesOtherBadOrders) {
  v1::SetOutageRequest outage;
  ExpectInvalid(&Stub::SetOutage, outage, "kind");
  v1::SetLatencyRequest latency;
  ExpectInvalid(&Stub::SetLatency, latency, "latency");
  latency.mutable_latency()->set_seconds(3601);
  ExpectInvalid(&Stub::SetLatency, latency, "latency");
  v1::SetClockSkewRequest skew;
  ExpectInvalid(&Stub::SetClockSkew, skew, "skew");
  skew.mutable_skew()->set_seconds(400'000'000);
  ExpectInvalid(&Stub::SetClockSkew, skew, "skew");
  v1::ConfirmCardRequest confirm;
  ExpectInvalid(&Stub::ConfirmCard, confirm, "exactly one");
  v1::ListHoldsRequest holds;
  holds.set_page_size(1001);
  ExpectInvalid(&Stub::ListHolds, holds, "page_size");
  v1::ListCardsRequest cards;
  cards.set_page_token("x");
  ExpectInvalid(&Stub::ListCards, cards, "page_token");
  v1::ListMovementsRequest movements;
  movements.set_page_size(-1);
  ExpectInvalid(&Stub::ListMovements, movements, "page_size");
  v1::ListAttemptsRequest attempts;
  attempts.set_page_token("x");
  ExpectInvalid(&Stub::ListAttempts, attempts, "page_token");
}

TEST_F(OrdersTest, ListsByPages) {
  const std::string card = ActiveCard();
  std::set<std::string> made;
  for (int i = 0; i < 5; ++i) made.insert(HoldCreate(card, 1000).Get("HoldId"));
  EXPECT_EQ(made.size(), 5U);
  v1::ListHoldsRequest request;
  request.set_page_size(2);
  std::set<std::string> listed;
  std::vector<int> sizes;
  do {
    v1::ListHoldsResponse response;
    ASSERT_EQ(Order(&Stub::ListHolds, request, &response), grpc::OK);
    sizes.push_back(response.holds_size());
    for (const v1::Hold& hold : response.holds()) listed.insert(hold.hold_id());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(sizes, std::vector<int>({2, 2, 1}));
  EXPECT_EQ(listed, made);

  request.set_page_token("1000");
  v1::ListHoldsResponse past;
  EXPECT_EQ(Order(&Stub::ListHolds, request, &past), grpc::OK);
  EXPECT_EQ(past.holds_size(), 0);
  v1::ListMovementsResponse movements;
  EXPECT_EQ(Order(&Stub::ListMovements, v1::ListMovementsRequest(), &movements), grpc::OK);
  ASSERT_EQ(movements.movements_size(), 5);
  EXPECT_EQ(movements.movements(4).number(), 5);
  EXPECT_EQ(movements.movements(4).amount_minor(), 1000);
  v1::ListCardsResponse cards;
  EXPECT_EQ(Order(&Stub::ListCards, v1::ListCardsRequest(), &cards), grpc::OK);
  ASSERT_EQ(cards.cards_size(), 1);
  EXPECT_EQ(cards.cards(0).card_token(), card);
  EXPECT_EQ(cards.cards(0).masked_pan(), "4719*****3250");
}

TEST_F(OrdersTest, CountsEveryAttemptByWhatMustNotBeSentTwice) {
  const std::string card = ActiveCard();
  const Fields elsewhere = {{"NotifyUrl", "http://127.0.0.1:1/b"}};
  Plan(v1::METHOD_HOLD_CREATE, v1::FAULT_KIND_DROP_BEFORE_APPLY);
  HoldCreate(card, 1000);
  const std::string hold = HoldCreate(card, 1000).Get("HoldId");
  HoldCreate(card, 1000, elsewhere);
  HoldPayment("0", "7");  // Of no hold; the second is refused, its service is not known.
  HoldPayment(hold, "7", {{"ServiceId", "999"}});
  HoldPayment(hold, "8");
  HoldCheck("partnerTrxId", "8");

  v1::ListAttemptsRequest request;
  request.set_page_size(3);
  v1::ListAttemptsResponse first;
  ASSERT_EQ(Order(&Stub::ListAttempts, request, &first), grpc::OK);
  ASSERT_EQ(first.attempts_size(), 3);
  EXPECT_EQ(first.attempts(0).method(), v1::METHOD_HOLD_CREATE);
  EXPECT_EQ(first.attempts(0).received(), 2);
  EXPECT_EQ(first.attempts(1).key(), "http://127.0.0.1:1/b");
  EXPECT_EQ(first.attempts(1).received(), 1);
  EXPECT_EQ(first.attempts(2).method(), v1::METHOD_HOLD_PAYMENT);
  EXPECT_EQ(first.attempts(2).key(), "7");
  EXPECT_EQ(first.attempts(2).hold_id(), "0");
  EXPECT_EQ(first.attempts(2).received(), 2);

  request.set_page_token(first.next_page_token());
  v1::ListAttemptsResponse second;
  ASSERT_EQ(Order(&Stub::ListAttempts, request, &second), grpc::OK);
  ASSERT_EQ(second.attempts_size(), 1);
  EXPECT_EQ(second.attempts(0).key(), "8");
  EXPECT_EQ(second.attempts(0).hold_id(), hold);
}

TEST_F(OrdersTest, ResetsEverything) {
  const std::string card = ActiveCard();
  HoldCreate(card, 1000);
  Plan(v1::METHOD_REGISTER_CARD, v1::FAULT_KIND_GARBAGE);
  MoveClock(100'000'000);
  SetOutage(v1::OUTAGE_KIND_REFUSE);
  v1::ResetResponse response;
  EXPECT_EQ(Order(&Stub::Reset, v1::ResetRequest(), &response), grpc::OK);
  EXPECT_EQ(Totals().cards(), 0);
  EXPECT_EQ(Totals().holds(), 0);
  EXPECT_EQ(Totals().movements(), 0);
  EXPECT_EQ(Counts(v1::METHOD_HOLD_CREATE).received(), 0);
  EXPECT_EQ(HoldCreate(card, 1000).code(), "STPIMS-ERR-004");
  const SoapAnswer answer = RegisterCard();
  EXPECT_EQ(answer.code(), "OK");
  EXPECT_NE(answer.Get("ConfirmUrl").find("http://127.0.0.1:"), std::string::npos);
}

TEST_F(OrdersTest, SaysWhichAddressIsTaken) {
  Sandbox::Options options = DefaultOptions();
  options.http.port = sandbox_->http_port();
  const auto second = Sandbox::Start(options, &clock_, &random_, &logger_);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  options.http.port = 0;
  options.grpc_port = sandbox_->grpc_port();
  const auto third = Sandbox::Start(options, &clock_, &random_, &logger_);
  EXPECT_EQ(third.status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace payments::sandbox
