#include "server/engine/trusted_time.h"

#include <gtest/gtest.h>

#include "tests/fakes/simulated_executor.h"

namespace payments {
namespace {

class TrustedTimeTest : public ::testing::Test {
 protected:
  // What it says after `duration`, being asked every second.
  absl::Duration Passed(absl::Duration duration) {
    for (absl::Duration done; done < duration; done += absl::Seconds(1)) {
      executor_.RunFor(absl::Seconds(1));
      time_.Now();
    }
    return time_.Now() - start_;
  }

  SimulatedExecutor executor_{1};
  const absl::Time start_ = executor_.Now();
  TrustedTime time_{&executor_};
};

TEST_F(TrustedTimeTest, FollowsAClockThatNobodySets) {
  EXPECT_EQ(Passed(absl::Hours(1)), absl::Hours(1));
}

TEST_F(TrustedTimeTest, FollowsAClockThatIsSlewed) {
  for (int i = 1; i <= 100; ++i) {
    executor_.SetWallOffset(i * absl::Milliseconds(100));
    Passed(absl::Seconds(1));
  }
  EXPECT_EQ(time_.Now(), executor_.Now());
}

TEST_F(TrustedTimeTest, AStepIsNotBelievedUntilItHasLasted) {
  for (const absl::Duration step : {absl::Hours(1000), -absl::Hours(1000)}) {
    const absl::Duration before = time_.Now() - start_;
    executor_.SetWallOffset(step);
    const absl::Duration nearly = TrustedTime::kBelievedAfter - absl::Seconds(2);
    EXPECT_EQ(Passed(nearly), before + nearly);
    Passed(absl::Seconds(3));
    EXPECT_EQ(time_.Now(), executor_.Now());
    executor_.SetWallOffset(absl::ZeroDuration());
    Passed(TrustedTime::kBelievedAfter + absl::Seconds(3));
    EXPECT_EQ(time_.Now(), executor_.Now());
  }
}

TEST_F(TrustedTimeTest, AStepThatIsTakenBackNeverWas) {
  executor_.SetWallOffset(absl::Hours(1000));
  Passed(absl::Minutes(9));
  executor_.SetWallOffset(absl::ZeroDuration());
  EXPECT_EQ(Passed(absl::Minutes(20)), absl::Minutes(29));
}

TEST_F(TrustedTimeTest, EachStepMustLast) {
  for (int i = 1; i <= 5; ++i) {
    executor_.SetWallOffset(i * absl::Hours(1));
    EXPECT_EQ(Passed(absl::Minutes(9)), i * absl::Minutes(9));
  }
}

}  // namespace
}  // namespace payments
