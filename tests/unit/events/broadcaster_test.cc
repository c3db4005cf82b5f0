#include "server/events/broadcaster.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "server/base/error.h"
#include "tests/fakes/memory_store.h"
#include "tests/fakes/simulated_executor.h"

namespace payments {
namespace {

constexpr char kTenant[] = "default";
constexpr int kPage = 64;

CommittedEvent EventOf(const std::string& tenant, int64_t revision) {
  auto event = std::make_shared<v1::Event>();
  event->set_revision(revision);
  return {tenant, std::move(event)};
}

class BroadcasterTest : public testing::Test {
 protected:
  explicit BroadcasterTest(Broadcaster::Options options = {}) { Make(options); }

  void Make(Broadcaster::Options options) {
    broadcaster_ = Broadcaster::Create(options, &executor_, &store_, &cursors_);
  }

  void Publish(const std::string& tenant, int64_t first, int64_t last) {
    for (int64_t revision = first; revision <= last; ++revision) {
      broadcaster_->Publish({EventOf(tenant, revision)});
    }
  }

  // The revisions that the ring gives; nullopt if it cannot know.
  std::optional<std::vector<int64_t>> FromRing(const std::string& tenant, int64_t after,
                                               int limit = kPage) {
    const std::optional<PublishedPage> page = broadcaster_->TryRead(tenant, after, limit);
    if (!page.has_value()) return std::nullopt;
    std::vector<int64_t> revisions;
    for (const auto& event : page->events) revisions.push_back(event->revision());
    return revisions;
  }

  SimulatedExecutor executor_{1};
  MemoryStore store_{std::make_shared<MemoryDisk>(), &executor_};
  CursorCodec cursors_{"log"};
  std::unique_ptr<Broadcaster> broadcaster_;
};

using Revisions = std::vector<int64_t>;

TEST_F(BroadcasterTest, TheRingGivesWhatWasPublished) {
  Publish(kTenant, 1, 5);
  EXPECT_EQ(FromRing(kTenant, 0), (Revisions{1, 2, 3, 4, 5}));
  EXPECT_EQ(FromRing(kTenant, 3), (Revisions{4, 5}));
  EXPECT_EQ(FromRing(kTenant, 1, 2), (Revisions{2, 3}));
  EXPECT_EQ(FromRing(kTenant, 5), Revisions{});
  EXPECT_EQ(broadcaster_->TryRead(kTenant, 1, 2)->newest_revision, 5);
  EXPECT_EQ(broadcaster_->NewestRevision(kTenant), 5);
}

TEST_F(BroadcasterTest, AllWhoReadTheRingShareItsEvents) {
  Publish(kTenant, 1, 2);
  EXPECT_EQ(broadcaster_->TryRead(kTenant, 0, kPage)->events[1],
            broadcaster_->TryRead(kTenant, 1, kPage)->events[0]);
}

TEST_F(BroadcasterTest, TheRingKnowsNothingOfTheFutureOrOfOthers) {
  Publish(kTenant, 1, 5);
  EXPECT_EQ(FromRing(kTenant, 6), std::nullopt);
  EXPECT_EQ(FromRing("other", 0), std::nullopt);
  EXPECT_EQ(broadcaster_->NewestRevision("other"), 0);
}

TEST_F(BroadcasterTest, TheRingKeepsTheNewestOfAllTenantsTogether) {
  Make({.ring_events_max = 4});
  Publish("a", 1, 3);
  Publish("b", 1, 2);
  EXPECT_EQ(FromRing("a", 0), std::nullopt);
  EXPECT_EQ(FromRing("a", 1), (Revisions{2, 3}));
  EXPECT_EQ(FromRing("b", 0), (Revisions{1, 2}));
  Publish("b", 3, 6);
  // All of a's events are gone, but not the knowledge of where it is.
  EXPECT_EQ(FromRing("a", 2), std::nullopt);
  EXPECT_EQ(FromRing("a", 3), Revisions{});
  EXPECT_EQ(FromRing("b", 2), (Revisions{3, 4, 5, 6}));
}

TEST_F(BroadcasterTest, TheRingIsBoundedInBytes) {
  constexpr size_t kBytes = 1'000;
  Make({.ring_events_max = 100, .ring_bytes_max = 4 * kBytes});
  for (int64_t revision = 1; revision <= 5; ++revision) {
    auto event = std::make_shared<v1::Event>();
    event->set_revision(revision);
    event->set_resource(std::string(kBytes, 'x'));
    broadcaster_->Publish({{kTenant, std::move(event)}});
  }
  EXPECT_EQ(FromRing(kTenant, 1), std::nullopt);
  EXPECT_EQ(FromRing(kTenant, 2), (Revisions{3, 4, 5}));
  // What goes for another reason makes room, too.
  broadcaster_->Forget(kTenant, 5);
  Publish(kTenant, 6, 60);
  EXPECT_EQ(FromRing(kTenant, 4, 1), Revisions{5});
  Publish(kTenant, 70, 70);  // A gap.
  EXPECT_EQ(FromRing(kTenant, 69), Revisions{70});
  Publish("b", 1, 90);
  EXPECT_EQ(FromRing(kTenant, 69), Revisions{70});
}

// A server that starts late, or misses a commit of another replica, must not serve
// what it has as if nothing were missing.
TEST_F(BroadcasterTest, AGapInWhatIsPublishedEmptiesTheRing) {
  Publish("b", 1, 1);
  Publish(kTenant, 7, 8);
  EXPECT_EQ(FromRing(kTenant, 0), std::nullopt);
  EXPECT_EQ(FromRing(kTenant, 6), (Revisions{7, 8}));
  Publish(kTenant, 10, 10);
  EXPECT_EQ(FromRing(kTenant, 7), std::nullopt);
  EXPECT_EQ(FromRing(kTenant, 9), Revisions{10});
  EXPECT_EQ(FromRing("b", 0), Revisions{1});
}

// What the log has lost the ring must not serve, or a cursor would be good by chance.
TEST_F(BroadcasterTest, TheRingForgetsWhatTheLogHasLost) {
  Make({.ring_events_max = 6});
  broadcaster_->Forget(kTenant, 3);
  Publish(kTenant, 1, 4);
  Publish("b", 1, 2);
  broadcaster_->Forget(kTenant, 3);
  EXPECT_EQ(FromRing(kTenant, 1), std::nullopt);
  EXPECT_EQ(FromRing(kTenant, 2), (Revisions{3, 4}));
  EXPECT_EQ(FromRing("b", 0), (Revisions{1, 2}));
  // And goes on as before: there is room for four.
  Publish("b", 3, 4);
  EXPECT_EQ(FromRing(kTenant, 2), (Revisions{3, 4}));
  Publish("b", 5, 5);
  EXPECT_EQ(FromRing(kTenant, 2), std::nullopt);
  EXPECT_EQ(FromRing("b", 0), (Revisions{1, 2, 3, 4, 5}));
}

TEST_F(BroadcasterTest, WhatTheRingHasLostTheStoreHas) {
  Make({.ring_events_max = 2});
  store_.SetCommitListener([this](const auto& events) { broadcaster_->Publish(events); });
  for (int i = 1; i <= 5; ++i) {
    PaymentWrite write;
    write.record.set_tenant(kTenant);
    write.record.mutable_payment()->set_name("payments/" + std::to_string(i));
    write.record.mutable_payment()->set_account("accounts/a");
    write.record.mutable_payment()->set_request_id(std::to_string(i));
    store_.CreatePayment(std::move(write), {},
                         [](const auto& claim) { ASSERT_TRUE(claim.ok()) << claim.status(); });
    executor_.Run();
  }
  EXPECT_EQ(FromRing(kTenant, 0), std::nullopt);
  Revisions read;
  broadcaster_->Read(kTenant, 0, 3, [&](const absl::StatusOr<PublishedPage>& page) {
    for (const auto& event : page->events) read.push_back(event->revision());
  });
  EXPECT_TRUE(read.empty());  // Not inside the call.
  executor_.Run();
  EXPECT_EQ(read, (Revisions{1, 2, 3}));
  EXPECT_EQ(FromRing(kTenant, 3), (Revisions{4, 5}));
}

TEST_F(BroadcasterTest, WakesTheTenantsSubscribersAfterAPublish) {
  int woken = 0;
  int others = 0;
  auto mine = broadcaster_->Subscribe(kTenant, [&] { ++woken; });
  auto theirs = broadcaster_->Subscribe("other", [&] { ++others; });
  EXPECT_EQ(broadcaster_->subscriber_count(), 2);
  broadcaster_->Publish({EventOf(kTenant, 1), EventOf(kTenant, 2)});
  EXPECT_EQ(woken, 0);  // Not on the thread that publishes.
  executor_.Run();
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(others, 0);
  broadcaster_->Publish({EventOf(kTenant, 3), EventOf("other", 1)});
  executor_.Run();
  EXPECT_EQ(woken, 2);
  EXPECT_EQ(others, 1);
  mine.reset();
  Publish(kTenant, 4, 4);
  executor_.Run();
  EXPECT_EQ(woken, 2);
  EXPECT_EQ(broadcaster_->subscriber_count(), 1);
}

// Who commits a payment must not pay for each who watches it.
TEST_F(BroadcasterTest, ATaskATenantWakesAllItsSubscribers) {
  constexpr int kSubscribers = 100;
  int woken = 0;
  std::vector<std::unique_ptr<Broadcaster::Subscription>> subscriptions;
  for (int i = 0; i < kSubscribers; ++i) {
    subscriptions.push_back(broadcaster_->Subscribe(kTenant, [&] { ++woken; }));
  }
  Publish("nobody's", 1, 3);
  Publish(kTenant, 1, 3);
  EXPECT_TRUE(executor_.RunOne());
  EXPECT_EQ(woken, kSubscribers);
  EXPECT_FALSE(executor_.RunOne());
  Publish(kTenant, 4, 4);
  executor_.Run();
  EXPECT_EQ(woken, 2 * kSubscribers);
}

TEST_F(BroadcasterTest, NoneIsWokenThatHasEndedSinceThePublish) {
  int woken = 0;
  auto subscription = broadcaster_->Subscribe(kTenant, [&] { ++woken; });
  Publish(kTenant, 1, 1);
  subscription.reset();
  executor_.Run();
  EXPECT_EQ(woken, 0);
}

TEST_F(BroadcasterTest, ASubscriptionMayOutliveTheBroadcaster) {
  auto subscription = broadcaster_->Subscribe(kTenant, [] {});
  broadcaster_.reset();
  subscription.reset();
}

// A reader as streams are: woken, it reads from its own cursor until there is nothing.
class Reader {
 public:
  explicit Reader(Broadcaster* broadcaster) : broadcaster_(broadcaster) {
    subscription_ = broadcaster->Subscribe(kTenant, [this] { Wake(); });
  }

  // Reads up to `last`, and says whether all came, in order, none twice.
  bool ReadUpTo(int64_t last) {
    while (cursor_ < last) {
      WaitUntilWoken();
      if (!ReadWhatThereIs()) return false;
    }
    return true;
  }

 private:
  void Wake() {
    const std::lock_guard lock(mu_);
    woken_ = true;
    changed_.notify_one();
  }
  void WaitUntilWoken() {
    std::unique_lock lock(mu_);
    changed_.wait(lock, [this] { return woken_; });
    woken_ = false;
  }
  bool ReadWhatThereIs() {
    while (true) {
      const std::optional<PublishedPage> page = broadcaster_->TryRead(kTenant, cursor_, kPage);
      if (!page.has_value()) return false;
      for (const auto& event : page->events) {
        if (event->revision() != ++cursor_) return false;
      }
      if (page->newest_revision == cursor_) return true;
    }
  }

  Broadcaster* const broadcaster_;
  std::mutex mu_;
  std::condition_variable changed_;
  bool woken_ = true;
  int64_t cursor_ = 0;
  std::unique_ptr<Broadcaster::Subscription> subscription_;  // Last: ends before the rest.
};

TEST_F(BroadcasterTest, ManyThreadsReadEveryEventOnceAndInOrder) {
  constexpr int kReaders = 8;
  constexpr int64_t kEvents = 20'000;
  Make({.ring_events_max = kEvents});
  Publish(kTenant, 1, 1);  // So that the ring knows the tenant before anybody reads.
  std::atomic<int> complete = 0;
  std::vector<std::thread> threads;
  threads.reserve(kReaders);
  for (int i = 0; i < kReaders; ++i) {
    threads.emplace_back([&] {
      if (Reader(broadcaster_.get()).ReadUpTo(kEvents)) ++complete;
    });
  }
  for (int64_t revision = 2; revision <= kEvents; ++revision) {
    Publish(kTenant, revision, revision);
    executor_.Run();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(complete, kReaders);
}

// While others publish, subscriptions come and go; none is woken after its end.
TEST_F(BroadcasterTest, NoWakeAfterTheEndOfASubscription) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 2'000;
  std::atomic<bool> stop = false;
  std::thread publisher([&] {
    for (int64_t revision = 1; !stop; ++revision) {
      broadcaster_->Publish({EventOf(kTenant, revision)});
      executor_.Run();
    }
  });
  std::atomic<int> late = 0;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        // On this stack: a wake after the end would also be seen by a sanitizer.
        std::atomic<bool> alive = true;
        auto subscription = broadcaster_->Subscribe(kTenant, [&] {
          if (!alive) ++late;
        });
        subscription.reset();
        alive = false;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  stop = true;
  publisher.join();
  EXPECT_EQ(late, 0);
  EXPECT_EQ(broadcaster_->subscriber_count(), 0);
}

}  // namespace
}  // namespace payments
