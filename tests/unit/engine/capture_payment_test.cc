#include "absl/strings/str_cat.h"
#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

// API.md, rules 4 and 8: what becomes of captures.
class CapturePaymentTest : public EngineTest {
 protected:
  static v1::CapturePaymentRequest Request(const std::string& name, int64_t amount_minor,
                                           const std::string& currency = "UZS") {
    v1::CapturePaymentRequest request;
    request.set_name(name);
    request.mutable_amount()->set_currency_code(currency);
    request.mutable_amount()->set_amount_minor(amount_minor);
    return request;
  }

  // What a provider says that holds the money and does not know the capture.
  static constexpr char kNegative[] = "status hold=held capture=not_known hold_id=h-r1";
  // Longer than any hold and its margin.
  static constexpr absl::Duration kPastTheHold = absl::Hours(3);

  // A payment whose capture's answer was lost.
  std::string CaptureLost() {
    std::string name = Authorized();
    Capture(name);
    LoseCapture(name);
    return name;
  }
  std::string AutomaticCaptureLost() {
    std::string name = Sent("r1", v1::CAPTURE_MODE_AUTOMATIC);
    http_.Answer("authorize", "ok hold_id=h-r1");
    Settle();
    LoseCapture(name);
    return name;
  }

  void RunUntilSent(const std::string& verb) {
    constexpr int kSecondsMax = 3600;
    for (int i = 0; i < kSecondsMax && http_.Count(verb) == 0; ++i) RunFor(absl::Seconds(1));
    ASSERT_GT(http_.Count(verb), 0);
  }

 private:
  void LoseCapture(const std::string& name) {
    http_.Answer("capture", ScriptedHttp::kLost);
    Settle();
    EXPECT_EQ(State(name), "UNKNOWN");
  }
};

TEST_F(CapturePaymentTest, ACaptureSucceeds) {
  const std::string name = Authorized();
  const CaptureCallResult call = Capture(name);
  http_.Answer("capture", "ok amount=1000 code=0");
  Settle();
  EXPECT_EQ(StateName(call.value().payment().state()), "SUCCEEDED");
  EXPECT_FALSE(call.value().replayed());
  EXPECT_EQ(http_.Last("capture").Field("hold_id"), "h-r1");
}

TEST_F(CapturePaymentTest, RepeatingShowsTheCurrentStateAndSendsNothing) {
  const std::string name = Authorized();
  const CaptureCallResult first = Capture(name);
  const CaptureCallResult second = Capture(name);
  EXPECT_FALSE(second.answered()) << "attaches to the one that runs";
  http_.Answer("capture", "ok");
  Settle();
  EXPECT_TRUE(second.value().replayed());
  EXPECT_EQ(StateName(second.value().payment().state()), "SUCCEEDED");
  const CaptureCallResult third = Capture(name);
  EXPECT_TRUE(third.value().replayed());
  EXPECT_EQ(http_.Count("capture"), 1);
}

// Both judge the payment before either commits: the loser attaches, and sends nothing.
TEST_F(CapturePaymentTest, TwoCapturesAtOnceSendOne) {
  constexpr int kInterleavings = 100;
  http_.Always("capture", "ok");
  for (int i = 0; i < kInterleavings; ++i) {
    const std::string name = Authorized(absl::StrCat("r", i));
    v1::CapturePaymentRequest request;
    request.set_name(name);
    std::vector<CaptureCallResult> calls(3);
    for (CaptureCallResult& call : calls) {
      engine_->CapturePayment({kTenant, "tester"}, request, executor_.Now() + absl::Minutes(1),
                              call.done());
    }
    Settle();
    ASSERT_EQ(http_.Count("capture"), i + 1);
    for (const CaptureCallResult& call : calls) {
      ASSERT_EQ(StateName(call.value().payment().state()), "SUCCEEDED");
    }
  }
}

// The provider may refuse the first one before the others look again: those did not ask
// about it.
TEST_F(CapturePaymentTest, TwoCapturesAtOnceSendOneThoughItIsRefused) {
  constexpr int kInterleavings = 100;
  http_.Always("capture", "declined code=96 message=later");
  for (int i = 0; i < kInterleavings; ++i) {
    const std::string name = Authorized(absl::StrCat("r", i));
    v1::CapturePaymentRequest request;
    request.set_name(name);
    std::vector<CaptureCallResult> calls(3);
    for (CaptureCallResult& call : calls) {
      engine_->CapturePayment({kTenant, "tester"}, request, executor_.Now() + absl::Minutes(1),
                              call.done());
    }
    Settle();
    ASSERT_EQ(http_.Count("capture"), i + 1);
  }
}

TEST_F(CapturePaymentTest, ARefusedCaptureLeavesAManualPaymentAuthorized) {
  const std::string name = Authorized();
  const CaptureCallResult call = Capture(name);
  http_.Answer("capture", "declined code=96 message=later");
  Settle();
  const v1::Payment payment = call.value().payment();
  EXPECT_EQ(StateName(payment.state()), "AUTHORIZED");
  EXPECT_EQ(payment.operations(1).provider_code(), "96");
  EXPECT_EQ(payment.operations(1).provider_message(), "later");
  EXPECT_EQ(Operations(name), "AUTHORIZE ANSWERED SUCCEEDED, CAPTURE ANSWERED DECLINED");
  EXPECT_FALSE(payment.has_failure());
}

// Before another capture is sent, the provider is asked about all earlier ones.
TEST_F(CapturePaymentTest, AfterARefusalTheProviderIsAskedBeforeAnotherCapture) {
  const std::string name = Authorized();
  Capture(name);
  http_.Answer("capture", "declined code=96");
  Settle();
  http_.Always("check", "status hold=held capture=not_known hold_id=h-r1");
  http_.Always("capture", "ok");
  const CaptureCallResult again = Capture(name);
  EXPECT_EQ(http_.Count("check"), 1);
  EXPECT_EQ(StateName(again.value().payment().state()), "SUCCEEDED");
  EXPECT_EQ(http_.Count("capture"), 2);
}

TEST_F(CapturePaymentTest, IfTheProviderCannotBeAskedNoOtherCaptureIsSent) {
  const std::string name = Authorized();
  Capture(name);
  http_.Answer("capture", "declined code=96");
  Settle();
  // Also an answer may say nothing: a proxy's page, an internal error.
  for (const char* answer : {ScriptedHttp::kLost, "status capture=silent hold=held hold_id=h-r1",
                             "status capture=not_known hold=silent hold_id=h-r1"}) {
    http_.Always("check", answer);
    const CaptureCallResult again = Capture(name);
    EXPECT_THAT(again.status(), IsError(absl::StatusCode::kUnavailable, "PROVIDER_UNAVAILABLE"))
        << answer;
    EXPECT_EQ(Metadata(again.status(), "provider_called"), "true");
    EXPECT_EQ(Metadata(again.status(), "safe_to_retry"), "false");
    EXPECT_EQ(http_.Count("capture"), 1) << answer;
  }
}

// Nobody may be asked now: that is no leave to send.
TEST_F(CapturePaymentTest, IfTheAccountsChecksAreTakenNoOtherCaptureIsSent) {
  checks_.checks_per_second_max = 1;
  Reconfigure({{kAccount, ScriptedCapabilities()}});
  const std::string other = Authorized("r2");
  const std::string name = Authorized();
  Capture(name);
  http_.Answer("capture", "declined code=96");
  Settle();
  Check(other);  // Runs, and is the only one that may.
  ASSERT_TRUE(http_.IsWaiting("check"));
  const CaptureCallResult refused = Capture(name);
  EXPECT_THAT(refused.status(), IsError(absl::StatusCode::kResourceExhausted, "RATE_LIMITED"));
  EXPECT_EQ(Metadata(refused.status(), "provider_called"), "false");
  EXPECT_EQ(Metadata(refused.status(), "safe_to_retry"), "false");
  EXPECT_EQ(http_.Count("capture"), 1);
  http_.Answer("check", "status hold=held hold_id=h-r2");
  RunFor(absl::Seconds(2));
  http_.Always("check", kNegative);
  http_.Always("capture", "ok");
  EXPECT_EQ(StateName(Capture(name).value().payment().state()), "SUCCEEDED");
}

TEST_F(CapturePaymentTest, ACaptureThatWasNotSentIsAnErrorAndMayBeRepeated) {
  const std::string name = Authorized();
  const CaptureCallResult call = Capture(name);
  http_.Answer("capture", ScriptedHttp::kRefused);
  Settle();
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kUnavailable, "PROVIDER_UNAVAILABLE"));
  EXPECT_EQ(Metadata(call.status(), "provider_called"), "false");
  EXPECT_EQ(State(name), "AUTHORIZED");
  http_.Always("capture", "ok");
  EXPECT_EQ(StateName(Capture(name).value().payment().state()), "SUCCEEDED");
  EXPECT_EQ(http_.Count("check"), 0);
}

TEST_F(CapturePaymentTest, ALostCaptureIsHealedByACheck) {
  const std::string name = CaptureLost();
  http_.Always("check", "status capture=captured amount=1000");
  RunFor(absl::Seconds(5));
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_EQ(http_.Count("capture"), 1);
  EXPECT_EQ(EventsOf(name).back().cause().kind(), v1::CAUSE_KIND_CHECK);
}

TEST_F(CapturePaymentTest, ANegativeAnswerCountsOnlyWhenRepeatedAfterTheQuietPeriod) {
  const std::string name = CaptureLost();
  http_.Always("check", "status hold=held capture=not_known hold_id=h-r1");
  RunFor(checks_.negative_check_quiet_period - absl::Seconds(2));
  EXPECT_GE(http_.Count("check"), 3);
  EXPECT_EQ(State(name), "UNKNOWN") << "early negatives prove nothing";
  RunFor(absl::Minutes(5));
  EXPECT_EQ(State(name), "AUTHORIZED");
  EXPECT_EQ(Operations(name), "AUTHORIZE ANSWERED SUCCEEDED, CAPTURE SENT NOT_DONE");
}

TEST_F(CapturePaymentTest, OneNegativeThenSilenceProvesNothing) {
  const std::string name = CaptureLost();
  http_.Always("check", "status capture=not_known");
  RunFor(absl::Seconds(5));
  http_.Always("check", "status capture=silent hold=held");
  RunFor(absl::Hours(2));
  EXPECT_EQ(State(name), "UNKNOWN");
}

// A reading of before the capture says nothing about it, and starts no quiet period.
TEST_F(CapturePaymentTest, AReadingFromBeforeTheCaptureStartsNoQuietPeriod) {
  const std::string name = Authorized();
  Check(name);  // Asked before the capture, answered after it was lost.
  ASSERT_TRUE(http_.IsWaiting("check"));
  Capture(name);
  http_.Answer("capture", ScriptedHttp::kLost);
  Settle();
  ASSERT_EQ(State(name), "UNKNOWN");
  http_.Answer("check", "status hold=held capture=not_known hold_id=h-r1");
  Settle();
  EXPECT_FALSE(Stored(name).schedule.has_first_negative_time());
}

// A capture that was taken for absent may land, and close the hold: a hold that is closed, or
// whose time is over, says nothing until the capture is answered for.
TEST_F(CapturePaymentTest, AHoldEndsNothingWhileItsCaptureIsNotAnsweredFor) {
  const std::string name = CaptureLost();
  http_.Always("check", kNegative);
  RunFor(absl::Minutes(5));
  ASSERT_EQ(State(name), "AUTHORIZED");
  for (const char* silent : {"status capture=silent hold=closed hold_id=h-r1",
                             "status capture=silent hold=silent hold_id=h-r1"}) {
    http_.Always("check", silent);
    RunFor(kPastTheHold);
    EXPECT_EQ(State(name), "AUTHORIZED") << silent;
  }
  http_.Always("check", "status capture=captured amount=1000 hold_id=h-r1");
  RunFor(absl::Hours(1));
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_TRUE(Payment(name).needs_review()) << "it landed after all";
}

TEST_F(CapturePaymentTest, AReleaseEndsNothingWhileTheCaptureIsNotAnsweredFor) {
  const std::string name = AutomaticCaptureLost();
  http_.Always("check", kNegative);
  http_.Always("cancel", ScriptedHttp::kLost);
  RunUntilSent("cancel");
  http_.Always("check", "status capture=silent hold=closed hold_id=h-r1");
  RunFor(kPastTheHold);
  EXPECT_EQ(State(name), "UNKNOWN");
  http_.Always("check", "status capture=captured amount=1000 hold_id=h-r1");
  RunFor(absl::Hours(1));
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_TRUE(Payment(name).needs_review()) << "it landed after all";
}

// Two checks find the capture absent; one is slow to store it, and meanwhile there is
// another capture, which it was not about.
TEST_F(CapturePaymentTest, ANegativeThatIsStoredLateSaysNothingAboutTheNextCapture) {
  const std::string name = CaptureLost();
  http_.Always("check", kNegative);
  RunFor(absl::Seconds(10));
  http_.Always("check", ScriptedHttp::kLost);
  RunFor(checks_.negative_check_quiet_period);
  http_.Always("check", "");
  Callback(PaymentUrl(), "notice status=0 hold_id=h-r1");
  Check(name);
  constexpr absl::Duration kMoment = absl::Milliseconds(5);
  faults_ = {MemoryStore::Fault::kNone, MemoryStore::Fault::kFailBefore};  // Re-reading, commit.
  http_.Answer("check", kNegative);
  RunFor(kMoment);
  ASSERT_TRUE(faults_.empty());
  http_.Answer("check", kNegative);
  RunFor(kMoment);
  ASSERT_EQ(State(name), "AUTHORIZED");
  http_.Always("check", kNegative);
  v1::CapturePaymentRequest request;
  request.set_name(name);
  CaptureCallResult call;
  engine_->CapturePayment({kTenant, "tester"}, request, executor_.Now() + absl::Minutes(1),
                          call.done());
  RunFor(kMoment);
  ASSERT_TRUE(http_.IsWaiting("capture"));
  Settle();
  EXPECT_EQ(State(name), "PROCESSING");
  EXPECT_EQ(Operations(name),
            "AUTHORIZE ANSWERED SUCCEEDED, CAPTURE SENT NOT_DONE, CAPTURE SENT PENDING");
  http_.Answer("capture", "ok");
  Settle();
  EXPECT_EQ(StateName(call.value().payment().state()), "SUCCEEDED");
}

TEST_F(CapturePaymentTest, AnAbsentAutomaticCaptureIsReleasedAndDeclined) {
  const std::string name = AutomaticCaptureLost();
  http_.Always("check", "status hold=held capture=not_known hold_id=h-r1");
  http_.Always("cancel", "ok");
  RunFor(absl::Minutes(5));
  EXPECT_EQ(http_.Count("cancel"), 1);
  EXPECT_EQ(State(name), "DECLINED");
  EXPECT_EQ(http_.Count("capture"), 1);
}

TEST_F(CapturePaymentTest, ARefusedAutomaticCaptureIsReleasedAndDeclined) {
  const CreateCall call = Create(PaymentRequest("r1", v1::CAPTURE_MODE_AUTOMATIC));
  http_.Answer("authorize", "ok hold_id=h1");
  Settle();
  http_.Answer("capture",
               absl::StrCat("declined code=57 category=", v1::FAILURE_CATEGORY_NOT_PERMITTED));
  Settle();
  EXPECT_EQ(State(PaymentNames().front()), "PROCESSING");
  http_.Answer("cancel", "ok");
  Settle();
  const v1::Payment payment = call.value().payment();
  EXPECT_EQ(StateName(payment.state()), "DECLINED");
  EXPECT_EQ(payment.failure().provider_code(), "57");
  EXPECT_FALSE(payment.cancel_requested());
}

// Why it was declined is the capture's refusal, however the release went.
TEST_F(CapturePaymentTest, TheFailureIsTheCapturesNotTheReleases) {
  const std::string name = Sent("r1", v1::CAPTURE_MODE_AUTOMATIC);
  http_.Answer("authorize", "ok hold_id=h1");
  Settle();
  http_.Answer("capture",
               absl::StrCat("declined code=57 category=", v1::FAILURE_CATEGORY_NOT_PERMITTED));
  Settle();
  http_.Answer("cancel",
               absl::StrCat("declined code=96 category=", v1::FAILURE_CATEGORY_WRONG_STATE));
  Settle();
  http_.Always("check", "status hold=closed hold_id=h1");
  RunFor(absl::Seconds(10));
  EXPECT_EQ(State(name), "DECLINED");
  EXPECT_EQ(Payment(name).failure().provider_code(), "57");
  EXPECT_EQ(Payment(name).failure().category(), v1::FAILURE_CATEGORY_NOT_PERMITTED);
}

TEST_F(CapturePaymentTest, AnAutomaticCaptureThatWasNotSentIsSentAgain) {
  const CreateCall call = Create(PaymentRequest("r1", v1::CAPTURE_MODE_AUTOMATIC));
  http_.Answer("authorize", "ok hold_id=h1");
  Settle();
  const std::string number = http_.Last("capture").Field("number");
  http_.Answer("capture", ScriptedHttp::kRefused);
  Settle();
  EXPECT_EQ(StateName(call.value().payment().state()), "PROCESSING");
  http_.Always("capture", "ok");
  RunFor(absl::Seconds(10));
  EXPECT_EQ(State(PaymentNames().front()), "SUCCEEDED");
  EXPECT_EQ(http_.Count("capture"), 2);
  EXPECT_EQ(http_.Last("capture").Field("number"), number) << "it had not been used up";
}

TEST_F(CapturePaymentTest, AnAcceptedCaptureIsPolled) {
  const std::string name = Authorized();
  const CaptureCallResult call = Capture(name);
  http_.Answer("capture", "in_process");
  Settle();
  EXPECT_EQ(StateName(call.value().payment().state()), "PROCESSING");
  http_.Always("check", "status capture=captured");
  RunFor(absl::Seconds(10));
  EXPECT_EQ(State(name), "SUCCEEDED");
}

TEST_F(CapturePaymentTest, AnUnknownCaptureDoesNotEndByTime) {
  const std::string name = CaptureLost();
  http_.Always("check", ScriptedHttp::kLost);
  RunFor(absl::Hours(24));
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_EQ(http_.Count("cancel"), 0);
}

TEST_F(CapturePaymentTest, ACaptureOrphanedByACrashIsUnknownAndNotSentAgain) {
  const std::string name = Authorized();
  Capture(name);
  Crash();
  Restart();
  RunFor(absl::Seconds(35));
  EXPECT_EQ(State(name), "PROCESSING");
  http_.Always("check", "status capture=captured");
  RunFor(absl::Seconds(20));
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_EQ(http_.Count("capture"), 1);
}

TEST_F(CapturePaymentTest, TheDeadlineIsAnsweredWithTheStateSoFar) {
  const std::string name = Authorized();
  const CaptureCallResult call = Capture(name, absl::Seconds(3));
  RunFor(absl::Seconds(4));
  EXPECT_EQ(StateName(call.value().payment().state()), "PROCESSING");
  http_.Answer("capture", "ok");
  Settle();
  EXPECT_EQ(State(name), "SUCCEEDED");
}

TEST_F(CapturePaymentTest, LessThanHeldIsRefusedBeforeTheProviderIsCalled) {
  const std::string name = Authorized();
  const CaptureCallResult call = Capture(Request(name, 999));
  EXPECT_THAT(call.status(),
              IsError(absl::StatusCode::kFailedPrecondition, "CAPABILITY_NOT_SUPPORTED"));
  EXPECT_EQ(Metadata(call.status(), "capability"), "partial_capture");
  EXPECT_EQ(Metadata(call.status(), "provider_called"), "false");
  EXPECT_EQ(http_.Count("capture"), 0);
}

TEST_F(CapturePaymentTest, MoreThanHeldIsInvalid) {
  const std::string name = Authorized();
  const CaptureCallResult call = Capture(Request(name, 1001));
  EXPECT_EQ(call.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(ViolatedFields(call.status()), testing::ElementsAre("amount.amount_minor"));
  EXPECT_EQ(http_.Count("capture"), 0);
}

TEST_F(CapturePaymentTest, AnotherCurrencyIsInvalid) {
  const std::string name = Authorized();
  const CaptureCallResult call = Capture(Request(name, 1000, "KZT"));
  EXPECT_THAT(ViolatedFields(call.status()), testing::ElementsAre("amount.currency_code"));
}

TEST_F(CapturePaymentTest, AllOfItIsCapturedIfSaid) {
  const std::string name = Authorized();
  http_.Always("capture", "ok");
  EXPECT_EQ(StateName(Capture(Request(name, 1000)).value().payment().state()), "SUCCEEDED");
}

TEST_F(CapturePaymentTest, AnotherEtagAborts) {
  const std::string name = Authorized();
  v1::CapturePaymentRequest request;
  request.set_name(name);
  request.set_etag("not-it");
  const CaptureCallResult call = Capture(request);
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kAborted, "ETAG_MISMATCH"));
  EXPECT_EQ(http_.Count("capture"), 0);
  request.set_etag(Payment(name).etag());
  http_.Always("capture", "ok");
  EXPECT_TRUE(Capture(request).status().ok());
}

TEST_F(CapturePaymentTest, AnUnknownOrForeignPaymentIsNotFound) {
  const std::string name = Authorized();
  EXPECT_THAT(Capture("payments/nobody").status(),
              IsError(absl::StatusCode::kNotFound, "PAYMENT_NOT_FOUND"));
  CaptureCallResult foreign;
  v1::CapturePaymentRequest request;
  request.set_name(name);
  engine_->CapturePayment({"another-tenant", "stranger"}, request,
                          executor_.Now() + absl::Minutes(1), foreign.done());
  Settle();
  EXPECT_THAT(foreign.status(), IsError(absl::StatusCode::kNotFound, "PAYMENT_NOT_FOUND"));
}

TEST_F(CapturePaymentTest, AfterACancelItIsRefused) {
  const std::string name = Authorized();
  http_.Always("cancel", "ok");
  Cancel(name);
  const CaptureCallResult call = Capture(name);
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kFailedPrecondition, "PAYMENT_STATE"));
  EXPECT_EQ(Metadata(call.status(), "state"), "CANCELED");
  EXPECT_EQ(http_.Count("capture"), 0);
}

}  // namespace
}  // namespace payments
