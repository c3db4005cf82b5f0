#include "server/engine/callback_sweep.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

// What is PENDING is taken up again: accounts, and callbacks, do not wait for each other.
class CallbackSweepTest : public EngineTest {
 protected:
  static constexpr char kOther[] = "accounts/other";
  static constexpr char kOthersCard[] = "cards/others";
  static constexpr int kOpenMax = 64;

  CallbackSweepTest() {
    CardWrite write;
    write.record.set_tenant(kTenant);
    write.record.set_sealed_token(keys_->Seal(Secret(kCardToken), kOthersCard));
    write.record.mutable_card()->set_name(kOthersCard);
    write.record.mutable_card()->set_account(kOther);
    write.record.mutable_card()->set_request_id("request-of-others-card");
    write.record.mutable_card()->set_state(v1::CARD_STATE_ACTIVE);
    MemoryStore::Disk::Log log;
    EXPECT_TRUE(disk_->CreateCard(std::move(write), {}, &log).ok());
    Reconfigure({{kAccount, ScriptedCapabilities()}, {kOther, ScriptedCapabilities()}});
  }

  void CallBackOf(const std::string& account, const std::string& request_id) {
    v1::CreatePaymentRequest request = PaymentRequest(request_id);
    request.mutable_source()->set_card(account == kOther ? kOthersCard : kCard);
    Create(std::move(request));
    Settle();
    Callback(PaymentUrl(), absl::StrCat("notice status=0 hold_id=h-", request_id));
  }
  int64_t AskedAbout(const std::string& hold) const {
    return std::count_if(http_.sent().begin(), http_.sent().end(), [&](const ScriptedMessage& m) {
      return m.verb == "check" && m.Field("hold_id") == hold;
    });
  }
  size_t Pending() const {
    constexpr int kAll = 1000;
    return disk_->ListPendingCallbacks(0, kAll).size();
  }
};

TEST_F(CallbackSweepTest, AnAccountWhoseProviderHangsHoldsUpNoOther) {
  constexpr int kMany = 2 * kOpenMax + 5;
  for (int i = 0; i < kMany; ++i) CallBackOf(kAccount, absl::StrCat("r", i));
  CallBackOf(kOther, "other");
  Crash();
  const int before = http_.Count("check");
  Restart();
  EXPECT_EQ(http_.Count("check") - before, kOpenMax + 1);
  EXPECT_EQ(AskedAbout("h-other"), 2) << "once more";
  // Nor does one wait for the slowest of those that were begun with it.
  http_.Answer("check", "status hold=held");
  Settle();
  EXPECT_EQ(http_.Count("check") - before, kOpenMax + 2);
  http_.Always("check", "status hold=held");
  RunFor(absl::Minutes(5));
  EXPECT_EQ(Pending(), 0U);
}

TEST_F(CallbackSweepTest, OneThatComesToNoEndHoldsUpNoOther) {
  http_.Always("check", "status hold=silent");
  Authorized("r1");
  Callback(PaymentUrl(), "notice status=0 hold_id=h-r1");
  RunFor(absl::Minutes(30));
  EXPECT_EQ(AskedAbout("h-r1"), 6) << "when it came, and after 1, 2, 4, 8 and 16 minutes";
  Authorized("r2");
  Callback(PaymentUrl(), "notice status=0 hold_id=h-r2");
  RunFor(absl::Minutes(6));
  EXPECT_EQ(AskedAbout("h-r2"), 4) << "when it came, and after 1, 2 and 4 minutes";
  EXPECT_EQ(Pending(), 2U);
}

TEST_F(CallbackSweepTest, AStoreThatIsAwayForAMomentIsAskedAgain) {
  CallBackOf(kAccount, "r1");
  Crash();
  http_.Always("check", "status hold=held hold_id=h-r1");
  // Listed, and not read.
  faults_ = {MemoryStore::Fault::kNone, MemoryStore::Fault::kFailBefore};
  Restart();
  RunFor(absl::Seconds(5));
  EXPECT_EQ(Pending(), 0U);
  EXPECT_THAT(observer_.troubles, testing::Contains("store_read_failed"));
}

TEST_F(CallbackSweepTest, WhatWasJudgedSinceItWasListedIsLeft) {
  for (int i = 0; i <= kOpenMax; ++i) CallBackOf(kAccount, absl::StrCat("r", i));
  Crash();
  Restart();
  const int64_t last = disk_->ListPendingCallbacks(0, 2 * kOpenMax).back().id;
  ASSERT_TRUE(
      disk_->JudgeCallback(last, {v1::CALLBACK_VERDICT_REPEATED, "", executor_.Now()}).ok());
  const int before = http_.Count("check");
  http_.Answer("check", "status hold=held");
  Settle();
  EXPECT_EQ(http_.Count("check"), before);
}

}  // namespace
}  // namespace payments
