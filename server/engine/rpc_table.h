#ifndef PAYMENTS_SERVER_ENGINE_RPC_TABLE_H_
#define PAYMENTS_SERVER_ENGINE_RPC_TABLE_H_

#include <string>

#include "absl/status/status.h"
#include "server/engine/payment_phase.h"
#include "server/engine/transition_table.h"

namespace payments {

// Calls that want to change a payment that exists: the columns of the table.
enum class PaymentRpc {
  kCapture,
  kCancel,
  kConfirm,
  kAcknowledge,  // ResolvePayment, ACKNOWLEDGED.
  kState,        // ResolvePayment, to a state.
};

// What the call does in a phase: the cells.
enum class RpcVerdict {
  kBegin,       // Begins what is asked for.
  kReplay,      // It was asked for before: waits for the end if it is running, and shows it.
  kWrongState,  // FAILED_PRECONDITION PAYMENT_STATE.
  kInProgress,  // FAILED_PRECONDITION OPERATION_IN_PROGRESS.
  kIfSame,      // kBegin if the state that is stated is the one it has; else kWrongState.
};

RpcVerdict VerdictFor(PaymentRpc rpc, Phase phase);

// The same for a payment and what is wanted of it, never kIfSame. One that is disputed
// because of its capture is not canceled; nobody states what became of an operation
// whose answer is awaited; what is stated already, with nothing to review, is a replay.
RpcVerdict VerdictFor(PaymentRpc rpc, Learned wanted, const storage::v1::PaymentRecord& record);

// The error for kWrongState and kInProgress; it says what to do instead.
absl::Status RpcRefusal(PaymentRpc rpc, RpcVerdict verdict, const v1::Payment& payment);

// For the golden file and the documentation.
std::string PrintRpcTable();

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_RPC_TABLE_H_
