// Streams whose events were deleted, and streams that are too many.

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "server/engine/proto_time.h"
#include "server/service/watch_stream.h"
#include "tests/unit/service/service_fixture.h"
#include "tests/unit/service/watch_client.h"

namespace payments {
namespace {

using Response = v1::WatchEventsResponse;

class WatchPrunedTest : public ServiceFixture {
 protected:
  WatchPrunedTest() { StartServer(); }

  grpc::Status EndOf(const v1::WatchEventsRequest& request) { return Watch(*stub_, request).End(); }
  std::string CursorAt(int64_t revision) { return cursors_.Encode(kDevTenant, revision); }
};

TEST_F(WatchPrunedTest, ACursorBehindWhatWasDeletedIsToldTheOldestOne) {
  CommitManyPayments(10);
  PruneAllBut(4);
  for (const int64_t revision : {0, 3, 5}) {
    const grpc::Status pruned = EndOf(After(CursorAt(revision)));
    EXPECT_EQ(pruned.error_code(), grpc::StatusCode::OUT_OF_RANGE) << revision;
    EXPECT_EQ(DetailsOf(pruned).info.reason(), "CURSOR_PRUNED");
    const std::string oldest = DetailsOf(pruned).info.metadata().at("oldest_cursor");
    // It is good, and misses nothing that is there.
    EXPECT_EQ(Watch(*stub_, After(oldest)).NextEvent().revision(), 7);
  }
  EXPECT_EQ(Watch(*stub_, After(CursorAt(6))).NextEvent().revision(), 7);
}

TEST_F(WatchPrunedTest, TheBeginningIsTheOldestEventKept) {
  CommitManyPayments(10);
  CommitPayment("payments/a", v1::PAYMENT_STATE_PROCESSING);
  PruneAllBut(4);
  EXPECT_EQ(Watch(*stub_, FromBeginning()).NextEvent().revision(), 8);
  // Also the cursor that comes before any event is one to go on from.
  Watch watch(*stub_, UntilFinal({"payments/a"}));
  const Response current = watch.Next();
  ASSERT_EQ(current.item_case(), Response::kCurrent);
  EXPECT_EQ(Watch(*stub_, After(current.cursor())).NextEvent().revision(), 8);
}

TEST_F(WatchPrunedTest, AStartTimeWhoseEventsWereDeletedIsNoSilentJump) {
  for (const char* name : {"payments/a", "payments/b", "payments/c"}) {
    CommitPayment(name, v1::PAYMENT_STATE_PROCESSING);
    executor_.Advance(absl::Minutes(1));
  }
  PruneAllBut(1);  // The one of a minute ago.
  v1::WatchEventsRequest request;
  *request.mutable_start_time() = ToTimestamp(executor_.Now() - absl::Minutes(2));
  const grpc::Status pruned = EndOf(request);
  EXPECT_EQ(pruned.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(DetailsOf(pruned).info.reason(), "CURSOR_PRUNED");
  EXPECT_EQ(DetailsOf(pruned).info.metadata().at("oldest_cursor"), CursorAt(2));
  // What was deleted is older than this.
  *request.mutable_start_time() = ToTimestamp(executor_.Now() - absl::Seconds(90));
  EXPECT_EQ(Watch(*stub_, request).NextEvent().revision(), 3);
}

// A reader that is overtaken by the deletion is told so: it gets every event up to some
// revision, and then CURSOR_PRUNED; never one event less.
TEST_F(WatchPrunedTest, EventsDeletedUnderASlowReaderEndItsStream) {
  constexpr int kEvents = 20'000;
  CommitManyPayments(kEvents);
  Watch watch(*stub_, FromBeginning());
  EXPECT_EQ(watch.NextEvent().revision(), 1);
  PruneAllBut(10);
  int64_t last = 1;
  Response response = watch.Next();
  for (; response.has_event(); response = watch.Next()) {
    ASSERT_EQ(response.event().revision(), last + 1);
    last = response.event().revision();
  }
  ASSERT_LT(last, kEvents - 10) << "the reader was not overtaken";
  const grpc::Status end = watch.End();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(DetailsOf(end).info.reason(), "CURSOR_PRUNED");
  EXPECT_EQ(DetailsOf(end).info.metadata().at("oldest_cursor"), CursorAt(kEvents - 10));
}

// Nothing to be sent may hide that the cursor misses something.
TEST_F(WatchPrunedTest, ACursorIsJudgedBeforeAFinalPaymentEndsTheStream) {
  CommitManyPayments(10);
  CommitPayment("payments/a", v1::PAYMENT_STATE_SUCCEEDED);
  PruneAllBut(4);
  v1::WatchEventsRequest request = UntilFinal({"payments/a"});
  for (const auto& [revision, reason] :
       {std::pair(3, "CURSOR_PRUNED"), std::pair(99, "CURSOR_AHEAD")}) {
    request.set_after_cursor(CursorAt(revision));
    Watch watch(*stub_, request);
    EXPECT_EQ(watch.Next().item_case(), Response::ITEM_NOT_SET) << reason;
    EXPECT_EQ(DetailsOf(watch.End()).info.reason(), reason);
  }
  request.set_after_cursor(CursorAt(7));
  Watch watch(*stub_, request);
  EXPECT_EQ(watch.Next().current().payment().name(), "payments/a");
  EXPECT_TRUE(watch.End().ok());
}

// A server that finds its log full when it starts: its ring is empty, and knows no revision.
class RestartedWatchTest : public ServiceFixture {};

TEST_F(RestartedWatchTest, ASlowReaderIsBehindAlsoIfNothingWasPublishedSince) {
  CommitManyPayments(20'000);
  StartServer();
  Watch watch(*stub_, FromBeginning());
  EXPECT_EQ(watch.NextEvent().revision(), 1);
  EXPECT_GT(streams_.GetStats().lag_revisions_max, 0);
}

TEST_F(RestartedWatchTest, APageOfLargeEventsIsBoundedInBytes) {
  constexpr int kEvents = 2'000;
  constexpr size_t kEventBytes = 10'000;
  CommitManyPayments(kEvents, kEventBytes);
  StartServer();
  Watch watch(*stub_, FromBeginning());
  size_t buffered_max = 0;
  for (int64_t revision = 1; revision <= kEvents; ++revision) {
    ASSERT_EQ(watch.NextEvent().revision(), revision);
    buffered_max = std::max(buffered_max, streams_.GetStats().buffered_max);
  }
  EXPECT_GT(buffered_max, 0);
  EXPECT_LE(buffered_max, WatchStream::kPageBytesMax / kEventBytes + 1);
}

class StreamLimitTest : public ServiceFixture {
 protected:
  StreamLimitTest() : ServiceFixture({.streams_max = 3, .streams_per_principal_max = 2}) {
    StartServer();
  }
};

TEST_F(StreamLimitTest, OnePrincipalHasOnlySoMany) {
  Watch first(*stub_, FromBeginning());
  EXPECT_EQ(first.Next().item_case(), Response::kCaughtUp);
  auto second = std::make_unique<Watch>(*stub_, FromBeginning());
  EXPECT_EQ(second->Next().item_case(), Response::kCaughtUp);
  const grpc::Status refused = Watch(*stub_, FromBeginning()).End();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  const ErrorDetails details = DetailsOf(refused);
  EXPECT_EQ(details.info.reason(), "TOO_MANY_OPEN");
  EXPECT_EQ(details.info.metadata().at("limit"), "limits.streams_per_principal_max");
  EXPECT_TRUE(details.has_retry);
  EXPECT_EQ(streams_.GetStats().refused_of_principal, 1);
  // One that ends makes room.
  second->Cancel();
  second->End();
  while (streams_.GetStats().open != 1) std::this_thread::yield();
  EXPECT_EQ(Watch(*stub_, FromBeginning()).Next().item_case(), Response::kCaughtUp);
}

}  // namespace
}  // namespace payments
