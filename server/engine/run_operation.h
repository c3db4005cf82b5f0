#ifndef PAYMENTS_SERVER_ENGINE_RUN_OPERATION_H_
#define PAYMENTS_SERVER_ENGINE_RUN_OPERATION_H_

#include <map>
#include <optional>
#include <string>

#include "server/engine/engine_core.h"

namespace payments {

// What an operation needs that is not stored, and so is gone after a restart.
struct OperationInput {
  std::optional<TransferCall> transfer;
  std::map<std::string, Secret> posted_fields;  // For a confirmation.
};

// Sends operation `index` of `stored`, whose commit this caller has just won, works
// the answer into the payment, and goes on with whatever operation follows from it.
// Whoever wants to know the end waits for the log (waiters.h).
void RunOperation(EngineCore* core, StoredPayment stored, int index, v1::Cause cause,
                  OperationInput input = {});

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_RUN_OPERATION_H_
