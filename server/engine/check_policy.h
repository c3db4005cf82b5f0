#ifndef PAYMENTS_SERVER_ENGINE_CHECK_POLICY_H_
#define PAYMENTS_SERVER_ENGINE_CHECK_POLICY_H_

#include "absl/time/time.h"

namespace payments {

// When the payments of an account are looked at, and what their checks prove; from the
// configuration (Reconciliation), whose comments say what each is.
struct CheckPolicy {
  absl::Duration check_interval_min = absl::Seconds(2);
  absl::Duration check_interval_max = absl::Minutes(10);
  int check_jitter_percent = 20;
  absl::Duration negative_check_quiet_period = absl::Minutes(2);
  absl::Duration hold_expiry_margin = absl::Minutes(5);
  absl::Duration orphan_margin = absl::Seconds(10);
  int release_attempts_max = 10;
  int checks_per_second_max = 50;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_CHECK_POLICY_H_
