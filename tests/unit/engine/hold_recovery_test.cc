#include "absl/strings/str_cat.h"
#include "server/engine/proto_time.h"
#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

// API.md, rules 4, 10 and 11: how an unknown hold ends, and how it does not.
class HoldRecoveryTest : public EngineTest {
 protected:
  // A payment whose hold's answer was lost.
  std::string Lost(v1::CaptureMode mode = v1::CAPTURE_MODE_MANUAL) {
    std::string name = Sent("r1", mode);
    http_.Answer("authorize", ScriptedHttp::kLost);
    Settle();
    EXPECT_EQ(State(name), "UNKNOWN");
    return name;
  }
};

constexpr absl::Duration kHold = absl::Minutes(60);  // The account's default.

TEST_F(HoldRecoveryTest, ACallbackWithTheHoldIdHealsALostAnswer) {
  const std::string name = Lost();
  http_.Always("check", "status hold=held hold_id=h1 amount=1000");
  EXPECT_EQ(Callback(PaymentUrl(), "notice status=0 hold_id=h1"), 200);
  EXPECT_EQ(State(name), "AUTHORIZED");
  EXPECT_EQ(http_.Last("check").Field("hold_id"), "h1");
  EXPECT_EQ(Payment(name).provider_references().at("hold_id"), "h1");
  EXPECT_EQ(EventsOf(name).back().cause().kind(), v1::CAUSE_KIND_CALLBACK);
}

// The status in a hint proves nothing: only the provider's answer moves the state.
TEST_F(HoldRecoveryTest, AForgedFailureInACallbackIsNotBelieved) {
  const std::string name = Lost();
  http_.Always("check", "status hold=held hold_id=h1");
  EXPECT_EQ(Callback(PaymentUrl(), "notice status=1 hold_id=h1"), 200);
  EXPECT_EQ(State(name), "AUTHORIZED");
}

TEST_F(HoldRecoveryTest, AForgedSuccessInACallbackIsNotBelieved) {
  const std::string name = Lost();
  http_.Always("check", "status hold=closed hold_id=h1");
  EXPECT_EQ(Callback(PaymentUrl(), "notice status=0 hold_id=h1"), 200);
  EXPECT_EQ(State(name), "DECLINED");
}

// The callback's check got no answer: what it brought is kept, and asked by later.
TEST_F(HoldRecoveryTest, AReferenceFromACallbackIsKeptIfTheCheckIsLost) {
  const std::string name = Lost();
  http_.Always("check", ScriptedHttp::kLost);
  Callback(PaymentUrl(), "notice status=0 hold_id=h1");
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_EQ(Payment(name).provider_references().at("hold_id"), "h1");
  http_.Always("check", "status hold=held hold_id=h1");
  RunFor(absl::Minutes(2));
  EXPECT_EQ(State(name), "AUTHORIZED");
}

TEST_F(HoldRecoveryTest, WithoutACallbackOnlyTimeAndMarginEndIt) {
  const std::string name = Lost();
  RunFor(kHold + checks_.hold_expiry_margin - absl::Minutes(1));
  EXPECT_EQ(State(name), "UNKNOWN");
  RunFor(absl::Minutes(2));
  EXPECT_EQ(State(name), "EXPIRED");
  EXPECT_EQ(EventsOf(name).back().cause().kind(), v1::CAUSE_KIND_TIMER);
  EXPECT_EQ(http_.Count("authorize"), 1);
}

// The hold may have begun as late as its answer was given up.
TEST_F(HoldRecoveryTest, TheHoldsTimeIsCountedFromTheLatestItCanHaveBegun) {
  const std::string name = Sent();
  RunFor(policy_.provider_request_timeout + absl::Seconds(1));
  const v1::Payment lost = Payment(name);
  ASSERT_EQ(StateName(lost.state()), "UNKNOWN");
  EXPECT_GE(ToTime(lost.expire_time()),
            ToTime(lost.create_time()) + policy_.provider_request_timeout + kHold);
}

TEST_F(HoldRecoveryTest, AProviderThatStaysSilentAboutAKnownHoldNeverEndsItByItself) {
  const CreateCall call = Create(PaymentRequest());
  http_.Answer("authorize", "in_process hold_id=h1");
  http_.Always("check", ScriptedHttp::kLost);
  RunFor(kHold + checks_.hold_expiry_margin + absl::Hours(3));
  EXPECT_EQ(State(PaymentNames().front()), "PROCESSING");
  http_.Always("check", "status hold=silent hold_id=h1");
  RunFor(absl::Hours(1));
  EXPECT_EQ(State(PaymentNames().front()), "EXPIRED");
}

// Rule 11: not because a process started.
TEST_F(HoldRecoveryTest, AfterACrashTheHoldIsOrphanedOnlyAfterDeadlineAndMargin) {
  const std::string name = Sent();
  RunFor(absl::Seconds(5));
  Crash();
  Restart();
  RunFor(absl::Seconds(30));  // 35 s after the sending: 30 s deadline, 10 s margin.
  EXPECT_EQ(State(name), "PROCESSING");
  RunFor(absl::Seconds(10));
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_EQ(Operations(name), "AUTHORIZE SENT UNKNOWN");
  EXPECT_EQ(EventsOf(name).back().cause().kind(), v1::CAUSE_KIND_RECOVERY);
  EXPECT_EQ(http_.Count("authorize"), 1) << "what may have been sent is not sent again";
}

// While this process waits for the answer, a clock that was set forward orphans nothing.
TEST_F(HoldRecoveryTest, AClockSetForwardOrphansNothingThatRuns) {
  const std::string name = Sent();
  executor_.SetWallOffset(absl::Minutes(10));
  RunFor(absl::Seconds(10));
  EXPECT_EQ(State(name), "PROCESSING");
  http_.Answer("authorize", "ok hold_id=h1");
  Settle();
  EXPECT_EQ(State(name), "AUTHORIZED");
}

// Who sets the clock, and puts it right again, has ended nothing by it.
TEST_F(HoldRecoveryTest, AClockSetForwardEndsNoHold) {
  const std::string held = Authorized("held");
  http_.Always("check", "status hold=held hold_id=h-held");
  const std::string lost = Sent("lost");
  http_.Answer("authorize", ScriptedHttp::kLost);
  Settle();
  executor_.SetWallOffset(absl::Hours(1000));
  RunFor(absl::Minutes(9));
  EXPECT_EQ(State(held), "AUTHORIZED");
  EXPECT_EQ(State(lost), "UNKNOWN");
  executor_.SetWallOffset(absl::ZeroDuration());
  RunFor(absl::Minutes(9));
  EXPECT_EQ(State(held), "AUTHORIZED");
  EXPECT_EQ(State(lost), "UNKNOWN");
  EXPECT_EQ(http_.Count("cancel"), 0);
}

// An earlier event never looks later.
TEST_F(HoldRecoveryTest, AClockSetBackDoesNotTurnEventsAround) {
  const std::string name = Sent();
  executor_.SetWallOffset(-absl::Minutes(10));
  http_.Answer("authorize", "ok hold_id=h1");
  Settle();
  const std::vector<v1::Event> events = EventsOf(name);
  EXPECT_GE(ToTime(events[1].time()), ToTime(events[0].time()));
}

TEST_F(HoldRecoveryTest, AHoldThatIsOverByTheProvidersWordExpires) {
  const std::string name = Authorized();
  http_.Always("check", "status hold=closed hold_id=h-r1");
  RunFor(kHold + checks_.hold_expiry_margin + absl::Minutes(1));
  EXPECT_EQ(State(name), "EXPIRED");
  EXPECT_EQ(http_.Count("check"), 1);
}

TEST_F(HoldRecoveryTest, AnAuthorizedPaymentIsNotAskedAboutBeforeItsTime) {
  const std::string name = Authorized();
  RunFor(kHold + checks_.hold_expiry_margin - absl::Minutes(1));
  EXPECT_EQ(http_.Count("check"), 0);
  EXPECT_EQ(State(name), "AUTHORIZED");
}

TEST_F(HoldRecoveryTest, AHoldThatIsOverdueAndStillHeldIsReleased) {
  const std::string name = Authorized();
  http_.Always("check", "status hold=held hold_id=h-r1");
  http_.Always("cancel", "ok");
  RunFor(kHold + checks_.hold_expiry_margin + absl::Minutes(1));
  EXPECT_EQ(http_.Count("cancel"), 1);
  EXPECT_EQ(State(name), "EXPIRED");
}

// Refused by whom, and why, the refusal does not say; that it is held, the provider does.
TEST_F(HoldRecoveryTest, ARefusedReleaseEndsNoHoldThatIsOverdueAndStillHeld) {
  const std::string name = Authorized();
  http_.Always("check", "status hold=held hold_id=h-r1");
  http_.Always("cancel", "declined code=12");
  RunFor(kHold + checks_.hold_expiry_margin + absl::Hours(3));
  EXPECT_EQ(http_.Count("cancel"), checks_.release_attempts_max);
  EXPECT_EQ(State(name), "UNKNOWN");
  http_.Always("check", "status hold=closed hold_id=h-r1");
  RunFor(absl::Hours(1));
  EXPECT_EQ(State(name), "EXPIRED");
}

// Its release began after its time: that it is over by time is refuted.
TEST_F(HoldRecoveryTest, AHoldThatHasOutlivedItsTimeDoesNotEndByTime) {
  const std::string name = Authorized();
  http_.Always("check", "status hold=held hold_id=h-r1");
  http_.Always("cancel", ScriptedHttp::kLost);
  RunFor(kHold + checks_.hold_expiry_margin + absl::Minutes(1));
  ASSERT_EQ(State(name), "UNKNOWN");
  http_.Always("check", "status hold=silent hold_id=h-r1");
  RunFor(absl::Hours(3));
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_EQ(http_.Count("cancel"), checks_.release_attempts_max);
  http_.Always("check", "status hold=closed hold_id=h-r1");
  RunFor(absl::Hours(1));
  EXPECT_EQ(State(name), "EXPIRED");
}

// Rule 3: the callback was faster; the answer is worked in all the same.
TEST_F(HoldRecoveryTest, AnAnswerThatLosesAgainstTheCallbackIsNotDropped) {
  const std::string name = Sent();
  http_.Always("check", "status hold=held hold_id=h1");
  Callback(PaymentUrl(), "notice status=0 hold_id=h1");
  EXPECT_EQ(State(name), "AUTHORIZED");
  http_.Answer("authorize", "declined code=51");
  Settle();
  EXPECT_EQ(State(name), "AUTHORIZED");
  EXPECT_TRUE(Payment(name).needs_review());
  EXPECT_EQ(observer_.contradictions.size(), 1U);
}

// The store is away when the outcome comes: it is kept until it can be stored.
TEST_F(HoldRecoveryTest, AnOutcomeThatCannotBeStoredIsRetried) {
  const std::string name = Sent();
  standing_fault_ = MemoryStore::Fault::kFailBefore;
  http_.Answer("authorize", "ok hold_id=h1");
  RunFor(absl::Seconds(20));
  EXPECT_EQ(State(name), "PROCESSING");
  standing_fault_ = MemoryStore::Fault::kNone;
  RunFor(absl::Seconds(10));
  EXPECT_EQ(State(name), "AUTHORIZED");
  EXPECT_FALSE(observer_.troubles.empty());
}

TEST_F(HoldRecoveryTest, ALostHoldOfAnAutomaticPaymentIsCapturedOnceItIsFound) {
  const std::string name = Lost(v1::CAPTURE_MODE_AUTOMATIC);
  http_.Always("check", "status hold=held hold_id=h1");
  http_.Always("capture", "ok");
  Callback(PaymentUrl(), "notice status=0 hold_id=h1");
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_EQ(http_.Count("capture"), 1);
}

}  // namespace
}  // namespace payments
