#ifndef PAYMENTS_SERVER_ENGINE_RUN_OPERATION_H_
#define PAYMENTS_SERVER_ENGINE_RUN_OPERATION_H_

#include "server/engine/engine_core.h"

namespace payments {

// Sends operation `index` of `stored`, whose commit this caller has just won, works
// the answer into the payment, and goes on with whatever operation follows from it.
// Whoever wants to know the end waits for the log (waiters.h).
void RunOperation(EngineCore* core, StoredPayment stored, int index, v1::Cause cause);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_RUN_OPERATION_H_
