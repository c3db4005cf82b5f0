#include "providers/sandbox/epay/epay_bank.h"

#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "providers/sandbox/epay/epay_codes.h"
#include "providers/sandbox/epay/epay_faults.h"
#include "providers/sandbox/epay/epay_magic.h"
#include "providers/sandbox/epay/epay_money.h"
#include "providers/sandbox/epay/epay_requests.h"
#include "providers/sandbox/epay/epay_state.h"
#include "providers/sandbox/limits.h"

namespace payments::sandbox {
namespace {

constexpr int kHttpBadRequest = 400;
constexpr size_t kTermUrlBytesMax = 2048;

// A request whose shape or values are wrong; its order number is not believed.
EpayOutcome ShapeRefusal(const absl::Status& why) {
  EpayOutcome outcome = EpayRefusal(kEpayInvalid, why.message(), "");
  outcome.http_status = kHttpBadRequest;
  return outcome;
}

BankAnswer AnswerOf(EpayOutcome outcome) {
  BankAnswer answer;
  answer.http_status = outcome.http_status;
  answer.headers = std::move(outcome.headers);
  answer.body = std::move(outcome.body);
  answer.code = std::move(outcome.code);
  return answer;
}

}  // namespace

EpayBank::EpayBank(Options options, Conduct* conduct, MovementLog* movements, Random* random)
    : options_(std::move(options)),
      magic_(EpayMagicAmounts(), EpayMagicCallbacks()),
      conduct_(conduct),
      movements_(movements),
      random_(random) {
  Reset();
}

EpayBank::~EpayBank() = default;

void EpayBank::Reset() {
  const std::lock_guard<std::mutex> lock(mu_);
  const EpayMethods::Options methods = state_ ? state_->methods.options() : options_.epay;
  state_ = std::make_unique<EpayState>(methods, random_, movements_);
  state_->policy.set_kind(options_.transfer_callbacks ? v1::CALLBACK_KIND_NORMAL
                                                      : v1::CALLBACK_KIND_NONE);
}

void EpayBank::SetPublicUrl(std::string url) {
  const std::lock_guard<std::mutex> lock(mu_);
  state_->methods.SetPublicUrl(std::move(url));
}

std::vector<CallbackOrder> EpayBank::Tick() {
  const std::lock_guard<std::mutex> lock(mu_);
  return DueLocked(conduct_->Now());
}

template <typename Step>
BankAnswer EpayBank::Serve(Step step) {
  const std::lock_guard<std::mutex> lock(mu_);
  const absl::Time now = conduct_->Now();
  std::vector<CallbackOrder> due = DueLocked(now);
  BankAnswer answer = step(now);
  answer.delay += conduct_->latency();
  std::move(due.begin(), due.end(), std::back_inserter(answer.callbacks));
  return answer;
}

BankAnswer EpayBank::Token(absl::string_view form) {
  return Serve([this, form](absl::Time now) { return TokenLocked(form, now); });
}

BankAnswer EpayBank::Transfer(absl::string_view bearer, absl::string_view body) {
  return Serve([=, this](absl::Time now) { return TransferLocked(bearer, body, now); });
}

BankAnswer EpayBank::Confirm(absl::string_view bearer, absl::string_view body) {
  return Serve([=, this](absl::Time now) { return ConfirmLocked(bearer, body, now); });
}

BankAnswer EpayBank::Status(absl::string_view bearer, absl::string_view order_id) {
  return Serve([=, this](absl::Time now) { return StatusLocked(bearer, order_id, now); });
}

BankAnswer EpayBank::TokenLocked(absl::string_view form, absl::Time now) {
  constexpr v1::Method kMethod = v1::METHOD_EPAY_TOKEN;
  auto request = ReadEpayTokenRequest(form);
  if (!request.ok()) {
    return RefusedLocked(kMethod, OAuthError("invalid_request", request.status().message()));
  }
  if (auto refusal = state_->methods.RefuseToken(*request); refusal.has_value()) {
    return RefusedLocked(kMethod, *std::move(refusal));
  }
  const v1::Fault fault = FaultLocked(kMethod, request->invoice_id, request->amount_minor);
  if (!ExecutesEpay(fault)) return LostLocked(kMethod, fault);
  return ExecutedLocked(kMethod, fault, state_->methods.Token(*std::move(request), fault, now));
}

BankAnswer EpayBank::TransferLocked(absl::string_view bearer, absl::string_view body,
                                    absl::Time now) {
  constexpr v1::Method kMethod = v1::METHOD_EPAY_TRANSFER;
  EpayMethods& methods = state_->methods;
  const auto request = ReadEpayTransferRequest(body);
  if (request.ok()) CountAttempt(kMethod, request->order_id, request->terminal);
  if (!methods.KnowsToken(bearer, now)) {
    return RefusedLocked(kMethod, OAuthError("invalid_token", "absent, unknown or past"));
  }
  if (!request.ok()) return RefusedLocked(kMethod, ShapeRefusal(request.status()));
  EpayOutcome refusal;
  EpayToken* token = methods.TokenOfTransfer(bearer, *request, now, refusal);
  if (token == nullptr) return RefusedLocked(kMethod, std::move(refusal));
  const v1::Fault fault = FaultLocked(kMethod, request->order_id, request->amount_minor);
  if (!ExecutesEpay(fault)) return LostLocked(kMethod, fault);
  return ExecutedLocked(kMethod, fault, methods.Transfer(*request, *token, fault, now));
}

BankAnswer EpayBank::ConfirmLocked(absl::string_view bearer, absl::string_view body,
                                   absl::Time now) {
  constexpr v1::Method kMethod = v1::METHOD_EPAY_CONFIRM;
  EpayMethods& methods = state_->methods;
  const auto request = ReadEpayConfirmRequest(body);
  if (!request.ok()) return RefusedLocked(kMethod, ShapeRefusal(request.status()));
  CountAttempt(kMethod, request->id, "");
  TransferEntry* entry = state_->ledger.Find(request->id);
  EpayToken* token = nullptr;
  if (!bearer.empty() && entry != nullptr) {  // The guide shows no token here.
    EpayOutcome refusal;
    token = methods.TokenOfConfirm(bearer, *entry, now, refusal);
    if (token == nullptr) return RefusedLocked(kMethod, std::move(refusal));
  }
  const v1::Fault fault = entry == nullptr ? FaultLocked(kMethod, "", 0)
                                           : FaultLocked(kMethod, entry->transfer.order_id(),
                                                         entry->transfer.amount_minor());
  if (!ExecutesEpay(fault)) return LostLocked(kMethod, fault);
  if (token != nullptr) token->used = true;
  return ExecutedLocked(kMethod, fault, methods.Confirm(*request, entry, fault, now));
}

BankAnswer EpayBank::StatusLocked(absl::string_view bearer, absl::string_view order_id,
                                  absl::Time now) {
  constexpr v1::Method kMethod = v1::METHOD_EPAY_STATUS;
  EpayMethods& methods = state_->methods;
  EpayOutcome refusal;
  const EpayToken* token = methods.TokenOfStatus(bearer, now, refusal);
  if (token == nullptr) return RefusedLocked(kMethod, std::move(refusal));
  if (!IsOrderNumber(order_id)) {
    return RefusedLocked(kMethod,
                         ShapeRefusal(absl::InvalidArgumentError("order: must be 6 to 15 digits")));
  }
  const TransferEntry* entry = methods.TransferOfStatus(*token, order_id);
  const int64_t amount = entry == nullptr ? 0 : entry->transfer.amount_minor();
  const v1::Fault fault = FaultLocked(kMethod, order_id, amount);
  if (!ExecutesEpay(fault)) return LostLocked(kMethod, fault);
  return ExecutedLocked(kMethod, fault, methods.Status(entry, fault));
}

void EpayBank::CountAttempt(v1::Method method, std::string key, std::string terminal_id) {
  v1::Attempt attempt;
  attempt.set_method(method);
  attempt.set_key(std::move(key));
  attempt.set_terminal_id(std::move(terminal_id));
  conduct_->CountAttempt(attempt);
}

v1::Fault EpayBank::FaultLocked(v1::Method method, absl::string_view order_id,
                                int64_t amount_minor) {
  if (state_->methods_called.size() >= EpayState::kOrdersMax) state_->methods_called.clear();
  uint32_t& called = state_->methods_called[order_id];
  const uint32_t called_before = called;
  called |= 1U << method;
  if (auto planned = conduct_->TakeFault(method); planned.has_value()) return *planned;
  return magic_.FaultOf(method, amount_minor, called_before).value_or(v1::Fault());
}

BankAnswer EpayBank::RefusedLocked(v1::Method method, EpayOutcome outcome) {
  conduct_->Count(method, Verdict::kRefused);
  BankAnswer answer = AnswerOf(std::move(outcome));
  answer.verdict = NameOf(Verdict::kRefused);
  return answer;
}

BankAnswer EpayBank::LostLocked(v1::Method method, const v1::Fault& fault) {
  conduct_->Count(method, Verdict::kLost);
  BankAnswer answer;
  answer.delay = ToDuration(fault.delay());
  answer.verdict = NameOf(Verdict::kLost);
  DistortEpay(fault, answer);
  return answer;
}

BankAnswer EpayBank::ExecutedLocked(v1::Method method, const v1::Fault& fault,
                                    EpayOutcome outcome) {
  const Verdict verdict = outcome.applied ? Verdict::kApplied : Verdict::kDeclined;
  conduct_->Count(method, verdict);
  const TransferEntry* ended = outcome.ended;
  BankAnswer answer = AnswerOf(std::move(outcome));
  answer.delay = ToDuration(fault.delay());
  answer.verdict = NameOf(verdict);
  if (ended != nullptr) answer.callbacks.push_back(OrderLocked(*ended));
  DistortEpay(fault, answer);
  return answer;
}

std::vector<CallbackOrder> EpayBank::DueLocked(absl::Time now) {
  std::vector<CallbackOrder> callbacks;
  for (const TransferEntry* entry : state_->ledger.TakeDue(now)) {
    callbacks.push_back(OrderLocked(*entry));
  }
  return callbacks;
}

CallbackOrder EpayBank::OrderLocked(const TransferEntry& entry) const {
  const auto magic = magic_.CallbacksOf(entry.transfer.amount_minor());
  return WriteEpayCallback(entry, TruthOf(entry), magic.value_or(state_->policy));
}

AcsView EpayBank::ViewOf(const TransferEntry& entry) {
  const ThreeDSecureEntry& page = *entry.three_d_secure;
  AcsView view;
  view.page_id = page.page_id;
  view.masked_pan = entry.transfer.sender_masked_pan();
  view.amount_minor = entry.transfer.amount_minor();
  view.currency = entry.transfer.currency();
  view.wrong_code = page.wrong_codes > 0;
  view.term_url = page.term_url;
  view.pa_res = page.pa_res;
  view.md = entry.transfer.md();
  if (!page.pa_res.empty()) {
    view.state = AcsView::State::kDecided;  // Whatever became of the transfer since.
  } else if (entry.transfer.state() != v1::TRANSFER_STATE_THREE_D_SECURE) {
    view.state = AcsView::State::kGone;
  }
  return view;
}

absl::StatusOr<AcsView> EpayBank::OpenPage(absl::string_view pa_req, absl::string_view md,
                                           absl::string_view term_url) {
  const std::lock_guard<std::mutex> lock(mu_);
  TransferEntry* entry = state_->ledger.FindByMd(md);
  if (entry == nullptr || entry->three_d_secure->pa_req != pa_req) {
    return absl::NotFoundError("no such transfer");
  }
  const bool is_absolute =
      absl::StartsWith(term_url, "https://") || absl::StartsWith(term_url, "http://");
  if (!is_absolute || term_url.size() > kTermUrlBytesMax) {
    return absl::InvalidArgumentError("TermUrl must be an absolute address");
  }
  entry->three_d_secure->term_url = std::string(term_url);
  return ViewOf(*entry);
}

absl::StatusOr<AcsView> EpayBank::ViewPage(absl::string_view page_id) {
  const std::lock_guard<std::mutex> lock(mu_);
  const TransferEntry* entry = state_->ledger.FindByPageId(page_id);
  if (entry == nullptr) return absl::NotFoundError("no such page");
  return ViewOf(*entry);
}

void EpayBank::DecidePage(absl::string_view page_id, bool refuse, absl::string_view code) {
  const std::lock_guard<std::mutex> lock(mu_);
  TransferEntry* entry = state_->ledger.FindByPageId(page_id);
  if (entry == nullptr || ViewOf(*entry).state != AcsView::State::kAsking) return;
  const bool wrong_code = !refuse && code == kWrongCode;
  if (wrong_code && ++entry->three_d_secure->wrong_codes < kWrongCodesMax) return;
  DecideLocked(*entry, !refuse && !wrong_code);
}

void EpayBank::DecideLocked(TransferEntry& entry, bool authenticated) {
  state_->methods.Decide(*entry.three_d_secure, authenticated);
}

}  // namespace payments::sandbox
