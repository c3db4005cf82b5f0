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

// A plugin for the simulated provider (ledger_world.h). It has UPay's shape: a hold
// that cannot be looked up without its id, a capture that can be looked up by our
// number, callbacks that are only hints. `account` is the account's name there.
std::unique_ptr<Provider> MakeLedgerProvider(std::string account);

}  // namespace payments::simulation

#endif  // PAYMENTS_TESTS_SIMULATION_LEDGER_PROVIDER_H_
