#ifndef PAYMENTS_SERVER_ENGINE_RESTORED_PAYMENT_H_
#define PAYMENTS_SERVER_ENGINE_RESTORED_PAYMENT_H_

#include <optional>

#include "absl/time/time.h"
#include "server/engine/store.h"

namespace payments {

// What is to be written of a payment that comes out of a backup; nothing if it is final or
// waits for an operator already. Anything may have been done to an unfinished one after the
// backup was made, and none of it is recorded here:
//
//   - it is marked as restored: the provider is asked about it at once, and time alone does
//     not end it (PaymentRecord.restored);
//   - a capture that was provably not sent may have been sent since: SENT, outcome UNKNOWN;
//   - a hold that cannot be asked about needs a person: needs_review.
//
// A pure function; the write is committed with its event as any other.
std::optional<PaymentWrite> RestoredPayment(StoredPayment stored, absl::Time now);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_RESTORED_PAYMENT_H_
