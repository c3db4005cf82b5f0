#ifndef PAYMENTS_TESTS_SIMULATION_INVARIANTS_H_
#define PAYMENTS_TESTS_SIMULATION_INVARIANTS_H_

#include <string>
#include <vector>

#include "tests/simulation/engine_simulation.h"

namespace payments::simulation {

// What must hold after any run, each broken one as a line; empty if all hold.
//   - The provider saw every authorize and every capture at most once, and captured
//     at most once for a request_id.
//   - Revisions and sequences are dense, previous states link up, final states stay.
//   - AUTOMATIC never shows AUTHORIZED; nothing is captured after cancel_requested.
//   - UNKNOWN ends by evidence, or by time only once the hold's time is over.
//   - What a caller was told of is there.
//   - When everything has been found out: no payment is left open, SUCCEEDED means
//     captured and every other end means not captured, unless it says needs_review.
std::vector<std::string> BrokenInvariants(EngineSimulation& simulation);

}  // namespace payments::simulation

#endif  // PAYMENTS_TESTS_SIMULATION_INVARIANTS_H_
