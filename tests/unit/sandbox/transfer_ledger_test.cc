#include "providers/sandbox/epay/transfer_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace payments::sandbox {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
constexpr int64_t kAmount = 10'000;
constexpr int kCode = 484;

class TransferLedgerTest : public testing::Test {
 protected:
  static TransferEntry EntryOf(const std::string& order) {
    TransferEntry entry;
    entry.transfer.set_id("id-" + order);
    entry.transfer.set_order_id(order);
    entry.transfer.set_terminal_id("terminal");
    entry.transfer.set_amount_minor(kAmount);
    entry.transfer.set_md("md-" + order);
    return entry;
  }
  TransferEntry& Add(const std::string& order) { return *ledger_.Add(EntryOf(order)); }
  TransferEntry& AddWaiting(const std::string& order) {
    TransferEntry& entry = Add(order);
    ThreeDSecureEntry page;
    page.page_id = "page-" + order;
    ledger_.AskForThreeDSecure(entry, std::move(page), kNow + absl::Minutes(15), kCode);
    return entry;
  }

  MovementLog movements_;
  TransferLedger ledger_{&movements_};
};

using TransferLedgerDeathTest = TransferLedgerTest;

TEST_F(TransferLedgerTest, CountsWhatWasMoved) {
  ledger_.Move(Add("100001"), kNow);
  ledger_.Fail(Add("100002"), kCode);
  EXPECT_EQ(ledger_.transferred_minor(), kAmount);
  EXPECT_EQ(movements_.size(), 1);
  EXPECT_EQ(ledger_.FindByOrder("terminal", "100002")->transfer.code(), kCode);
  EXPECT_EQ(ledger_.FindByOrder("another", "100002"), nullptr);
}

TEST_F(TransferLedgerTest, KnowsTheLastSixDigitsOfEachTerminal) {
  Add("9000123456");
  EXPECT_TRUE(ledger_.IsOrderTaken("terminal", "123456"));
  EXPECT_TRUE(ledger_.IsOrderTaken("terminal", "777123456"));
  EXPECT_FALSE(ledger_.IsOrderTaken("terminal", "123457"));
  EXPECT_FALSE(ledger_.IsOrderTaken("another", "123456"));
}

TEST_F(TransferLedgerTest, SavesCardsWhenMoneyMoves) {
  TransferEntry entry = EntryOf("100001");
  entry.saves_sender = true;
  entry.sender.id = "card";
  TransferEntry& added = *ledger_.Add(std::move(entry));
  EXPECT_EQ(ledger_.FindCard("card"), nullptr);
  ledger_.Move(added, kNow);
  EXPECT_NE(ledger_.FindCard("card"), nullptr);
  EXPECT_EQ(added.transfer.sender_card_id(), "card");
}

TEST_F(TransferLedgerTest, EndsWhatIsDueBothWays) {
  TransferEntry& moves = Add("100001");
  TransferEntry& fails = Add("100002");
  TransferEntry& abandoned = AddWaiting("100003");
  TransferEntry& confirmed = AddWaiting("100004");
  ledger_.EndAt(moves, kNow + absl::Seconds(1), 0);
  ledger_.EndAt(fails, kNow + absl::Seconds(2), kCode);
  ledger_.Resume(confirmed);
  EXPECT_THAT(ledger_.TakeDue(kNow), IsEmpty());
  EXPECT_THAT(ledger_.TakeDue(kNow + absl::Hours(1)), ElementsAre(&moves, &fails, &abandoned));
  EXPECT_EQ(moves.transfer.state(), v1::TRANSFER_STATE_DONE);
  EXPECT_EQ(fails.transfer.state(), v1::TRANSFER_STATE_FAILED);
  EXPECT_EQ(abandoned.transfer.state(), v1::TRANSFER_STATE_FAILED);
  EXPECT_EQ(confirmed.transfer.state(), v1::TRANSFER_STATE_IN_PROCESS);
}

TEST_F(TransferLedgerDeathTest, RefusesToMoveMoneyTwiceOrAfterAFailure) {
  TransferEntry& done = Add("100001");
  ledger_.Move(done, kNow);
  EXPECT_DEATH(ledger_.Move(done, kNow), "");
  EXPECT_DEATH(ledger_.Fail(done, kCode), "");
  TransferEntry& failed = Add("100002");
  ledger_.Fail(failed, kCode);
  EXPECT_DEATH(ledger_.Move(failed, kNow), "");
  EXPECT_DEATH(ledger_.Resume(failed), "");
  EXPECT_DEATH(ledger_.Move(AddWaiting("100003"), kNow), "");
}

}  // namespace
}  // namespace payments::sandbox
