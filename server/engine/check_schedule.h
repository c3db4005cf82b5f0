#ifndef PAYMENTS_SERVER_ENGINE_CHECK_SCHEDULE_H_
#define PAYMENTS_SERVER_ENGINE_CHECK_SCHEDULE_H_

#include <optional>

#include "absl/time/time.h"
#include "payments/storage/v1/records.pb.h"
#include "server/engine/engine_policy.h"

namespace payments {

// When payments are looked at again. Pure: no I/O, no clock.

// When the hold is over beyond doubt: its time, and the margin.
absl::Time HoldOverTime(const storage::v1::PaymentRecord& record, const EnginePolicy& policy);

// When the payment is to be looked at next; nothing for one that nobody needs to look at.
std::optional<absl::Time> NextDueTime(const storage::v1::PaymentRecord& record, int checks_done,
                                      const EnginePolicy& policy, absl::Time now);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_CHECK_SCHEDULE_H_
