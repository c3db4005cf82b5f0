#ifndef PAYMENTS_TESTS_SIMULATION_INVARIANTS_H_
#define PAYMENTS_TESTS_SIMULATION_INVARIANTS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/simulation/run_index.h"
#include "tests/simulation/story.h"

namespace payments::simulation {

// What must hold after any run. `promise` is for people; `check` reports each place
// where it is broken. invariants_test.cc shows for each that it can fail.
struct Invariant {
  absl::string_view name;
  absl::string_view promise;
  void (*check)(const RunIndex& run, std::vector<std::string>& broken);
};

std::vector<Invariant> LogInvariants();       // log_invariants.cc
std::vector<Invariant> StateInvariants();     // state_invariants.cc
std::vector<Invariant> LedgerInvariants();    // ledger_invariants.cc
std::vector<Invariant> RequestInvariants();   // request_invariants.cc
std::vector<Invariant> TransferInvariants();  // transfer_invariants.cc
std::vector<Invariant> AllInvariants();

// A broken invariant's name, and where.
using Broken = std::pair<std::string, std::string>;
// Empty if all hold.
std::vector<Broken> BrokenInvariants(const RunRecord& record);

// For a failing test: what is broken, the command that replays the seed, and the last
// steps of the story that concern the payments in question.
std::string DescribeFailure(uint64_t seed, const std::vector<Broken>& broken,
                            const RunRecord& record, const Story& story);

}  // namespace payments::simulation

#endif  // PAYMENTS_TESTS_SIMULATION_INVARIANTS_H_
