#ifndef PAYMENTS_SERVER_ENGINE_ENGINE_POLICY_H_
#define PAYMENTS_SERVER_ENGINE_ENGINE_POLICY_H_

#include <string>

#include "absl/time/time.h"
#include "server/engine/check_policy.h"

namespace payments {

// How the engine behaves, whatever the account; from the configuration, whose comments say what
// each is.
struct EnginePolicy {
  absl::Duration provider_request_timeout = absl::Seconds(30);
  absl::Duration card_confirmation_time = absl::Minutes(30);
  absl::Duration payer_action_time = absl::Minutes(15);
  absl::Duration reconcile_tick_interval = absl::Milliseconds(500);
  int checks_per_tick_max = 64;
  int payments_in_flight_max = 10000;
  // Of payments whose account is no longer configured.
  CheckPolicy checks_without_account;
  std::string public_base_url;  // Without a slash at the end.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_ENGINE_POLICY_H_
