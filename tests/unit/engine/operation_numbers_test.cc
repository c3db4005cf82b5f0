// What becomes of payments when an account's operation numbers are used up.

#include <algorithm>

#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::SizeIs;

class NumbersUsedUpTest : public EngineTest {
 protected:
  // As configured; a restart.
  void SetRange(int64_t first, int64_t last) {
    numbers_ = {.sequence = "terminal-1", .first = first, .last = last};
    Reconfigure({{kAccount, ScriptedCapabilities()}});
  }
  int64_t NumberOf(const std::string& name, int index) const {
    return Stored(name).record.operations(index).number();
  }
  void ExpectUsedUp(const absl::Status& error) const {
    EXPECT_THAT(error, IsError(absl::StatusCode::kFailedPrecondition, "NUMBERS_USED_UP"));
    EXPECT_THAT(std::string(error.message()), HasSubstr(kAccount));
    EXPECT_THAT(std::string(error.message()), HasSubstr("must configure another range"));
    EXPECT_EQ(Metadata(error, "account"), kAccount);
    EXPECT_EQ(Metadata(error, "provider_called"), "false");
    EXPECT_THAT(observer_.troubles, Contains("numbers_used_up"));
  }
};

TEST_F(NumbersUsedUpTest, AreOfTheAccountsRange) {
  SetRange(100'000, 100'001);
  EXPECT_EQ(NumberOf(Sent("r1"), 0), 100'000);
  Crash();
  Restart();
  EXPECT_EQ(NumberOf(Sent("r2"), 0), 100'001);
}

TEST_F(NumbersUsedUpTest, ANewRoundIsToldAsItBegins) {
  numbers_ = {.sequence = "terminal-1",
              .first = 100'000,
              .last = 100'001,
              .at_end = NumberRange::AtEnd::kStartAgain};
  Reconfigure({{kAccount, ScriptedCapabilities()}});
  const auto told = [this] {
    return std::count(observer_.troubles.begin(), observer_.troubles.end(), "numbers_start_again");
  };
  Sent("r1");
  EXPECT_EQ(told(), 1) << "the first round";
  Sent("r2");
  EXPECT_EQ(told(), 1);
  const std::string again = Sent("r3");
  EXPECT_EQ(NumberOf(again, 0), 100'000);
  EXPECT_EQ(told(), 2);
  http_.Answer("authorize", "declined");
  Settle();
  EXPECT_EQ(told(), 2) << "no number was drawn";
}

TEST_F(NumbersUsedUpTest, NoPaymentBegins) {
  SetRange(100'000, 100'000);
  const std::string first = Sent("r1");
  const CreateCall refused = Create(PaymentRequest("r2"));
  ExpectUsedUp(refused.status());
  EXPECT_THAT(PaymentNames(), SizeIs(1)) << "nothing is stored";
  EXPECT_EQ(http_.Count("authorize"), 1);

  // Who asks for what there is gets it.
  http_.Answer("authorize", "ok hold_id=h1");
  Settle();
  EXPECT_TRUE(Create(PaymentRequest("r1")).value().replayed());

  // With another range the same request_id begins the payment.
  SetRange(200'000, 200'999);
  EXPECT_EQ(NumberOf(Sent("r2"), 0), 200'000);
}

TEST_F(NumbersUsedUpTest, ACaptureIsRefusedAndTheHoldStays) {
  SetRange(100'000, 100'000);
  const std::string name = Authorized();
  const int events = static_cast<int>(EventsOf(name).size());
  ExpectUsedUp(Capture(name).status());
  EXPECT_EQ(State(name), "AUTHORIZED");
  EXPECT_EQ(Operations(name), "AUTHORIZE ANSWERED SUCCEEDED");
  EXPECT_THAT(EventsOf(name), SizeIs(events));
  EXPECT_EQ(http_.Count("capture"), 0);

  SetRange(100'000, 100'001);
  http_.Always("capture", "ok");
  EXPECT_EQ(StateName(Capture(name).value().payment().state()), "SUCCEEDED");
  EXPECT_EQ(http_.Last("capture").Field("number"), "100001");
}

TEST_F(NumbersUsedUpTest, ACancelIsRefusedAndTheHoldStays) {
  SetRange(100'000, 100'000);
  const std::string name = Authorized();
  ExpectUsedUp(Cancel(name).status());
  EXPECT_EQ(State(name), "AUTHORIZED");
  EXPECT_FALSE(Payment(name).cancel_requested());

  SetRange(100'000, 100'001);
  http_.Always("cancel", "ok");
  EXPECT_EQ(StateName(Cancel(name).value().payment().state()), "CANCELED");
}

// No answer is dropped: that the money is held is known, and captured once it can be.
TEST_F(NumbersUsedUpTest, AnAutomaticCaptureWaitsForAnotherRange) {
  SetRange(100'000, 100'000);
  const CreateCall call = Create(PaymentRequest("r1", v1::CAPTURE_MODE_AUTOMATIC));
  const std::string name = PaymentNames().front();
  http_.Answer("authorize", "ok hold_id=h1");
  Settle();
  EXPECT_EQ(StateName(call.value().payment().state()), "PROCESSING");
  EXPECT_EQ(Operations(name), "AUTHORIZE ANSWERED SUCCEEDED, CAPTURE NOT_SENT NOT_DONE");
  EXPECT_EQ(Payment(name).provider_references().at("hold_id"), "h1");
  EXPECT_THAT(Payment(name).operations(1).provider_message(), HasSubstr("are used up"));
  EXPECT_EQ(NumberOf(name, 1), 0);
  EXPECT_THAT(EventsOf(name), SizeIs(2)) << "the answer and what follows are one commit";
  RunFor(absl::Minutes(5));
  EXPECT_EQ(http_.Count("capture"), 0);
  EXPECT_EQ(State(name), "PROCESSING");

  SetRange(100'000, 100'999);
  http_.Always("capture", "ok");
  RunFor(absl::Minutes(30));
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_EQ(http_.Count("capture"), 1);
  EXPECT_EQ(http_.Last("capture").Field("number"), "100001");
}

TEST_F(NumbersUsedUpTest, TheReleaseAfterARefusedCaptureWaits) {
  SetRange(100'000, 100'001);
  Create(PaymentRequest("r1", v1::CAPTURE_MODE_AUTOMATIC));
  const std::string name = PaymentNames().front();
  http_.Answer("authorize", "ok hold_id=h1");
  Settle();
  http_.Answer("capture", "declined code=57");
  Settle();
  EXPECT_EQ(Operations(name),
            "AUTHORIZE ANSWERED SUCCEEDED, CAPTURE ANSWERED DECLINED, CANCEL NOT_SENT NOT_DONE");

  SetRange(100'000, 100'999);
  http_.Always("cancel", "ok");
  RunFor(absl::Minutes(30));
  EXPECT_EQ(State(name), "DECLINED");
  EXPECT_EQ(Payment(name).failure().provider_code(), "57");
}

// Its range is not known: a number of another one would be sent once it is configured again.
TEST_F(NumbersUsedUpTest, AnAccountThatIsNotConfiguredTakesNone) {
  SetRange(100'000, 100'999);
  const std::string name = Authorized();
  Reconfigure({});
  Cancel(name);
  EXPECT_EQ(Operations(name), "AUTHORIZE ANSWERED SUCCEEDED, CANCEL NOT_SENT NOT_DONE");
  EXPECT_EQ(NumberOf(name, 1), 0);

  SetRange(100'000, 100'999);
  http_.Always("cancel", "ok");
  RunFor(absl::Minutes(30));
  EXPECT_EQ(State(name), "CANCELED");
  EXPECT_EQ(NumberOf(name, 1), 100'001);
}

}  // namespace
}  // namespace payments
