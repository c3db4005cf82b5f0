#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/engine/proto_time.h"
#include "server/service/event_list.h"
#include "tests/support/proto_matchers.h"
#include "tests/unit/service/service_fixture.h"

namespace payments {
namespace {

using Revisions = std::vector<int64_t>;

v1::ListEventsRequest FromBeginning(int page_size = 0) {
  v1::ListEventsRequest request;
  request.set_beginning(true);
  request.set_page_size(page_size);
  return request;
}

v1::ListEventsRequest After(const std::string& cursor, int page_size = 0) {
  v1::ListEventsRequest request;
  request.set_after_cursor(cursor);
  request.set_page_size(page_size);
  return request;
}

Revisions RevisionsOf(const v1::ListEventsResponse& page) {
  Revisions revisions;
  for (const v1::Event& event : page.events()) revisions.push_back(event.revision());
  return revisions;
}

class ListEventsTest : public ServiceFixture {
 protected:
  ListEventsTest() { StartServer(); }

  v1::ListEventsResponse List(const v1::ListEventsRequest& request) {
    v1::ListEventsResponse response;
    const grpc::Status status = Try(request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  grpc::Status Try(const v1::ListEventsRequest& request,
                   v1::ListEventsResponse* response = nullptr) {
    v1::ListEventsResponse ignored;
    grpc::ClientContext context;
    return stub_->ListEvents(&context, request, response == nullptr ? &ignored : response);
  }
  std::string CursorAt(int64_t revision) { return cursors_.Encode(kDevTenant, revision); }
  // A ring that is too small for what is listed: everything comes from the store.
  void StartServerWithSmallRing() {
    server_.reset();
    StartServer({.broadcaster = {.ring_events_max = 3}});
  }
};

TEST_F(ListEventsTest, GoesThroughTheLogPageByPage) {
  CommitPayment("payments/a", v1::PAYMENT_STATE_PROCESSING);
  CommitCard("cards/c", v1::CARD_STATE_PENDING_CONFIRMATION);
  CommitPayment("payments/a", v1::PAYMENT_STATE_SUCCEEDED);
  const v1::ListEventsResponse first = List(FromBeginning(2));
  EXPECT_EQ(RevisionsOf(first), (Revisions{1, 2}));
  EXPECT_EQ(first.events(0).cursor(), CursorAt(1));
  EXPECT_EQ(first.events(1).card().name(), "cards/c");
  EXPECT_EQ(first.cursor(), CursorAt(2));
  EXPECT_FALSE(first.caught_up());
  const v1::ListEventsResponse second = List(After(first.cursor(), 2));
  EXPECT_EQ(RevisionsOf(second), (Revisions{3}));
  EXPECT_EQ(second.events(0).previous_payment_state(), v1::PAYMENT_STATE_PROCESSING);
  EXPECT_TRUE(second.caught_up());
  const v1::ListEventsResponse none = List(After(second.cursor()));
  EXPECT_EQ(none.events_size(), 0);
  EXPECT_EQ(none.cursor(), CursorAt(3));
  EXPECT_TRUE(none.caught_up());
}

TEST_F(ListEventsTest, AnEmptyLogIsCaughtUp) {
  v1::ListEventsRequest now;
  now.set_now(true);
  for (const v1::ListEventsRequest& request : {FromBeginning(), now}) {
    const v1::ListEventsResponse page = List(request);
    EXPECT_EQ(page.events_size(), 0);
    EXPECT_EQ(page.cursor(), CursorAt(0));
    EXPECT_TRUE(page.caught_up());
  }
}

TEST_F(ListEventsTest, FiftyUnlessAskedForMore) {
  CommitManyPayments(60);
  EXPECT_EQ(List(FromBeginning()).events_size(), 50);
  EXPECT_EQ(List(FromBeginning(1000)).events_size(), 60);
}

TEST_F(ListEventsTest, NowIsAnEmptyPageAndWhereToGoOnFrom) {
  CommitManyPayments(10);
  v1::ListEventsRequest request;
  request.set_now(true);
  const v1::ListEventsResponse page = List(request);
  EXPECT_EQ(page.events_size(), 0);
  EXPECT_EQ(page.cursor(), CursorAt(10));
  EXPECT_TRUE(page.caught_up());
  CommitPayment("payments/new", v1::PAYMENT_STATE_PROCESSING);
  EXPECT_EQ(RevisionsOf(List(After(page.cursor()))), (Revisions{11}));
}

TEST_F(ListEventsTest, StartTimeBeginsWithTheFirstEventAtOrAfterIt) {
  CommitPayment("payments/a", v1::PAYMENT_STATE_PROCESSING);
  executor_.Advance(absl::Minutes(1));
  CommitPayment("payments/b", v1::PAYMENT_STATE_PROCESSING);
  v1::ListEventsRequest request;
  *request.mutable_start_time() = ToTimestamp(executor_.Now());
  EXPECT_EQ(RevisionsOf(List(request)), (Revisions{2}));
  *request.mutable_start_time() = ToTimestamp(executor_.Now() + absl::Minutes(1));
  const v1::ListEventsResponse later = List(request);
  EXPECT_EQ(later.events_size(), 0);
  EXPECT_EQ(later.cursor(), CursorAt(2));
}

TEST_F(ListEventsTest, OtherTenantsAreNotSeen) {
  CommitPayment("payments/theirs", v1::PAYMENT_STATE_PROCESSING, "other");
  CommitPayment("payments/mine", v1::PAYMENT_STATE_PROCESSING);
  const v1::ListEventsResponse page = List(FromBeginning());
  ASSERT_EQ(page.events_size(), 1);
  EXPECT_EQ(page.events(0).resource(), "payments/mine");
}

TEST_F(ListEventsTest, TheCursorAdvancesPastWhatTheFilterSkips) {
  CommitManyPayments(20);
  CommitCard("cards/c", v1::CARD_STATE_ACTIVE);
  CommitPayment("payments/last", v1::PAYMENT_STATE_PROCESSING);
  v1::ListEventsRequest request = FromBeginning();
  request.mutable_filter()->add_kinds(v1::RESOURCE_KIND_CARD);
  const v1::ListEventsResponse page = List(request);
  EXPECT_EQ(RevisionsOf(page), (Revisions{21}));
  EXPECT_EQ(page.cursor(), CursorAt(22));
  EXPECT_TRUE(page.caught_up());
}

// A filter that lets little through must not make one call read the whole log.
TEST_F(ListEventsTest, ACallLooksAtSoManyEventsOnly) {
  constexpr int kMore = 100;
  CommitManyPayments(EventList::kLookedAtMax + kMore);
  v1::ListEventsRequest request = FromBeginning();
  request.mutable_filter()->add_kinds(v1::RESOURCE_KIND_CARD);
  const v1::ListEventsResponse first = List(request);
  EXPECT_EQ(first.events_size(), 0);
  EXPECT_EQ(first.cursor(), CursorAt(EventList::kLookedAtMax));
  EXPECT_FALSE(first.caught_up());
  request.set_after_cursor(first.cursor());
  const v1::ListEventsResponse second = List(request);
  EXPECT_EQ(second.cursor(), CursorAt(EventList::kLookedAtMax + kMore));
  EXPECT_TRUE(second.caught_up());
}

TEST_F(ListEventsTest, AnAnswerIsAMebibyteAtMostAndLosesNothing) {
  StartServerWithSmallRing();
  constexpr int kEvents = 2'500;
  CommitManyPayments(kEvents, 2'000);
  std::string cursor = CursorAt(0);
  int64_t last = 0;
  bool cut = false;
  v1::ListEventsResponse page;
  while (!page.caught_up()) {
    page = List(After(cursor, 1000));
    ASSERT_GT(page.events_size(), 0);
    // Beside the events there is only the cursor.
    EXPECT_LE(page.ByteSizeLong(), EventList::kBytesMax + 5 * 1000 + 100);
    if (!page.caught_up() && page.events_size() < 1000) cut = true;
    for (const v1::Event& event : page.events()) ASSERT_EQ(event.revision(), ++last);
    cursor = page.cursor();
  }
  EXPECT_EQ(last, kEvents);
  EXPECT_TRUE(cut) << "no page was full before it had all that was asked for";
}

TEST_F(ListEventsTest, GivesWhatAWatchGives) {
  CommitManyPayments(300);
  CommitCard("cards/c", v1::CARD_STATE_ACTIVE);
  for (const bool filtered : {false, true}) {
    v1::WatchEventsRequest watch_request;
    watch_request.set_beginning(true);
    if (filtered) watch_request.mutable_filter()->add_names("cards/c");
    if (filtered) watch_request.mutable_filter()->add_names("payments/many-7");
    grpc::ClientContext context;
    const auto watch = stub_->WatchEvents(&context, watch_request);
    std::vector<v1::Event> watched;
    v1::WatchEventsResponse message;
    while (watch->Read(&message) && message.has_event()) watched.push_back(message.event());
    context.TryCancel();
    watch->Finish();
    v1::ListEventsRequest list_request = FromBeginning(1000);
    *list_request.mutable_filter() = watch_request.filter();
    const v1::ListEventsResponse page = List(list_request);
    EXPECT_EQ(page.cursor(), message.cursor());
    ASSERT_EQ(page.events_size(), static_cast<int>(watched.size()));
    for (size_t i = 0; i < watched.size(); ++i) {
      EXPECT_THAT(page.events(static_cast<int>(i)), EqualsProto(watched[i]));
    }
  }
}

TEST_F(ListEventsTest, PollingMissesNothingWhileWritesGoOn) {
  constexpr int64_t kEvents = 3'000;
  std::thread writer([this] { CommitManyPayments(kEvents); });
  int64_t last = 0;
  std::string cursor = CursorAt(0);
  while (last < kEvents) {
    const v1::ListEventsResponse page = List(After(cursor, 97));
    for (const v1::Event& event : page.events()) ASSERT_EQ(event.revision(), ++last);
    cursor = page.cursor();
    ASSERT_EQ(cursor, CursorAt(last));
  }
  writer.join();
}

// -- Refusals ------------------------------------------------------------------------

TEST_F(ListEventsTest, GarbageAndForeignCursorsAreInvalid) {
  for (const std::string& cursor :
       {std::string("garbage"), std::string(), cursors_.Encode("other", 0)}) {
    const grpc::Status status = Try(After(cursor));
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(DetailsOf(status).info.reason(), "CURSOR_INVALID");
    EXPECT_EQ(FieldsOf(status), std::vector<std::string>{"after_cursor"});
  }
}

TEST_F(ListEventsTest, CursorsAheadOrOfAnotherLogAreOutOfRange) {
  CommitPayment("payments/a", v1::PAYMENT_STATE_PROCESSING);
  for (const std::string& cursor : {CursorAt(2), CursorCodec("restored").Encode(kDevTenant, 1)}) {
    const grpc::Status ahead = Try(After(cursor));
    EXPECT_EQ(ahead.error_code(), grpc::StatusCode::OUT_OF_RANGE);
    EXPECT_EQ(DetailsOf(ahead).info.reason(), "CURSOR_AHEAD");
  }
}

TEST_F(ListEventsTest, ACursorBehindWhatWasDeletedIsToldTheOldestOne) {
  CommitManyPayments(10);
  PruneAllBut(4);
  const grpc::Status pruned = Try(After(CursorAt(5)));
  EXPECT_EQ(pruned.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(DetailsOf(pruned).info.reason(), "CURSOR_PRUNED");
  const std::string oldest = DetailsOf(pruned).info.metadata().at("oldest_cursor");
  EXPECT_EQ(RevisionsOf(List(After(oldest))), (Revisions{7, 8, 9, 10}));
  EXPECT_EQ(RevisionsOf(List(FromBeginning())), (Revisions{7, 8, 9, 10}));
  v1::ListEventsRequest request;
  *request.mutable_start_time() = ToTimestamp(executor_.Now() - absl::Minutes(1));
  EXPECT_EQ(DetailsOf(Try(request)).info.reason(), "CURSOR_PRUNED");
}

TEST_F(ListEventsTest, EveryFieldAtFaultIsNamed) {
  v1::ListEventsRequest request;
  request.set_page_size(1001);
  request.mutable_filter()->add_names("cards");
  const grpc::Status status = Try(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(FieldsOf(status), (std::vector<std::string>{"start", "filter.names[0]", "page_size"}));
  request = FromBeginning();
  request.mutable_filter()->add_accounts("accounts/foreign");
  EXPECT_EQ(DetailsOf(Try(request)).info.reason(), "ACCOUNT_NOT_FOUND");
}

TEST_F(ListEventsTest, AStoreThatFailsIsTold) {
  CommitManyPayments(10);
  StartServerWithSmallRing();
  store_.SetFaults([] { return MemoryStore::Fault::kFailBefore; });
  for (const v1::ListEventsRequest& request : {FromBeginning(), After(CursorAt(0))}) {
    const grpc::Status status = Try(request);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(DetailsOf(status).info.reason(), "STORE_UNAVAILABLE");
    EXPECT_TRUE(DetailsOf(status).has_retry);
  }
}

}  // namespace
}  // namespace payments
