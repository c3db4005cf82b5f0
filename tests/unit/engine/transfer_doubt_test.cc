#include "tests/unit/engine/transfer_fixture.h"

namespace payments {
namespace {

// What looks like proof and is none.
class TransferDoubtTest : public TransferTest {
 protected:
  // A backup that was made this very moment.
  void RestoreNow() { RestoreFrom(MemoryStore::Disk(*disk_)); }
};

TEST_F(TransferDoubtTest, AFailedOneThatTheProviderKnowsNeedsReviewAndIsNotRunAgain) {
  for (const std::string known : {"succeeded", "in_process", "action", "declined", "canceled"}) {
    const std::string name = AnsweredTransfer(ScriptedHttp::kRefused, known);
    ASSERT_EQ(State(name), "FAILED");
    Checks("status transfer=" + known);
    EXPECT_EQ(Callback(TransferUrl(), "notice status=0"), 200);
    EXPECT_EQ(State(name), "FAILED");
    EXPECT_TRUE(Payment(name).needs_review()) << known;
    const int sent = http_.Count("transfer");
    const CreateCall again = Transfer(TransferRequest(known));
    EXPECT_THAT(again.status(), IsError(absl::StatusCode::kFailedPrecondition, "PAYMENT_STATE"));
    EXPECT_EQ(http_.Count("transfer"), sent);
  }
}

TEST_F(TransferDoubtTest, ARestoredOneIsConfirmedOnlyIfTheProviderSaysThatItWaits) {
  const std::string name = Waiting();
  RestoreNow();
  for (const char* reply : {"status transfer=in_process", "status transfer=not_known"}) {
    Checks(reply);
    RunFor(absl::Seconds(5));
    const ConfirmCallResult call = Confirm(name);
    EXPECT_THAT(call.status(), IsError(absl::StatusCode::kUnavailable, "PROVIDER_UNAVAILABLE"));
    EXPECT_EQ(Metadata(call.status(), "safe_to_retry"), "false");
  }
  EXPECT_EQ(http_.Count("confirm"), 0);
}

TEST_F(TransferDoubtTest, ARestoredOneIsAskedAboutBeforeItIsWithdrawn) {
  const std::string name = Waiting();
  RestoreNow();
  Checks("status transfer=in_process");
  EXPECT_THAT(Cancel(name).status(),
              IsError(absl::StatusCode::kUnavailable, "PROVIDER_UNAVAILABLE"));
  EXPECT_EQ(State(name), "ACTION_REQUIRED");
  Checks("status transfer=succeeded");
  RunFor(absl::Seconds(5));
  Cancel(name);
  EXPECT_EQ(State(name), "SUCCEEDED");
}

TEST_F(TransferDoubtTest, ARestoredOneThatStillWaitsMayBeWithdrawn) {
  const std::string name = Waiting();
  RestoreNow();
  Checks("status transfer=action");
  EXPECT_EQ(StateName(Cancel(name).value().payment().state()), "CANCELED");
}

// Its result may have been handed on after the backup, and the status lag behind.
TEST_F(TransferDoubtTest, ARestoredActionExpiresOnlyAfterTheQuietPeriod) {
  const std::string name = Waiting();
  RestoreNow();
  RunFor(policy_.payer_action_time + checks_.hold_expiry_margin);
  Checks("status transfer=action");
  Check(name);
  EXPECT_EQ(State(name), "ACTION_REQUIRED");
  RunFor(checks_.negative_check_quiet_period + absl::Hours(1));
  EXPECT_EQ(State(name), "EXPIRED");
}

TEST_F(TransferDoubtTest, ANegativeFromBeforeARestartBeginsAnew) {
  const std::string name = AnsweredTransfer(ScriptedHttp::kLost);
  Checks("status transfer=not_known");
  Check(name);
  Crash();
  executor_.SetWallOffset(absl::Hours(5));
  Restart();
  Check(name);
  EXPECT_EQ(State(name), "UNKNOWN");
  RunFor(checks_.negative_check_quiet_period + absl::Hours(1));
  EXPECT_EQ(State(name), "DECLINED");
}

TEST_F(TransferDoubtTest, TheNumberOfAnotherSequenceIsNotAskedAbout) {
  const std::string name = AnsweredTransfer(ScriptedHttp::kLost);
  numbers_.sequence = "another-terminal";
  Reconfigure({{kAccount, TransferCapabilities()}});
  Checks("status transfer=succeeded");
  Check(name);
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_EQ(http_.Count("check"), 0);
  EXPECT_THAT(observer_.troubles, testing::Contains("number_sequence_changed"));
}

}  // namespace
}  // namespace payments
