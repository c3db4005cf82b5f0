#ifndef PAYMENTS_TESTS_SIMULATION_RANDOM_RUN_H_
#define PAYMENTS_TESTS_SIMULATION_RANDOM_RUN_H_

#include <cstdint>

#include "tests/simulation/engine_simulation.h"

namespace payments::simulation {

// What kind of run a seed is: most are small, some are large; the weather of some is calm,
// of some it is bad.
struct RunPlan {
  SimulationOptions options;
  int orders = 1;       // Different request_ids.
  int first_order = 0;  // Which is the first: what it is for follows from its number.
  int calls = 3;
  bool clock_jumps = false;
  bool operators = false;
  bool insists = false;  // Callers ask for a capture again and again.
  // How often, in percent, a payer is sent to the bank while the run lasts and comes back.
  int payers_return_percent = 70;
};
RunPlan PlanOf(uint64_t seed);

// A whole run: callers that ask, ask again, capture and cancel, payers who come back, at moments
// drawn from the seed, in whatever weather; crashes and jumping clocks; then a time of health that
// is long enough for everything to be found out.
void RunToTheEnd(EngineSimulation& simulation, const RunPlan& plan);

// The last part alone: nothing fails any more, until nothing is open.
void RunInHealth(EngineSimulation& simulation);

}  // namespace payments::simulation

#endif  // PAYMENTS_TESTS_SIMULATION_RANDOM_RUN_H_
