#include "server/engine/card_rules.h"

#include <algorithm>

#include "server/engine/payer_message.h"
#include "server/engine/proto_time.h"

namespace payments {
namespace {

// Works one piece of evidence into a copy of the card. Used once.
class CardEvidenceApplier {
 public:
  CardEvidenceApplier(const StoredCard& stored, const CardEvidence& evidence,
                      const EnginePolicy& policy, const KeyRing& keys, absl::Time now)
      : old_(stored.record), evidence_(evidence), policy_(policy), keys_(keys), now_(now) {
    write_.record = stored.record;
    write_.cause = evidence.cause;
  }

  std::optional<CardWrite> Run() {
    if (old_.card().state() == v1::CARD_STATE_DELETED) return std::nullopt;
    if (!Apply()) return std::nullopt;
    *card().mutable_update_time() = ToTimestamp(std::max(now_, ToTime(old_.card().update_time())));
    if (card().state() == v1::CARD_STATE_PENDING_CONFIRMATION) {
      write_.due_time = ToTime(card().next_action().expire_time());
    }
    return std::move(write_);
  }

 private:
  v1::Card& card() { return *write_.record.mutable_card(); }
  bool pending() const { return old_.card().state() == v1::CARD_STATE_PENDING_CONFIRMATION; }
  bool answered() const { return old_.card().has_next_action(); }

  // False: nothing new.
  bool Apply() {
    switch (evidence_.learned) {
      case CardLearned::kConfirmationRequired:
        return ConfirmationRequired();
      case CardLearned::kActive:
        return pending() && Activate();
      case CardLearned::kConfirmed:
        // API.md: a valid success moves PENDING, FAILED or EXPIRED to ACTIVE.
        return old_.card().state() != v1::CARD_STATE_ACTIVE && Activate();
      case CardLearned::kDeclined:
        return pending() && !answered() &&
               End(v1::CARD_STATE_FAILED, v1::FAILURE_CATEGORY_PROVIDER_DECLINED);
      case CardLearned::kLost:
        return pending() && !answered() &&
               End(v1::CARD_STATE_FAILED, v1::FAILURE_CATEGORY_PROVIDER_UNAVAILABLE);
      case CardLearned::kNotConfirmed:
        return pending() && End(v1::CARD_STATE_FAILED, v1::FAILURE_CATEGORY_AUTHENTICATION_FAILED);
      case CardLearned::kTimeOver:
        return pending() &&
               (answered() ? End(v1::CARD_STATE_EXPIRED, v1::FAILURE_CATEGORY_AUTHENTICATION_FAILED)
                           : End(v1::CARD_STATE_FAILED, v1::FAILURE_CATEGORY_PROVIDER_UNAVAILABLE));
      case CardLearned::kDeleteWanted:
        write_.record.clear_sealed_token();
        card().clear_next_action();
        card().set_state(v1::CARD_STATE_DELETED);
        return true;
    }
    return false;
  }

  bool ConfirmationRequired() {
    // A callback may have been faster; then only what it did not bring is new.
    const bool token_is_new = TakeToken();
    if (!pending() || answered()) return token_is_new;
    *card().mutable_next_action() = evidence_.next_action;
    *card().mutable_next_action()->mutable_expire_time() =
        ToTimestamp(now_ + policy_.card_confirmation_time);
    return true;
  }

  bool Activate() {
    TakeToken();
    card().clear_next_action();
    card().clear_failure();
    card().set_state(v1::CARD_STATE_ACTIVE);
    return true;
  }

  bool TakeToken() {
    bool changed = false;
    if (write_.record.sealed_token().empty() && !evidence_.card_token.empty()) {
      write_.record.set_sealed_token(keys_.Seal(evidence_.card_token, old_.card().name()));
      changed = true;
    }
    if (card().masked_number().empty() && !evidence_.masked_number.empty()) {
      card().set_masked_number(evidence_.masked_number);
      changed = true;
    }
    return changed;
  }

  bool End(v1::CardState state, v1::FailureCategory category) {
    card().clear_next_action();
    *card().mutable_failure() = MakeFailure(evidence_.answer, category);
    card().set_state(state);
    return true;
  }

  const storage::v1::CardRecord& old_;
  const CardEvidence& evidence_;
  const EnginePolicy& policy_;
  const KeyRing& keys_;
  const absl::Time now_;
  CardWrite write_;
};

}  // namespace

std::optional<CardWrite> ApplyCardEvidence(const StoredCard& stored, const CardEvidence& evidence,
                                           const EnginePolicy& policy, const KeyRing& keys,
                                           absl::Time now) {
  return CardEvidenceApplier(stored, evidence, policy, keys, now).Run();
}

bool IsAnotherToken(const StoredCard& stored, const Secret& card_token, const KeyRing& keys) {
  if (stored.record.sealed_token().empty()) return false;
  const absl::StatusOr<Secret> known =
      keys.Open(stored.record.sealed_token(), stored.record.card().name());
  return known.ok() && !known->EqualsInConstantTime(card_token.Reveal());
}

}  // namespace payments
