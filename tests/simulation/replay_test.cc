#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/simulation/invariants.h"
#include "tests/simulation/random_run.h"

namespace payments::simulation {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<std::string> StoryOf(uint64_t seed) {
  constexpr size_t kAll = 100000;
  RunPlan plan = PlanOf(seed);
  plan.options.tell_story = true;
  EngineSimulation simulation(seed, plan.options);
  RunToTheEnd(simulation, plan);
  return simulation.story().Last(kAll, {});
}

// Otherwise a seed would be worth nothing.
TEST(Replay, TheSameSeedIsTheSameRun) {
  constexpr uint64_t kSeeds = 50;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) EXPECT_EQ(StoryOf(seed), StoryOf(seed)) << seed;
  EXPECT_NE(StoryOf(0), StoryOf(1));
}

// Telling the story does not change it.
TEST(Replay, AStoryThatIsNotToldIsTheSameRun) {
  constexpr uint64_t kSeeds = 50;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    RunPlan plan = PlanOf(seed);
    EngineSimulation silent(seed, plan.options);
    RunToTheEnd(silent, plan);
    plan.options.tell_story = true;
    EngineSimulation told(seed, plan.options);
    RunToTheEnd(told, plan);
    EXPECT_EQ(silent.executor().Monotonic(), told.executor().Monotonic());
    EXPECT_EQ(silent.Record().commits.size(), told.Record().commits.size());
  }
}

TEST(Replay, AFailureSaysHowToReplayItAndWhatHappened) {
  SimulationOptions options{Faults::None(), 0, 0};
  options.tell_story = true;
  EngineSimulation simulation(7, options);
  simulation.Create({.request_id = "broken"});
  simulation.Create({.account = 1, .request_id = "sound"});
  simulation.RunFor(absl::Seconds(3));
  simulation.CrashForAWhile();
  RunInHealth(simulation);
  RunRecord record = simulation.Record();
  ASSERT_TRUE(BrokenInvariants(record).empty());
  const std::string name = simulation.names().front();
  record.payments.erase(name);
  const std::vector<Broken> broken = BrokenInvariants(record);
  const std::string text = DescribeFailure(7, broken, record, simulation.story());
  EXPECT_THAT(text, HasSubstr("INVARIANT nothing-forgotten: " + name + " was told of"));
  EXPECT_THAT(text, HasSubstr("SIMULATION_SEED=7 build/dev/bin/simulation_test"));
  // What concerns the payment, and nobody else's.
  EXPECT_THAT(text, HasSubstr("wire: capture"));
  EXPECT_THAT(text, HasSubstr("PROCESSING -> SUCCEEDED by RPC"));
  EXPECT_THAT(text, HasSubstr("server crashes"));
  EXPECT_THAT(text, Not(HasSubstr(Story::ShortName(simulation.names().back()))));
}

}  // namespace
}  // namespace payments::simulation
