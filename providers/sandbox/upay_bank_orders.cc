// The part of UpayBank that takes orders and tells what happened: SandboxService.

#include <cstddef>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "providers/sandbox/bank_state.h"
#include "providers/sandbox/limits.h"
#include "providers/sandbox/upay_bank.h"

namespace payments::sandbox {
namespace {

constexpr int kCopiesMin = 2;
constexpr int kCopiesMax = 100;
constexpr size_t kMessageBytesMax = 256;
constexpr size_t kAccessTokenBytesMax = 128;
constexpr size_t kUrlBytesMax = 2048;
constexpr absl::Duration kSkewMax = absl::Hours(24 * 366 * 10);

// A page token is the index of the page's first entry: entries are never removed.
struct Page {
  size_t begin = 0;
  size_t size = UpayBank::kPageSizeDefault;
};

template <typename Request>
absl::StatusOr<Page> ReadPage(const Request& request) {
  Page page;
  if (request.page_size() < 0 || request.page_size() > UpayBank::kPageSizeMax) {
    return absl::InvalidArgumentError(absl::StrCat("page_size: 0 to ", UpayBank::kPageSizeMax));
  }
  if (request.page_size() != 0) page.size = static_cast<size_t>(request.page_size());
  uint64_t begin = 0;
  if (!request.page_token().empty() && !absl::SimpleAtoi(request.page_token(), &begin)) {
    return absl::InvalidArgumentError("page_token: not one of ours");
  }
  page.begin = static_cast<size_t>(begin);
  return page;
}

// The index after the page's last entry; names the next page, if there is one.
template <typename Response>
size_t EndOfPage(const Page& page, size_t total, Response& response) {
  if (page.begin >= total) return page.begin;
  const size_t end = page.begin + std::min(page.size, total - page.begin);
  if (end < total) response.set_next_page_token(absl::StrCat(end));
  return end;
}

absl::Status ValidatePolicy(absl::string_view field, const v1::CallbackPolicy& policy) {
  if (!v1::CallbackKind_IsValid(policy.kind())) {
    return absl::InvalidArgumentError(absl::StrCat(field, ".kind: not a known kind"));
  }
  if (!v1::CallbackEncoding_IsValid(policy.encoding())) {
    return absl::InvalidArgumentError(absl::StrCat(field, ".encoding: not a known encoding"));
  }
  if (policy.copies() != 0 && (policy.copies() < kCopiesMin || policy.copies() > kCopiesMax)) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ".copies: ", kCopiesMin, " to ", kCopiesMax));
  }
  return ValidateDelay(absl::StrCat(field, ".delay"), policy.delay());
}

absl::Status ValidateCallback(const v1::SendCallbackRequest& request) {
  if (request.card_token().empty() == request.hold_id().empty()) {
    return absl::InvalidArgumentError("card_token, hold_id: exactly one");
  }
  if (request.message().size() > kMessageBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("message: at most ", kMessageBytesMax, " bytes"));
  }
  if (request.access_token().size() > kAccessTokenBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("access_token: at most ", kAccessTokenBytesMax, " bytes"));
  }
  if (request.url().size() > kUrlBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat("url: at most ", kUrlBytesMax, " bytes"));
  }
  if (!v1::CallbackEncoding_IsValid(request.encoding())) {
    return absl::InvalidArgumentError("encoding: not a known encoding");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status UpayBank::PlanFault(const v1::PlanFaultRequest& request) {
  const std::lock_guard<std::mutex> lock(mu_);
  return state_->faults.Plan(request);
}

void UpayBank::ClearFaults(v1::Method method) {
  const std::lock_guard<std::mutex> lock(mu_);
  state_->faults.Clear(method);
}

absl::Status UpayBank::SetCallbackPolicy(const v1::SetCallbackPolicyRequest& request) {
  if (auto status = ValidatePolicy("registration", request.registration()); !status.ok()) {
    return status;
  }
  if (auto status = ValidatePolicy("hold", request.hold()); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(mu_);
  if (request.has_registration()) state_->registration_policy = request.registration();
  if (request.has_hold()) state_->hold_policy = request.hold();
  return absl::OkStatus();
}

absl::StatusOr<CallbackOrder> UpayBank::MakeCallback(const v1::SendCallbackRequest& request) {
  if (auto status = ValidateCallback(request); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(mu_);
  CallbackOrder order;
  if (!request.card_token().empty()) {
    const CardEntry* card = state_->ledger.FindCard(request.card_token());
    if (card == nullptr) return absl::NotFoundError("card_token: no such card");
    order = CardCallbackLocked(*card);
  } else {
    const HoldEntry* hold = state_->ledger.FindHold(request.hold_id());
    if (hold == nullptr) return absl::NotFoundError("hold_id: no such hold");
    order = HoldCallbackLocked(*hold, NowLocked());
    const v1::HoldState state = hold->hold.state();
    if (state == v1::HOLD_STATE_FAILED || state == v1::HOLD_STATE_EXPIRED) {
      order.status = kCallbackFailed;
    }
  }
  if (request.has_status()) order.status = request.status();
  order.message = order.status == kCallbackSucceeded ? "Success" : "Failed";
  if (!request.message().empty()) order.message = request.message();
  if (!request.url().empty()) order.url = request.url();
  if (order.url.empty()) return absl::InvalidArgumentError("url: the card has no NotifyUrl");
  order.access_token = request.access_token();
  order.policy.Clear();
  order.policy.set_encoding(request.encoding());
  return order;
}

v1::GetLedgerResponse UpayBank::GetLedger() {
  const std::lock_guard<std::mutex> lock(mu_);
  v1::GetLedgerResponse response;
  SetTimestamp(NowLocked(), response.mutable_time());
  v1::Totals& totals = *response.mutable_totals();
  const Ledger& ledger = state_->ledger;
  totals.set_cards(static_cast<int64_t>(ledger.cards().size()));
  totals.set_holds(static_cast<int64_t>(ledger.holds().size()));
  totals.set_movements(static_cast<int64_t>(ledger.movements().size()));
  totals.set_captured_minor(ledger.captured_minor());
  totals.set_held_minor(ledger.held_minor());
  totals.set_unreadable_requests(state_->unreadable_requests);
  for (size_t i = 1; i < state_->counts.size(); ++i) *totals.add_methods() = state_->counts[i];
  return response;
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

absl::StatusOr<v1::ListMovementsResponse> UpayBank::ListMovements(
    const v1::ListMovementsRequest& request) {
  const auto page = ReadPage(request);
  if (!page.ok()) return page.status();
  const std::lock_guard<std::mutex> lock(mu_);
  v1::ListMovementsResponse response;
  const auto& movements = state_->ledger.movements();
  const size_t end = EndOfPage(*page, movements.size(), response);
  for (size_t i = page->begin; i < end; ++i) *response.add_movements() = movements[i];
  return response;
}

absl::StatusOr<v1::ListAttemptsResponse> UpayBank::ListAttempts(
    const v1::ListAttemptsRequest& request) {
  const auto page = ReadPage(request);
  if (!page.ok()) return page.status();
  const std::lock_guard<std::mutex> lock(mu_);
  v1::ListAttemptsResponse response;
  const auto& attempts = state_->attempts.attempts();
  const size_t end = EndOfPage(*page, attempts.size(), response);
  for (size_t i = page->begin; i < end; ++i) *response.add_attempts() = attempts[i];
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

absl::Status UpayBank::SetLatency(const v1::SetLatencyRequest& request) {
  if (!request.has_latency()) return absl::InvalidArgumentError("latency: required");
  if (auto status = ValidateDelay("latency", request.latency()); !status.ok()) return status;
  const std::lock_guard<std::mutex> lock(mu_);
  state_->latency = ToDuration(request.latency());
  return absl::OkStatus();
}

absl::StatusOr<v1::SetClockSkewResponse> UpayBank::SetClockSkew(
    const v1::SetClockSkewRequest& request) {
  if (!request.has_skew()) return absl::InvalidArgumentError("skew: required");
  const absl::Duration skew = ToDuration(request.skew());
  if (skew < -kSkewMax || skew > kSkewMax) {
    return absl::InvalidArgumentError("skew: at most 10 years either way");
  }
  const std::lock_guard<std::mutex> lock(mu_);
  state_->skew = skew;
  v1::SetClockSkewResponse response;
  SetTimestamp(NowLocked(), response.mutable_time());
  return response;
}

}  // namespace payments::sandbox
