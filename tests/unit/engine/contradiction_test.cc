#include "absl/strings/str_cat.h"
#include "server/engine/apply_evidence.h"
#include "server/engine/contradictions.h"
#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

// API.md, rules 3, 5 and 6: what contradicts is told, and moves nothing by itself.
using ContradictionTest = EngineTest;

TEST_F(ContradictionTest, AnotherAmountIsDisputedAndStays) {
  const CreateCall call = Create(PaymentRequest());
  http_.Answer("authorize", "ok hold_id=h1 amount=999");
  Settle();
  const v1::Payment payment = call.value().payment();
  EXPECT_EQ(StateName(payment.state()), "UNKNOWN");
  EXPECT_TRUE(payment.needs_review());
  EXPECT_EQ(observer_.contradictions.size(), 1U);
  http_.Always("check", "status hold=held hold_id=h1");
  Callback(PaymentUrl(), "notice status=0 hold_id=h1");
  RunFor(absl::Hours(24));
  EXPECT_EQ(State(payment.name()), "UNKNOWN") << "ended only by an operator";
  EXPECT_EQ(http_.Count("capture"), 0);
}

TEST_F(ContradictionTest, AnotherCurrencyIsDisputed) {
  const std::string name = Sent("r1", v1::CAPTURE_MODE_AUTOMATIC);
  http_.Answer("authorize", "ok hold_id=h1 amount=1000 currency=KZT");
  Settle();
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_TRUE(Payment(name).needs_review());
  EXPECT_EQ(http_.Count("capture"), 0);
}

// The operator who has to decide needs to find the hold at the provider.
TEST_F(ContradictionTest, AHoldOfAnotherAmountKeepsItsReference) {
  const std::string name = Sent();
  http_.Answer("authorize", "ok hold_id=h1 amount=999");
  Settle();
  ASSERT_EQ(State(name), "UNKNOWN");
  ASSERT_EQ(Payment(name).provider_references().count("hold_id"), 1U);
  EXPECT_EQ(Payment(name).provider_references().at("hold_id"), "h1");
}

TEST_F(ContradictionTest, AnotherCapturedAmountIsDisputed) {
  const std::string name = Authorized();
  Capture(name);
  http_.Answer("capture", "ok amount=5");
  Settle();
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_TRUE(Payment(name).needs_review());
  EXPECT_THAT(Cancel(name).status(),
              IsError(absl::StatusCode::kFailedPrecondition, "OPERATION_IN_PROGRESS"));
}

TEST_F(ContradictionTest, AReferenceOfAnotherPaymentIsDisputed) {
  Authorized("r1");
  const CreateCall second = Create(PaymentRequest("r2"));
  http_.Answer("authorize", "ok hold_id=h-r1");
  Settle();
  const v1::Payment payment = second.value().payment();
  EXPECT_EQ(StateName(payment.state()), "UNKNOWN");
  EXPECT_TRUE(payment.needs_review());
  EXPECT_TRUE(payment.provider_references().empty());
  EXPECT_EQ(State(PaymentNames().front()), "AUTHORIZED") << "the owner is left alone";
}

TEST_F(ContradictionTest, EachReferenceThatIsTakenIsTold) {
  Authorized("r1");
  Authorized("r2");
  const std::string name = Sent("r3");
  http_.Answer("authorize", "ok hold_id=h-r1");
  Settle();
  ASSERT_EQ(State(name), "UNKNOWN");
  http_.Always("check", ScriptedHttp::kLost);
  Callback(PaymentUrl(), "notice status=0 hold_id=h-r2");
  EXPECT_EQ(
      observer_.contradictions,
      (std::vector<std::string>{"a provider reference belongs to another payment; hold_id: h-r1",
                                "a provider reference belongs to another payment; hold_id: h-r2"}));
  EXPECT_EQ(OpenContradictions(Stored(name).record).size(), 2U);
}

// The provider has a transaction; what it is of cannot be read.
TEST_F(ContradictionTest, AHoldInProcessAfterTheEndIsTold) {
  const std::string name = Sent();
  http_.Answer("authorize", "declined code=51");
  Settle();
  http_.Always("check", "status hold=in_process hold_id=h1");
  Callback(PaymentUrl(), "notice status=0 hold_id=h1");
  EXPECT_EQ(State(name), "DECLINED");
  EXPECT_TRUE(Payment(name).needs_review());
  EXPECT_EQ(observer_.contradictions.back(), "contradicts DECLINED: hold in process");
}

TEST_F(ContradictionTest, AHoldInProcessAfterItsReleaseIsNoContradiction) {
  const std::string name = Authorized();
  http_.Always("cancel", "ok");
  Cancel(name);
  ASSERT_EQ(State(name), "CANCELED");
  http_.Always("check", "status hold=in_process hold_id=h-r1");
  Callback(PaymentUrl(), "notice status=0 hold_id=h-r1");
  EXPECT_FALSE(Payment(name).needs_review());
}

// More to review than is remembered: the doubt is committed all the same.
TEST_F(ContradictionTest, ADisputeBeyondTheMemoryIsStillOne) {
  const std::string name = Sent();
  http_.Answer("authorize", ScriptedHttp::kLost);
  Settle();
  StoredPayment stored = Stored(name);
  ASSERT_EQ(StateName(stored.record.payment().state()), "UNKNOWN");
  stored.record.mutable_payment()->set_needs_review(true);
  for (int i = 0; i < kContradictionsMax; ++i) {
    stored.record.add_contradictions()->set_detail(absl::StrCat("the provider states ", i));
  }
  Evidence evidence;
  evidence.learned = Learned::kCaptured;
  const Change change = ApplyEvidence(stored, evidence, policy_, checks_, executor_.Now());
  EXPECT_TRUE(change.commit);
  EXPECT_TRUE(change.write.record.disputed());
  EXPECT_EQ(change.contradiction, "contradicts UNKNOWN: captured");
  EXPECT_EQ(change.write.cause.detail(), "contradicts UNKNOWN: captured");
}

TEST_F(ContradictionTest, AWishToCancelADisputedPaymentIsKept) {
  const std::string name = Sent();
  http_.Answer("authorize", "ok hold_id=h1 amount=999");
  Settle();
  const CancelCallResult call = Cancel(name);
  EXPECT_TRUE(call.value().payment().cancel_requested());
  EXPECT_EQ(StateName(call.value().payment().state()), "UNKNOWN");
  EXPECT_EQ(http_.Count("cancel"), 0);
}

TEST_F(ContradictionTest, AFinalPaymentGetsOneEventAndKeepsItsState) {
  const std::string name = Sent();
  http_.Answer("authorize", "declined code=51");
  Settle();
  ASSERT_EQ(State(name), "DECLINED");
  const size_t before = EventsOf(name).size();
  http_.Always("check", "status hold=held hold_id=h1");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(LaterCallback(PaymentUrl(), "notice status=0 hold_id=h1"), 200);
  }
  EXPECT_EQ(State(name), "DECLINED");
  EXPECT_TRUE(Payment(name).needs_review());
  const std::vector<v1::Event> events = EventsOf(name);
  ASSERT_EQ(events.size(), before + 1) << "repeats make no more events";
  EXPECT_EQ(StateName(events.back().previous_payment_state()), "DECLINED");
  EXPECT_FALSE(events.back().cause().detail().empty());
  EXPECT_EQ(observer_.contradictions.size(), 1U);
  EXPECT_EQ(observer_.callbacks, (std::vector<std::string>{"accepted", "repeated", "repeated"}));
}

// Each different contradiction is an event of its own, a repeated one is not.
TEST_F(ContradictionTest, AnotherContradictionOfTheSamePaymentIsTold) {
  const std::string name = Sent();
  http_.Answer("authorize", "declined code=51");
  Settle();
  for (const char* status : {"status hold=held hold_id=h1", "status capture=captured hold_id=h1",
                             "status hold=held hold_id=h1 amount=7"}) {
    http_.Always("check", status);
    const size_t before = EventsOf(name).size();
    LaterCallback(PaymentUrl(), "notice status=0 hold_id=h1");
    EXPECT_EQ(EventsOf(name).size(), before + 1) << status;
    LaterCallback(PaymentUrl(), "notice status=0 hold_id=h1");
    EXPECT_EQ(EventsOf(name).size(), before + 1) << "repeated: " << status;
  }
  EXPECT_EQ(observer_.contradictions, (std::vector<std::string>{"contradicts DECLINED: held",
                                                                "contradicts DECLINED: captured",
                                                                "the provider states 7 UZS"}));
  EXPECT_EQ(EventsOf(name).back().cause().detail(), "the provider states 7 UZS");
}

TEST_F(ContradictionTest, ADisputedPaymentIsToldOfAnotherDifference) {
  const std::string name = Sent();
  http_.Answer("authorize", "ok hold_id=h1 amount=999");
  Settle();
  const size_t before = EventsOf(name).size();
  for (const char* status :
       {"status hold=held hold_id=h1 amount=999", "status hold=held hold_id=h1 amount=998",
        "status hold=held hold_id=h1 amount=998", "status capture=captured hold_id=h1"}) {
    http_.Always("check", status);
    LaterCallback(PaymentUrl(), "notice status=0 hold_id=h1");
  }
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_EQ(observer_.contradictions,
            (std::vector<std::string>{"the provider states 999 UZS", "the provider states 998 UZS",
                                      "contradicts UNKNOWN: captured"}));
  EXPECT_EQ(EventsOf(name).size(), before + 2);
}

TEST_F(ContradictionTest, MemoryIsBounded) {
  const std::string name = Sent();
  http_.Answer("authorize", "declined code=51");
  Settle();
  const size_t before = EventsOf(name).size();
  for (int i = 0; i < kContradictionsMax + 3; ++i) {
    http_.Always("check", absl::StrCat("status hold=held hold_id=h1 amount=", i + 1));
    LaterCallback(PaymentUrl(), "notice status=0 hold_id=h1");
  }
  EXPECT_EQ(Stored(name).record.contradictions_size(), kContradictionsMax);
  EXPECT_EQ(EventsOf(name).size(), before + kContradictionsMax);
  EXPECT_EQ(observer_.contradictions.size(), kContradictionsMax + 3U) << "counted all the same";
  // Once an operator has looked, one more event says that there is more.
  ASSERT_TRUE(Resolve(name, v1::RESOLUTION_ACKNOWLEDGED).status().ok());
  const size_t acknowledged = EventsOf(name).size();
  LaterCallback(PaymentUrl(), "notice status=0 hold_id=h1");
  EXPECT_TRUE(Payment(name).needs_review());
  EXPECT_EQ(EventsOf(name).size(), acknowledged + 1);
}

TEST_F(ContradictionTest, CapturedAfterCanceledIsTold) {
  const std::string name = Authorized();
  http_.Always("cancel", "ok");
  Cancel(name);
  http_.Always("check", "status capture=captured hold_id=h-r1");
  Callback(PaymentUrl(), "notice status=0 hold_id=h-r1");
  EXPECT_EQ(State(name), "CANCELED");
  EXPECT_TRUE(Payment(name).needs_review());
}

TEST_F(ContradictionTest, ACallbackOfWhatIsKnownAfterTheEndIsNoContradiction) {
  const std::string name = Authorized();
  http_.Always("capture", "ok");
  Capture(name);
  const size_t before = EventsOf(name).size();
  http_.Always("check", "status capture=captured hold_id=h-r1 amount=1000");
  Callback(PaymentUrl(), "notice status=0 hold_id=h-r1");
  EXPECT_FALSE(Payment(name).needs_review());
  EXPECT_EQ(EventsOf(name).size(), before);
  EXPECT_EQ(observer_.callbacks.back(), "repeated");
}

// FAILED says that the provider was provably never reached; a callback proves it was.
TEST_F(ContradictionTest, ACallbackForAFailedPaymentIsToldEvenIfTheCheckIsLost) {
  const std::string name = Sent();
  http_.Answer("authorize", ScriptedHttp::kRefused);
  Settle();
  ASSERT_EQ(State(name), "FAILED");
  http_.Always("check", ScriptedHttp::kLost);
  Callback(PaymentUrl(), "notice status=0 hold_id=h1");
  EXPECT_EQ(State(name), "FAILED");
  EXPECT_TRUE(Payment(name).needs_review());
}

TEST_F(ContradictionTest, AHeldHoldOfAFailedPaymentIsTold) {
  const std::string name = Sent();
  http_.Answer("authorize", ScriptedHttp::kRefused);
  Settle();
  http_.Always("check", "status hold=held hold_id=h1");
  Callback(PaymentUrl(), "notice status=0 hold_id=h1");
  EXPECT_EQ(State(name), "FAILED");
  EXPECT_TRUE(Payment(name).needs_review());
}

}  // namespace
}  // namespace payments
