#ifndef PAYMENTS_PROVIDERS_SANDBOX_BANK_STATE_H_
#define PAYMENTS_PROVIDERS_SANDBOX_BANK_STATE_H_

#include <array>
#include <cstddef>
#include <utility>

#include "absl/time/time.h"
#include "payments/sandbox/v1/callback.pb.h"
#include "payments/sandbox/v1/ledger.pb.h"
#include "providers/sandbox/attempt_log.h"
#include "providers/sandbox/fault_plan.h"
#include "providers/sandbox/ledger.h"
#include "providers/sandbox/soap_contract.h"
#include "providers/sandbox/upay_methods.h"

namespace payments::sandbox {

// What Reset() forgets. For upay_bank*.cc only. Thread-compatible.
struct BankState {
  BankState(UpayMethods::Options options, Random* random)
      : methods(std::move(options), random, &ledger) {
    for (size_t i = 0; i < counts.size(); ++i) counts[i].set_method(static_cast<v1::Method>(i));
  }

  Ledger ledger;
  AttemptLog attempts;
  UpayMethods methods;
  FaultPlan faults;
  v1::CallbackPolicy registration_policy;
  v1::CallbackPolicy hold_policy;
  std::array<v1::MethodCounts, kMethodCount + 1> counts;  // By v1::Method.
  int64_t unreadable_requests = 0;
  absl::Duration latency;
  absl::Duration skew;
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_BANK_STATE_H_
