#ifndef PAYMENTS_SERVER_ENGINE_PAYMENT_CHECK_H_
#define PAYMENTS_SERVER_ENGINE_PAYMENT_CHECK_H_

#include <optional>

#include "server/engine/check_plan.h"
#include "server/engine/engine_core.h"

namespace payments {

struct CheckDone {
  StoredPayment stored;
  bool asked = false;     // The provider was asked.
  bool answered = false;  // And it answered.
  // And each answer says something: none was a page of a proxy, an error, or nonsense.
  bool conclusive = false;
  bool waits_for_payer = false;  // A transfer does, by that answer.
  // Nobody was asked, since the account's rate is used up: try again after this long.
  std::optional<absl::Duration> retry_delay;
};
using DoneCheck = absl::AnyInvocable<void(CheckDone) &&>;

// Finds out what became of a payment, as far as it can be found out now: asks the
// provider, or finds the operation orphaned, its resending due, or the hold's time
// over; works that in, and sends what follows from it. What a timer or a caller wants to
// know waits for its account's turn (check_rates.h); what a callback brings does not.
struct CheckWish {
  CheckTrigger trigger = CheckTrigger::kTimer;
  // What a callback brought; recorded if the check does not bring it.
  ProviderReferences hinted;
  v1::Cause cause;
  // When whoever wants to know stops waiting for the provider.
  absl::Time deadline = absl::InfiniteFuture();
};
void CheckStored(EngineCore* core, StoredPayment stored, CheckWish wish, DoneCheck done);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_PAYMENT_CHECK_H_
