#include "providers/sandbox/upay/hold_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace payments::sandbox {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr int64_t kAmount = 100'000;

class HoldLedgerTest : public testing::Test {
 protected:
  HoldEntry* Add(const std::string& id) {
    HoldEntry entry;
    entry.hold.set_hold_id(id);
    entry.hold.set_amount_minor(kAmount);
    entry.expire_time = kNow + absl::Minutes(60);
    return ledger_.AddHold(std::move(entry));
  }

  HoldEntry* AddHeld(const std::string& id) {
    HoldEntry* entry = Add(id);
    ledger_.Hold(*entry, kNow);
    return entry;
  }

  std::vector<v1::Movement> Movements() {
    const auto response = movements_.List(v1::ListMovementsRequest());
    EXPECT_TRUE(response.ok());
    return {response->movements().begin(), response->movements().end()};
  }

  MovementLog movements_;
  HoldLedger ledger_{&movements_};
};

using HoldLedgerDeathTest = HoldLedgerTest;

TEST_F(HoldLedgerTest, CountsWhatIsHeldAndTaken) {
  HoldEntry* taken = AddHeld("a");
  HoldEntry* released = AddHeld("b");
  AddHeld("c");
  EXPECT_EQ(ledger_.held_minor(), 3 * kAmount);

  ledger_.BeginCapture(*taken, "1");
  ledger_.Capture(*taken, kNow);
  ledger_.Release(*released, kNow);
  EXPECT_EQ(ledger_.held_minor(), kAmount);
  EXPECT_EQ(ledger_.captured_minor(), kAmount);
  EXPECT_EQ(taken->hold.captured_minor(), kAmount);

  std::vector<v1::MovementKind> kinds;
  for (const v1::Movement& movement : Movements()) kinds.push_back(movement.kind());
  EXPECT_THAT(kinds,
              ElementsAre(v1::MOVEMENT_KIND_HOLD, v1::MOVEMENT_KIND_HOLD, v1::MOVEMENT_KIND_HOLD,
                          v1::MOVEMENT_KIND_CAPTURE, v1::MOVEMENT_KIND_RELEASE));
  EXPECT_EQ(Movements()[3].partner_trx_id(), "1");
}

TEST_F(HoldLedgerTest, FindsTheHoldOfACaptureOnlyWhileItStands) {
  HoldEntry* hold = AddHeld("a");
  EXPECT_EQ(ledger_.FindHoldByTrx("1"), nullptr);
  ledger_.BeginCapture(*hold, "1");
  EXPECT_EQ(ledger_.FindHoldByTrx("1"), hold);
  ledger_.FailCapture(*hold);
  EXPECT_EQ(ledger_.FindHoldByTrx("1"), nullptr);
  EXPECT_EQ(hold->hold.state(), v1::HOLD_STATE_HELD);
}

TEST_F(HoldLedgerTest, ExpiresWhatIsHeldAndNothingElse) {
  HoldEntry* held = AddHeld("held");
  HoldEntry* waiting = Add("waiting");
  HoldEntry* taken = AddHeld("taken");
  ledger_.BeginCapture(*taken, "1");
  ledger_.Capture(*taken, kNow);

  EXPECT_THAT(ledger_.TakeDue(kNow + absl::Minutes(59)), IsEmpty());
  EXPECT_THAT(ledger_.TakeDue(kNow + absl::Minutes(60)), ElementsAre(held, waiting));
  EXPECT_EQ(held->hold.state(), v1::HOLD_STATE_EXPIRED);
  EXPECT_EQ(waiting->hold.state(), v1::HOLD_STATE_EXPIRED);
  EXPECT_EQ(taken->hold.state(), v1::HOLD_STATE_CAPTURED);
  EXPECT_EQ(ledger_.held_minor(), 0);
  EXPECT_EQ(Movements().back().hold_id(), "held");
  EXPECT_EQ(Movements().back().kind(), v1::MOVEMENT_KIND_EXPIRE);
}

TEST_F(HoldLedgerTest, ACaptureInProcessOutlivesTheHoldButNotItsFailure) {
  HoldEntry* hold = AddHeld("a");
  ledger_.BeginCapture(*hold, "1");
  ledger_.ResolveAt(*hold, kNow + absl::Minutes(90), /*as_failed=*/true);

  EXPECT_THAT(ledger_.TakeDue(kNow + absl::Minutes(61)), IsEmpty());
  EXPECT_EQ(hold->hold.state(), v1::HOLD_STATE_CAPTURING);
  ledger_.TakeDue(kNow + absl::Minutes(90));
  EXPECT_EQ(hold->hold.state(), v1::HOLD_STATE_EXPIRED);
  EXPECT_EQ(hold->hold.capture_count(), 0);
}

TEST_F(HoldLedgerTest, ResolvesInProcessBothWays) {
  HoldEntry* good = Add("good");
  HoldEntry* bad = Add("bad");
  ledger_.ResolveAt(*good, kNow + absl::Seconds(1), /*as_failed=*/false);
  ledger_.ResolveAt(*bad, kNow + absl::Seconds(2), /*as_failed=*/true);
  EXPECT_THAT(ledger_.TakeDue(kNow + absl::Seconds(1)), ElementsAre(good));
  EXPECT_EQ(good->hold.state(), v1::HOLD_STATE_HELD);
  EXPECT_THAT(ledger_.TakeDue(kNow + absl::Seconds(2)), ElementsAre(bad));
  EXPECT_EQ(bad->hold.state(), v1::HOLD_STATE_FAILED);
  EXPECT_EQ(ledger_.held_minor(), kAmount);
}

TEST_F(HoldLedgerDeathTest, RefusesToTakeMoneyTwice) {
  HoldEntry* hold = AddHeld("a");
  ledger_.BeginCapture(*hold, "1");
  ledger_.Capture(*hold, kNow);
  EXPECT_DEATH(ledger_.BeginCapture(*hold, "2"), "");
  EXPECT_DEATH(ledger_.Capture(*hold, kNow), "");
  EXPECT_DEATH(ledger_.Release(*hold, kNow), "");
}

}  // namespace
}  // namespace payments::sandbox
