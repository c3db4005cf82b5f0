#ifndef PAYMENTS_SERVER_ENGINE_CARD_RULES_H_
#define PAYMENTS_SERVER_ENGINE_CARD_RULES_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "providers/provider.h"
#include "server/base/key_ring.h"
#include "server/engine/engine_policy.h"
#include "server/engine/store.h"

namespace payments {

// What was learned about a card's registration, or asked for.
enum class CardLearned {
  kConfirmationRequired,  // The provider's answer: the payer must act.
  kActive,                // The provider's answer: usable at once.
  kDeclined,              // The provider's answer.
  kLost,                  // No answer that proves anything, or none in time.
  kConfirmed,             // A valid callback: the payer did it.
  kNotConfirmed,          // A valid callback: the payer did not.
  kTimeOver,              // The confirmation's time ran out.
  kDeleteWanted,          // By DeleteCard.
};

struct CardEvidence {
  CardLearned learned = CardLearned::kLost;
  Secret card_token;
  std::string masked_number;
  v1::NextAction next_action;
  ProviderAnswer answer;
  v1::Cause cause;
};

// The card with the evidence worked in; nothing if it is nothing new. Pure but for
// the nonces with which a token is sealed.
std::optional<CardWrite> ApplyCardEvidence(const StoredCard& stored, const CardEvidence& evidence,
                                           const EnginePolicy& policy, const KeyRing& keys,
                                           absl::Time now);

// The provider's token is known, and it is another one.
bool IsAnotherToken(const StoredCard& stored, const Secret& card_token, const KeyRing& keys);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_CARD_RULES_H_
