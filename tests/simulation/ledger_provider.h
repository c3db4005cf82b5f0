#ifndef PAYMENTS_TESTS_SIMULATION_LEDGER_PROVIDER_H_
#define PAYMENTS_TESTS_SIMULATION_LEDGER_PROVIDER_H_

#include <map>
#include <memory>
#include <string>

#include "providers/provider.h"

namespace payments::simulation {

// A message of the simulated provider's protocol: a verb and fields, as text.
struct LedgerMessage {
  std::string verb;
  std::map<std::string, std::string> fields;
};

std::string Encode(const LedgerMessage& message);
LedgerMessage Decode(absl::string_view text);

// What an account can do.
struct LedgerShape {
  // A hold that cannot be looked up without its id, and a capture that can, by our number.
  bool holds = false;
  // A transfer that is looked up by our number, needs a token of its own, and may need the
  // payer, whose result is handed on.
  bool transfers = false;
};

// A plugin for the simulated provider (ledger_world.h). Callbacks are only hints. `account`
// is the account's name there; of those that share `numbers`, the terminal's.
std::unique_ptr<Provider> MakeLedgerProvider(std::string account, LedgerShape shape,
                                             NumberRange numbers);

}  // namespace payments::simulation

#endif  // PAYMENTS_TESTS_SIMULATION_LEDGER_PROVIDER_H_
