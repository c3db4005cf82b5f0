// What goes of the log of events, and what is told of it afterwards.

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/conformance/store/store_conformance.h"

namespace payments {
namespace {

constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max();
constexpr int kMany = 1000;

EventLimits OlderThan(double seconds) { return {TestTime(seconds), kUnlimited}; }
EventLimits MoreThan(int64_t bytes) { return {absl::InfinitePast(), bytes}; }

class StoreRetention : public StoreConformance {
 protected:
  // One event every ten seconds: the first at 10 s.
  void CreateEvents(const std::string& tenant, int count) {
    for (int i = 1; i <= count; ++i) {
      Create(NewPayment(tenant, absl::StrCat(tenant, i), TestTime(10 * i)));
    }
  }
  PrunedEvents Prune(const EventLimits& limits, int events_max = kMany) {
    const auto pruned = call().PruneEvents(limits, events_max);
    EXPECT_TRUE(pruned.ok()) << pruned.status();
    return pruned.ok() ? *pruned : PrunedEvents();
  }
  std::vector<int64_t> Kept(const std::string& tenant) {
    std::vector<int64_t> revisions;
    const auto page = call().ReadEvents(tenant, 0, kMany);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return {};
    for (const auto& event : page->events) revisions.push_back(event->revision());
    return revisions;
  }
  // Of all the tenant's events.
  int64_t Bytes() { return Prune(MoreThan(kUnlimited)).bytes_max; }
};

using Revisions = std::vector<int64_t>;

TEST_P(StoreRetention, WhatIsWithinTheLimitsStays) {
  EXPECT_FALSE(Prune(OlderThan(1000)).oldest_time.has_value());
  CreateEvents("acme", 3);
  const PrunedEvents pruned = Prune(OlderThan(10));
  EXPECT_EQ(pruned.events, 0);
  EXPECT_FALSE(pruned.more);
  EXPECT_TRUE(pruned.begins.empty());
  EXPECT_EQ(pruned.oldest_time, TestTime(10));
  EXPECT_EQ(Kept("acme"), (Revisions{1, 2, 3}));
}

TEST_P(StoreRetention, OlderEventsGo) {
  CreateEvents("acme", 5);
  const PrunedEvents pruned = Prune(OlderThan(30));
  EXPECT_EQ(pruned.events, 2);
  EXPECT_FALSE(pruned.more);
  EXPECT_EQ(pruned.oldest_time, TestTime(30));
  ASSERT_EQ(pruned.begins.size(), 1);
  EXPECT_EQ(pruned.begins[0].tenant, "acme");
  EXPECT_EQ(pruned.begins[0].oldest_revision, 3);
  EXPECT_EQ(Kept("acme"), (Revisions{3, 4, 5}));
  // Who reads behind what is gone sees that there is a gap.
  EXPECT_EQ(call().ReadEvents("acme", 1, 1)->events.at(0)->revision(), 3);
  EXPECT_EQ(call().ReadEvents("acme", 2, 1)->events.at(0)->revision(), 3);
  EXPECT_EQ(call().ReadEvents("acme", 3, 1)->events.at(0)->revision(), 4);
}

// An event is as old as the newest one up to it: nothing goes before what came earlier.
TEST_P(StoreRetention, AClockThatWentBackMakesNoEventOlder) {
  Create(NewPayment("acme", "1", TestTime(10)));
  Create(NewPayment("acme", "2", TestTime(50)));
  Create(NewPayment("acme", "3", TestTime(20)));
  Create(NewPayment("acme", "4", TestTime(60)));
  Prune(OlderThan(40));
  EXPECT_EQ(Kept("acme"), (Revisions{2, 3, 4}));
  Prune(OlderThan(55));
  EXPECT_EQ(Kept("acme"), (Revisions{4}));
}

TEST_P(StoreRetention, TheOldestGoUntilTheRestIsSmallEnough) {
  CreateEvents("acme", 10);
  const int64_t all = Bytes();
  ASSERT_GT(all, 0);
  const PrunedEvents pruned = Prune(MoreThan(all / 2));
  EXPECT_LE(pruned.bytes_max, all / 2);
  EXPECT_GT(pruned.events, 3);
  EXPECT_LT(pruned.events, 7);
  EXPECT_EQ(Kept("acme").front(), pruned.events + 1);
  EXPECT_EQ(Bytes(), pruned.bytes_max);
  // What is appended counts, and what is gone does not.
  CreateEvents("other", 2);
  const int64_t before = Bytes();
  Create(NewPayment("acme", "next", TestTime(500)));
  EXPECT_GT(Bytes(), before);
}

TEST_P(StoreRetention, BytesAreCountedExactly) {
  CreateEvents("acme", 200);  // Revisions of one byte and of two.
  const int64_t all = Bytes();
  ASSERT_EQ(Prune(OlderThan(1990)).events, 198);
  const int64_t two = Bytes();
  Prune(MoreThan(0));
  const int64_t one = Bytes();
  EXPECT_GT(one, 0);
  EXPECT_GT(two, one);
  // All events are of one shape; their ids differ by two bytes at most, which occur a few
  // times in each.
  EXPECT_NEAR(static_cast<double>(all), static_cast<double>(200 * one), 200 * 20);
  EXPECT_EQ(Kept("acme"), (Revisions{200}));
}

TEST_P(StoreRetention, ASliceDeletesNoMoreThanItMay) {
  CreateEvents("acme", 10);
  for (const int64_t left : {7, 4, 1}) {
    const PrunedEvents pruned = Prune(OlderThan(1000), 3);
    EXPECT_EQ(pruned.events, 3);
    EXPECT_EQ(pruned.more, left > 1);
    EXPECT_EQ(static_cast<int64_t>(Kept("acme").size()), left);
  }
  EXPECT_EQ(Prune(OlderThan(1000), 3).events, 0);
}

TEST_P(StoreRetention, ASliceIsForAllTenantsTogether) {
  CreateEvents("a", 4);
  CreateEvents("b", 4);
  const PrunedEvents first = Prune(OlderThan(1000), 5);
  EXPECT_EQ(first.events, 5);
  EXPECT_TRUE(first.more);
  EXPECT_EQ(first.begins.size(), 2);
  EXPECT_EQ(Kept("a").size() + Kept("b").size(), 3);
  const PrunedEvents second = Prune(OlderThan(1000), 5);
  EXPECT_EQ(second.events, 1);
  EXPECT_FALSE(second.more);
}

TEST_P(StoreRetention, EveryTenantsNewestEventStays) {
  CreateEvents("a", 3);
  CreateEvents("b", 1);
  const PrunedEvents pruned = Prune({absl::InfiniteFuture(), 0});
  EXPECT_EQ(pruned.events, 2);
  EXPECT_FALSE(pruned.more);
  EXPECT_EQ(Kept("a"), (Revisions{3}));
  EXPECT_EQ(Kept("b"), (Revisions{1}));
  EXPECT_GT(pruned.bytes_max, 0);
}

// It stays however old it is, and is no reason to look after pruning.
TEST_P(StoreRetention, TheNewestEventIsNoneOfTheOldOnes) {
  CreateEvents("idle", 2);
  EXPECT_EQ(Prune(OlderThan(20)).oldest_time, TestTime(20));
  EXPECT_FALSE(Prune(OlderThan(20.5)).oldest_time.has_value());
  CreateEvents("busy", 5);
  EXPECT_EQ(Prune(OlderThan(30)).oldest_time, TestTime(30));
  // But what has not gone yet is.
  EXPECT_EQ(Prune(OlderThan(1000), 1).oldest_time, TestTime(40));
}

TEST_P(StoreRetention, RevisionsGoOnWhereTheyWereAlsoAfterARestart) {
  CreateEvents("acme", 5);
  Prune(OlderThan(1000));
  Reopen();
  EXPECT_EQ(Kept("acme"), (Revisions{5}));
  EXPECT_EQ(call().GetPayment("acme", "payments/acme1")->revision, 5);
  EXPECT_EQ(call().ListPayments("acme", {})->revision, 5);
  EXPECT_EQ(Create(NewPayment("acme", "next")).revision, 6);
  EXPECT_EQ(Kept("acme"), (Revisions{5, 6}));
  EXPECT_EQ(call().ReadEvents("acme", 5, 1)->newest_revision, 6);
}

TEST_P(StoreRetention, AMomentIsFoundInWhatIsLeft) {
  CreateEvents("acme", 6);
  Prune(OlderThan(40));  // 1, 2 and 3 are gone: the last of them at 30 s.
  struct Case {
    double seconds;
    int64_t revision;
    bool pruned;
  };
  for (const Case& test : std::vector<Case>{{0, 3, true},
                                            {10, 3, true},
                                            {30, 3, true},
                                            {30.5, 3, false},  // What is gone is older.
                                            {40, 3, false},
                                            {40.5, 4, false},
                                            {60, 5, false},
                                            {60.5, 6, false}}) {
    const auto found = call().FindRevision("acme", TestTime(test.seconds));
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->revision, test.revision) << test.seconds;
    EXPECT_EQ(found->pruned, test.pruned) << test.seconds;
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreRetention, testing::ValuesIn(AllStoreBackends()),
                         NameOfStoreBackend);

}  // namespace
}  // namespace payments
