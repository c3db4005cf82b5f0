#ifndef PAYMENTS_SERVER_SERVICE_EVENT_FILTER_H_
#define PAYMENTS_SERVER_SERVICE_EVENT_FILTER_H_

#include <string>

#include "absl/container/flat_hash_set.h"
#include "payments/v1/event.pb.h"

namespace payments {

// A v1::EventFilter, made ready to judge many events. Immutable, so thread-safe.
class EventMatcher {
 public:
  explicit EventMatcher(const v1::EventFilter& filter);

  bool Matches(const v1::Event& event) const;

 private:
  bool MatchesPayment(const v1::Payment& payment) const;
  bool MatchesCard(const v1::Card& card) const;

  const absl::flat_hash_set<std::string> names_;
  const absl::flat_hash_set<std::string> accounts_;
  const absl::flat_hash_set<int> payment_states_;
  const absl::flat_hash_set<int> card_states_;
  const absl::flat_hash_set<int> kinds_;
  const std::string merchant_reference_;
  const bool everything_;  // The filter is empty: no need to look into the event.
};

// Whether a watch that stops when final may stop here. Once true of a resource, it
// stays true: a FAILED or EXPIRED card can still become ACTIVE, which ends it as well.
bool IsFinal(const v1::Payment& payment);
bool IsFinal(const v1::Card& card);
bool IsFinal(const v1::Event& event);

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_EVENT_FILTER_H_
