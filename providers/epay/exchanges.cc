#include "providers/epay/exchanges.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "providers/epay/confirm_reply.h"
#include "providers/epay/names.h"
#include "providers/epay/requests.h"
#include "providers/epay/status_reply.h"
#include "providers/epay/token_reply.h"
#include "providers/epay/transaction_fields.h"
#include "providers/text.h"

namespace payments::epay {
namespace {

using Verdict = OperationOutcome::Verdict;

constexpr int kSendsMax = 2;  // The second with a new token.
// A session ends this much before its token, whose life began before we heard of it.
constexpr absl::Duration kSessionMargin = absl::Minutes(1);
// A longer one is no harm: a token that the bank has forgotten is replaced.
constexpr absl::Duration kSessionLifetimeMax = absl::Hours(24);

// Takes the token away if a transfer with it could be carried out later than the host
// believes: then "not known" would end a transfer that is still to come.
void RefuseLongLife(TokenReply& reply) {
  if (reply.lifetime <= kTransferTokenLifetimeMax) return;
  reply.token = {};
  reply.answer.code = "expires_in";
  reply.answer.message =
      absl::StrCat("token: it must live no longer than ",
                   absl::ToInt64Seconds(kTransferTokenLifetimeMax), " s, so nothing was sent");
  reply.answer.category = v1::FAILURE_CATEGORY_PROVIDER_CONFIGURATION;
  reply.answer.unlisted = true;
}

// Without a token nothing else was sent.
OperationOutcome NotSent(TokenReply reply) {
  OperationOutcome outcome;
  outcome.verdict = Verdict::kNotSent;
  outcome.answer = std::move(reply.answer);
  return outcome;
}

CheckCall StatusCallOf(const ConfirmCall& confirm) {
  CheckCall call;
  call.references = confirm.references;
  call.transfer_number = confirm.transfer_number;
  call.amount = confirm.amount;
  return call;
}

// The outcome of a confirmation, by its own answer and by the status after it. A status that
// has not caught up yet says nothing. The card is often told by confirm's answer alone, and
// is saved only if the status says that it succeeded.
OperationOutcome ByStatus(OperationOutcome own, StatusReading reading) {
  using Transfer = StatusReading::Transfer;
  std::optional<SavedCard> confirmed_card = std::exchange(own.saved_source, std::nullopt);
  switch (reading.transfer) {
    case Transfer::kSucceeded:
      own.verdict = Verdict::kSucceeded;
      break;
    case Transfer::kDeclined:
    case Transfer::kCanceled:
      own.verdict = Verdict::kDeclined;
      break;
    case Transfer::kInProcess:
      own.verdict = Verdict::kInProcess;
      break;
    default:
      return own;
  }
  own.references = std::move(reading.references);
  own.saved_source = std::move(reading.saved_source);
  if (own.verdict == Verdict::kSucceeded && !own.saved_source.has_value()) {
    own.saved_source = std::move(confirmed_card);
  }
  own.saved_destination = std::move(reading.saved_destination);
  own.amount = std::move(reading.amount);
  own.answer = std::move(reading.answer);
  return own;
}

void AddParty(const TransferParty& party, OwnSecrets& secrets) {
  secrets.Add(party.card_token);
  if (!party.card.has_value()) return;
  secrets.Add(party.card->number);
  secrets.Add(party.card->cvc);
}

// What the bank's page said of the payer.
void AddPosted(const ConfirmCall& call, OwnSecrets& secrets) {
  for (const auto& [name, value] : call.posted_fields) {
    if (absl::EqualsIgnoreCase(name, kPaResField)) secrets.Add(PlusesForBlanks(value.Reveal()));
  }
}

HttpRequest WithToken(HttpRequest request, const Secret& token) {
  request.bearer_token = token;
  return request;
}

}  // namespace

TransferExchange::TransferExchange(std::shared_ptr<const EpaySettings> settings, TransferCall call)
    : settings_(std::move(settings)), secrets_(*settings_), call_(std::move(call)) {}

absl::StatusOr<Exchange<OperationOutcome>::Step> TransferExchange::Start() {
  absl::StatusOr<HttpRequest> token = TransferTokenRequest(*settings_, call_.number, call_.amount);
  if (!token.ok()) return token.status();
  absl::StatusOr<HttpRequest> transfer = TransferRequest(*settings_, call_);
  if (!transfer.ok()) return transfer.status();
  absl::StatusOr<std::string> order_id = OrderIdOf(call_.number);
  if (!order_id.ok()) return order_id.status();
  question_ = {.order_id = *std::move(order_id),
               .challenge_url = call_.challenge_url,
               .save_source = call_.source.save,
               .save_destination = call_.destination.save,
               .order_is_reference = OrderIsReference(*settings_)};
  for (const TransferParty* party : {&call_.source, &call_.destination}) AddParty(*party, secrets_);
  call_ = {};  // Card data lives no longer than it must.
  token_request_ = *std::move(token);
  transfer_ = *std::move(transfer);
  return token_request_;
}

absl::StatusOr<Exchange<OperationOutcome>::Step> TransferExchange::OnResponse(
    const HttpResponse& response) {
  return awaits_token_ ? OnToken(response) : OnTransfer(response);
}

Exchange<OperationOutcome>::Step TransferExchange::OnToken(const HttpResponse& response) {
  TokenReply reply = ReadTokenReply(secrets_, response);
  RefuseLongLife(reply);
  if (reply.token.empty()) {
    OperationOutcome outcome = NotSent(std::move(reply));
    // A transfer was sent, and refused at the door.
    if (transfers_sent_ > 0) outcome.verdict = Verdict::kDeclined;
    return outcome;
  }
  awaits_token_ = false;
  secrets_.Add(reply.token);
  if (++transfers_sent_ < kSendsMax) return WithToken(transfer_, reply.token);
  return WithToken(std::exchange(transfer_, {}), reply.token);
}

Exchange<OperationOutcome>::Step TransferExchange::OnTransfer(const HttpResponse& response) {
  TransferReply reply = ReadTransferReply(question_, secrets_, response);
  if (reply.token_refused && transfers_sent_ < kSendsMax) {
    awaits_token_ = true;
    return token_request_;
  }
  transfer_ = {};
  secrets_.Forget();
  if (!reply.token_refused) return std::move(reply.outcome);
  reply.outcome.verdict = Verdict::kDeclined;
  reply.outcome.answer.category = v1::FAILURE_CATEGORY_PROVIDER_CONFIGURATION;
  return std::move(reply.outcome);
}

ConfirmExchange::ConfirmExchange(std::shared_ptr<const EpaySettings> settings, ConfirmCall call)
    : settings_(settings),
      secrets_(*settings_),
      call_(std::move(call)),
      status_(std::move(settings), StatusCallOf(call_)) {}

absl::StatusOr<Exchange<OperationOutcome>::Step> ConfirmExchange::Start() {
  absl::StatusOr<HttpRequest> token =
      TransferTokenRequest(*settings_, call_.transfer_number, call_.amount);
  if (!token.ok()) return token.status();
  absl::StatusOr<HttpRequest> confirm = ConfirmRequest(*settings_, call_);
  if (!confirm.ok()) return confirm.status();
  absl::StatusOr<std::string> order_id = OrderIdOf(call_.transfer_number);
  if (!order_id.ok()) return order_id.status();
  order_id_ = *std::move(order_id);
  AddPosted(call_, secrets_);
  call_ = {};
  token_request_ = *std::move(token);
  confirm_ = *std::move(confirm);
  awaits_token_ = settings_->confirm_bearer;
  if (awaits_token_) return token_request_;
  ++confirms_sent_;
  return confirm_;
}

absl::StatusOr<Exchange<OperationOutcome>::Step> ConfirmExchange::OnResponse(
    const HttpResponse& response) {
  if (awaits_status_) return OnStatus(status_.OnResponse(response));
  if (awaits_token_) return OnToken(response);
  return OnConfirm(response);
}

Exchange<OperationOutcome>::Step ConfirmExchange::OnToken(const HttpResponse& response) {
  TokenReply reply = ReadTokenReply(secrets_, response);
  if (reply.token.empty()) {
    OperationOutcome outcome = NotSent(std::move(reply));
    // The transfer is there, whatever became of this: only its status ends it.
    if (confirms_sent_ > 0) outcome.verdict = Verdict::kUnknown;
    return outcome;
  }
  awaits_token_ = false;
  secrets_.Add(reply.token);
  ++confirms_sent_;
  return WithToken(confirm_, reply.token);
}

absl::StatusOr<Exchange<OperationOutcome>::Step> ConfirmExchange::OnConfirm(
    const HttpResponse& response) {
  ConfirmReply reply = ReadConfirmReply(order_id_, secrets_, response);
  if (reply.token_refused) {
    if (settings_->confirm_bearer && confirms_sent_ < kSendsMax) {
      awaits_token_ = true;
      return token_request_;
    }
    reply.outcome.answer.category = v1::FAILURE_CATEGORY_PROVIDER_CONFIGURATION;
  }
  outcome_ = std::move(reply.outcome);
  awaits_status_ = true;
  return OnStatus(status_.Start());
}

absl::StatusOr<Exchange<OperationOutcome>::Step> ConfirmExchange::OnStatus(
    absl::StatusOr<Exchange<StatusReading>::Step> step) {
  if (!step.ok()) return step.status();
  if (auto* request = std::get_if<HttpRequest>(&*step)) return std::move(*request);
  return ByStatus(std::move(outcome_), std::get<StatusReading>(*std::move(step)));
}

CheckExchange::CheckExchange(std::shared_ptr<const EpaySettings> settings, CheckCall call)
    : settings_(std::move(settings)), secrets_(*settings_), call_(std::move(call)) {}

absl::StatusOr<Exchange<StatusReading>::Step> CheckExchange::Start() {
  if (call_.transfer_number == 0) return StatusReading();  // Nothing to ask by.
  absl::StatusOr<std::string> order_id = OrderIdOf(call_.transfer_number);
  if (!order_id.ok()) return order_id.status();
  order_id_ = *std::move(order_id);
  const Secret token = std::exchange(call_.session, {});
  return Ask(token);
}

absl::StatusOr<Exchange<StatusReading>::Step> CheckExchange::OnResponse(
    const HttpResponse& response) {
  return awaits_token_ ? OnToken(response) : OnStatus(response);
}

// Asks for a token first if there is none.
Exchange<StatusReading>::Step CheckExchange::Ask(const Secret& token) {
  awaits_token_ = token.empty();
  if (awaits_token_) return StatusTokenRequest(*settings_);
  ++questions_sent_;
  secrets_.Add(token);
  return WithToken(StatusRequest(*settings_, order_id_), token);
}

Exchange<StatusReading>::Step CheckExchange::OnToken(const HttpResponse& response) {
  TokenReply reply = ReadTokenReply(secrets_, response);
  if (reply.token.empty()) {
    StatusReading reading;
    reading.transfer = StatusReading::Transfer::kNoEvidence;
    reading.answer = std::move(reply.answer);
    return reading;
  }
  const bool stated = reply.lifetime < absl::InfiniteDuration();
  const absl::Duration lifetime = std::min(reply.lifetime, kSessionLifetimeMax) - kSessionMargin;
  session_.reset();
  if (stated && lifetime > absl::ZeroDuration()) session_ = Session{reply.token, lifetime};
  return Ask(reply.token);
}

Exchange<StatusReading>::Step CheckExchange::OnStatus(const HttpResponse& response) {
  StatusReply reply = ReadStatusReply(order_id_, OrderIsReference(*settings_), secrets_, response);
  if (reply.token_refused) {
    session_.reset();
    // It may be one of a session, and forgotten.
    if (questions_sent_ < kSendsMax) return Ask(Secret());
    reply.reading.answer.category = v1::FAILURE_CATEGORY_PROVIDER_CONFIGURATION;
  }
  reply.reading.session = std::move(session_);
  return std::move(reply.reading);
}

}  // namespace payments::epay
