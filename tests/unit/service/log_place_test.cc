#include "server/service/log_place.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/events/published_event.h"
#include "tests/fakes/memory_store.h"
#include "tests/fakes/simulated_executor.h"
#include "tests/support/store_records.h"

namespace payments {
namespace {

constexpr char kTenant[] = "acme";

class LogPlaceTest : public testing::Test {
 protected:
  void Commit(int count) {
    for (int i = 0; i < count; ++i) {
      store_.CreatePayment(NewPayment(kTenant, std::to_string(++created_)), {}, [](const auto&) {});
    }
    executor_.Run();
  }
  void PruneAllButOne() {
    store_.PruneEvents({absl::InfiniteFuture(), 0}, 1'000'000, [](const auto&) {});
    executor_.Run();
  }
  LogPlace Beginning() {
    std::optional<LogPlace> found;
    FindPlace(&store_, broadcaster_.get(), &cursors_, kTenant, {},
              [&](absl::StatusOr<LogPlace> place) { found = *std::move(place); });
    executor_.Run();
    return found.value();
  }
  // Reads the log behind the place.
  absl::Status Check(LogPlace* place) {
    return CheckPage(Published(disk_->ReadEvents(kTenant, place->revision, 10)), cursors_, kTenant,
                     place);
  }

  PublishedPage Published(EventPage page) {
    return ToPublished(kTenant, std::move(page), &cursors_);
  }

  SimulatedExecutor executor_{1};
  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  MemoryStore store_{disk_, &executor_};
  CursorCodec cursors_{"log"};
  std::unique_ptr<Broadcaster> broadcaster_ =
      Broadcaster::Create({}, &executor_, &store_, &cursors_);
  int created_ = 0;
};

TEST_F(LogPlaceTest, TheBeginningMayMoveUntilAnEventWasSeen) {
  Commit(5);
  LogPlace place = Beginning();
  EXPECT_EQ(place.revision, 0);
  EXPECT_EQ(place.target, 5);
  PruneAllButOne();
  EXPECT_TRUE(Check(&place).ok());  // The oldest kept: that is what was asked for.
}

TEST_F(LogPlaceTest, OnceAnEventWasSeenNothingMayBeMissing) {
  Commit(5);
  LogPlace place = Beginning();
  ASSERT_TRUE(Check(&place).ok());
  place.revision = 2;
  Commit(5);
  PruneAllButOne();
  EXPECT_EQ(ReasonOf(Check(&place)), v1::ERROR_REASON_CURSOR_PRUNED);
}

// Who was told that he has caught up with an empty log has to get its first event.
TEST_F(LogPlaceTest, OfAnEmptyLogNothingMayBeMissing) {
  LogPlace place = Beginning();
  EXPECT_EQ(place.target, 0);
  Commit(5);
  PruneAllButOne();
  EXPECT_EQ(ReasonOf(Check(&place)), v1::ERROR_REASON_CURSOR_PRUNED);
}

TEST_F(LogPlaceTest, AGapWithinAPageIsADefect) {
  LogPlace place;
  EventPage page;
  for (const int64_t revision : {1, 3}) {
    auto event = std::make_shared<v1::Event>();
    event->set_revision(revision);
    page.events.push_back(std::move(event));
  }
  page.newest_revision = 3;
  EXPECT_EQ(CheckPage(Published(page), cursors_, kTenant, &place).code(),
            absl::StatusCode::kInternal);
}

// Who takes it for the end asks for ever, or is silent.
TEST_F(LogPlaceTest, NothingWhereThereMustBeMoreIsADefect) {
  PublishedPage page;
  page.newest_revision = 3;
  LogPlace place{.revision = 2};
  EXPECT_EQ(CheckPage(page, cursors_, kTenant, &place).code(), absl::StatusCode::kInternal);
  place = {.revision = 3};
  EXPECT_TRUE(CheckPage(page, cursors_, kTenant, &place).ok());
}

}  // namespace
}  // namespace payments
