#include "server/engine/callback_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/fakes/simulated_executor.h"

namespace payments {
namespace {

using Place = CallbackChecks::Place;
using testing::ElementsAre;

class CallbackChecksTest : public ::testing::Test {
 protected:
  Place Ask(const Account& account, const std::string& payment, const std::string& hold = "") {
    CallbackChecks::Wish wish;
    wish.callback = ++callbacks_;
    wish.account = &account;
    wish.payment = payment;
    if (!hold.empty()) wish.hinted = {{"hold_id", hold}};
    wish.ask = [this, payment] { asked_.push_back(payment); };
    return checks_.Ask(std::move(wish)).place;
  }
  // As many payments as may be asked about at once, and `waiting` more.
  void Fill(const Account& account, size_t waiting) {
    for (size_t i = 0; i < CallbackChecks::kRunningMax + waiting; ++i) {
      EXPECT_EQ(Ask(account, absl::StrCat("payments/", i)), Place::kTaken);
    }
  }

  SimulatedExecutor executor_{1};
  CallbackChecks checks_{&executor_, &executor_};
  Account shop_;
  Account other_;
  std::vector<std::string> asked_;
  int64_t callbacks_ = 0;
};

TEST_F(CallbackChecksTest, OneAccountsProviderThatHangsTakesNoRoomFromOthers) {
  Fill(shop_, CallbackChecks::kWaitingPerAccountMax);
  EXPECT_EQ(asked_.size(), size_t{CallbackChecks::kRunningMax});
  EXPECT_EQ(Ask(shop_, "payments/more"), Place::kNoRoom);
  EXPECT_EQ(Ask(other_, "payments/others"), Place::kTaken);
  EXPECT_EQ(asked_.back(), "payments/others") << "at once";
  checks_.End("payments/0");
  EXPECT_EQ(Ask(shop_, "payments/more"), Place::kTaken) << "there is room again";
}

// However many wait for their payments' next second.
TEST_F(CallbackChecksTest, WhatCanBeginAtOnceNeedsNoRoom) {
  constexpr size_t kHints = CallbackChecks::kWaitingPerPaymentMax;
  constexpr size_t kPayments = CallbackChecks::kWaitingPerAccountMax / kHints;
  static_assert(kPayments < CallbackChecks::kRunningMax);
  for (size_t i = 0; i < kPayments; ++i) {
    const std::string payment = absl::StrCat("payments/", i);
    Ask(shop_, payment);
    checks_.End(payment);
    for (size_t hint = 0; hint < kHints; ++hint) {
      EXPECT_EQ(Ask(shop_, payment, absl::StrCat("h", hint)), Place::kTaken);
    }
  }
  EXPECT_EQ(Ask(shop_, "payments/new"), Place::kTaken);
  EXPECT_EQ(asked_.back(), "payments/new");
  EXPECT_EQ(Ask(shop_, "payments/new"), Place::kNoRoom) << "it is being asked about";
}

TEST_F(CallbackChecksTest, WhoAsksAgainStandsBehindThoseThatWait) {
  Fill(shop_, 2);
  EXPECT_EQ(Ask(shop_, "payments/0"), Place::kTaken);
  asked_.clear();
  checks_.End("payments/0");
  EXPECT_THAT(asked_, ElementsAre("payments/256"));
  executor_.RunFor(2 * CallbackChecks::kInterval);
  checks_.End("payments/1");
  checks_.End("payments/2");
  EXPECT_THAT(asked_, ElementsAre("payments/256", "payments/257", "payments/0"));
}

// Those that were dropped leave their slots to nobody in particular, not unused.
TEST_F(CallbackChecksTest, WhatWasDroppedTakesNoSlot) {
  Fill(shop_, 2);
  checks_.DropWaiting();
  EXPECT_EQ(Ask(shop_, "payments/later"), Place::kTaken);
  asked_.clear();
  checks_.End("payments/0");
  EXPECT_THAT(asked_, ElementsAre("payments/later"));
}

}  // namespace
}  // namespace payments
