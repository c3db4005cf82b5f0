#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

using CheckPaymentTest = EngineTest;

TEST_F(CheckPaymentTest, TheProviderIsAskedNow) {
  Create(PaymentRequest());
  http_.Answer("authorize", "in_process hold_id=h1");
  Settle();
  const std::string name = PaymentNames().front();
  http_.Always("check", "status hold=held hold_id=h1");
  const CheckCallResult call = Check(name);
  EXPECT_TRUE(call.value().checked());
  EXPECT_EQ(StateName(call.value().payment().state()), "AUTHORIZED");
  EXPECT_EQ(EventsOf(name).back().cause().kind(), v1::CAUSE_KIND_CHECK);
  EXPECT_EQ(EventsOf(name).back().cause().principal(), "tester");
}

TEST_F(CheckPaymentTest, AtMostOnceASecondAPayment) {
  const std::string first = Authorized("r1");
  const std::string second = Authorized("r2");
  http_.Always("check", "status hold=held");
  EXPECT_TRUE(Check(first).status().ok());
  const CheckCallResult soon = Check(first);
  EXPECT_THAT(soon.status(), IsError(absl::StatusCode::kResourceExhausted, "RATE_LIMITED"));
  EXPECT_TRUE(Check(second).status().ok()) << "each payment has its own limit";
  RunFor(absl::Seconds(1));
  EXPECT_TRUE(Check(first).status().ok());
  EXPECT_EQ(http_.Count("check"), 3);
}

TEST_F(CheckPaymentTest, AFinalPaymentIsShownNotAsked) {
  const std::string name = Authorized();
  http_.Always("capture", "ok");
  Capture(name);
  const CheckCallResult call = Check(name);
  EXPECT_FALSE(call.value().checked());
  EXPECT_EQ(StateName(call.value().payment().state()), "SUCCEEDED");
  EXPECT_EQ(http_.Count("check"), 0);
}

TEST_F(CheckPaymentTest, ARunningStepIsShownNotAsked) {
  const std::string name = Sent();
  EXPECT_FALSE(Check(name).value().checked());
  EXPECT_EQ(http_.Count("check"), 0);
}

TEST_F(CheckPaymentTest, ALostAnswerIsNotChecked) {
  const std::string name = Authorized();
  http_.Always("check", ScriptedHttp::kLost);
  const CheckCallResult call = Check(name);
  EXPECT_FALSE(call.value().checked());
  EXPECT_EQ(StateName(call.value().payment().state()), "AUTHORIZED");
}

TEST_F(CheckPaymentTest, AnUnknownPaymentIsNotFound) {
  EXPECT_THAT(Check("payments/nobody").status(),
              IsError(absl::StatusCode::kNotFound, "PAYMENT_NOT_FOUND"));
}

TEST_F(CheckPaymentTest, IsAnsweredBeforeTheCallersDeadline) {
  const std::string name = Authorized();
  v1::CheckPaymentRequest request;
  request.set_name(name);
  CheckCallResult call;
  engine_->CheckPayment({kTenant, "tester"}, request, executor_.Now() + absl::Seconds(2),
                        call.done());
  RunFor(absl::Seconds(3));
  EXPECT_FALSE(call.value().checked());
}

}  // namespace
}  // namespace payments
