// What is impaired, when it is told, and who is told.

#include "server/app/readiness.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/app/machine_watch.h"
#include "server/app/provider_watch.h"
#include "tests/unit/metrics/recording_logger.h"

namespace payments {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class TwoClocks : public Clock {
 public:
  absl::Time Now() const override { return wall_; }
  absl::Duration Monotonic() const override { return monotonic_; }
  void Pass(absl::Duration time) {
    wall_ += time;
    monotonic_ += time;
  }
  void Step(absl::Duration by) { wall_ += by; }

 private:
  absl::Time wall_ = absl::FromUnixSeconds(1'800'000'000);  // 2027-01-15T08:00:00Z
  absl::Duration monotonic_ = absl::Hours(1);
};

class ReadinessTest : public testing::Test {
 protected:
  ReadinessTest() {
    readiness_.Attach([this](bool serving) { told_.push_back(serving); });
  }

  TwoClocks clock_;
  RecordingLogger logger_;
  std::vector<bool> told_;
  Readiness readiness_{&clock_, &logger_};
};

TEST_F(ReadinessTest, BeginsWithStartingAndEndsWithDraining) {
  EXPECT_THAT(readiness_.Report().not_ready, ElementsAre("starting"));
  readiness_.SetStarted();
  EXPECT_THAT(readiness_.Report().not_ready, IsEmpty());
  readiness_.SetDraining();
  EXPECT_THAT(readiness_.Report().not_ready, ElementsAre("draining"));
  EXPECT_THAT(told_, ElementsAre(false, true, false));
}

TEST_F(ReadinessTest, AnIllStoreStopsWorkUntilItIsWellAgain) {
  readiness_.SetStarted();
  readiness_.OnStoreHealth({StoreTrouble::kDiskFull, "no space"});
  EXPECT_THAT(readiness_.Report().not_ready,
              ElementsAre("store_disk_full since 2027-01-15T08:00:00Z"));
  ASSERT_EQ(readiness_.Readings().size(), 1U);
  EXPECT_EQ(readiness_.Readings()[0].what, "store_disk_full");
  clock_.Pass(absl::Seconds(3));
  readiness_.OnStoreHealth({StoreTrouble::kLocked, "busy"});
  EXPECT_THAT(readiness_.Report().not_ready,
              ElementsAre("store_locked since 2027-01-15T08:00:03Z"));
  readiness_.OnStoreHealth({});
  EXPECT_THAT(readiness_.Report().not_ready, IsEmpty());
  EXPECT_THAT(told_, ElementsAre(false, true, false, true));
  EXPECT_THAT(logger_.lines(),
              ElementsAre("error impaired what=store_disk_full of= stops_work=true detail=no space",
                          "error impaired what=store_locked of= stops_work=true detail=busy",
                          "info recovered what=store_disk_full of= lasted_ms=3000",
                          "info recovered what=store_locked of= lasted_ms=0"));
}

TEST_F(ReadinessTest, NobodyIsToldAfterTheDrain) {
  readiness_.SetStarted();
  readiness_.SetDraining();
  readiness_.OnStoreHealth({StoreTrouble::kDiskFull, ""});
  readiness_.OnStoreHealth({});
  EXPECT_THAT(told_, ElementsAre(false, true, false));
}

class NoObserver : public Observer {
 public:
  void OnProviderCall(absl::string_view, absl::string_view, absl::string_view, absl::string_view,
                      absl::string_view, absl::Duration) override {
    ++calls_;
  }
  void OnCallback(absl::string_view, absl::string_view, absl::string_view) override { ++calls_; }
  void OnContradiction(absl::string_view, absl::string_view) override { ++calls_; }
  void OnCheckPostponed(absl::string_view) override { ++calls_; }
  void OnTrouble(absl::string_view, absl::string_view, absl::string_view) override { ++calls_; }
  int calls() const { return calls_; }

 private:
  int calls_ = 0;
};

class ProviderWatchTest : public ReadinessTest {
 protected:
  ProviderWatchTest() { readiness_.SetStarted(); }
  void Call(absl::string_view account, absl::string_view result) {
    watch_.OnProviderCall(account, "payments/1", "check", result, "", absl::ZeroDuration());
  }

  NoObserver next_;
  ProviderWatch watch_{&readiness_, &next_};
};

TEST_F(ProviderWatchTest, AProviderThatDoesNotAnswerHampersAndDoesNotStop) {
  Call("accounts/shop", "not_sent");
  Call("accounts/shop", "unknown");
  EXPECT_THAT(readiness_.Report().degraded, IsEmpty());
  for (int i = 0; i < 10; ++i) Call("accounts/shop", "unknown");
  Call("accounts/other", "succeeded");
  EXPECT_THAT(readiness_.Report().not_ready, IsEmpty());
  EXPECT_THAT(readiness_.Report().degraded,
              ElementsAre("provider_unreachable accounts/shop since 2027-01-15T08:00:00Z"));
  Call("accounts/shop", "declined");
  EXPECT_THAT(readiness_.Report().degraded, IsEmpty());
  EXPECT_EQ(logger_.lines().size(), 2U);
  EXPECT_THAT(told_, ElementsAre(false, true));
}

TEST_F(ProviderWatchTest, AnAnswerInBetweenStartsTheCountAnew) {
  for (int i = 0; i < 10; ++i) Call("accounts/shop", i % 2 == 0 ? "unknown" : "succeeded");
  EXPECT_THAT(logger_.lines(), IsEmpty());
}

TEST_F(ProviderWatchTest, TellsTheNext) {
  Call("accounts/shop", "succeeded");
  watch_.OnCallback("upay", "", "accepted");
  watch_.OnContradiction("", "");
  watch_.OnTrouble("store_commit_failed", "", "");
  EXPECT_EQ(next_.calls(), 4);
}

bool HasNone() { return false; }
bool HasSome() { return true; }

class MachineWatchTest : public ReadinessTest {
 protected:
  MachineWatchTest() { readiness_.SetStarted(); }
  MachineWatch Make(bool (*has_descriptors)()) {
    return MachineWatch({.executor = nullptr,
                         .clock = &clock_,
                         .logger = &logger_,
                         .readiness = &readiness_,
                         .has_descriptors = has_descriptors});
  }
};

TEST_F(MachineWatchTest, AClockThatRunsIsNotMentioned) {
  MachineWatch watch = Make(&HasSome);
  for (int i = 0; i < 100; ++i) {
    clock_.Pass(absl::Minutes(i));
    clock_.Step(absl::Milliseconds(i % 2 == 0 ? 900 : -900));
    watch.Look();
  }
  EXPECT_THAT(logger_.lines(), IsEmpty());
}

TEST_F(MachineWatchTest, EveryStepOfTheClockIsLoggedAndShownForAWhile) {
  MachineWatch watch = Make(&HasSome);
  clock_.Step(absl::Hours(1));
  watch.Look();
  clock_.Step(-absl::Hours(2));
  watch.Look();
  EXPECT_EQ(readiness_.Report().degraded.size(), 1U);
  EXPECT_THAT(readiness_.Report().not_ready, IsEmpty());
  clock_.Pass(MachineWatch::kClockStepShown);
  watch.Look();
  EXPECT_THAT(readiness_.Report().degraded, IsEmpty());
  EXPECT_THAT(logger_.lines(),
              ElementsAre("warning clock_stepped by_ms=3600000",
                          "warning impaired what=clock_stepped of= stops_work=false "
                          "detail=the wall clock was set by 1h",
                          "warning clock_stepped by_ms=-7200000",
                          "info recovered what=clock_stepped of= lasted_ms=600000"));
}

TEST_F(MachineWatchTest, WithoutDescriptorsNothingWorks) {
  Make(&HasNone).Look();
  Make(&HasNone).Look();
  EXPECT_THAT(readiness_.Report().not_ready,
              ElementsAre("descriptors_exhausted since 2027-01-15T08:00:00Z"));
  Make(&HasSome).Look();
  EXPECT_THAT(readiness_.Report().not_ready, IsEmpty());
  EXPECT_EQ(logger_.lines().size(), 2U);
}

}  // namespace
}  // namespace payments
