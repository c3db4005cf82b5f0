#ifndef PAYMENTS_SERVER_ENGINE_PAYMENT_CHECK_H_
#define PAYMENTS_SERVER_ENGINE_PAYMENT_CHECK_H_

#include "server/engine/check_plan.h"
#include "server/engine/engine_core.h"

namespace payments {

struct CheckDone {
  StoredPayment stored;
  bool asked = false;     // The provider was asked.
  bool answered = false;  // And it answered.
};
using DoneCheck = absl::AnyInvocable<void(CheckDone) &&>;

// Finds out what became of a payment, as far as it can be found out now: asks the
// provider, or finds the operation orphaned, its resending due, or the hold's time
// over; works that in, and sends what follows from it.
//
// `hinted` are references that a callback brought; they are recorded if the check
// does not bring them.
void CheckStored(EngineCore* core, StoredPayment stored, CheckTrigger trigger,
                 ProviderReferences hinted, v1::Cause cause, DoneCheck done);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_PAYMENT_CHECK_H_
