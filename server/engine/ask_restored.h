#ifndef PAYMENTS_SERVER_ENGINE_ASK_RESTORED_H_
#define PAYMENTS_SERVER_ENGINE_ASK_RESTORED_H_

#include "server/engine/engine_core.h"

namespace payments {

// Before anything is done to a payment that waits for its payer and was restored from a backup:
// nobody knows whether the payer's result was handed on after the backup, so the provider is
// asked. Gives the payment as it is then; kUnavailable unless it is proven to wait still, or is
// somewhere else by now. Any other payment is given back at once.
void AskRestored(EngineCore* core, StoredPayment stored, v1::Cause cause, absl::Time deadline,
                 Done<StoredPayment> done);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_ASK_RESTORED_H_
