#include "tests/unit/engine/transfer_fixture.h"

namespace payments {
namespace {

// A backup is restored: what became of its transfers since is not in the store.
class RestoredTransferTest : public TransferTest {
 protected:
  void BackUp() { backup_ = *disk_; }

  void Restore() { RestoreFrom(backup_); }

  MemoryStore::Disk backup_;
};

TEST_F(RestoredTransferTest, ATransferThatWasInFlightIsAskedAboutAndNotSentAgain) {
  const std::string name = SentTransfer();
  BackUp();
  http_.Answer("transfer", "ok tx=t1");
  Settle();
  Checks("status transfer=succeeded tx=t1");
  Restore();
  RunFor(absl::Minutes(2));
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_EQ(http_.Count("transfer"), 1);
}

TEST_F(RestoredTransferTest, OneThatWasConfirmedSinceIsNotConfirmedAgain) {
  const std::string name = Waiting();
  BackUp();
  Confirm(name);
  http_.Answer("confirm", "ok");
  Settle();
  Restore();
  Checks("status transfer=succeeded tx=t-r1");
  const ConfirmCallResult call = Confirm(name);
  EXPECT_EQ(http_.Count("confirm"), 1);
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kFailedPrecondition, "PAYMENT_STATE"))
      << "nothing was confirmed as far as is known here";
}

TEST_F(RestoredTransferTest, OneThatStillWaitsIsConfirmedAfterTheProviderSaidSo) {
  const std::string name = Waiting();
  BackUp();
  Restore();
  Checks("status transfer=action tx=t-r1");
  RunFor(absl::Seconds(30));
  const int before = http_.Count("check");
  Confirm(name);
  EXPECT_EQ(http_.Count("check"), before + 1);
  EXPECT_EQ(http_.Count("confirm"), 1);
  http_.Answer("confirm", "ok");
  Settle();
  EXPECT_EQ(State(name), "SUCCEEDED");
}

TEST_F(RestoredTransferTest, OneThatCannotBeAskedAboutIsNotConfirmed) {
  const std::string name = Waiting();
  const std::string url = HostedUrl(name);
  BackUp();
  Restore();
  for (const std::string reply : {ScriptedHttp::kLost, "status transfer=silent"}) {
    Checks(reply);
    RunFor(absl::Seconds(30));
    const ConfirmCallResult call = Confirm(name);
    EXPECT_THAT(call.status(), IsError(absl::StatusCode::kUnavailable, "PROVIDER_UNAVAILABLE"));
    EXPECT_EQ(Metadata(call.status(), "safe_to_retry"), "false");
    RunFor(absl::Seconds(30));
    EXPECT_TRUE(absl::IsUnavailable(Finish(url).status()));
  }
  EXPECT_EQ(http_.Count("confirm"), 0);
  EXPECT_EQ(State(name), "ACTION_REQUIRED");
}

TEST_F(RestoredTransferTest, ALostConfirmIsAskedAbout) {
  const std::string name = Confirming();
  http_.Answer("confirm", ScriptedHttp::kLost);
  Settle();
  BackUp();
  Checks("status transfer=declined code=51");
  Restore();
  RunFor(absl::Minutes(1));
  EXPECT_EQ(State(name), "DECLINED");
  EXPECT_EQ(http_.Count("confirm"), 1);
}

TEST_F(RestoredTransferTest, AConfirmThatWasNotSentMayHaveBeenSentSince) {
  const std::string name = Confirming();
  http_.Answer("confirm", ScriptedHttp::kRefused);
  Settle();
  BackUp();
  Confirm(name);
  http_.Answer("confirm", "ok");
  Settle();
  const int sent = http_.Count("confirm");
  Restore();
  Checks("status transfer=succeeded");
  Confirm(name);
  EXPECT_EQ(http_.Count("confirm"), sent);
  EXPECT_EQ(State(name), "SUCCEEDED");
}

TEST_F(RestoredTransferTest, AnAbandonedOneExpiresOnceTheProviderSaysThatItWaits) {
  const std::string name = Waiting();
  BackUp();
  Restore();
  Checks("status transfer=action");
  RunFor(absl::Hours(1));
  EXPECT_EQ(State(name), "EXPIRED");
}

}  // namespace
}  // namespace payments
