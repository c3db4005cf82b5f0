#include "providers/upay/exchanges.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "providers/text.h"
#include "providers/upay/names.h"
#include "providers/upay/reply.h"
#include "providers/upay/requests.h"

namespace payments::upay {
namespace {

using Verdict = OperationOutcome::Verdict;

// The outcome that the code table gives, without what only one method returns.
OperationOutcome Outcome(Reply& reply, Verdict CodeRow::*method) {
  OperationOutcome outcome;
  outcome.answer = std::move(reply.answer);
  if (reply.row == nullptr) return outcome;
  outcome.verdict = reply.row->*method;
  if (outcome.verdict == Verdict::kDeclined) outcome.answer.category = reply.row->category;
  return outcome;
}

// A page's address, whoever serves it. Anything else would run in the payer's browser.
bool IsPage(absl::string_view url) {
  return absl::StartsWithIgnoreCase(url, "https://") || absl::StartsWithIgnoreCase(url, "http://");
}

// Why a registration got no answer of UPay's own.
v1::FailureCategory CategoryWithoutAnswer(const Reply& reply) {
  return reply.access_refused ? v1::FAILURE_CATEGORY_PROVIDER_CONFIGURATION
                              : v1::FAILURE_CATEGORY_PROVIDER_UNAVAILABLE;
}

}  // namespace

RegisterCardExchange::RegisterCardExchange(std::shared_ptr<const UpaySettings> settings,
                                           RegisterCardCall call)
    : settings_(std::move(settings)), call_(std::move(call)) {}

absl::StatusOr<Exchange<RegistrationOutcome>::Step> RegisterCardExchange::Start() {
  absl::StatusOr<HttpRequest> request = RegisterCardRequest(*settings_, call_);
  call_ = {};  // Card data lives no longer than it must.
  if (!request.ok()) return request.status();
  return *std::move(request);
}

absl::StatusOr<Exchange<RegistrationOutcome>::Step> RegisterCardExchange::OnResponse(
    const HttpResponse& response) {
  using Registration = RegistrationOutcome::Verdict;
  Reply reply = ReadReply(response);
  RegistrationOutcome outcome;
  outcome.answer = std::move(reply.answer);
  if (reply.row == nullptr) {
    // Refused at the door is an answer: no money is at stake, and trying again is no use.
    if (reply.access_refused) outcome.verdict = Registration::kDeclined;
    outcome.answer.category = CategoryWithoutAnswer(reply);
    return outcome;
  }
  outcome.verdict = reply.row->registration;
  outcome.answer.category = reply.row->category;
  if (outcome.verdict != Registration::kConfirmationRequired) return outcome;
  // Without a page to confirm on, the token can never become usable: such a success
  // is no success, and registering again costs nothing.
  if (reply.fields.card_token.empty() || !IsPage(reply.fields.confirm_url)) {
    outcome.verdict = Registration::kUnknown;
    outcome.answer.category = v1::FAILURE_CATEGORY_PROVIDER_UNAVAILABLE;
    return outcome;
  }
  outcome.card_token = std::move(reply.fields.card_token);
  outcome.masked_number = Presentable(reply.fields.pan, kMaskedNumberSizeMaxBytes);
  outcome.next_action.mutable_redirect()->set_url(std::move(reply.fields.confirm_url));
  return outcome;
}

AuthorizeExchange::AuthorizeExchange(std::shared_ptr<const UpaySettings> settings,
                                     AuthorizeCall call)
    : settings_(std::move(settings)), call_(std::move(call)) {}

absl::StatusOr<Exchange<OperationOutcome>::Step> AuthorizeExchange::Start() {
  absl::StatusOr<HttpRequest> request = HoldCreateRequest(*settings_, call_);
  call_ = {};
  if (!request.ok()) return request.status();
  return *std::move(request);
}

absl::StatusOr<Exchange<OperationOutcome>::Step> AuthorizeExchange::OnResponse(
    const HttpResponse& response) {
  Reply reply = ReadReply(response);
  OperationOutcome outcome = Outcome(reply, &CodeRow::hold);
  outcome.references = ReadReferences(reply.fields);
  // A hold that cannot be named can be neither captured nor released.
  if (outcome.verdict == Verdict::kSucceeded && reply.fields.hold_id.empty()) {
    outcome.verdict = Verdict::kUnknown;
  }
  return outcome;
}

CaptureExchange::CaptureExchange(std::shared_ptr<const UpaySettings> settings, CaptureCall call)
    : settings_(std::move(settings)), call_(std::move(call)) {}

absl::StatusOr<Exchange<OperationOutcome>::Step> CaptureExchange::Start() {
  absl::StatusOr<HttpRequest> request = HoldPaymentRequest(*settings_, call_);
  if (!request.ok()) return request.status();
  return *std::move(request);
}

absl::StatusOr<Exchange<OperationOutcome>::Step> CaptureExchange::OnResponse(
    const HttpResponse& response) {
  Reply reply = ReadReply(response);
  OperationOutcome outcome = Outcome(reply, &CodeRow::capture);
  const StatedAmount stated = ReadAmount(reply.fields);
  // A success whose amount cannot be read, or that is about another transaction, is
  // not believed: the host asks.
  const std::string& number = reply.fields.partner_trx_id;
  const bool ours = number.empty() || number == PartnerTrxIdOf(call_.number);
  if (!stated.readable || !ours) {
    if (outcome.verdict == Verdict::kSucceeded) outcome.verdict = Verdict::kUnknown;
    return outcome;
  }
  outcome.references = ReadReferences(reply.fields);
  outcome.amount = stated.amount;
  return outcome;
}

CancelExchange::CancelExchange(std::shared_ptr<const UpaySettings> settings, CancelCall call)
    : settings_(std::move(settings)), call_(std::move(call)) {}

absl::StatusOr<Exchange<OperationOutcome>::Step> CancelExchange::Start() {
  absl::StatusOr<HttpRequest> request = HoldCancelRequest(*settings_, call_);
  if (!request.ok()) return request.status();
  return *std::move(request);
}

absl::StatusOr<Exchange<OperationOutcome>::Step> CancelExchange::OnResponse(
    const HttpResponse& response) {
  Reply reply = ReadReply(response);
  return Outcome(reply, &CodeRow::cancel);
}

}  // namespace payments::upay
