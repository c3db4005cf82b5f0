#include "tests/unit/engine/transfer_fixture.h"

namespace payments {
namespace {

using testing::ElementsAre;

// Longer than the quiet period and the checks in it.
constexpr absl::Duration kLong = absl::Minutes(10);

class TransferCheckTest : public TransferTest {
 protected:
  std::string Lost() { return AnsweredTransfer(ScriptedHttp::kLost); }
  std::string LostConfirm() {
    std::string name = Confirming();
    http_.Answer("confirm", ScriptedHttp::kLost);
    Settle();
    EXPECT_EQ(State(name), "UNKNOWN");
    return name;
  }
};

TEST_F(TransferCheckTest, ACheckAsksByTheTransfersNumber) {
  const std::string name = Lost();
  Check(name);
  EXPECT_EQ(http_.Last("check").Field("transfer"), http_.Last("transfer").Field("number"));
}

TEST_F(TransferCheckTest, ALostTransferThatWasDoneSucceeds) {
  const std::string name = Lost();
  Checks("status transfer=succeeded tx=t1 amount=1000 currency=KZT");
  RunFor(absl::Minutes(1));
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_EQ(Payment(name).provider_references().at("tx"), "t1");
  EXPECT_EQ(Operations(name), "TRANSFER SENT SUCCEEDED");
  EXPECT_EQ(http_.Count("transfer"), 1);
}

TEST_F(TransferCheckTest, ALostTransferThatWasRefusedIsDeclined) {
  const std::string name = Lost();
  Checks("status transfer=declined code=51 category=4");
  RunFor(absl::Minutes(1));
  EXPECT_EQ(State(name), "DECLINED");
  EXPECT_EQ(FailureOf(name), "INSUFFICIENT_FUNDS");
}

TEST_F(TransferCheckTest, OneThatWasWithdrawnAtTheProviderIsCanceled) {
  const std::string name = Lost();
  Checks("status transfer=canceled");
  RunFor(absl::Minutes(1));
  EXPECT_EQ(State(name), "CANCELED");
  EXPECT_FALSE(Payment(name).cancel_requested());
}

// Done, and undone: nobody but an operator can say what that is to the merchant.
TEST_F(TransferCheckTest, OneThatWasGivenBackNeedsAPerson) {
  const std::string name = Lost();
  Checks("status transfer=returned");
  RunFor(absl::Minutes(1));
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_TRUE(Payment(name).needs_review());
}

TEST_F(TransferCheckTest, InProcessGoesOn) {
  const std::string name = Lost();
  Checks("status transfer=in_process");
  RunFor(kLong);
  EXPECT_EQ(State(name), "PROCESSING");
  EXPECT_EQ(Operations(name), "TRANSFER ANSWERED PENDING");
  Checks("status transfer=succeeded");
  RunFor(kLong);
  EXPECT_EQ(State(name), "SUCCEEDED");
}

TEST_F(TransferCheckTest, NotKnownOnceProvesNothing) {
  const std::string name = Lost();
  Checks("status transfer=not_known");
  RunFor(checks_.negative_check_quiet_period / 2);
  EXPECT_GT(http_.Count("check"), 1);
  EXPECT_EQ(State(name), "UNKNOWN");
  Checks("status transfer=succeeded");
  RunFor(kLong);
  EXPECT_EQ(State(name), "SUCCEEDED") << "the request arrived late";
}

TEST_F(TransferCheckTest, NotKnownAfterTheQuietPeriodIsNotDone) {
  const std::string name = Lost();
  Checks("status transfer=not_known");
  RunFor(kLong);
  EXPECT_EQ(State(name), "DECLINED");
  EXPECT_EQ(FailureOf(name), "NOT_EXECUTED");
  EXPECT_EQ(Operations(name), "TRANSFER SENT NOT_DONE");
}

TEST_F(TransferCheckTest, InProcessBeginsTheQuietPeriodAnew) {
  const std::string name = AnsweredTransfer("in_process");
  Checks("status transfer=not_known");
  RunFor(checks_.negative_check_quiet_period / 2);
  Checks("status transfer=in_process");
  RunFor(checks_.negative_check_quiet_period);
  Checks("status transfer=not_known");
  RunFor(checks_.negative_check_quiet_period / 2);
  EXPECT_EQ(State(name), "PROCESSING");
  EXPECT_GT(http_.Count("check"), 3);
}

TEST_F(TransferCheckTest, AnAnswerWithoutEvidenceProvesNothing) {
  const std::string name = Lost();
  Checks("status transfer=silent");
  RunFor(absl::Hours(5));
  EXPECT_EQ(State(name), "UNKNOWN");
}

TEST_F(TransferCheckTest, ALostCheckProvesNothing) {
  const std::string name = Lost();
  Checks(ScriptedHttp::kLost);
  RunFor(absl::Hours(5));
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_EQ(http_.Count("transfer"), 1);
}

// Its form was lost with the answer: nobody will ever confirm it.
TEST_F(TransferCheckTest, ALostTransferThatWaitsForThePayerIsDeclined) {
  const std::string name = Lost();
  Checks("status transfer=action");
  RunFor(checks_.negative_check_quiet_period / 2);
  EXPECT_EQ(State(name), "UNKNOWN");
  RunFor(kLong);
  EXPECT_EQ(State(name), "DECLINED");
  EXPECT_EQ(FailureOf(name), "AUTHENTICATION_FAILED");
}

// While its own answer is awaited, "not known" is only early.
TEST_F(TransferCheckTest, NotKnownWhileTheAnswerIsAwaitedBeginsNoQuietPeriod) {
  const std::string name = SentTransfer();
  Checks("status transfer=not_known");
  Callback(TransferUrl(), "notice status=1");
  EXPECT_EQ(http_.Count("check"), 1);
  EXPECT_FALSE(Stored(name).schedule.has_first_negative_time());
  EXPECT_EQ(State(name), "PROCESSING");
}

// Asked before the confirmation was sent, answered after: not about what is now.
TEST_F(TransferCheckTest, AReadingFromBeforeAChangeEndsAndBeginsNothing) {
  const std::string name = Waiting();
  RunFor(policy_.payer_action_time);
  Check(name);
  ASSERT_TRUE(http_.IsWaiting("check"));
  RunFor(absl::Seconds(1));
  Confirm(name);
  http_.Answer("confirm", ScriptedHttp::kLost);
  Settle();
  ASSERT_EQ(State(name), "UNKNOWN");
  http_.Answer("check", "status transfer=not_known");
  Settle();
  EXPECT_FALSE(Stored(name).schedule.has_first_negative_time());
}

TEST_F(TransferCheckTest, AnotherAmountIsDisputedAndStays) {
  const std::string name = Lost();
  Checks("status transfer=succeeded amount=5 currency=KZT");
  RunFor(kLong);
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_TRUE(Payment(name).needs_review());
  EXPECT_THAT(observer_.contradictions, ElementsAre("the provider states 5 KZT"));
  EXPECT_EQ(http_.Count("check"), 1) << "an operator ends it";
}

TEST_F(TransferCheckTest, AnotherCurrencyIsDisputed) {
  const std::string name = Lost();
  Checks("status transfer=succeeded amount=1000 currency=UZS");
  RunFor(kLong);
  EXPECT_TRUE(Payment(name).needs_review());
}

// -- The payer's action ----------------------------------------------------------------

TEST_F(TransferCheckTest, NobodyIsAskedWhileThePayerHasTime) {
  Waiting();
  RunFor(policy_.payer_action_time);
  EXPECT_EQ(http_.Count("check"), 0);
}

TEST_F(TransferCheckTest, AnActionExpiresOnlyAfterTheProviderSaysThatItStillWaits) {
  const std::string name = Waiting();
  Checks(ScriptedHttp::kLost);
  RunFor(policy_.payer_action_time + checks_.hold_expiry_margin + kLong);
  EXPECT_GT(http_.Count("check"), 0);
  EXPECT_EQ(State(name), "ACTION_REQUIRED") << "nobody has said that it is unpaid";
  Checks("status transfer=action");
  RunFor(absl::Hours(1));
  EXPECT_EQ(State(name), "EXPIRED");
  EXPECT_EQ(FailureOf(name), "AUTHENTICATION_FAILED");
  EXPECT_EQ(Operations(name), "TRANSFER ANSWERED NOT_DONE");
  EXPECT_FALSE(Payment(name).has_next_action());
  EXPECT_FALSE(Payment(name).has_expire_time());
}

TEST_F(TransferCheckTest, AnAbandonedActionThatTheProviderForgotExpiresAfterTheQuietPeriod) {
  const std::string name = Waiting();
  Checks("status transfer=not_known");
  RunFor(policy_.payer_action_time + checks_.hold_expiry_margin + absl::Minutes(1));
  EXPECT_GT(http_.Count("check"), 0);
  EXPECT_EQ(State(name), "ACTION_REQUIRED");
  RunFor(absl::Hours(1));
  EXPECT_EQ(State(name), "EXPIRED");
}

TEST_F(TransferCheckTest, ACallersCheckBeforeTheTimeIsOverExpiresNothing) {
  const std::string name = Waiting();
  Checks("status transfer=action");
  Check(name);
  EXPECT_EQ(http_.Count("check"), 1);
  EXPECT_EQ(State(name), "ACTION_REQUIRED");
}

TEST_F(TransferCheckTest, AnActionThatWasConfirmedElsewhereSucceeds) {
  const std::string name = Waiting();
  Checks("status transfer=succeeded tx=t-r1");
  Check(name);
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_FALSE(Payment(name).has_next_action());
}

// -- A lost confirmation ----------------------------------------------------------------

TEST_F(TransferCheckTest, ALostConfirmThatWasDoneSucceeds) {
  const std::string name = LostConfirm();
  Checks("status transfer=succeeded tx=t-r1");
  RunFor(absl::Minutes(1));
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_EQ(Operations(name), "TRANSFER ANSWERED SUCCEEDED, CONFIRM SENT SUCCEEDED");
  EXPECT_EQ(http_.Count("confirm"), 1);
}

TEST_F(TransferCheckTest, ALostConfirmThatWasRefusedIsDeclined) {
  const std::string name = LostConfirm();
  Checks("status transfer=declined code=454 category=6");
  RunFor(absl::Minutes(1));
  EXPECT_EQ(State(name), "DECLINED");
  EXPECT_EQ(FailureOf(name), "AUTHENTICATION_FAILED");
}

TEST_F(TransferCheckTest, ALostConfirmThatNeverArrivesIsDeclinedAfterTheQuietPeriod) {
  const std::string name = LostConfirm();
  Checks("status transfer=action");
  RunFor(checks_.negative_check_quiet_period / 2);
  EXPECT_EQ(State(name), "UNKNOWN");
  RunFor(kLong);
  EXPECT_EQ(State(name), "DECLINED");
  EXPECT_EQ(Operations(name), "TRANSFER ANSWERED NOT_DONE, CONFIRM SENT NOT_DONE");
  EXPECT_EQ(http_.Count("confirm"), 1);
}

TEST_F(TransferCheckTest, ALostConfirmOfATransferThatIsForgottenWasNotExecuted) {
  const std::string name = LostConfirm();
  Checks("status transfer=not_known");
  RunFor(kLong);
  EXPECT_EQ(State(name), "DECLINED");
  EXPECT_EQ(FailureOf(name), "NOT_EXECUTED") << "nobody refused it";
  EXPECT_EQ(Operations(name), "TRANSFER ANSWERED NOT_DONE, CONFIRM SENT NOT_DONE");
}

TEST_F(TransferCheckTest, AConfirmInProcessGoesOn) {
  const std::string name = LostConfirm();
  Checks("status transfer=in_process");
  RunFor(kLong);
  EXPECT_EQ(State(name), "PROCESSING");
  Checks("status transfer=succeeded");
  RunFor(kLong);
  EXPECT_EQ(State(name), "SUCCEEDED");
}

// -- After a crash ----------------------------------------------------------------------

TEST_F(TransferCheckTest, AnOrphanedTransferIsUnknownAndThenAsked) {
  const std::string name = SentTransfer();
  Crash();
  Restart();
  RunFor(policy_.provider_request_timeout + checks_.orphan_margin - absl::Seconds(2));
  EXPECT_EQ(Operations(name), "TRANSFER SENT PENDING") << "its time is not over";
  RunFor(absl::Seconds(4));
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_EQ(EventsOf(name).back().cause().kind(), v1::CAUSE_KIND_RECOVERY);
  Checks("status transfer=succeeded");
  RunFor(absl::Minutes(1));
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_EQ(http_.Count("transfer"), 1);
}

TEST_F(TransferCheckTest, AnOrphanedConfirmIsUnknownAndThenAsked) {
  const std::string name = Confirming();
  Crash();
  Restart();
  RunFor(policy_.provider_request_timeout + checks_.orphan_margin + absl::Seconds(2));
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_EQ(Operations(name), "TRANSFER ANSWERED PENDING, CONFIRM SENT UNKNOWN");
  Checks("status transfer=succeeded");
  RunFor(absl::Minutes(1));
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_EQ(http_.Count("confirm"), 1);
}

}  // namespace
}  // namespace payments
