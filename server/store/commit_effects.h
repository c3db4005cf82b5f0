#ifndef PAYMENTS_SERVER_STORE_COMMIT_EFFECTS_H_
#define PAYMENTS_SERVER_STORE_COMMIT_EFFECTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "payments/v1/payment.pb.h"
#include "server/engine/store.h"
#include "server/store/operation_numbers.h"

namespace payments {

// A payment's change, as far as it is counted.
struct PaymentChange {
  std::string account;
  int64_t create_time_us = 0;
  std::optional<v1::PaymentState> from;  // Unset for a new payment.
  v1::PaymentState to = v1::PAYMENT_STATE_UNSPECIFIED;
  bool needed_review = false;
  bool needs_review = false;
};

// A counter of operation numbers, after numbers were taken.
struct CounterChange {
  CounterKey key;
  NumberCounter counter;
};

// What becomes known to others once a transaction is committed, in order.
struct CommitEffects {
  std::vector<CommittedEvent> events;
  std::vector<PaymentChange> changes;
  std::vector<CounterChange> counters;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_COMMIT_EFFECTS_H_
