#include "server/app/retention_keeper.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/app/event_pruner.h"
#include "tests/fakes/memory_store.h"
#include "tests/fakes/simulated_executor.h"
#include "tests/support/store_records.h"
#include "tests/unit/metrics/recording_logger.h"

namespace payments {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kTenant[] = "acme";

// Answers when the test says so.
class ScriptedPrunable final : public Prunable {
 public:
  struct Call {
    int rows_max;
    Done<Slice> done;
  };

  explicit ScriptedPrunable(std::deque<Call>* calls) : calls_(calls) {}
  absl::string_view name() const override { return "things"; }
  void PruneSlice(int rows_max, Done<Slice> done) override {
    calls_->push_back({rows_max, std::move(done)});
  }

 private:
  std::deque<Call>* const calls_;
};

class RetentionKeeperTest : public testing::Test {
 protected:
  void Start() {
    std::vector<std::unique_ptr<Prunable>> prunables;
    prunables.push_back(std::make_unique<ScriptedPrunable>(&first_));
    prunables.push_back(std::make_unique<ScriptedPrunable>(&second_));
    keeper_ = RetentionKeeper::Start({&executor_, &logger_}, std::move(prunables));
  }
  static void Answer(std::deque<ScriptedPrunable::Call>& calls,
                     absl::StatusOr<Prunable::Slice> slice) {
    ASSERT_EQ(calls.size(), 1U);
    Done<Prunable::Slice> done = std::move(calls.front().done);
    calls.pop_front();
    std::move(done)(std::move(slice));
  }

  SimulatedExecutor executor_{1};
  RecordingLogger logger_;
  std::deque<ScriptedPrunable::Call> first_;
  std::deque<ScriptedPrunable::Call> second_;
  std::shared_ptr<RetentionKeeper> keeper_;
};

TEST_F(RetentionKeeperTest, TheNextSliceComesAfterTheAnswerAndAPause) {
  Start();
  ASSERT_EQ(first_.size(), 1U);
  EXPECT_EQ(first_.front().rows_max, RetentionKeeper::kSliceRowsMax);
  executor_.RunFor(absl::Hours(1));
  EXPECT_EQ(first_.size(), 1U);  // Nothing while the store is at it.
  Answer(first_, Prunable::Slice{.more = true, .skipped = ""});
  EXPECT_THAT(first_, IsEmpty());
  executor_.RunFor(RetentionKeeper::kPause / 2);
  EXPECT_THAT(first_, IsEmpty());
  executor_.RunFor(RetentionKeeper::kPause);
  EXPECT_EQ(first_.size(), 1U);
  EXPECT_THAT(second_, IsEmpty());
}

TEST_F(RetentionKeeperTest, EveryKindHasItsTurn) {
  Start();
  Answer(first_, Prunable::Slice{});
  executor_.RunFor(2 * RetentionKeeper::kPause);
  EXPECT_THAT(first_, IsEmpty());
  Answer(second_, Prunable::Slice{});
  executor_.RunFor(RetentionKeeper::kInterval / 2);
  EXPECT_THAT(first_, IsEmpty());
  executor_.RunFor(RetentionKeeper::kInterval);
  EXPECT_EQ(first_.size(), 1U);
}

TEST_F(RetentionKeeperTest, AStoreThatFailsIsAskedAgainLater) {
  Start();
  Answer(first_, absl::UnavailableError("the disk is full"));
  EXPECT_THAT(logger_.lines(), ElementsAre("warning trouble what=retention_postponed of=things "
                                           "detail=the disk is full"));
  executor_.RunFor(RetentionKeeper::kTroubleInterval / 2);
  EXPECT_THAT(first_, IsEmpty());
  EXPECT_THAT(second_, IsEmpty());
  // The others first: perhaps it is about this one alone.
  executor_.RunFor(RetentionKeeper::kTroubleInterval);
  EXPECT_THAT(first_, IsEmpty());
  Answer(second_, Prunable::Slice{});
  executor_.RunFor(2 * RetentionKeeper::kInterval);
  EXPECT_EQ(first_.size(), 1U);
}

TEST_F(RetentionKeeperTest, WhatIsSkippedIsToldOnceAndStopsNothing) {
  Start();
  Answer(first_, Prunable::Slice{.more = true, .skipped = "a tenant"});
  for (int round = 0; round < 3; ++round) {
    executor_.RunFor(2 * RetentionKeeper::kInterval);
    Answer(first_, Prunable::Slice{.more = false, .skipped = "a tenant"});
    executor_.RunFor(2 * RetentionKeeper::kPause);
    Answer(second_, Prunable::Slice{});
  }
  EXPECT_THAT(logger_.lines(),
              ElementsAre("warning trouble what=retention_skipped of=things detail=a tenant"));
  executor_.RunFor(2 * RetentionKeeper::kInterval);
  Answer(first_, Prunable::Slice{.more = false, .skipped = "another"});
  EXPECT_EQ(logger_.lines().size(), 2U);
}

TEST_F(RetentionKeeperTest, StoppedItPrunesNoMore) {
  Start();
  keeper_->Stop();
  Answer(first_, Prunable::Slice{.more = true, .skipped = ""});
  executor_.RunFor(absl::Hours(1));
  EXPECT_THAT(first_, IsEmpty());
  EXPECT_EQ(executor_.pending(), 0U);
}

// -- The log of events ---------------------------------------------------------------

class EventPrunerTest : public testing::Test {
 protected:
  EventPrunerTest() {
    store_.SetCommitListener([this](const auto& events) { broadcaster_->Publish(events); });
  }

  void Start(EventPruner::Limits limits) {
    std::vector<std::unique_ptr<Prunable>> prunables;
    prunables.push_back(std::make_unique<EventPruner>(
        EventPruner::Dependencies{&store_, broadcaster_.get(), &executor_, &gauge_}, limits));
    keeper_ = RetentionKeeper::Start({&executor_, &logger_}, std::move(prunables));
  }
  // Events of now.
  void Commit(int count) {
    for (int i = 0; i < count; ++i) {
      store_.CreatePayment(NewPayment(kTenant, std::to_string(++created_), executor_.Now()), {},
                           [this](const auto& claim) { committed_ += claim.ok() ? 1 : 0; });
    }
  }
  int64_t Kept() const {
    return static_cast<int64_t>(disk_->ReadEvents(kTenant, 0, 1'000'000).events.size());
  }

  SimulatedExecutor executor_{1};
  RecordingLogger logger_;
  EventLogGauge gauge_;
  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  MemoryStore store_{disk_, &executor_};
  CursorCodec cursors_{"log"};
  std::unique_ptr<Broadcaster> broadcaster_ =
      Broadcaster::Create({}, &executor_, &store_, &cursors_);
  std::shared_ptr<RetentionKeeper> keeper_;
  int created_ = 0;
  int committed_ = 0;
};

constexpr EventPruner::Limits kOneHour = {absl::Hours(1), int64_t{1} << 40};

TEST_F(EventPrunerTest, WhatIsTooOldGoesFromTheLogAndFromMemory) {
  Commit(3);
  executor_.RunFor(absl::Minutes(30));
  Commit(2);
  Start(kOneHour);
  executor_.RunFor(absl::Minutes(25));
  EXPECT_EQ(Kept(), 5);
  EXPECT_EQ(gauge_.Get().pruned_events, 0);
  EXPECT_TRUE(broadcaster_->TryRead(kTenant, 0, 10).has_value());
  executor_.RunFor(absl::Minutes(10));
  EXPECT_EQ(Kept(), 2);
  EXPECT_EQ(gauge_.Get().pruned_events, 3);
  EXPECT_GT(gauge_.Get().bytes_max, 0);
  EXPECT_NEAR(absl::ToDoubleMinutes(executor_.Now() - *gauge_.Get().oldest_time), 35, 1);
  EXPECT_FALSE(broadcaster_->TryRead(kTenant, 2, 10).has_value());
  EXPECT_EQ(broadcaster_->TryRead(kTenant, 3, 10)->events.size(), 2U);
}

TEST_F(EventPrunerTest, ManySlicesLetOthersCommitInBetween) {
  constexpr int kEvents = 10 * RetentionKeeper::kSliceRowsMax;
  Commit(kEvents);
  executor_.RunFor(absl::Hours(2));
  Start(kOneHour);
  int64_t before = Kept();
  int slices = 0;
  committed_ = 0;
  int asked = 0;
  while (Kept() > asked + 1 || slices == 0) {
    Commit(1);
    ++asked;
    executor_.RunFor(RetentionKeeper::kPause / 2);
    // It was committed although there is more to prune.
    ASSERT_EQ(committed_, asked);
    const int64_t now = Kept();
    const int64_t gone = before + 1 - now;
    ASSERT_LE(gone, RetentionKeeper::kSliceRowsMax);
    slices += gone > 0 ? 1 : 0;
    before = now;
    ASSERT_LT(asked, 1000);
  }
  EXPECT_GE(slices, 10);
}

TEST_F(EventPrunerTest, AnIllStoreIsSurvived) {
  Commit(3);
  executor_.RunFor(absl::Hours(2));
  bool ill = true;
  store_.SetFaults(
      [&] { return ill ? MemoryStore::Fault::kFailBefore : MemoryStore::Fault::kNone; });
  Start(kOneHour);
  executor_.RunFor(absl::Minutes(1));
  EXPECT_EQ(Kept(), 3);
  EXPECT_THAT(logger_.lines().at(0), HasSubstr("retention_postponed of=events"));
  EXPECT_LE(logger_.lines().size(), 7U);  // Not in every moment.
  ill = false;
  executor_.RunFor(absl::Minutes(1));
  EXPECT_EQ(Kept(), 1);
}

// A clock that somebody has set by mistake, and sets right again, costs nothing.
TEST_F(EventPrunerTest, AClockThatIsSetForAMomentDeletesNothing) {
  Commit(3);
  executor_.RunFor(absl::Minutes(1));
  Start(kOneHour);
  executor_.SetWallOffset(absl::Hours(24 * 365));
  executor_.RunFor(absl::Minutes(5));
  EXPECT_EQ(Kept(), 3);
  executor_.SetWallOffset(absl::ZeroDuration());
  executor_.RunFor(absl::Minutes(30));
  EXPECT_EQ(Kept(), 3);
  // One that stays so is meant.
  executor_.SetWallOffset(absl::Hours(24));
  executor_.RunFor(absl::Minutes(15));
  EXPECT_EQ(Kept(), 1);
}

}  // namespace
}  // namespace payments
