// The part of UpayBank that takes orders and tells what happened: SandboxService.

#include "providers/sandbox/paging.h"
#include "providers/sandbox/upay/upay_bank.h"
#include "providers/sandbox/upay/upay_state.h"

namespace payments::sandbox {

void UpayBank::SetPolicies(const v1::SetCallbackPolicyRequest& request) {
  const std::lock_guard<std::mutex> lock(mu_);
  if (request.has_registration()) state_->registration_policy = request.registration();
  if (request.has_hold()) state_->hold_policy = request.hold();
}

absl::StatusOr<CallbackOrder> UpayBank::MakeCallback(const v1::SendCallbackRequest& request) {
  const std::lock_guard<std::mutex> lock(mu_);
  UpayCallback callback;
  if (!request.card_token().empty()) {
    const CardEntry* card = state_->ledger.FindCard(request.card_token());
    if (card == nullptr) return absl::NotFoundError("card_token: no such card");
    callback = CardCallbackLocked(*card);
  } else {
    const HoldEntry* hold = state_->ledger.FindHold(request.hold_id());
    if (hold == nullptr) return absl::NotFoundError("hold_id: no such hold");
    callback = HoldCallbackLocked(*hold, conduct_->Now());
    const v1::HoldState state = hold->hold.state();
    if (state == v1::HOLD_STATE_FAILED || state == v1::HOLD_STATE_EXPIRED) {
      callback.status = kCallbackFailed;
    }
  }
  if (request.has_status()) callback.status = request.status();
  callback.message = callback.status == kCallbackSucceeded ? "Success" : "Failed";
  if (!request.message().empty()) callback.message = request.message();
  if (!request.url().empty()) callback.url = request.url();
  if (callback.url.empty()) return absl::InvalidArgumentError("url: the card has no NotifyUrl");
  callback.access_token = request.access_token();
  v1::CallbackPolicy policy;
  policy.set_encoding(request.encoding());
  return WriteUpayCallback(callback, policy, options_.upay.credentials);
}

void UpayBank::AddTotals(v1::Totals& totals) {
  const std::lock_guard<std::mutex> lock(mu_);
  const HoldLedger& ledger = state_->ledger;
  totals.set_cards(static_cast<int64_t>(ledger.cards().size()));
  totals.set_holds(static_cast<int64_t>(ledger.holds().size()));
  totals.set_captured_minor(ledger.captured_minor());
  totals.set_held_minor(ledger.held_minor());
}

absl::StatusOr<v1::ListCardsResponse> UpayBank::ListCards(const v1::ListCardsRequest& request) {
  const auto page = ReadPage(request);
  if (!page.ok()) return page.status();
  const std::lock_guard<std::mutex> lock(mu_);
  v1::ListCardsResponse response;
  const auto& cards = state_->ledger.cards();
  const size_t end = EndOfPage(*page, cards.size(), response);
  for (size_t i = page->begin; i < end; ++i) *response.add_cards() = cards[i].card;
  return response;
}

absl::StatusOr<v1::ListHoldsResponse> UpayBank::ListHolds(const v1::ListHoldsRequest& request) {
  const auto page = ReadPage(request);
  if (!page.ok()) return page.status();
  const std::lock_guard<std::mutex> lock(mu_);
  v1::ListHoldsResponse response;
  if (!request.hold_id().empty()) {
    const HoldEntry* hold = state_->ledger.FindHold(request.hold_id());
    if (hold != nullptr) *response.add_holds() = hold->hold;
    return response;
  }
  const auto& holds = state_->ledger.holds();
  const size_t end = EndOfPage(*page, holds.size(), response);
  for (size_t i = page->begin; i < end; ++i) *response.add_holds() = holds[i].hold;
  return response;
}

absl::StatusOr<v1::Card> UpayBank::ConfirmCard(const v1::ConfirmCardRequest& request,
                                               std::vector<CallbackOrder>* callbacks) {
  if (request.card_token().empty() == request.confirm_url().empty()) {
    return absl::InvalidArgumentError("card_token, confirm_url: exactly one");
  }
  const std::lock_guard<std::mutex> lock(mu_);
  CardEntry* entry = nullptr;
  if (!request.card_token().empty()) {
    entry = state_->ledger.FindCard(request.card_token());
  } else {
    absl::string_view id = request.confirm_url();
    const size_t path = id.find(kConfirmPath);
    id.remove_prefix(path == absl::string_view::npos
                         ? id.size()
                         : path + absl::string_view(kConfirmPath).size());
    entry = state_->ledger.FindCardByConfirmId(id.substr(0, id.find('?')));
    // An altered address is not the one that was given out.
    if (entry != nullptr && entry->card.confirm_url() != request.confirm_url()) entry = nullptr;
  }
  if (entry == nullptr) return absl::NotFoundError("card_token, confirm_url: no such card");
  if (entry->card.state() != v1::CARD_STATE_PENDING) {
    return absl::FailedPreconditionError("the card is confirmed or refused already");
  }
  DecideLocked(*entry, request.refuse(), *callbacks);
  return entry->card;
}

}  // namespace payments::sandbox
