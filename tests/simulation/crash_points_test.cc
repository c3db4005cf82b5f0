#include <gtest/gtest.h>

#include <iostream>
#include <string>
#include <vector>

#include "tests/simulation/canaries.h"
#include "tests/simulation/invariants.h"
#include "tests/simulation/random_run.h"

namespace payments::simulation {
namespace {

// What callers do in one scenario, and in which weather. Each step takes a while.
struct Scenario {
  std::string name;
  v1::CaptureMode mode = v1::CAPTURE_MODE_AUTOMATIC;
  bool capture = false;
  bool cancel = false;
  bool cancel_at_once = false;
  // Of all the provider's answers and callbacks.
  int lost_answer_percent = 0;
  int lost_before_percent = 0;
  int late_percent = 0;
  int declined_percent = 0;
  int in_process_percent = 0;
  // Of transfers alone.
  bool transfer = false;
  int challenge_percent = 0;
  int token_refused_percent = 0;
  bool back_by_page = false;
  bool back_by_merchant = false;
};

std::vector<Scenario> Scenarios() {
  constexpr v1::CaptureMode kManual = v1::CAPTURE_MODE_MANUAL;
  return {
      {.name = "automatic"},
      {.name = "automatic, all answers lost", .lost_answer_percent = 100},
      {.name = "automatic, some answers lost, some late",
       .lost_answer_percent = 30,
       .late_percent = 30},
      {.name = "automatic, refused now and then", .declined_percent = 40},
      {.name = "automatic, in process", .in_process_percent = 100},
      {.name = "capture", .mode = kManual, .capture = true},
      {.name = "capture, some requests lost",
       .mode = kManual,
       .capture = true,
       .lost_before_percent = 40},
      {.name = "capture, refused now and then",
       .mode = kManual,
       .capture = true,
       .declined_percent = 40},
      {.name = "cancel", .mode = kManual, .cancel = true},
      {.name = "cancel at once",
       .mode = kManual,
       .cancel_at_once = true,
       .lost_answer_percent = 30},
      {.name = "capture against cancel",
       .mode = kManual,
       .capture = true,
       .cancel = true,
       .lost_answer_percent = 20,
       .late_percent = 20},
      {.name = "left to expire", .mode = kManual},
  };
}

std::vector<Scenario> TransferScenarios() {
  return {
      {.name = "transfer", .transfer = true},
      {.name = "transfer, all answers lost", .lost_answer_percent = 100, .transfer = true},
      {.name = "transfer, some requests lost, some late",
       .lost_before_percent = 40,
       .late_percent = 40,
       .transfer = true},
      {.name = "transfer, token refused now and then",
       .lost_answer_percent = 20,
       .transfer = true,
       .token_refused_percent = 50},
      {.name = "transfer, in process", .in_process_percent = 100, .transfer = true},
      {.name = "payer comes back",
       .transfer = true,
       .challenge_percent = 100,
       .back_by_page = true},
      {.name = "payer comes back both ways, some answers lost",
       .lost_answer_percent = 30,
       .transfer = true,
       .challenge_percent = 100,
       .back_by_page = true,
       .back_by_merchant = true},
      {.name = "payer comes back both ways, some requests lost, some late",
       .lost_before_percent = 30,
       .late_percent = 30,
       .transfer = true,
       .challenge_percent = 100,
       .back_by_page = true,
       .back_by_merchant = true},
      {.name = "payer against cancel",
       .cancel = true,
       .transfer = true,
       .challenge_percent = 100,
       .back_by_page = true},
      {.name = "payer is sent to the bank after a cancel",
       .cancel_at_once = true,
       .in_process_percent = 30,
       .transfer = true,
       .challenge_percent = 100,
       .back_by_page = true},
      {.name = "payer never comes", .transfer = true, .challenge_percent = 100},
  };
}

SimulationOptions OptionsOf(const Scenario& scenario) {
  SimulationOptions options{Faults::None(), 0, 0};
  options.faults.lost_answer = scenario.lost_answer_percent;
  options.faults.lost_before = scenario.lost_before_percent;
  options.faults.late = scenario.late_percent;
  options.faults.declined = scenario.declined_percent;
  options.faults.in_process = scenario.in_process_percent;
  options.faults.challenge = scenario.challenge_percent;
  options.faults.token_refused = scenario.token_refused_percent;
  options.tell_story = true;
  return options;
}

// The caller repeats the request until he has an answer; so does every caller.
void Play(const Scenario& scenario, EngineSimulation& simulation) {
  constexpr size_t kTransferAccount = 3;
  const Order order{.account = scenario.transfer ? kTransferAccount : 0,
                    .request_id = "request",
                    .mode = scenario.mode,
                    .transfer = scenario.transfer,
                    .save_source = true,
                    .save_destination = true};
  simulation.Create(order);
  if (scenario.cancel_at_once) simulation.CancelByRequestId("default", "request");
  for (int i = 0; i < 3; ++i) {
    simulation.RunFor(absl::Seconds(40));
    simulation.Create(order);
    if (simulation.names().empty()) continue;
    const std::string name = simulation.names().back();
    if (scenario.capture) simulation.Capture(name);
    if (scenario.back_by_page) simulation.ReturnByPage(name, kAccepted);
    if (scenario.back_by_merchant) simulation.ReturnByMerchant(name, kAccepted);
    if (scenario.cancel) simulation.Cancel(name);
  }
  simulation.RunFor(absl::Seconds(40));
  RunInHealth(simulation);
}

// One crash, at every point where there can be one: before and after each write of the
// store, before and after each request to the provider.
void CrashEverywhere(const std::vector<Scenario>& scenarios) {
  constexpr uint64_t kSeeds = 5;
  int runs = 0;
  for (const Scenario& scenario : scenarios) {
    for (uint64_t seed = 0; seed < kSeeds; ++seed) {
      SimulationOptions options = OptionsOf(scenario);
      int points = 1;  // Known after the run without a crash.
      for (int crash_at = -1; crash_at < points; ++crash_at, ++runs) {
        options.crash_at = crash_at;
        EngineSimulation simulation(seed, options);
        Play(scenario, simulation);
        if (crash_at < 0) points = simulation.crash_points();
        const RunRecord record = simulation.Record();
        const std::vector<Broken> broken = BrokenInvariants(record);
        ASSERT_TRUE(broken.empty()) << scenario.name << ", crash point " << crash_at << ", "
                                    << DescribeFailure(seed, broken, record, simulation.story());
      }
      // Before and after: no payment takes less than two writes and two requests.
      constexpr int kPointsMin = 8;
      EXPECT_GE(points, kPointsMin) << scenario.name;
    }
  }
  std::cout << runs << " runs\n";
}

TEST(CrashPoints, EveryOneInEveryScenario) { CrashEverywhere(Scenarios()); }

TEST(CrashPoints, EveryOneInEveryScenarioOfTransfers) { CrashEverywhere(TransferScenarios()); }

}  // namespace
}  // namespace payments::simulation
