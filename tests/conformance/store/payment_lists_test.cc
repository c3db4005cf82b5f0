// Lists of payments: order, pages, filters, what is due.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/engine/proto_time.h"
#include "tests/conformance/store/store_conformance.h"

namespace payments {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> NamesOf(const absl::StatusOr<Page<v1::Payment>>& page) {
  EXPECT_TRUE(page.ok()) << page.status();
  std::vector<std::string> names;
  if (!page.ok()) return names;
  for (const v1::Payment& payment : page->items) names.push_back(payment.name());
  return names;
}

std::vector<std::string> NamesOf(const absl::StatusOr<std::vector<StoredPayment>>& list) {
  EXPECT_TRUE(list.ok()) << list.status();
  std::vector<std::string> names;
  if (!list.ok()) return names;
  for (const StoredPayment& stored : *list) names.push_back(stored.record.payment().name());
  return names;
}

TEST_P(StoreConformance, PaymentsAreListedNewestFirst) {
  Create(NewPayment("acme", "b", TestTime(1)));
  Create(NewPayment("acme", "a", TestTime(3)));
  Create(NewPayment("acme", "c", TestTime(2)));
  const auto page = call().ListPayments("acme", {});
  EXPECT_THAT(NamesOf(page), ElementsAre("payments/a", "payments/c", "payments/b"));
  EXPECT_FALSE(page->more);
  EXPECT_EQ(page->revision, 3);
  EXPECT_THAT(NamesOf(call().ListPayments("nobody", {})), IsEmpty());
}

TEST_P(StoreConformance, ListedPaymentsShowTheirSchedule) {
  Create(NewPayment("acme", "a"));
  ASSERT_TRUE(call().SaveSchedule("acme", "payments/a", 1, DueAt(TestTime(9), 4)).ok());
  const auto page = call().ListPayments("acme", {});
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->items.size(), 1);
  EXPECT_EQ(page->items[0].operations(0).checks_done(), 4);
  EXPECT_EQ(ToTime(page->items[0].operations(0).next_check_time()), TestTime(9));
}

TEST_P(StoreConformance, PagesNeitherRepeatNorSkipAmongEqualTimes) {
  for (int i = 0; i < 7; ++i) Create(NewPayment("acme", absl::StrCat(i), TestTime(5)));
  PaymentQuery query;
  query.limit = 3;
  std::vector<std::string> seen;
  bool more = true;
  for (int newer = 0; more; ++newer) {
    const auto page = call().ListPayments("acme", query);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const v1::Payment& payment : page->items) seen.push_back(payment.name());
    more = page->more;
    query.after = ListPosition{ToTime(page->items.back().create_time()), page->items.back().name()};
    // What is created meanwhile does not disturb the pages behind.
    Create(NewPayment("acme", absl::StrCat("newer", newer), TestTime(60)));
  }
  EXPECT_THAT(seen, ElementsAre("payments/6", "payments/5", "payments/4", "payments/3",
                                "payments/2", "payments/1", "payments/0"));
}

TEST_P(StoreConformance, AFullLastPageHasNoMore) {
  for (int i = 0; i < 2; ++i) Create(NewPayment("acme", absl::StrCat(i), TestTime(i)));
  PaymentQuery query;
  query.limit = 2;
  EXPECT_FALSE(call().ListPayments("acme", query)->more);
  query.limit = 1;
  EXPECT_TRUE(call().ListPayments("acme", query)->more);
}

// Three payments that differ in everything a filter can ask for.
class StoreFilters : public StoreConformance {
 protected:
  StoreFilters() {
    PaymentWrite a = NewPayment("acme", "a", TestTime(1));
    a.record.mutable_payment()->set_merchant_reference("order-1");
    const StoredPayment stored = Create(std::move(a));
    PaymentWrite change = ChangedPayment(stored, v1::PAYMENT_STATE_AUTHORIZED);
    (*change.record.mutable_payment()->mutable_provider_references())["hold_id"] = "77";
    EXPECT_TRUE(call().CommitPayment(std::move(change)).ok());
    PaymentWrite b = NewPayment("acme", "b", TestTime(2));
    b.record.mutable_payment()->set_account("accounts/other");
    (*b.record.mutable_payment()->mutable_provider_references())["capture_id"] = "77";
    Create(std::move(b));
    PaymentWrite c = NewPayment("acme", "c", TestTime(3));
    c.record.mutable_payment()->set_merchant_reference("order-1");
    Create(std::move(c));
    // Another tenant's, to be seen by none of them.
    PaymentWrite foreign = NewPayment("other", "d", TestTime(2));
    foreign.record.mutable_payment()->set_merchant_reference("order-1");
    (*foreign.record.mutable_payment()->mutable_provider_references())["hold_id"] = "77";
    Create(std::move(foreign));
  }

  std::vector<std::string> List(const v1::PaymentFilter& filter) {
    PaymentQuery query;
    query.filter = filter;
    return NamesOf(call().ListPayments("acme", query));
  }

  v1::PaymentFilter filter_;
};

INSTANTIATE_TEST_SUITE_P(Stores, StoreFilters, testing::ValuesIn(AllStoreBackends()),
                         NameOfStoreBackend);

TEST_P(StoreFilters, Names) {
  filter_.add_names("payments/a");
  filter_.add_names("payments/c");
  filter_.add_names("payments/d");
  EXPECT_THAT(List(filter_), ElementsAre("payments/c", "payments/a"));
}

TEST_P(StoreFilters, States) {
  filter_.add_states(v1::PAYMENT_STATE_AUTHORIZED);
  EXPECT_THAT(List(filter_), ElementsAre("payments/a"));
  filter_.add_states(v1::PAYMENT_STATE_PROCESSING);
  EXPECT_THAT(List(filter_), ElementsAre("payments/c", "payments/b", "payments/a"));
}

TEST_P(StoreFilters, Accounts) {
  filter_.add_accounts("accounts/other");
  EXPECT_THAT(List(filter_), ElementsAre("payments/b"));
}

TEST_P(StoreFilters, MerchantReference) {
  filter_.set_merchant_reference("order-1");
  EXPECT_THAT(List(filter_), ElementsAre("payments/c", "payments/a"));
  filter_.set_merchant_reference("order-2");
  EXPECT_THAT(List(filter_), IsEmpty());
}

TEST_P(StoreFilters, ProviderReferenceOfAnyKey) {
  filter_.set_provider_reference("77");
  EXPECT_THAT(List(filter_), ElementsAre("payments/b", "payments/a"));
}

TEST_P(StoreFilters, ProviderReferenceThatWasReplacedDoesNotMatch) {
  const auto b = call().GetPayment("acme", "payments/b");
  ASSERT_TRUE(b.ok());
  PaymentWrite change = ChangedPayment(*b, v1::PAYMENT_STATE_UNKNOWN);
  (*change.record.mutable_payment()->mutable_provider_references())["capture_id"] = "78";
  ASSERT_TRUE(call().CommitPayment(std::move(change)).ok());
  filter_.set_provider_reference("77");
  EXPECT_THAT(List(filter_), ElementsAre("payments/a"));
}

TEST_P(StoreFilters, CreateTimeFromInclusiveToExclusive) {
  *filter_.mutable_create_time_min() = ToTimestamp(TestTime(1));
  *filter_.mutable_create_time_max() = ToTimestamp(TestTime(3));
  EXPECT_THAT(List(filter_), ElementsAre("payments/b", "payments/a"));
  *filter_.mutable_create_time_min() = ToTimestamp(TestTime(1) + absl::Nanoseconds(1));
  EXPECT_THAT(List(filter_), ElementsAre("payments/b"));
  *filter_.mutable_create_time_max() = ToTimestamp(TestTime(3) + absl::Nanoseconds(1));
  EXPECT_THAT(List(filter_), ElementsAre("payments/c", "payments/b"));
}

TEST_P(StoreFilters, EverythingGivenNarrows) {
  filter_.set_merchant_reference("order-1");
  filter_.add_states(v1::PAYMENT_STATE_PROCESSING);
  filter_.add_accounts(kTestAccount);
  EXPECT_THAT(List(filter_), ElementsAre("payments/c"));
  filter_.set_provider_reference("77");
  EXPECT_THAT(List(filter_), IsEmpty());
}

TEST_P(StoreFilters, PagesOfAFilteredList) {
  PaymentQuery query;
  query.filter.set_merchant_reference("order-1");
  query.limit = 1;
  const auto first = call().ListPayments("acme", query);
  EXPECT_THAT(NamesOf(first), ElementsAre("payments/c"));
  EXPECT_TRUE(first->more);
  query.after = ListPosition{TestTime(3), "payments/c"};
  const auto second = call().ListPayments("acme", query);
  EXPECT_THAT(NamesOf(second), ElementsAre("payments/a"));
  EXPECT_FALSE(second->more);
}

// -- What is due -----------------------------------------------------------------

TEST_P(StoreConformance, DuePaymentsOfAllTenantsTheLongestDueFirst) {
  const std::vector<std::pair<std::string, int>> due_seconds = {{"a", 30}, {"b", 10}, {"c", 20}};
  for (const auto& [id, seconds] : due_seconds) {
    PaymentWrite write = NewPayment(id == "b" ? "other" : "acme", id);
    write.schedule = DueAt(TestTime(seconds));
    Create(std::move(write));
  }
  Create(NewPayment("acme", "never"));
  EXPECT_THAT(NamesOf(call().ListDuePayments(TestTime(9), 10)), IsEmpty());
  EXPECT_THAT(NamesOf(call().ListDuePayments(TestTime(20), 10)),
              ElementsAre("payments/b", "payments/c"));
  EXPECT_THAT(NamesOf(call().ListDuePayments(TestTime(99), 2)),
              ElementsAre("payments/b", "payments/c"));
  const auto due = call().ListDuePayments(TestTime(99), 10);
  ASSERT_TRUE(due.ok());
  ASSERT_EQ(due->size(), 3);
  EXPECT_EQ((*due)[0].record.tenant(), "other");
  EXPECT_EQ(ToTime((*due)[0].schedule.due_time()), TestTime(10));
}

TEST_P(StoreConformance, SchedulesMoveThePaymentInTheDueList) {
  PaymentWrite write = NewPayment("acme", "a");
  write.schedule = DueAt(TestTime(10));
  const StoredPayment a = Create(std::move(write));
  ASSERT_TRUE(call().SaveSchedule("acme", "payments/a", 1, DueAt(TestTime(50), 1)).ok());
  EXPECT_THAT(NamesOf(call().ListDuePayments(TestTime(49), 10)), IsEmpty());
  EXPECT_THAT(NamesOf(call().ListDuePayments(TestTime(50), 10)), ElementsAre("payments/a"));
  Reopen();
  EXPECT_THAT(NamesOf(call().ListDuePayments(TestTime(50), 10)), ElementsAre("payments/a"));
  PaymentWrite final_change = ChangedPayment(a, v1::PAYMENT_STATE_SUCCEEDED);
  final_change.schedule.Clear();
  ASSERT_TRUE(call().CommitPayment(std::move(final_change)).ok());
  EXPECT_THAT(NamesOf(call().ListDuePayments(TestTime(99), 10)), IsEmpty());
}

}  // namespace
}  // namespace payments
