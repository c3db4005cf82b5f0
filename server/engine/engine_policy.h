#ifndef PAYMENTS_SERVER_ENGINE_ENGINE_POLICY_H_
#define PAYMENTS_SERVER_ENGINE_ENGINE_POLICY_H_

#include <string>

#include "absl/time/time.h"

namespace payments {

// How the engine behaves; from the configuration, whose comments say what each is.
struct EnginePolicy {
  absl::Duration provider_request_timeout = absl::Seconds(30);
  absl::Duration card_confirmation_time = absl::Minutes(30);
  absl::Duration check_interval_min = absl::Seconds(2);
  absl::Duration check_interval_max = absl::Minutes(10);
  absl::Duration negative_check_quiet_period = absl::Minutes(2);
  absl::Duration hold_expiry_margin = absl::Minutes(5);
  absl::Duration orphan_margin = absl::Seconds(10);
  absl::Duration reconcile_tick_interval = absl::Milliseconds(500);
  int checks_per_tick_max = 64;
  int release_attempts_max = 10;
  int payments_in_flight_max = 10000;
  std::string public_base_url;  // Without a slash at the end.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_ENGINE_POLICY_H_
