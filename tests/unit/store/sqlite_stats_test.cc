// The numbers for metrics.

#include <utility>

#include "tests/unit/store/sqlite_fixture.h"

namespace payments {
namespace {

using SqliteStatsTest = SqliteStoreTest;

int64_t CountOf(const StoreStats& stats, v1::PaymentState state) {
  const auto it = stats.payments.find(std::pair(std::string(kTestAccount), state));
  return it == stats.payments.end() ? 0 : it->second;
}

TEST_F(SqliteStatsTest, FollowsEveryChange) {
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  EXPECT_TRUE(store->Stats().payments.empty());
  EXPECT_FALSE(store->Stats().oldest_unknown.has_value());

  const auto a = call.CreatePayment(NewPayment("acme", "a", TestTime(5)));
  const auto b = call.CreatePayment(NewPayment("other", "b", TestTime(3)));
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_EQ(CountOf(store->Stats(), v1::PAYMENT_STATE_PROCESSING), 2);

  const auto a_unknown = call.CommitPayment(ChangedPayment(a->stored, v1::PAYMENT_STATE_UNKNOWN));
  ASSERT_TRUE(a_unknown.ok());
  EXPECT_EQ(CountOf(store->Stats(), v1::PAYMENT_STATE_PROCESSING), 1);
  EXPECT_EQ(CountOf(store->Stats(), v1::PAYMENT_STATE_UNKNOWN), 1);
  EXPECT_EQ(store->Stats().oldest_unknown, TestTime(5));
  PaymentWrite review = ChangedPayment(b->stored, v1::PAYMENT_STATE_UNKNOWN);
  review.record.mutable_payment()->set_needs_review(true);
  const auto b_unknown = call.CommitPayment(std::move(review));
  ASSERT_TRUE(b_unknown.ok());
  EXPECT_EQ(store->Stats().oldest_unknown, TestTime(3));
  EXPECT_EQ(store->Stats().needs_review, 1);

  // What fails, and what changes no state, counts for nothing.
  EXPECT_FALSE(call.CommitPayment(ChangedPayment(a->stored, v1::PAYMENT_STATE_DECLINED)).ok());
  const auto same = call.CommitPayment(ChangedPayment(*b_unknown, v1::PAYMENT_STATE_UNKNOWN));
  ASSERT_TRUE(same.ok());
  EXPECT_EQ(CountOf(store->Stats(), v1::PAYMENT_STATE_UNKNOWN), 2);
  EXPECT_EQ(store->Stats().needs_review, 1);

  PaymentWrite resolved = ChangedPayment(*same, v1::PAYMENT_STATE_SUCCEEDED);
  resolved.record.mutable_payment()->set_needs_review(false);
  ASSERT_TRUE(call.CommitPayment(std::move(resolved)).ok());
  EXPECT_EQ(store->Stats().oldest_unknown, TestTime(5));
  EXPECT_EQ(store->Stats().needs_review, 0);
  EXPECT_EQ(CountOf(store->Stats(), v1::PAYMENT_STATE_SUCCEEDED), 1);
}

TEST_F(SqliteStatsTest, NumbersLeftFollowEveryCommitAndAReopening) {
  const NumberRange range = {.sequence = "terminal-1", .first = 101, .last = 200};
  PaymentWrite numbered = NewPayment("acme", "a");
  numbered.numbers = range;
  const auto left = [&range](const SqliteStore& store, const std::string& tenant) {
    return store.NumbersLeft(tenant, "upay", kTestAccount, range);
  };
  {
    const auto store = OpenOrDie();
    EXPECT_EQ(left(*store, "acme"), 100);
    ASSERT_TRUE(BlockingStore(store.get()).CreatePayment(numbered).ok());
    EXPECT_EQ(left(*store, "acme"), 99);
    EXPECT_EQ(left(*store, "other"), 99) << "it is shared";
    EXPECT_EQ(store->NumbersLeft("acme", "upay", kTestAccount, {.last = 10}), 10) << "it is not";
    // What fails takes none.
    PaymentWrite same_name = numbered;
    same_name.record.mutable_payment()->set_request_id("another");
    EXPECT_FALSE(BlockingStore(store.get()).CreatePayment(std::move(same_name)).ok());
    EXPECT_EQ(left(*store, "acme"), 99);
  }
  EXPECT_EQ(left(*OpenOrDie(), "acme"), 99);
}

TEST_F(SqliteStatsTest, AreTheSameAfterReopening) {
  StoreStats before;
  {
    const auto store = OpenOrDie();
    BlockingStore call(store.get());
    const auto a = call.CreatePayment(NewPayment("acme", "a", TestTime(5)));
    ASSERT_TRUE(a.ok());
    PaymentWrite change = ChangedPayment(a->stored, v1::PAYMENT_STATE_UNKNOWN);
    change.record.mutable_payment()->set_needs_review(true);
    ASSERT_TRUE(call.CommitPayment(std::move(change)).ok());
    ASSERT_TRUE(call.CreatePayment(NewPayment("acme", "b")).ok());
    before = store->Stats();
  }
  const StoreStats after = OpenOrDie()->Stats();
  EXPECT_EQ(CountOf(after, v1::PAYMENT_STATE_UNKNOWN), 1);
  EXPECT_EQ(CountOf(after, v1::PAYMENT_STATE_PROCESSING), 1);
  EXPECT_EQ(after.needs_review, before.needs_review);
  EXPECT_EQ(after.oldest_unknown, before.oldest_unknown);
}

}  // namespace
}  // namespace payments
