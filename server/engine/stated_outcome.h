#ifndef PAYMENTS_SERVER_ENGINE_STATED_OUTCOME_H_
#define PAYMENTS_SERVER_ENGINE_STATED_OUTCOME_H_

#include "absl/time/time.h"
#include "payments/storage/v1/records.pb.h"
#include "payments/v1/operations_service.pb.h"
#include "server/engine/transition_table.h"

namespace payments {

// What an operator states of a payment, as evidence. `resolution` is not UNSPECIFIED.
Learned LearnedFrom(v1::Resolution resolution);

// The state that was stated; UNSPECIFIED for anything but Learned::kStated….
v1::PaymentState StatedState(Learned learned);

// Ends every operation whose outcome is not known as the stated state implies. What it
// does not imply stays UNKNOWN; what is known, and what the provider said, stays as it is.
void EndOperationsAsStated(v1::PaymentState stated, absl::Time now,
                           storage::v1::PaymentRecord& record);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_STATED_OUTCOME_H_
