#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/simulation/engine_simulation.h"
#include "tests/simulation/ledger_provider.h"

namespace payments::simulation {
namespace {

int Captures(EngineSimulation& simulation) {
  int captures = 0;
  for (const auto& [what, count] : simulation.world().arrivals()) {
    if (absl::StartsWith(what, "capture")) captures += count;
  }
  return captures;
}

// The answer, callbacks and checks by caller and reconciler all say "held" at about
// the same time; whichever comes first sends the capture, and nobody else.
TEST(OneCapture, CallbackAnswerAndReconcilerAllReportHeld) {
  constexpr uint64_t kSeeds = 500;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    SimulationOptions options{Faults::None(), 0, 0};
    options.faults.callback_twice = 100;
    options.faults.in_process = 50;
    EngineSimulation simulation(seed, options);
    simulation.Create({.request_id = "request"});
    for (int i = 0; i < 200; ++i) {
      simulation.RunFor(absl::Milliseconds(simulation.executor().Random(500)));
      if (simulation.names().empty()) continue;
      simulation.Check(simulation.names().front());
      if (simulation.world().holds().empty()) continue;
      const auto& [id, hold] = *simulation.world().holds().begin();
      simulation.DeliverCallback(hold.url, Encode({"notice", {{"hold_id", id}, {"status", "0"}}}));
    }
    simulation.RunFor(absl::Minutes(2));
    ASSERT_EQ(simulation.names().size(), 1U);
    EXPECT_EQ(simulation.Stored(simulation.names().front()).record.payment().state(),
              v1::PAYMENT_STATE_SUCCEEDED);
    EXPECT_EQ(Captures(simulation), 1);
  }
}

}  // namespace
}  // namespace payments::simulation
