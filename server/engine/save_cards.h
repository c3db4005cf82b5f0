#ifndef PAYMENTS_SERVER_ENGINE_SAVE_CARDS_H_
#define PAYMENTS_SERVER_ENGINE_SAVE_CARDS_H_

#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "server/engine/apply_evidence.h"
#include "server/engine/engine_core.h"

namespace payments {

// Cards that a provider kept along with a payment.
struct CardsToSave {
  std::optional<SavedCard> source;
  std::optional<SavedCard> destination;
};

// Makes those that the payment was asked to keep ACTIVE cards of its account, however long
// the store is away: a token that is not stored is lost. The same payment makes each once.
// Calls `done` when they are durable; inside this call if there are none.
void SaveCards(EngineCore* core, const StoredPayment& payment, CardsToSave cards, v1::Cause cause,
               absl::AnyInvocable<void(SavedCardNames) &&> done);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_SAVE_CARDS_H_
