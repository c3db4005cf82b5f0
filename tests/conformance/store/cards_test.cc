// Cards.

#include <utility>

#include "tests/conformance/store/store_conformance.h"
#include "tests/support/proto_matchers.h"

namespace payments {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

template <typename Page>
std::vector<std::string> NamesOf(const absl::StatusOr<Page>& page) {
  EXPECT_TRUE(page.ok()) << page.status();
  std::vector<std::string> names;
  if (!page.ok()) return names;
  for (const auto& item : page->items) names.push_back(item.name());
  return names;
}

TEST_P(StoreConformance, CreatedCardIsStoredAsItWasGiven) {
  CardWrite write = NewCard("acme", "a");
  write.record.set_sealed_token("sealed");
  storage::v1::CardRecord expected = write.record;
  const auto claim = call().CreateCard(std::move(write), TestFingerprint("8600"));
  ASSERT_TRUE(claim.ok()) << claim.status();
  EXPECT_TRUE(claim->created);
  EXPECT_THAT(claim->fingerprint, EqualsProto(TestFingerprint("8600")));
  expected.mutable_card()->set_sequence(1);
  expected.mutable_card()->set_etag(claim->stored.record.card().etag());
  EXPECT_FALSE(claim->stored.record.card().etag().empty());
  EXPECT_THAT(claim->stored.record, EqualsProto(expected));
  const auto read = call().GetCard("acme", "cards/a");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->record, EqualsProto(expected));
  EXPECT_EQ(read->revision, 1);
}

TEST_P(StoreConformance, CardCommitsCompareTheSequence) {
  const StoredCard a = Create(NewCard("acme", "a"));
  const auto active = call().CommitCard(ChangedCard(a, v1::CARD_STATE_ACTIVE));
  ASSERT_TRUE(active.ok()) << active.status();
  EXPECT_EQ(active->record.card().sequence(), 2);
  EXPECT_EQ(active->revision, 2);
  EXPECT_NE(active->record.card().etag(), a.record.card().etag());
  EXPECT_EQ(call().CommitCard(ChangedCard(a, v1::CARD_STATE_FAILED)).status().code(),
            absl::StatusCode::kAborted);
  const auto read = call().GetCard("acme", "cards/a");
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->record.card().state(), v1::CARD_STATE_ACTIVE);
}

TEST_P(StoreConformance, UnknownAndForeignCardsAreNotFound) {
  const StoredCard a = Create(NewCard("acme", "a"));
  EXPECT_EQ(call().GetCard("acme", "cards/none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(call().GetCard("other", "cards/a").status().code(), absl::StatusCode::kNotFound);
  CardWrite foreign = ChangedCard(a, v1::CARD_STATE_ACTIVE);
  foreign.record.set_tenant("other");
  EXPECT_EQ(call().CommitCard(std::move(foreign)).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(NamesOf(call().ListCards("other", {})), IsEmpty());
}

TEST_P(StoreConformance, CardRequestIdsAreClaimedOnceAndHandedOver) {
  const StoredCard a = Create(NewCard("acme", "a"));
  CardWrite again = NewCard("acme", "b");
  again.record.mutable_card()->set_request_id("request-of-a");
  const auto taken = call().CreateCard(again, TestFingerprint("other"));
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_FALSE(taken->created);
  EXPECT_THAT(taken->stored.record, EqualsProto(a.record));
  EXPECT_THAT(taken->fingerprint, EqualsProto(TestFingerprint("1500")));

  again.record.mutable_card()->set_retry_of("cards/a");
  const auto retry = call().CreateCard(again, TestFingerprint("retry"));
  ASSERT_TRUE(retry.ok()) << retry.status();
  EXPECT_TRUE(retry->created);
  CardWrite third = NewCard("acme", "c");
  third.record.mutable_card()->set_request_id("request-of-a");
  third.record.mutable_card()->set_retry_of("cards/a");
  const auto late = call().CreateCard(std::move(third));
  ASSERT_TRUE(late.ok()) << late.status();
  EXPECT_FALSE(late->created);
  EXPECT_EQ(late->stored.record.card().name(), "cards/b");
  EXPECT_THAT(late->fingerprint, EqualsProto(TestFingerprint("retry")));
}

TEST_P(StoreConformance, CardNameIsTakenOnce) {
  Create(NewCard("acme", "a"));
  CardWrite again = NewCard("acme", "a");
  again.record.mutable_card()->set_request_id("another");
  EXPECT_EQ(call().CreateCard(std::move(again)).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_P(StoreConformance, CardsAreListedNewestFirstByFilter) {
  Create(NewCard("acme", "a", TestTime(1)));
  CardWrite b = NewCard("acme", "b", TestTime(2));
  b.record.mutable_card()->set_merchant_customer_id("anna");
  Create(std::move(b));
  CardWrite c = NewCard("acme", "c", TestTime(3));
  c.record.mutable_card()->set_account("accounts/other");
  Create(std::move(c));
  const StoredCard d = Create(NewCard("acme", "d", TestTime(4)));
  ASSERT_TRUE(call().CommitCard(ChangedCard(d, v1::CARD_STATE_DELETED)).ok());

  EXPECT_THAT(NamesOf(call().ListCards("acme", {})), ElementsAre("cards/c", "cards/b", "cards/a"));
  CardQuery query;
  query.show_deleted = true;
  query.account = kTestAccount;
  EXPECT_THAT(NamesOf(call().ListCards("acme", query)),
              ElementsAre("cards/d", "cards/b", "cards/a"));
  query.merchant_customer_id = "anna";
  EXPECT_THAT(NamesOf(call().ListCards("acme", query)), ElementsAre("cards/b"));
  const auto page = call().ListCards("acme", query);
  EXPECT_EQ(page->revision, 5);
}

TEST_P(StoreConformance, CardPagesFollowEachOther) {
  for (const char* id : {"a", "b", "c"}) Create(NewCard("acme", id, TestTime(1)));
  CardQuery query;
  query.limit = 2;
  const auto first = call().ListCards("acme", query);
  EXPECT_THAT(NamesOf(first), ElementsAre("cards/c", "cards/b"));
  EXPECT_TRUE(first->more);
  query.after = ListPosition{TestTime(1), "cards/b"};
  const auto second = call().ListCards("acme", query);
  EXPECT_THAT(NamesOf(second), ElementsAre("cards/a"));
  EXPECT_FALSE(second->more);
}

TEST_P(StoreConformance, DueCardsOfAllTenantsTheLongestDueFirst) {
  CardWrite a = NewCard("acme", "a");
  a.due_time = TestTime(20);
  const StoredCard stored = Create(std::move(a));
  CardWrite b = NewCard("other", "b");
  b.due_time = TestTime(10);
  Create(std::move(b));
  Create(NewCard("acme", "never"));

  const auto none = call().ListDueCards(TestTime(9), 10);
  ASSERT_TRUE(none.ok());
  EXPECT_THAT(*none, IsEmpty());
  const auto both = call().ListDueCards(TestTime(20), 10);
  ASSERT_TRUE(both.ok());
  ASSERT_EQ(both->size(), 2);
  EXPECT_EQ((*both)[0].record.card().name(), "cards/b");
  EXPECT_EQ((*both)[1].record.card().name(), "cards/a");
  const auto one = call().ListDueCards(TestTime(20), 1);
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(one->size(), 1);

  // A commit without a due time ends it.
  ASSERT_TRUE(call().CommitCard(ChangedCard(stored, v1::CARD_STATE_ACTIVE)).ok());
  const auto rest = call().ListDueCards(TestTime(99), 10);
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(rest->size(), 1);
}

}  // namespace
}  // namespace payments
