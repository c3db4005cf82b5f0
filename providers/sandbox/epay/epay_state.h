#ifndef PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_STATE_H_
#define PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_STATE_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "payments/sandbox/v1/callback.pb.h"
#include "providers/sandbox/epay/epay_methods.h"
#include "providers/sandbox/epay/transfer_ledger.h"

namespace payments::sandbox {

// What Reset() forgets. For epay_bank*.cc only. Thread-compatible.
struct EpayState {
  static constexpr size_t kOrdersMax = 1'000'000;  // More: all are forgotten.

  EpayState(EpayMethods::Options options, Random* random, MovementLog* movements)
      : ledger(movements), methods(std::move(options), random, &ledger) {}

  TransferLedger ledger;
  EpayMethods methods;
  v1::CallbackPolicy policy;
  // By order number: a bit for every v1::Method that was called.
  absl::flat_hash_map<std::string, uint32_t> methods_called;
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_STATE_H_
