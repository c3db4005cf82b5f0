#ifndef PAYMENTS_SERVER_ENGINE_CALLBACK_HANDLING_H_
#define PAYMENTS_SERVER_ENGINE_CALLBACK_HANDLING_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "server/engine/engine_core.h"

namespace payments {

// Told when a callback is done with: OK if it was judged, or left PENDING with a reason in the
// store; otherwise why it is as it was. A drain may drop it uncalled. nullptr: nobody asks.
using CallbackHandled = absl::AnyInvocable<void(absl::Status) &&>;

// What the callback's resource is, as stored; one of the two is set.
struct CallbackResource {
  std::optional<StoredPayment> payment;
  std::optional<StoredCard> card;

  const std::string& account() const {
    return payment.has_value() ? payment->record.payment().account()
                               : card->record.card().account();
  }
};

// A callback that is stored and understood.
struct UnderstoodCallback {
  int64_t id = 0;
  const Account* account = nullptr;
  CallbackResource resource;
  CallbackNotice notice;
  std::unique_ptr<CallbackMark> mark;
  std::string replayed_by;  // The principal; empty if nobody wished it.
};

// Works a callback into its payment or card, and judges it. What it says of a payment is a
// hint: the provider is asked, as soon as callback_checks.h lets it, and only its answer moves
// anything. After a crash it is begun again from what is stored.
void HandleUnderstood(EngineCore* core, UnderstoodCallback callback, CallbackHandled handled);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_CALLBACK_HANDLING_H_
