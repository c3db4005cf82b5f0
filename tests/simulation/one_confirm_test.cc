#include <gtest/gtest.h>

#include "tests/simulation/canaries.h"
#include "tests/simulation/engine_simulation.h"

namespace payments::simulation {
namespace {

constexpr size_t kTransferAccount = 3;

// The payer's browser and the merchant both hand the bank's result on, again and again, while
// others ask: it is confirmed by whoever is first, and by nobody else.
TEST(OneConfirm, PageMerchantAndChecksMeet) {
  constexpr uint64_t kSeeds = 100;
  constexpr int kRounds = 60;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(seed);
    SimulationOptions options{Faults::None(), 0, 0};
    options.faults.challenge = 100;
    options.faults.callback_twice = 100;
    options.faults.in_process = 50;
    EngineSimulation simulation(seed, options);
    simulation.Create({.account = kTransferAccount, .request_id = "request", .transfer = true});
    for (int i = 0; i < kRounds; ++i) {
      simulation.RunFor(absl::Milliseconds(simulation.executor().Random(500)));
      if (simulation.names().empty()) continue;
      const std::string name = simulation.names().front();
      simulation.ReturnByPage(name, kAccepted);
      simulation.OpenPage(name);
      simulation.ReturnByMerchant(name, kAccepted);
      simulation.Check(name);
    }
    simulation.RunFor(absl::Minutes(2));
    ASSERT_EQ(simulation.world().transfers().size(), 1U);
    const LedgerWorld::Transfer& transfer = simulation.world().transfers().begin()->second;
    EXPECT_EQ(transfer.confirms, 1);
    EXPECT_EQ(transfer.moves, 1);
    EXPECT_EQ(simulation.Stored(simulation.names().front()).record.payment().state(),
              v1::PAYMENT_STATE_SUCCEEDED);
  }
}

}  // namespace
}  // namespace payments::simulation
