#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "tests/simulation/invariants.h"
#include "tests/simulation/random_run.h"

namespace payments::simulation {
namespace {

std::optional<uint64_t> FromEnvironment(const char* name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets the environment.
  const char* text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  uint64_t value = 0;
  if (absl::SimpleAtoi(text, &value)) return value;
  ADD_FAILURE() << name << "=" << text;
  return std::nullopt;
}

// The same seed once more, this time told.
std::string Describe(uint64_t seed, const std::vector<Broken>& broken) {
  RunPlan plan = PlanOf(seed);
  plan.options.tell_story = true;
  EngineSimulation simulation(seed, plan.options);
  RunToTheEnd(simulation, plan);
  return DescribeFailure(seed, broken, simulation.Record(), simulation.story());
}

// SIMULATION_SEEDS says how many, SIMULATION_SEED which one alone.
TEST(Simulation, NoSeedBreaksAnInvariant) {
  constexpr uint64_t kSeeds = 2000;
  uint64_t begin = 0;
  uint64_t end = FromEnvironment("SIMULATION_SEEDS").value_or(kSeeds);
  if (const auto alone = FromEnvironment("SIMULATION_SEED"); alone.has_value()) {
    begin = *alone;
    end = begin + 1;
  }
  int contradictions = 0;
  std::map<std::string, int> seen;
  for (uint64_t seed = begin; seed < end; ++seed) {
    const RunPlan plan = PlanOf(seed);
    EngineSimulation simulation(seed, plan.options);
    RunToTheEnd(simulation, plan);
    const RunRecord record = simulation.Record();
    const std::vector<Broken> broken = BrokenInvariants(record);
    ASSERT_TRUE(broken.empty()) << Describe(seed, broken);
    contradictions += simulation.observer().contradictions;
    for (const Commit& commit : record.commits) {
      ++seen[v1::PaymentState_Name(commit.event->payment().state())];
    }
  }
  // A simulation in which nothing happens breaks nothing.
  for (const auto& [state, count] : seen) std::cout << state << " " << count << "\n";
  std::cout << "contradictions " << contradictions << "\n";
  if (end - begin > 1) {
    constexpr size_t kStates = 9;
    EXPECT_EQ(seen.size(), kStates);
    EXPECT_GT(contradictions, 0);
  }
}

}  // namespace
}  // namespace payments::simulation
