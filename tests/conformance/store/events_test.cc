// The log of events.

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/engine/proto_time.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/pending.h"
#include "tests/support/proto_matchers.h"

namespace payments {
namespace {

TEST_P(StoreConformance, EveryPaymentCommitHasItsEvent) {
  const StoredPayment created = Create(NewPayment("acme", "a"));
  PaymentWrite change = ChangedPayment(created, v1::PAYMENT_STATE_AUTHORIZED);
  change.schedule = DueAt(TestTime(60), 2);
  const v1::Cause cause = change.cause;
  const auto committed = call().CommitPayment(std::move(change));
  ASSERT_TRUE(committed.ok()) << committed.status();

  const auto page = call().ReadEvents("acme", 0, 10);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->newest_revision, 2);
  ASSERT_EQ(page->events.size(), 2);
  const v1::Event& first = *page->events[0];
  EXPECT_EQ(first.revision(), 1);
  EXPECT_EQ(first.resource(), "payments/a");
  EXPECT_EQ(first.sequence(), 1);
  EXPECT_EQ(first.previous_state_case(), v1::Event::PREVIOUS_STATE_NOT_SET);
  EXPECT_THAT(first.payment(), EqualsProto(created.record.payment()));
  EXPECT_EQ(first.cause().id(), "request-of-a");
  const v1::Event& second = *page->events[1];
  EXPECT_EQ(second.revision(), 2);
  EXPECT_EQ(second.sequence(), 2);
  EXPECT_EQ(second.previous_payment_state(), v1::PAYMENT_STATE_PROCESSING);
  EXPECT_THAT(second.payment(), EqualsProto(committed->record.payment()));
  EXPECT_EQ(second.payment().operations(0).checks_done(), 2);
  EXPECT_THAT(second.cause(), EqualsProto(cause));
  EXPECT_THAT(second.time(), EqualsProto(committed->record.payment().update_time()));
}

TEST_P(StoreConformance, EveryCardCommitHasItsEvent) {
  const StoredCard created = Create(NewCard("acme", "a"));
  const auto committed = call().CommitCard(ChangedCard(created, v1::CARD_STATE_ACTIVE));
  ASSERT_TRUE(committed.ok()) << committed.status();
  const auto page = call().ReadEvents("acme", 0, 10);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->events.size(), 2);
  EXPECT_THAT(page->events[0]->card(), EqualsProto(created.record.card()));
  EXPECT_EQ(page->events[0]->previous_state_case(), v1::Event::PREVIOUS_STATE_NOT_SET);
  EXPECT_EQ(page->events[1]->resource(), "cards/a");
  EXPECT_EQ(page->events[1]->previous_card_state(), v1::CARD_STATE_PENDING_CONFIRMATION);
  EXPECT_THAT(page->events[1]->card(), EqualsProto(committed->record.card()));
}

TEST_P(StoreConformance, PaymentsAndCardsShareTheTenantsRevisions) {
  Create(NewPayment("acme", "a"));
  Create(NewPayment("other", "x"));
  EXPECT_EQ(Create(NewCard("acme", "b")).revision, 2);
  EXPECT_EQ(Create(NewPayment("acme", "c")).revision, 3);
  EXPECT_EQ(Create(NewPayment("other", "y")).revision, 2);
  const auto page = call().ReadEvents("acme", 0, 10);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->events.size(), 3);
  EXPECT_EQ(page->events[1]->resource(), "cards/b");
}

TEST_P(StoreConformance, EventsAreReadFromAnyRevision) {
  for (int i = 0; i < 5; ++i) Create(NewPayment("acme", absl::StrCat(i)));
  const auto middle = call().ReadEvents("acme", 2, 2);
  ASSERT_TRUE(middle.ok());
  ASSERT_EQ(middle->events.size(), 2);
  EXPECT_EQ(middle->events[0]->revision(), 3);
  EXPECT_EQ(middle->events[1]->revision(), 4);
  EXPECT_EQ(middle->newest_revision, 5);
  for (const int64_t after : {5, 6, 1000}) {
    const auto none = call().ReadEvents("acme", after, 10);
    ASSERT_TRUE(none.ok());
    EXPECT_TRUE(none->events.empty());
    EXPECT_EQ(none->newest_revision, 5);
  }
  const auto nobody = call().ReadEvents("nobody", 0, 10);
  ASSERT_TRUE(nobody.ok());
  EXPECT_TRUE(nobody->events.empty());
  EXPECT_EQ(nobody->newest_revision, 0);
}

TEST_P(StoreConformance, RefusedCallsLeaveNoGap) {
  const StoredPayment a = Create(NewPayment("acme", "a"));
  PaymentWrite stale = ChangedPayment(a, v1::PAYMENT_STATE_DECLINED);
  stale.record.mutable_payment()->set_sequence(5);
  EXPECT_FALSE(call().CommitPayment(std::move(stale)).ok());
  EXPECT_FALSE(call().CreatePayment(NewPayment("acme", "a"))->created);
  EXPECT_EQ(Create(NewPayment("acme", "b")).revision, 2);
}

TEST_P(StoreConformance, FindRevisionByTime) {
  for (int i = 1; i <= 5; ++i) Create(NewPayment("acme", absl::StrCat(i), TestTime(i * 10)));
  const auto find = [&](double seconds) {
    const auto found = call().FindRevision("acme", TestTime(seconds));
    EXPECT_TRUE(found.ok()) << found.status();
    EXPECT_TRUE(found.ok() && !found->pruned);
    return found.ok() ? found->revision : -1;
  };
  EXPECT_EQ(find(0), 0);
  EXPECT_EQ(find(10), 0);
  EXPECT_EQ(find(10.5), 1);
  EXPECT_EQ(find(30), 2);
  EXPECT_EQ(find(50), 4);
  EXPECT_EQ(find(50.5), 5);
  const auto nobody = call().FindRevision("nobody", TestTime(0));
  ASSERT_TRUE(nobody.ok());
  EXPECT_EQ(nobody->revision, 0);
}

TEST_P(StoreConformance, FindRevisionWhenTheClockWentBack) {
  Create(NewPayment("acme", "1", TestTime(10)));
  Create(NewPayment("acme", "2", TestTime(50)));
  Create(NewPayment("acme", "3", TestTime(20)));
  Create(NewPayment("acme", "4", TestTime(60)));
  // The first event at or after 15 s, and after 30 s, is the second.
  EXPECT_EQ(call().FindRevision("acme", TestTime(15))->revision, 1);
  EXPECT_EQ(call().FindRevision("acme", TestTime(30))->revision, 1);
  EXPECT_EQ(call().FindRevision("acme", TestTime(55))->revision, 3);
}

TEST_P(StoreConformance, ListenerHearsOfACommitBeforeItsCallerDoes) {
  std::mutex mutex;
  std::vector<int64_t> heard;  // Guarded by mutex.
  store().SetCommitListener([&](const std::vector<CommittedEvent>& events) {
    const std::lock_guard lock(mutex);
    for (const CommittedEvent& event : events) heard.push_back(event.event->revision());
  });
  std::vector<Pending<bool>> told(20);
  for (size_t i = 0; i < told.size(); ++i) {
    auto done = told[i].done();
    store().CreatePayment(
        NewPayment("acme", absl::StrCat(i)), {},
        [&, done = std::move(done)](absl::StatusOr<Claim<StoredPayment>> claim) mutable {
          const std::lock_guard lock(mutex);
          const int64_t newest = heard.empty() ? 0 : heard.back();
          std::move(done)(claim.ok() && newest >= claim->stored.revision);
        });
  }
  for (const Pending<bool>& one : told) EXPECT_TRUE(one.Wait());
  const std::lock_guard lock(mutex);
  ASSERT_EQ(heard.size(), told.size());
  for (size_t i = 0; i < heard.size(); ++i) EXPECT_EQ(heard[i], static_cast<int64_t>(i) + 1);
}

TEST_P(StoreConformance, ListenerHearsNothingOfWhatMakesNoEvent) {
  Create(NewPayment("acme", "a"));
  Reopen();
  int calls = 0;
  store().SetCommitListener([&](const std::vector<CommittedEvent>&) { ++calls; });
  ASSERT_TRUE(call().SaveSchedule("acme", "payments/a", 1, DueAt(TestTime(1))).ok());
  ASSERT_TRUE(call().TombstoneRequestId("acme", "gone", TestTime(0)).ok());
  ASSERT_FALSE(call().CreatePayment(NewPayment("acme", "a"))->created);
  ASSERT_TRUE(call().RecordCallback({}).ok());
  EXPECT_EQ(calls, 0);
}

TEST_P(StoreConformance, DonesRunOnTheExecutor) {
  Pending<bool> write_ran_there;
  store().CreatePayment(NewPayment("acme", "a"), {},
                        [this, done = write_ran_there.done()](const auto&) mutable {
                          std::move(done)(executor().IsExecutorThread());
                        });
  EXPECT_TRUE(write_ran_there.Wait());
  Pending<bool> read_ran_there;
  store().GetPayment("acme", "payments/a",
                     [this, done = read_ran_there.done()](const auto&) mutable {
                       std::move(done)(executor().IsExecutorThread());
                     });
  EXPECT_TRUE(read_ran_there.Wait());
}

TEST_P(StoreConformance, TheLogAndItsIncarnationSurviveARestart) {
  const std::string incarnation = store().LogIncarnation();
  EXPECT_FALSE(incarnation.empty());
  const StoredPayment a = Create(NewPayment("acme", "a"));
  Reopen();
  EXPECT_EQ(store().LogIncarnation(), incarnation);
  const auto read = call().GetPayment("acme", "payments/a");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->record, EqualsProto(a.record));
  const auto page = call().ReadEvents("acme", 0, 10);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->events.size(), 1);
  EXPECT_THAT(page->events[0]->payment(), EqualsProto(a.record.payment()));
  EXPECT_EQ(Create(NewPayment("acme", "b")).revision, 2);
}

}  // namespace
}  // namespace payments
