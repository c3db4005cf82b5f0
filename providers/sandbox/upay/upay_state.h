#ifndef PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_STATE_H_
#define PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_STATE_H_

#include <utility>

#include "payments/sandbox/v1/callback.pb.h"
#include "providers/sandbox/upay/hold_ledger.h"
#include "providers/sandbox/upay/upay_methods.h"

namespace payments::sandbox {

// What Reset() forgets. For upay_bank*.cc only. Thread-compatible.
struct UpayState {
  UpayState(UpayMethods::Options options, Random* random, MovementLog* movements)
      : ledger(movements), methods(std::move(options), random, &ledger) {}

  HoldLedger ledger;
  UpayMethods methods;
  v1::CallbackPolicy registration_policy;
  v1::CallbackPolicy hold_policy;
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_STATE_H_
