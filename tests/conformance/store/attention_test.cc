// The list of payments that a person must look at.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/conformance/store/store_conformance.h"

namespace payments {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr double kLater = 1000;

// "payments/a since 3".
std::vector<std::string> Describe(const absl::StatusOr<Page<AttentionEntry>>& page) {
  EXPECT_TRUE(page.ok()) << page.status();
  std::vector<std::string> entries;
  if (!page.ok()) return entries;
  for (const AttentionEntry& entry : page->items) {
    entries.push_back(absl::StrCat(entry.record.payment().name(), " since ",
                                   absl::ToDoubleSeconds(entry.since - TestTime(0))));
  }
  return entries;
}

class StoreAttention : public StoreConformance {
 protected:
  StoredPayment Make(const std::string& id, double seconds, const std::string& tenant = "acme") {
    return Create(NewPayment(tenant, id, TestTime(seconds)));
  }
  // A second after its last change.
  StoredPayment Change(const StoredPayment& stored, v1::PaymentState state, bool needs_review) {
    PaymentWrite write = ChangedPayment(stored, state);
    write.record.mutable_payment()->set_needs_review(needs_review);
    auto committed = call().CommitPayment(std::move(write));
    EXPECT_TRUE(committed.ok()) << committed.status();
    return committed.ok() ? *std::move(committed) : StoredPayment();
  }
  std::vector<std::string> List(double unknown_before) {
    return Describe(call().ListAttention("acme", {.unknown_before = TestTime(unknown_before)}));
  }
};

INSTANTIATE_TEST_SUITE_P(Stores, StoreAttention, testing::ValuesIn(AllStoreBackends()),
                         NameOfStoreBackend);

TEST_P(StoreAttention, WhatIsFineIsNotListed) {
  Change(Make("a", 1), v1::PAYMENT_STATE_AUTHORIZED, false);
  Make("b", 2);
  EXPECT_THAT(List(kLater), IsEmpty());
  EXPECT_THAT(Describe(call().ListAttention("nobody", {.unknown_before = TestTime(kLater)})),
              IsEmpty());
}

TEST_P(StoreAttention, UnknownIsListedOnceItIsOldEnough) {
  Change(Make("a", 1), v1::PAYMENT_STATE_UNKNOWN, false);
  EXPECT_THAT(List(1.9), IsEmpty());
  EXPECT_THAT(List(2), ElementsAre("payments/a since 2"));
}

TEST_P(StoreAttention, AReviewIsListedAtOnceAndInAnyState) {
  Change(Make("a", 1), v1::PAYMENT_STATE_SUCCEEDED, true);
  Change(Make("b", 5), v1::PAYMENT_STATE_UNKNOWN, true);
  EXPECT_THAT(List(0), ElementsAre("payments/a since 2", "payments/b since 6"));
}

TEST_P(StoreAttention, WhatIsCreatedSoWaitsFromThen) {
  PaymentWrite write = NewPayment("acme", "a", TestTime(3));
  write.record.mutable_payment()->set_state(v1::PAYMENT_STATE_UNKNOWN);
  Create(std::move(write));
  EXPECT_THAT(List(kLater), ElementsAre("payments/a since 3"));
}

TEST_P(StoreAttention, WaitingGoesOnWhileItIsForTheSame) {
  StoredPayment a = Change(Make("a", 1), v1::PAYMENT_STATE_UNKNOWN, false);
  a = Change(a, v1::PAYMENT_STATE_UNKNOWN, false);
  EXPECT_THAT(List(kLater), ElementsAre("payments/a since 2"));
  a = Change(a, v1::PAYMENT_STATE_UNKNOWN, true);
  a = Change(a, v1::PAYMENT_STATE_UNKNOWN, true);
  EXPECT_THAT(List(kLater), ElementsAre("payments/a since 4"));
  Change(a, v1::PAYMENT_STATE_UNKNOWN, false);
  EXPECT_THAT(List(kLater), ElementsAre("payments/a since 6"));
}

TEST_P(StoreAttention, WhatHasEndedIsListedNoMore) {
  StoredPayment a = Change(Make("a", 1), v1::PAYMENT_STATE_UNKNOWN, true);
  a = Change(a, v1::PAYMENT_STATE_CANCELED, false);
  EXPECT_THAT(List(kLater), IsEmpty());
  Change(a, v1::PAYMENT_STATE_CANCELED, true);
  EXPECT_THAT(List(kLater), ElementsAre("payments/a since 4"));
}

TEST_P(StoreAttention, ASavedScheduleChangesNothingOfIt) {
  const StoredPayment a = Change(Make("a", 1), v1::PAYMENT_STATE_UNKNOWN, false);
  ASSERT_TRUE(call().SaveSchedule("acme", "payments/a", 2, DueAt(TestTime(9), 4)).ok());
  const auto page = call().ListAttention("acme", {.unknown_before = TestTime(kLater)});
  EXPECT_THAT(Describe(page), ElementsAre("payments/a since 2"));
  EXPECT_EQ(page->items[0].record.payment().operations(0).checks_done(), 4);
  EXPECT_EQ(page->revision, 2);
}

TEST_P(StoreAttention, ItSurvivesARestart) {
  Change(Make("a", 1), v1::PAYMENT_STATE_UNKNOWN, false);
  Reopen();
  EXPECT_THAT(List(kLater), ElementsAre("payments/a since 2"));
}

TEST_P(StoreAttention, PagesNeitherRepeatNorSkip) {
  for (int i = 0; i < 5; ++i) {
    // The first two are too young to count, but for the review of one.
    Change(Make(absl::StrCat(i), i < 2 ? 50 : 1), v1::PAYMENT_STATE_UNKNOWN, i == 1);
  }
  Change(Make("foreign", 1, "other"), v1::PAYMENT_STATE_UNKNOWN, true);
  AttentionQuery query{.unknown_before = TestTime(10), .limit = 2};
  const auto first = call().ListAttention("acme", query);
  EXPECT_THAT(Describe(first), ElementsAre("payments/2 since 2", "payments/3 since 2"));
  EXPECT_TRUE(first->more);
  query.after = ListPosition{first->items[1].since, first->items[1].record.payment().name()};
  const auto second = call().ListAttention("acme", query);
  EXPECT_THAT(Describe(second), ElementsAre("payments/4 since 2", "payments/1 since 51"));
  EXPECT_FALSE(second->more);
}

}  // namespace
}  // namespace payments
