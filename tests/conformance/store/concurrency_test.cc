// Many callers at once.

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/pending.h"

namespace payments {
namespace {

constexpr int kThreads = 4;
constexpr int kTenants = 3;
constexpr int kPaymentsPerThread = 60;

std::string TenantOf(int i) { return absl::StrCat("tenant", i % kTenants); }

// Creates payments of all tenants and changes each once, many calls in flight.
void WriteManyPayments(Store* store, int thread) {
  std::vector<PendingOr<Claim<StoredPayment>>> created(kPaymentsPerThread);
  for (int i = 0; i < kPaymentsPerThread; ++i) {
    const std::string id = absl::StrCat(thread, "-", i);
    store->CreatePayment(NewPayment(TenantOf(i), id), {}, created[i].done());
  }
  std::vector<PendingOr<StoredPayment>> changed(kPaymentsPerThread);
  for (int i = 0; i < kPaymentsPerThread; ++i) {
    ASSERT_TRUE(created[i].Wait().ok());
    ASSERT_TRUE(created[i].Wait()->created);
    store->CommitPayment(ChangedPayment(created[i].Wait()->stored, v1::PAYMENT_STATE_SUCCEEDED),
                         changed[i].done());
  }
  for (const auto& one : changed) ASSERT_TRUE(one.Wait().ok());
}

TEST_P(StoreConformance, RevisionsAreDenseUnderConcurrentWriters) {
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) threads.emplace_back(WriteManyPayments, &store(), t);
  // A reader beside them never sees a gap.
  int64_t seen = 0;
  constexpr int64_t kEventsPerTenant = 2LL * kThreads * kPaymentsPerThread / kTenants;
  while (seen < kEventsPerTenant) {
    const auto page = call().ReadEvents("tenant0", seen, 50);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& event : page->events) ASSERT_EQ(event->revision(), ++seen);
    ASSERT_GE(page->newest_revision, seen);
  }
  for (std::thread& thread : threads) thread.join();

  std::set<int64_t> numbers;
  for (int tenant = 0; tenant < kTenants; ++tenant) {
    const auto page = call().ReadEvents(TenantOf(tenant), 0, 2 * kEventsPerTenant);
    ASSERT_TRUE(page.ok());
    ASSERT_EQ(page->newest_revision, kEventsPerTenant);
    ASSERT_EQ(static_cast<int64_t>(page->events.size()), kEventsPerTenant);
    std::map<std::string, int64_t> sequences;
    for (int64_t i = 0; i < kEventsPerTenant; ++i) {
      const v1::Event& event = *page->events[i];
      ASSERT_EQ(event.revision(), i + 1);
      ASSERT_EQ(event.sequence(), ++sequences[event.resource()]);
    }
  }
}

TEST_P(StoreConformance, NumbersAreUniqueUnderConcurrentWriters) {
  std::vector<PendingOr<Claim<StoredPayment>>> created(200);
  for (size_t i = 0; i < created.size(); ++i) {
    store().CreatePayment(NewPayment("acme", absl::StrCat(i)), {}, created[i].done());
  }
  std::set<int64_t> numbers;
  for (const auto& one : created) {
    ASSERT_TRUE(one.Wait().ok());
    numbers.insert(one.Wait()->stored.record.operations(0).number());
  }
  EXPECT_EQ(numbers.size(), created.size());
  EXPECT_EQ(*numbers.begin(), 1);
  EXPECT_EQ(*numbers.rbegin(), static_cast<int64_t>(created.size()));
}

// As many as there are, each once, and the rest are refused.
TEST_P(StoreConformance, OfTheLastNumbersEveryOneIsGivenOutOnce) {
  std::vector<PendingOr<Claim<StoredPayment>>> claims(50);
  for (size_t i = 0; i < claims.size(); ++i) {
    PaymentWrite write = NewPayment(i % 2 == 0 ? "acme" : "other", absl::StrCat(i));
    write.numbers = {.sequence = "terminal-1", .first = 100'000, .last = 100'019};
    store().CreatePayment(std::move(write), {}, claims[i].done());
  }
  std::multiset<int64_t> numbers;
  for (const auto& claim : claims) {
    if (claim.Wait().ok()) {
      numbers.insert(claim.Wait()->stored.record.operations(0).number());
    } else {
      EXPECT_EQ(claim.Wait().status().code(), absl::StatusCode::kOutOfRange);
    }
  }
  ASSERT_EQ(numbers.size(), 20U);
  EXPECT_EQ(std::set<int64_t>(numbers.begin(), numbers.end()).size(), 20U);
  EXPECT_EQ(*numbers.begin(), 100'000);
  EXPECT_EQ(*numbers.rbegin(), 100'019);
}

TEST_P(StoreConformance, OfManyClaimsOfARequestIdOneWins) {
  std::vector<PendingOr<Claim<StoredPayment>>> claims(20);
  for (size_t i = 0; i < claims.size(); ++i) {
    PaymentWrite write = NewPayment("acme", absl::StrCat(i));
    write.record.mutable_payment()->set_request_id("the-one");
    store().CreatePayment(std::move(write), {}, claims[i].done());
  }
  int created = 0;
  std::set<std::string> names;
  for (const auto& claim : claims) {
    ASSERT_TRUE(claim.Wait().ok());
    if (claim.Wait()->created) ++created;
    names.insert(claim.Wait()->stored.record.payment().name());
  }
  EXPECT_EQ(created, 1);
  EXPECT_EQ(names.size(), 1);
}

TEST_P(StoreConformance, OfManyCommitsOfASequenceOneWins) {
  const StoredPayment a = Create(NewPayment("acme", "a"));
  std::vector<PendingOr<StoredPayment>> commits(20);
  for (auto& commit : commits) {
    store().CommitPayment(ChangedPayment(a, v1::PAYMENT_STATE_AUTHORIZED), commit.done());
  }
  const auto won = std::count_if(commits.begin(), commits.end(),
                                 [](const auto& commit) { return commit.Wait().ok(); });
  EXPECT_EQ(won, 1);
  for (const auto& commit : commits) {
    if (!commit.Wait().ok()) {
      EXPECT_EQ(commit.Wait().status().code(), absl::StatusCode::kAborted);
    }
  }
  EXPECT_EQ(call().GetPayment("acme", "payments/a")->record.payment().sequence(), 2);
}

TEST_P(StoreConformance, AReadThatFollowsACommitSeesIt) {
  for (int i = 0; i < 50; ++i) {
    const std::string id = absl::StrCat(i);
    Create(NewPayment("acme", id));
    const auto read = call().GetPayment("acme", absl::StrCat("payments/", id));
    ASSERT_TRUE(read.ok()) << read.status();
    ASSERT_EQ(read->revision, i + 1);
  }
}

}  // namespace
}  // namespace payments
