#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/engine/proto_time.h"
#include "server/service/watch_stream.h"
#include "tests/unit/service/service_fixture.h"
#include "tests/unit/service/watch_client.h"

namespace payments {
namespace {

using Response = v1::WatchEventsResponse;

class WatchTest : public ServiceFixture {
 protected:
  WatchTest() { StartServer(); }

  grpc::Status EndOf(const v1::WatchEventsRequest& request) { return Watch(*stub_, request).End(); }
  std::string CursorAt(int64_t revision) { return cursors_.Encode(kDevTenant, revision); }
  // Until the server knows of `count` open streams.
  void WaitForOpenStreams(int count) {
    while (streams_.GetStats().open != count) std::this_thread::yield();
  }
  // Until gRPC has told the server that all it wrote has left.
  void WaitUntilWritten() {
    while (streams_.GetStats().buffered_max != 0) std::this_thread::yield();
  }
};

TEST_F(WatchTest, SendsWhatIsThereThenCaughtUpThenWhatCommits) {
  CommitPayment("payments/a", v1::PAYMENT_STATE_PROCESSING);
  CommitCard("cards/c", v1::CARD_STATE_PENDING_CONFIRMATION);
  Watch watch(*stub_, FromBeginning());
  const Response first = watch.Next();
  ASSERT_EQ(first.item_case(), Response::kEvent);
  EXPECT_EQ(first.event().revision(), 1);
  EXPECT_EQ(first.event().payment().name(), "payments/a");
  EXPECT_EQ(first.event().cursor(), CursorAt(1));
  EXPECT_EQ(first.cursor(), CursorAt(1));
  EXPECT_EQ(watch.Next().event().card().name(), "cards/c");
  const Response caught_up = watch.Next();
  EXPECT_EQ(caught_up.item_case(), Response::kCaughtUp);
  EXPECT_EQ(caught_up.cursor(), CursorAt(2));
  CommitPayment("payments/a", v1::PAYMENT_STATE_SUCCEEDED);
  const v1::Event live = watch.NextEvent();
  EXPECT_EQ(live.revision(), 3);
  EXPECT_EQ(live.previous_payment_state(), v1::PAYMENT_STATE_PROCESSING);
}

TEST_F(WatchTest, AnEmptyLogIsCaughtUpAtOnce) {
  Watch watch(*stub_, FromBeginning());
  const Response caught_up = watch.Next();
  EXPECT_EQ(caught_up.item_case(), Response::kCaughtUp);
  EXPECT_EQ(caught_up.cursor(), CursorAt(0));
}

TEST_F(WatchTest, OtherTenantsAreNotSeen) {
  CommitPayment("payments/theirs", v1::PAYMENT_STATE_PROCESSING, "other");
  CommitPayment("payments/mine", v1::PAYMENT_STATE_PROCESSING);
  Watch watch(*stub_, FromBeginning());
  EXPECT_EQ(watch.Next().event().resource(), "payments/mine");
  EXPECT_EQ(watch.Next().item_case(), Response::kCaughtUp);
}

TEST_F(WatchTest, NowSkipsWhatWas) {
  CommitManyPayments(100);
  v1::WatchEventsRequest request;
  request.set_now(true);
  Watch watch(*stub_, request);
  const Response caught_up = watch.Next();
  EXPECT_EQ(caught_up.item_case(), Response::kCaughtUp);
  EXPECT_EQ(caught_up.cursor(), CursorAt(100));
  CommitPayment("payments/new", v1::PAYMENT_STATE_PROCESSING);
  EXPECT_EQ(watch.NextEvent().revision(), 101);
}

TEST_F(WatchTest, StartTimeBeginsWithTheFirstEventAtOrAfterIt) {
  CommitPayment("payments/a", v1::PAYMENT_STATE_PROCESSING);
  executor_.Advance(absl::Minutes(1));
  CommitPayment("payments/b", v1::PAYMENT_STATE_PROCESSING);
  v1::WatchEventsRequest request;
  *request.mutable_start_time() = ToTimestamp(executor_.Now() - absl::Seconds(1));
  EXPECT_EQ(Watch(*stub_, request).NextEvent().resource(), "payments/b");
}

TEST_F(WatchTest, ResumesWithoutGapOrRepeatWhileWritesGoOn) {
  constexpr int64_t kEvents = 2'000;
  constexpr int kPerStream = 97;
  std::thread writer([this] { CommitManyPayments(kEvents); });
  int64_t last = 0;
  std::string cursor = CursorAt(0);
  while (last < kEvents) {
    Watch watch(*stub_, After(cursor));
    for (int i = 0; i < kPerStream && last < kEvents; ++i) {
      const v1::Event event = watch.NextEvent();
      ASSERT_EQ(event.revision(), last + 1);
      last = event.revision();
      cursor = event.cursor();
    }
    watch.Cancel();
  }
  writer.join();
}

TEST_F(WatchTest, AListsCursorIsWhereToWatchFrom) {
  CommitPayment("payments/a", v1::PAYMENT_STATE_PROCESSING);
  grpc::ClientContext context;
  v1::ListPaymentsResponse list;
  ASSERT_TRUE(stub_->ListPayments(&context, {}, &list).ok());
  Watch watch(*stub_, After(list.cursor()));
  EXPECT_EQ(watch.Next().item_case(), Response::kCaughtUp);
  CommitPayment("payments/b", v1::PAYMENT_STATE_PROCESSING);
  EXPECT_EQ(watch.NextEvent().resource(), "payments/b");
}

// -- Cursors -----------------------------------------------------------------------

TEST_F(WatchTest, GarbageAndForeignCursorsLookTheSame) {
  const grpc::Status garbage = EndOf(After("garbage"));
  EXPECT_EQ(garbage.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(DetailsOf(garbage).info.reason(), "CURSOR_INVALID");
  EXPECT_EQ(FieldsOf(garbage), std::vector<std::string>{"after_cursor"});
  const grpc::Status foreign = EndOf(After(cursors_.Encode("other", 0)));
  EXPECT_EQ(foreign.error_details(), garbage.error_details());
  EXPECT_EQ(DetailsOf(EndOf(After(""))).info.reason(), "CURSOR_INVALID");
}

TEST_F(WatchTest, CursorsAheadOrOfAnotherLogAreOutOfRange) {
  CommitPayment("payments/a", v1::PAYMENT_STATE_PROCESSING);
  for (const std::string& cursor : {CursorAt(2), CursorCodec("restored").Encode(kDevTenant, 1)}) {
    const grpc::Status ahead = EndOf(After(cursor));
    EXPECT_EQ(ahead.error_code(), grpc::StatusCode::OUT_OF_RANGE);
    EXPECT_EQ(DetailsOf(ahead).info.reason(), "CURSOR_AHEAD");
  }
}

TEST_F(WatchTest, ARequestThatCannotBeReadIsRefusedAsThoseOfOtherMethods) {
  const grpc::Slice slice("\x0a\x7f");  // A field that is longer than the rest.
  const grpc::ByteBuffer garbage(&slice, 1);
  std::vector<grpc::StatusCode> codes;
  for (const char* method : {"WatchEvents", "GetPayment"}) {
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    grpc::GenericStub stub(channel_);
    const auto call = stub.PrepareUnaryCall(
        &context, absl::StrCat("/payments.v1.PaymentsService/", method), garbage, &queue);
    call->StartCall();
    grpc::ByteBuffer answer;
    grpc::Status status;
    call->Finish(&answer, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    ASSERT_TRUE(queue.Next(&tag, &ok));
    codes.push_back(status.error_code());
  }
  EXPECT_NE(codes[0], grpc::StatusCode::OK);
  EXPECT_EQ(codes[0], codes[1]);
}

// -- Filters -----------------------------------------------------------------------

TEST_F(WatchTest, FiltersByEverythingItNames) {
  CommitPayment("payments/a", v1::PAYMENT_STATE_PROCESSING);   // 1
  CommitCard("cards/c", v1::CARD_STATE_PENDING_CONFIRMATION);  // 2
  CommitPayment("payments/b", v1::PAYMENT_STATE_PROCESSING);   // 3
  CommitPayment("payments/b", v1::PAYMENT_STATE_SUCCEEDED);    // 4
  CommitCard("cards/c", v1::CARD_STATE_ACTIVE);                // 5
  struct Case {
    const char* what;
    v1::EventFilter filter;
    std::vector<int64_t> revisions;
  };
  std::vector<Case> cases = {{"all", {}, {1, 2, 3, 4, 5}},
                             {"names", {}, {1, 2, 5}},
                             {"states", {}, {4}},
                             {"card states", {}, {5}},
                             {"kinds", {}, {2, 5}},
                             {"reference", {}, {1, 3, 4}},
                             {"no such reference", {}, {}},
                             {"account", {}, {}},
                             {"names and states", {}, {1}},
                             {"own account", {}, {1, 2, 3, 4, 5}},
                             {"two kinds", {}, {1, 2, 3, 4, 5}},
                             {"payments", {}, {1, 3, 4}},
                             {"two states", {}, {1, 3, 4}}};
  cases[1].filter.add_names("payments/a");
  cases[1].filter.add_names("cards/c");
  cases[2].filter.add_payment_states(v1::PAYMENT_STATE_SUCCEEDED);
  cases[3].filter.add_card_states(v1::CARD_STATE_ACTIVE);
  cases[4].filter.add_kinds(v1::RESOURCE_KIND_CARD);
  cases[5].filter.set_merchant_reference("order");
  cases[6].filter.set_merchant_reference("other");
  cases[7].filter.add_accounts("accounts/second");
  cases[8].filter.add_names("payments/a");
  cases[8].filter.add_payment_states(v1::PAYMENT_STATE_PROCESSING);
  cases[9].filter.add_accounts(kAccount);
  cases[10].filter.add_kinds(v1::RESOURCE_KIND_CARD);
  cases[10].filter.add_kinds(v1::RESOURCE_KIND_PAYMENT);
  cases[11].filter.add_kinds(v1::RESOURCE_KIND_PAYMENT);
  cases[12].filter.add_payment_states(v1::PAYMENT_STATE_PROCESSING);
  cases[12].filter.add_payment_states(v1::PAYMENT_STATE_SUCCEEDED);
  for (const Case& test : cases) {
    v1::WatchEventsRequest request = FromBeginning();
    *request.mutable_filter() = test.filter;
    Watch watch(*stub_, request);
    std::vector<int64_t> revisions;
    Response response = watch.Next();
    for (; response.has_event(); response = watch.Next()) {
      revisions.push_back(response.event().revision());
    }
    EXPECT_EQ(revisions, test.revisions) << test.what;
    EXPECT_EQ(response.item_case(), Response::kCaughtUp) << test.what;
    // It advanced past what was skipped.
    EXPECT_EQ(response.cursor(), CursorAt(5)) << test.what;
  }
}

TEST_F(WatchTest, AnUnknownAccountIsNotFound) {
  v1::WatchEventsRequest request = FromBeginning();
  request.mutable_filter()->add_accounts("accounts/foreign");
  const grpc::Status status = EndOf(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(DetailsOf(status).info.reason(), "ACCOUNT_NOT_FOUND");
}

// -- Heartbeats --------------------------------------------------------------------

TEST_F(WatchTest, AQuietStreamHearsAHeartbeatWhoseCursorAdvances) {
  v1::WatchEventsRequest request = FromBeginning();
  request.mutable_filter()->add_kinds(v1::RESOURCE_KIND_CARD);
  *request.mutable_heartbeat_interval() = ToDurationProto(absl::Seconds(2));
  Watch watch(*stub_, request);
  EXPECT_EQ(watch.Next().item_case(), Response::kCaughtUp);
  CommitManyPayments(10);  // All of them skipped.
  WaitUntilWritten();
  executor_.Advance(absl::Seconds(1));
  CommitCard("cards/c", v1::CARD_STATE_ACTIVE);
  // Not a heartbeat: it is not quiet for long enough.
  EXPECT_EQ(watch.Next().event().revision(), 11);
  WaitUntilWritten();
  CommitPayment("payments/late", v1::PAYMENT_STATE_PROCESSING);
  executor_.Flush();
  executor_.Advance(absl::Seconds(2));
  const Response heartbeat = watch.Next();
  ASSERT_EQ(heartbeat.item_case(), Response::kHeartbeat);
  EXPECT_EQ(heartbeat.cursor(), CursorAt(12));
  EXPECT_EQ(ToTime(heartbeat.heartbeat().time()), executor_.Now());
}

TEST_F(WatchTest, FifteenSecondsUnlessAskedForAnotherInterval) {
  Watch watch(*stub_, FromBeginning());
  EXPECT_EQ(watch.Next().item_case(), Response::kCaughtUp);
  WaitUntilWritten();
  executor_.Advance(absl::Seconds(14));
  executor_.Flush();
  CommitPayment("payments/a", v1::PAYMENT_STATE_PROCESSING);
  EXPECT_EQ(watch.Next().item_case(), Response::kEvent);  // And no heartbeat before it.
  WaitUntilWritten();
  executor_.Advance(absl::Seconds(15));
  EXPECT_EQ(watch.Next().item_case(), Response::kHeartbeat);
}

TEST_F(WatchTest, CaughtUpComesOnceAStream) {
  CommitManyPayments(100);
  Watch watch(*stub_, FromBeginning());
  EXPECT_EQ(watch.Next(Response::kCaughtUp).cursor(), CursorAt(100));
  for (int64_t revision = 101; revision <= 110; ++revision) {
    CommitPayment(absl::StrCat("payments/", revision), v1::PAYMENT_STATE_PROCESSING);
    const Response next = watch.Next();
    ASSERT_EQ(next.item_case(), Response::kEvent);
    EXPECT_EQ(next.event().revision(), revision);
  }
}

TEST_F(WatchTest, AllStreamsShareOneTimerWhichEndsWithThem) {
  {
    std::vector<std::unique_ptr<Watch>> watches;
    for (int i = 0; i < 10; ++i) {
      watches.push_back(std::make_unique<Watch>(*stub_, FromBeginning()));
      EXPECT_EQ(watches.back()->Next().item_case(), Response::kCaughtUp);
    }
    EXPECT_EQ(executor_.later_count(), 1U);
    EXPECT_EQ(streams_.GetStats().open, 10);
    for (const auto& watch : watches) watch->Cancel();
    for (const auto& watch : watches) watch->End();
  }
  WaitForOpenStreams(0);
  executor_.Advance(StreamRegistry::kTickInterval);
  executor_.Flush();
  EXPECT_EQ(executor_.later_count(), 0U);
}

// -- stop_when_final ---------------------------------------------------------------

TEST_F(WatchTest, StopsWhenAllAreFinal) {
  CommitPayment("payments/a", v1::PAYMENT_STATE_PROCESSING);
  CommitCard("cards/c", v1::CARD_STATE_PENDING_CONFIRMATION);
  v1::WatchEventsRequest request = UntilFinal({"payments/a", "cards/c", "payments/a"});
  request.set_now(true);
  Watch watch(*stub_, request);
  EXPECT_EQ(watch.Next().current().payment().name(), "payments/a");
  EXPECT_EQ(watch.Next().current().card().name(), "cards/c");
  EXPECT_EQ(watch.Next().item_case(), Response::kCaughtUp);
  CommitCard("cards/c", v1::CARD_STATE_ACTIVE);
  EXPECT_EQ(watch.Next().event().resource(), "cards/c");
  CommitPayment("payments/a", v1::PAYMENT_STATE_UNKNOWN);
  EXPECT_EQ(watch.Next().event().payment().state(), v1::PAYMENT_STATE_UNKNOWN);
  CommitPayment("payments/a", v1::PAYMENT_STATE_DECLINED);
  EXPECT_EQ(watch.Next().event().payment().state(), v1::PAYMENT_STATE_DECLINED);
  EXPECT_TRUE(watch.End().ok());
}

TEST_F(WatchTest, AnAlreadyFinalOneEndsAtOnceAfterItsSnapshot) {
  CommitPayment("payments/a", v1::PAYMENT_STATE_PROCESSING);
  CommitPayment("payments/a", v1::PAYMENT_STATE_SUCCEEDED);
  Watch watch(*stub_, UntilFinal({"payments/a"}));
  const Response current = watch.Next();
  EXPECT_EQ(current.current().payment().state(), v1::PAYMENT_STATE_SUCCEEDED);
  EXPECT_FALSE(current.cursor().empty());
  EXPECT_EQ(watch.Next().item_case(), Response::ITEM_NOT_SET);
  EXPECT_TRUE(watch.End().ok());
}

TEST_F(WatchTest, TheEndIsJudgedBeforeTheFilter) {
  CommitPayment("payments/a", v1::PAYMENT_STATE_PROCESSING);
  v1::WatchEventsRequest request = UntilFinal({"payments/a"});
  request.set_now(true);
  request.mutable_filter()->add_payment_states(v1::PAYMENT_STATE_AUTHORIZED);
  Watch watch(*stub_, request);
  EXPECT_EQ(watch.Next(Response::kCaughtUp).item_case(), Response::kCaughtUp);
  CommitPayment("payments/a", v1::PAYMENT_STATE_SUCCEEDED);
  EXPECT_EQ(watch.Next().item_case(), Response::ITEM_NOT_SET);
  EXPECT_TRUE(watch.End().ok());
}

TEST_F(WatchTest, AnUnknownNameIsNotFound) {
  CommitPayment("payments/a", v1::PAYMENT_STATE_PROCESSING);
  CommitPayment("payments/theirs", v1::PAYMENT_STATE_PROCESSING, "other");
  for (const std::string name : {"payments/none", "payments/theirs"}) {
    const grpc::Status status = EndOf(UntilFinal({"payments/a", name}));
    EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
    EXPECT_EQ(DetailsOf(status).info.reason(), "PAYMENT_NOT_FOUND");
  }
  EXPECT_EQ(DetailsOf(EndOf(UntilFinal({"cards/none"}))).info.reason(), "CARD_NOT_FOUND");
}

// -- Slow and absent clients, and the drain ------------------------------------------

TEST_F(WatchTest, ASlowReaderCostsAPageAndMissesNothing) {
  constexpr int kEvents = 20'000;
  Watch watch(*stub_, FromBeginning());
  EXPECT_EQ(watch.Next().item_case(), Response::kCaughtUp);
  size_t buffered_max = 0;
  std::thread writer([this] { CommitManyPayments(kEvents); });
  for (int i = 0; i < 1'000; ++i) {
    buffered_max = std::max(buffered_max, streams_.GetStats().buffered_max);
    std::this_thread::yield();
  }
  writer.join();
  executor_.Flush();
  // Flow control has stopped it far behind the log, long since out of the ring.
  EXPECT_GT(streams_.GetStats().lag_revisions_max, 0);
  buffered_max = std::max(buffered_max, streams_.GetStats().buffered_max);
  EXPECT_LE(buffered_max, static_cast<size_t>(WatchStream::kPageEventsMax) + 1);
  for (int64_t revision = 1; revision <= kEvents; ++revision) {
    ASSERT_EQ(watch.NextEvent().revision(), revision);
  }
}

TEST_F(WatchTest, AClientThatGoesAwayLeavesNothing) {
  {
    Watch watch(*stub_, FromBeginning());
    EXPECT_EQ(watch.Next().item_case(), Response::kCaughtUp);
    EXPECT_EQ(broadcaster_->subscriber_count(), 1);
    watch.Cancel();
    CommitManyPayments(200);
    EXPECT_EQ(watch.End().error_code(), grpc::StatusCode::CANCELLED);
  }
  WaitForOpenStreams(0);
  while (broadcaster_->subscriber_count() != 0) std::this_thread::yield();
}

TEST_F(WatchTest, ADrainTellsTheLastCursorAndEndsUnavailable) {
  CommitPayment("payments/a", v1::PAYMENT_STATE_PROCESSING);
  Watch watch(*stub_, FromBeginning());
  EXPECT_EQ(watch.NextEvent().revision(), 1);
  EXPECT_EQ(watch.Next().item_case(), Response::kCaughtUp);
  streams_.Drain();
  const Response draining = watch.Next();
  EXPECT_EQ(draining.item_case(), Response::kDraining);
  EXPECT_EQ(draining.cursor(), CursorAt(1));
  const grpc::Status end = watch.End();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(DetailsOf(end).info.reason(), "DRAINING");
  EXPECT_TRUE(DetailsOf(end).has_retry);
  // And nobody comes in any more; reads are still answered.
  EXPECT_EQ(DetailsOf(EndOf(FromBeginning())).info.reason(), "DRAINING");
  grpc::ClientContext context;
  v1::ListPaymentsResponse list;
  EXPECT_TRUE(stub_->ListPayments(&context, {}, &list).ok());
}

TEST_F(WatchTest, TheServersEndCancelsAReaderThatDoesNotRead) {
  CommitManyPayments(5'000);
  Watch watch(*stub_, FromBeginning());
  WaitForOpenStreams(1);
  streams_.Drain();
  server_->Shutdown(absl::ZeroDuration());
  EXPECT_EQ(streams_.GetStats().open, 0);
  EXPECT_FALSE(watch.End().ok());
}

TEST_F(WatchTest, ManyStreamsComeAndGoWhileEventsFlow) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 25;
  std::thread writer([this] { CommitManyPayments(2'000); });
  std::vector<std::thread> readers;
  readers.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    readers.emplace_back([this] {
      const auto stub = NewStub();
      for (int round = 0; round < kRounds; ++round) {
        Watch watch(*stub, FromBeginning());
        watch.Next();
        watch.Cancel();
      }
    });
  }
  for (std::thread& reader : readers) reader.join();
  writer.join();
  WaitForOpenStreams(0);
}

class WatchLimitTest : public ServiceFixture {};

TEST_F(WatchLimitTest, WithoutCredentialsThereIsNoStream) {
  StartServer({.principals = {{"shop", kDevTenant, std::string(64, 'a')}}});
  const grpc::Status refused = Watch(*stub_, FromBeginning()).End();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(DetailsOf(refused).info.reason(), "CREDENTIALS");
}

// What the ring has forgotten is read from the store, and the other way round.
TEST_F(WatchLimitTest, ASmallRingChangesNothing) {
  StartServer({.broadcaster = {.ring_events_max = 3}});
  CommitManyPayments(300);
  Watch watch(*stub_, FromBeginning());
  for (int64_t revision = 1; revision <= 300; ++revision) {
    ASSERT_EQ(watch.NextEvent().revision(), revision);
  }
  CommitPayment("payments/live", v1::PAYMENT_STATE_PROCESSING);
  EXPECT_EQ(watch.NextEvent().revision(), 301);
}

TEST_F(WatchLimitTest, AStoreThatFailsEndsTheStream) {
  store_.SetFaults([] { return MemoryStore::Fault::kFailBefore; });
  StartServer();
  const grpc::Status end = Watch(*stub_, FromBeginning()).End();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(DetailsOf(end).info.reason(), "STORE_UNAVAILABLE");
  EXPECT_TRUE(DetailsOf(end).has_retry);
}

}  // namespace
}  // namespace payments
