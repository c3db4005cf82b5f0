#include "server/engine/restored_payment.h"

#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

// A backup is restored: what happened after it is not in the store any more.
class RestoredPaymentTest : public EngineTest {
 protected:
  void BackUp() { backup_ = *disk_; }

  // As --restore does it.
  void Restore() {
    Crash();
    *disk_ = backup_;
    for (const std::string& name : PaymentNames()) {
      std::optional<PaymentWrite> write = RestoredPayment(Stored(name), executor_.Now());
      if (!write.has_value()) continue;
      MemoryDisk::Log ignored;
      ASSERT_TRUE(disk_->CommitPayment(*std::move(write), &ignored).ok());
    }
    Restart();
  }

  MemoryStore::Disk backup_;
};

constexpr absl::Duration kLongAfterTheHold = absl::Hours(5);

TEST_F(RestoredPaymentTest, ACaptureThatWasInFlightIsHealedAndNotSentAgain) {
  const std::string name = Authorized();
  Capture(name);
  ASSERT_TRUE(http_.IsWaiting("capture"));
  BackUp();
  http_.Answer("capture", "ok");
  Settle();
  ASSERT_EQ(State(name), "SUCCEEDED");

  http_.Always("check", "status capture=captured hold_id=h-r1");
  Restore();
  EXPECT_EQ(State(name), "PROCESSING");
  RunFor(absl::Minutes(2));
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_FALSE(Payment(name).needs_review());
  EXPECT_EQ(http_.Count("capture"), 1);
}

TEST_F(RestoredPaymentTest, AnUnknownCaptureIsHealedAndNotSentAgain) {
  const std::string name = Authorized();
  Capture(name);
  http_.Answer("capture", ScriptedHttp::kLost);
  Settle();
  ASSERT_EQ(State(name), "UNKNOWN");
  BackUp();
  http_.Always("check", "status capture=captured hold_id=h-r1");
  Restore();
  RunFor(absl::Minutes(2));
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_EQ(http_.Count("capture"), 1);
}

// It would be sent again at once, under its old number; but that may have been done before.
TEST_F(RestoredPaymentTest, ACaptureThatWasNotSentMayHaveBeenSentSince) {
  const std::string name = Sent("r1", v1::CAPTURE_MODE_AUTOMATIC);
  http_.Answer("authorize", "ok hold_id=h-r1");
  Settle();
  http_.Answer("capture", ScriptedHttp::kRefused);
  Settle();
  ASSERT_EQ(Operations(name), "AUTHORIZE ANSWERED SUCCEEDED, CAPTURE NOT_SENT NOT_DONE");
  const int sent = http_.Count("capture");
  BackUp();
  http_.Always("check", "status capture=captured hold_id=h-r1");
  Restore();
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_EQ(Operations(name), "AUTHORIZE ANSWERED SUCCEEDED, CAPTURE SENT UNKNOWN");
  EXPECT_EQ(EventsOf(name).back().cause().kind(), v1::CAUSE_KIND_RECOVERY);
  RunFor(absl::Minutes(2));
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_EQ(http_.Count("capture"), sent);
}

// If it was sent since, then under a number that is not known here.
TEST_F(RestoredPaymentTest, ACaptureThatHadNoNumberNeedsAPerson) {
  numbers_ = {.first = 1, .last = 1};
  Reconfigure({{kAccount, ScriptedCapabilities()}});
  const std::string name = Sent("r1", v1::CAPTURE_MODE_AUTOMATIC);
  http_.Answer("authorize", "ok hold_id=h-r1");
  Settle();
  ASSERT_EQ(Operations(name), "AUTHORIZE ANSWERED SUCCEEDED, CAPTURE NOT_SENT NOT_DONE");
  BackUp();
  numbers_ = {};
  Reconfigure({{kAccount, ScriptedCapabilities()}});
  Restore();
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_TRUE(Payment(name).needs_review());
  RunFor(kLongAfterTheHold);
  EXPECT_EQ(http_.Count("capture"), 0);
  EXPECT_EQ(State(name), "UNKNOWN");
}

// It may have been held and captured since, and nobody can ask without its reference.
TEST_F(RestoredPaymentTest, AHoldThatCannotBeAskedAboutNeedsAPersonAndNeverEndsByTime) {
  const std::string name = Sent();
  http_.Answer("authorize", ScriptedHttp::kLost);
  Settle();
  BackUp();
  Restore();
  EXPECT_TRUE(Payment(name).needs_review());
  RunFor(kLongAfterTheHold);
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_EQ(http_.Count("authorize"), 1);

  http_.Always("check", "status hold=held hold_id=h1");
  EXPECT_EQ(Callback(PaymentUrl(), "notice status=0 hold_id=h1"), 200);
  EXPECT_EQ(State(name), "AUTHORIZED") << "evidence ends it";
}

TEST_F(RestoredPaymentTest, AHoldInFlightIsMarkedLostAndThenNeedsAPerson) {
  const std::string name = Sent();
  BackUp();
  Restore();
  EXPECT_EQ(State(name), "PROCESSING");
  RunFor(kLongAfterTheHold);
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_TRUE(Payment(name).needs_review());
  EXPECT_EQ(http_.Count("authorize"), 1);
}

// A provider without evidence about a hold proves nothing by its time.
TEST_F(RestoredPaymentTest, AKnownHoldWithoutEvidenceDoesNotEndByTime) {
  const std::string name = Authorized();
  BackUp();
  http_.Always("check", "status hold=silent hold_id=h-r1");
  Restore();
  RunFor(kLongAfterTheHold);
  EXPECT_EQ(State(name), "AUTHORIZED");
}

// Evidence that it is held is of that moment; and the first answer may be lost.
TEST_F(RestoredPaymentTest, AnAuthorizedPaymentIsAskedAboutAtOnceAndAgain) {
  const std::string name = Authorized();
  BackUp();
  http_.Always("check", ScriptedHttp::kLost);
  Restore();
  RunFor(absl::Seconds(5));
  EXPECT_EQ(http_.Count("check"), 1);
  http_.Always("check", "status hold=held hold_id=h-r1");
  RunFor(absl::Minutes(30));
  EXPECT_GT(http_.Count("check"), 1);
  EXPECT_EQ(State(name), "AUTHORIZED");
  EXPECT_FALSE(Payment(name).needs_review());
}

TEST_F(RestoredPaymentTest, OneThatWasCapturedSinceIsFoundOutAndNotCapturedAgain) {
  const std::string name = Authorized();
  BackUp();
  http_.Always("capture", "ok");
  Capture(name);
  Settle();
  ASSERT_EQ(State(name), "SUCCEEDED");
  http_.Always("check", "status capture=captured hold_id=h-r1");
  Restore();
  RunFor(absl::Minutes(1));
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_TRUE(Payment(name).needs_review());
  Capture(name);
  Settle();
  EXPECT_EQ(http_.Count("capture"), 1);
}

TEST_F(RestoredPaymentTest, BeforeItIsCapturedTheProviderIsAsked) {
  const std::string name = Authorized();
  BackUp();
  http_.Always("check", ScriptedHttp::kLost);
  Restore();
  // Its capture after the backup is not recorded; the provider could not be asked so far.
  EXPECT_THAT(Capture(name).status(),
              IsError(absl::StatusCode::kUnavailable, "PROVIDER_UNAVAILABLE"));
  EXPECT_EQ(http_.Count("capture"), 0);

  http_.Always("check", "status capture=captured hold_id=h-r1");
  Capture(name);
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_TRUE(Payment(name).needs_review());
  EXPECT_EQ(http_.Count("capture"), 0);
}

TEST_F(RestoredPaymentTest, OneThatIsStillHeldIsCaptured) {
  const std::string name = Authorized();
  BackUp();
  http_.Always("check", "status hold=held hold_id=h-r1");
  http_.Always("capture", "ok");
  Restore();
  EXPECT_EQ(StateName(Capture(name).value().payment().state()), "SUCCEEDED");
  EXPECT_EQ(http_.Count("capture"), 1);
}

TEST_F(RestoredPaymentTest, WhatIsFinalOrWaitsForAPersonIsLeftAlone) {
  const std::string name = Authorized();
  http_.Always("capture", "ok");
  Capture(name);
  Settle();
  StoredPayment stored = Stored(name);
  EXPECT_FALSE(RestoredPayment(stored, executor_.Now()).has_value());
  stored.record.mutable_payment()->set_state(v1::PAYMENT_STATE_UNKNOWN);
  stored.record.set_disputed(true);
  EXPECT_FALSE(RestoredPayment(stored, executor_.Now()).has_value());
}

}  // namespace
}  // namespace payments
