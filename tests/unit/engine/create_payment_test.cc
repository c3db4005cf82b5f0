#include "absl/strings/str_cat.h"
#include "server/engine/proto_time.h"
#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

using CreatePaymentTest = EngineTest;
using ::testing::ElementsAre;

std::vector<std::string> States(const std::vector<v1::Event>& events) {
  std::vector<std::string> states;
  for (const v1::Event& event : events) states.push_back(StateName(event.payment().state()));
  return states;
}

TEST_F(CreatePaymentTest, ManualPaymentTakesTwoCommits) {
  const CreateCall call = Create(PaymentRequest());
  EXPECT_FALSE(call.answered());
  http_.Answer("authorize", "ok hold_id=h1 amount=1000 code=0");
  Settle();
  const v1::Payment payment = call.value().payment();
  EXPECT_EQ(StateName(payment.state()), "AUTHORIZED");
  EXPECT_FALSE(call.value().replayed());
  EXPECT_EQ(payment.provider_references().at("hold_id"), "h1");
  EXPECT_EQ(payment.operations(0).provider_code(), "0");
  EXPECT_THAT(States(EventsOf(payment.name())), ElementsAre("PROCESSING", "AUTHORIZED"));
  EXPECT_EQ(Operations(payment.name()), "AUTHORIZE ANSWERED SUCCEEDED");
}

// Rule 8: hold outcome and capture intent are one commit; AUTHORIZED is never shown.
TEST_F(CreatePaymentTest, AutomaticPaymentTakesThreeCommitsAndNeverShowsAuthorized) {
  const CreateCall call = Create(PaymentRequest("r1", v1::CAPTURE_MODE_AUTOMATIC));
  http_.Answer("authorize", "ok hold_id=h1");
  Settle();
  EXPECT_FALSE(call.answered());
  const std::string name = PaymentNames().front();
  EXPECT_EQ(Operations(name), "AUTHORIZE ANSWERED SUCCEEDED, CAPTURE SENT PENDING");
  http_.Answer("capture", "ok amount=1000");
  Settle();
  EXPECT_EQ(StateName(call.value().payment().state()), "SUCCEEDED");
  EXPECT_THAT(States(EventsOf(name)), ElementsAre("PROCESSING", "PROCESSING", "SUCCEEDED"));
  EXPECT_EQ(http_.Count("capture"), 1);
}

TEST_F(CreatePaymentTest, EventsAreDenseAndTellTheirCause) {
  const std::string name = Authorized();
  const std::vector<v1::Event> events = EventsOf(name);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].sequence(), 1);
  EXPECT_EQ(events[1].sequence(), 2);
  EXPECT_EQ(events[1].revision(), events[0].revision() + 1);
  EXPECT_FALSE(events[0].has_previous_payment_state());
  EXPECT_EQ(StateName(events[1].previous_payment_state()), "PROCESSING");
  for (const v1::Event& event : events) {
    EXPECT_EQ(event.cause().kind(), v1::CAUSE_KIND_RPC);
    EXPECT_EQ(event.cause().id(), "r1");
    EXPECT_EQ(event.cause().principal(), "tester");
  }
}

TEST_F(CreatePaymentTest, TheRequestReachesTheProviderAndTheRecord) {
  v1::CreatePaymentRequest request = PaymentRequest();
  request.mutable_hold_duration()->set_seconds(30 * 60);
  request.mutable_payer()->set_language("uz");
  request.set_merchant_reference("order-7");
  request.set_description("two tickets");
  (*request.mutable_metadata())["seat"] = "12A";
  (*request.mutable_provider_options())["region"] = "14";
  request.set_merchant_customer_id("customer-3");
  Create(request);
  const ScriptedMessage sent = http_.Last("authorize");
  EXPECT_EQ(sent.Field("amount"), "1000");
  EXPECT_EQ(sent.Field("minutes"), "30");
  EXPECT_EQ(sent.Field("language"), "uz");
  EXPECT_EQ(sent.Field("token"), kCardToken);
  EXPECT_EQ(sent.Field("payer"), "login-1");
  const v1::Payment payment = Payment(PaymentNames().front());
  EXPECT_EQ(payment.account(), kAccount);
  EXPECT_EQ(payment.provider(), kProvider);
  EXPECT_EQ(payment.merchant_reference(), "order-7");
  EXPECT_EQ(payment.description(), "two tickets");
  EXPECT_EQ(payment.metadata().at("seat"), "12A");
  EXPECT_EQ(payment.provider_options().at("region"), "14");
  EXPECT_EQ(payment.merchant_customer_id(), "customer-3");
  EXPECT_EQ(ToTime(payment.expire_time()) - ToTime(payment.create_time()), absl::Minutes(30));
}

TEST_F(CreatePaymentTest, ADeclineIsAnAnswerNotAnError) {
  const CreateCall call = Create(PaymentRequest());
  http_.Answer("authorize", absl::StrCat("declined code=51 message=no-money category=",
                                         v1::FAILURE_CATEGORY_INSUFFICIENT_FUNDS));
  Settle();
  const v1::Payment payment = call.value().payment();
  EXPECT_EQ(StateName(payment.state()), "DECLINED");
  EXPECT_EQ(payment.failure().category(), v1::FAILURE_CATEGORY_INSUFFICIENT_FUNDS);
  EXPECT_EQ(payment.failure().provider_code(), "51");
  EXPECT_EQ(payment.failure().provider_message(), "no-money");
  EXPECT_FALSE(payment.failure().payer_message().empty());
  EXPECT_EQ(Operations(payment.name()), "AUTHORIZE ANSWERED DECLINED");
}

TEST_F(CreatePaymentTest, ProvablyNotSentIsFailedAndUnavailable) {
  const CreateCall call = Create(PaymentRequest());
  http_.Answer("authorize", ScriptedHttp::kRefused);
  Settle();
  const std::string name = PaymentNames().front();
  EXPECT_EQ(State(name), "FAILED");
  EXPECT_EQ(Operations(name), "AUTHORIZE NOT_SENT NOT_DONE");
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kUnavailable, "PROVIDER_UNAVAILABLE"));
  EXPECT_EQ(Metadata(call.status(), "provider_called"), "false");
  EXPECT_EQ(Metadata(call.status(), "safe_to_retry"), "true");
  EXPECT_EQ(Metadata(call.status(), "payment"), name);
}

TEST_F(CreatePaymentTest, ALostAnswerIsUnknownNotAFailure) {
  const CreateCall call = Create(PaymentRequest());
  http_.Answer("authorize", ScriptedHttp::kLost);
  Settle();
  EXPECT_EQ(StateName(call.value().payment().state()), "UNKNOWN");
  EXPECT_EQ(Operations(PaymentNames().front()), "AUTHORIZE SENT UNKNOWN");
}

TEST_F(CreatePaymentTest, AnAnswerThatProvesNothingIsUnknown) {
  const CreateCall call = Create(PaymentRequest());
  http_.Answer("authorize", "<html>502");
  Settle();
  EXPECT_EQ(StateName(call.value().payment().state()), "UNKNOWN");
}

TEST_F(CreatePaymentTest, SilenceIsUnknownAfterTheProvidersTime) {
  const CreateCall call = Create(PaymentRequest());
  RunFor(policy_.provider_request_timeout - absl::Seconds(1));
  EXPECT_FALSE(call.answered());
  RunFor(absl::Seconds(2));
  EXPECT_EQ(StateName(call.value().payment().state()), "UNKNOWN");
}

TEST_F(CreatePaymentTest, RejectedCredentialsAreAConfigurationError) {
  const CreateCall call = Create(PaymentRequest());
  http_.Answer("authorize", absl::StrCat("declined code=-3 category=",
                                         v1::FAILURE_CATEGORY_PROVIDER_CONFIGURATION));
  Settle();
  EXPECT_THAT(call.status(),
              IsError(absl::StatusCode::kFailedPrecondition, "PROVIDER_CONFIGURATION"));
  EXPECT_EQ(Metadata(call.status(), "provider_called"), "true");
  EXPECT_EQ(Metadata(call.status(), "provider_code"), "-3");
  EXPECT_EQ(State(PaymentNames().front()), "DECLINED");
}

TEST_F(CreatePaymentTest, WhatTheProviderCannotBeToldIsInvalidAndNotSent) {
  v1::CreatePaymentRequest request = PaymentRequest();
  request.mutable_destination()->mutable_merchant()->set_payer_account("unspeakable");
  const CreateCall call = Create(request);
  EXPECT_EQ(call.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Metadata(call.status(), "provider_called"), "false");
  EXPECT_EQ(State(PaymentNames().front()), "FAILED");
  EXPECT_TRUE(http_.sent().empty());
}

// "Accepted": PROCESSING, asked about until it is known.
TEST_F(CreatePaymentTest, InProcessIsProcessingAndPolledToAuthorized) {
  const CreateCall call = Create(PaymentRequest());
  http_.Answer("authorize", "in_process hold_id=h1 code=065");
  Settle();
  EXPECT_EQ(StateName(call.value().payment().state()), "PROCESSING");
  const std::string name = PaymentNames().front();
  EXPECT_EQ(Operations(name), "AUTHORIZE ANSWERED PENDING");
  http_.Always("check", "status hold=in_process hold_id=h1");
  RunFor(absl::Minutes(1));
  EXPECT_GE(http_.Count("check"), 2);
  EXPECT_EQ(State(name), "PROCESSING");
  EXPECT_GT(Payment(name).operations(0).checks_done(), 0);
  EXPECT_EQ(EventsOf(name).size(), 2U) << "checks that tell nothing new make no events";
  http_.Always("check", "status hold=held hold_id=h1");
  RunFor(absl::Minutes(2));
  EXPECT_EQ(State(name), "AUTHORIZED");
  EXPECT_EQ(http_.Count("authorize"), 1);
}

// Rule 7: the deadline answers the caller; the payment goes on.
TEST_F(CreatePaymentTest, TheDeadlineIsAnsweredWithTheStateSoFar) {
  const CreateCall call = Create(PaymentRequest(), absl::Seconds(5));
  RunFor(absl::Seconds(4));
  EXPECT_FALSE(call.answered());
  RunFor(absl::Seconds(2));
  EXPECT_EQ(StateName(call.value().payment().state()), "PROCESSING");
  http_.Answer("authorize", "ok hold_id=h1");
  Settle();
  EXPECT_EQ(State(PaymentNames().front()), "AUTHORIZED");
}

TEST_F(CreatePaymentTest, AnUnknownCardIsNotFound) {
  v1::CreatePaymentRequest request = PaymentRequest();
  request.mutable_source()->set_card("cards/nobody");
  const CreateCall call = Create(request);
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kNotFound, "CARD_NOT_FOUND"));
  EXPECT_EQ(Metadata(call.status(), "provider_called"), "false");
  EXPECT_TRUE(PaymentNames().empty());
}

TEST_F(CreatePaymentTest, ADeletedCardIsNotUsable) {
  Delete(kCard);
  const CreateCall call = Create(PaymentRequest());
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kFailedPrecondition, "CARD_NOT_USABLE"));
  EXPECT_TRUE(http_.sent().empty());
}

TEST_F(CreatePaymentTest, MorePaymentsThanAllowedAreTurnedAway) {
  policy_.payments_in_flight_max = 1;
  Crash();
  Restart();
  Sent("r1");
  const CreateCall second = Create(PaymentRequest("r2"));
  EXPECT_THAT(second.status(), IsError(absl::StatusCode::kResourceExhausted, "RATE_LIMITED"));
  EXPECT_EQ(http_.Count("authorize"), 1);
}

// "safe_to_retry" is about a NEW request_id. The server has not looked whether this one
// began a payment before, so it must not promise that another one moves money once.
TEST_F(CreatePaymentTest, TurnedAwayUnlookedAtIsNotSafeToRetryWithANewId) {
  policy_.payments_in_flight_max = 1;
  Crash();
  Restart();
  Sent("r1");
  const CreateCall repeated = Create(PaymentRequest("r1"));
  EXPECT_EQ(Metadata(repeated.status(), "safe_to_retry"), "false");
}

}  // namespace
}  // namespace payments
