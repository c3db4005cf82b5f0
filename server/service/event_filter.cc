#include "server/service/event_filter.h"

namespace payments {
namespace {

// An empty set does not narrow.
template <typename Value, typename Key>
bool Allows(const absl::flat_hash_set<Value>& set, const Key& key) {
  return set.empty() || set.contains(key);
}

}  // namespace

EventMatcher::EventMatcher(const v1::EventFilter& filter)
    : names_(filter.names().begin(), filter.names().end()),
      accounts_(filter.accounts().begin(), filter.accounts().end()),
      payment_states_(filter.payment_states().begin(), filter.payment_states().end()),
      card_states_(filter.card_states().begin(), filter.card_states().end()),
      kinds_(filter.kinds().begin(), filter.kinds().end()),
      merchant_reference_(filter.merchant_reference()),
      everything_(filter.ByteSizeLong() == 0) {}

bool EventMatcher::Matches(const v1::Event& event) const {
  if (everything_) return true;
  if (!Allows(names_, event.resource())) return false;
  switch (event.snapshot_case()) {
    case v1::Event::kPayment:
      return MatchesPayment(event.payment());
    case v1::Event::kCard:
      return MatchesCard(event.card());
    case v1::Event::SNAPSHOT_NOT_SET:
      return false;
  }
  return false;
}

bool EventMatcher::MatchesPayment(const v1::Payment& payment) const {
  return Allows(kinds_, v1::RESOURCE_KIND_PAYMENT) && card_states_.empty() &&
         Allows(payment_states_, payment.state()) && Allows(accounts_, payment.account()) &&
         (merchant_reference_.empty() || merchant_reference_ == payment.merchant_reference());
}

bool EventMatcher::MatchesCard(const v1::Card& card) const {
  return Allows(kinds_, v1::RESOURCE_KIND_CARD) && payment_states_.empty() &&
         merchant_reference_.empty() && Allows(card_states_, card.state()) &&
         Allows(accounts_, card.account());
}

bool IsFinal(const v1::Payment& payment) {
  switch (payment.state()) {
    case v1::PAYMENT_STATE_SUCCEEDED:
    case v1::PAYMENT_STATE_CANCELED:
    case v1::PAYMENT_STATE_DECLINED:
    case v1::PAYMENT_STATE_EXPIRED:
    case v1::PAYMENT_STATE_FAILED:
      return true;
    default:
      return false;
  }
}

bool IsFinal(const v1::Card& card) {
  switch (card.state()) {
    case v1::CARD_STATE_ACTIVE:
    case v1::CARD_STATE_FAILED:
    case v1::CARD_STATE_EXPIRED:
    case v1::CARD_STATE_DELETED:
      return true;
    default:
      return false;
  }
}

bool IsFinal(const v1::Event& event) {
  return event.has_payment() ? IsFinal(event.payment()) : event.has_card() && IsFinal(event.card());
}

}  // namespace payments
