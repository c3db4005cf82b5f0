#ifndef PAYMENTS_SERVER_ENGINE_POSTPONE_CHECK_H_
#define PAYMENTS_SERVER_ENGINE_POSTPONE_CHECK_H_

#include "absl/functional/any_invocable.h"
#include "server/engine/engine_core.h"

namespace payments {

// Gives a payment that is due, but cannot be asked about now, its place in its account's
// line, and saves that as its due time: what waits hides nothing else that is due, and is
// known after a restart. Calls `done` in any case; a failure leaves the payment due.
void PostponeCheck(EngineCore* core, const StoredPayment& stored,
                   absl::AnyInvocable<void() &&> done);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_POSTPONE_CHECK_H_
