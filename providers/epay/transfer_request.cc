#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "providers/epay/amount.h"
#include "providers/epay/json_body.h"
#include "providers/epay/names.h"
#include "providers/epay/requests.h"
#include "providers/text.h"

// The largest of the requests, alone.
namespace payments::epay {
namespace {

constexpr size_t kCardNumberDigitsMin = 12;
constexpr size_t kCardNumberDigitsMax = 19;
constexpr size_t kCvcDigitsMin = 3;
constexpr size_t kCvcDigitsMax = 4;
// Bytes, not characters: Epay refuses longer ones.
constexpr size_t kDescriptionSizeMaxBytes = 125;

absl::Status Wrong(absl::string_view field, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(field, " ", why));
}

absl::Status ValidateNumber(absl::string_view field, const Secret& number) {
  if (number.size() >= kCardNumberDigitsMin && IsDigits(number.Reveal(), kCardNumberDigitsMax)) {
    return absl::OkStatus();
  }
  return Wrong(field, absl::StrCat("must be ", kCardNumberDigitsMin, " to ", kCardNumberDigitsMax,
                                   " digits"));
}

absl::Status ValidateSourceCard(const CardSecrets& card) {
  constexpr int kMonths = 12;
  constexpr int kYearMin = 2000;
  constexpr int kYearMax = 2099;
  if (absl::Status status = ValidateNumber("the source's card number", card.number); !status.ok()) {
    return status;
  }
  if (card.cvc.size() < kCvcDigitsMin || !IsDigits(card.cvc.Reveal(), kCvcDigitsMax)) {
    return Wrong("cvc", "must be 3 or 4 digits");
  }
  if (card.expiry_month < 1 || card.expiry_month > kMonths || card.expiry_year < kYearMin ||
      card.expiry_year > kYearMax) {
    return Wrong("expiry", "must be a month of the years 2000 to 2099");
  }
  if (card.holder_name.empty()) return Wrong("holder_name", "must not be empty");
  return absl::OkStatus();
}

absl::Status ValidateParty(absl::string_view name, const TransferParty& party) {
  if (party.card.has_value() == party.card_token.empty()) return absl::OkStatus();
  return Wrong(name, "must be either a card or a saved card");
}

absl::Status ValidateReceiver(const Receiver& receiver) {
  constexpr size_t kCountryCodeSize = 2;
  if (receiver.first_name.empty()) return Wrong("receiver.first_name", "must not be empty");
  if (receiver.last_name.empty()) return Wrong("receiver.last_name", "must not be empty");
  if (receiver.country_code.size() != kCountryCodeSize) {
    return Wrong("receiver.country_code", "must be two letters");
  }
  return absl::OkStatus();
}

absl::Status Validate(const TransferCall& call) {
  absl::Status status = ValidateParty("source", call.source);
  status.Update(ValidateParty("destination", call.destination));
  if (call.source.card.has_value()) status.Update(ValidateSourceCard(*call.source.card));
  if (call.destination.card.has_value()) {
    status.Update(ValidateNumber("the destination's card number", call.destination.card->number));
  }
  const bool saves = call.source.save || call.destination.save;
  if (saves && call.merchant_customer_id.empty()) {
    status.Update(Wrong("merchant_customer_id", "must be set to save a card"));
  }
  if (call.receiver.has_value()) status.Update(ValidateReceiver(*call.receiver));
  if (call.return_url.empty()) status.Update(Wrong("return_url", "must not be empty"));
  if (call.challenge_url.empty() || call.challenge_url.size() > kUrlSizeMaxBytes) {
    status.Update(
        Wrong("challenge_url", absl::StrCat("must be 1 to ", kUrlSizeMaxBytes, " bytes")));
  }
  if (call.callback_url.empty()) status.Update(Wrong("callback_url", "must not be empty"));
  return status;
}

absl::string_view TransferType(const TransferParty& party) {
  return party.card.has_value() ? "TYPEPAN" : "TYPECARDID";
}

// The card's number, or the id of a saved one.
absl::string_view CardCredential(const TransferParty& party) {
  return party.card.has_value() ? party.card->number.Reveal() : party.card_token.Reveal();
}

// The texts that the parts of a body only look at.
struct Texts {
  std::string order_id;
  std::string amount;
  std::string description;
  std::string failure_return_url;
  Secret month;
  Secret year;
};

std::vector<JsonPart> OrderParts(const EpaySettings& settings, const TransferCall& call,
                                 const Texts& texts) {
  return {JsonBegin("order"),
          JsonNumber("amount", texts.amount),
          JsonText("currency", kCurrency),
          JsonText("description", texts.description),
          JsonText("merchantIdForSavingCards", call.merchant_customer_id),
          JsonText("id", texts.order_id),
          JsonText("senderIP", call.payer.ip),
          JsonText("senderEmail", call.payer.email),
          JsonBool("foreign", call.receiver.has_value()),
          JsonText("terminalId", settings.terminal),
          JsonText("backLink", call.return_url),
          JsonText("failureBackLink", texts.failure_return_url),
          JsonText("postLink", call.callback_url),
          JsonText("failurePostLink", call.callback_url),
          JsonEnd()};
}

std::vector<JsonPart> CardParts(const TransferCall& call, const Texts& texts) {
  const TransferParty& source = call.source;
  const TransferParty& destination = call.destination;
  const bool by_number = source.card.has_value();
  std::vector<JsonPart> parts = {
      JsonBegin("card"),
      JsonBegin("sender"),
      JsonBool("save", source.save),
      JsonText("id", ""),
      JsonText("transferType", TransferType(source)),
      JsonText("address", call.payer.address),
      JsonText("cvc", by_number ? source.card->cvc.Reveal() : ""),
      JsonText("cardCred", CardCredential(source)),
      JsonBegin("expire"),
      JsonText("month", texts.month.Reveal()),
      JsonText("year", texts.year.Reveal()),
      JsonEnd(),
      JsonText("name", by_number ? absl::string_view(source.card->holder_name) : ""),
      JsonText("number", ""),
      JsonEnd(),
      JsonBegin("receiver"),
      JsonBool("save", destination.save),
      JsonText("id", destination.card_token.Reveal()),
      JsonText("transferType", TransferType(destination)),
      JsonText("cardCred", CardCredential(destination))};
  if (call.receiver.has_value()) {
    parts.push_back(JsonText("firstName", call.receiver->first_name));
    parts.push_back(JsonText("lastName", call.receiver->last_name));
    parts.push_back(JsonText("countryCode", call.receiver->country_code));
  }
  parts.insert(parts.end(), {JsonEnd(), JsonEnd()});
  return parts;
}

}  // namespace

absl::StatusOr<HttpRequest> TransferRequest(const EpaySettings& settings,
                                            const TransferCall& call) {
  if (absl::Status status = Validate(call); !status.ok()) return status;
  absl::StatusOr<std::string> order_id = OrderIdOf(call.number);
  if (!order_id.ok()) return order_id.status();
  Texts texts;
  texts.amount = AmountText(call.amount.amount_minor());
  // The guide does not say that it may be empty.
  texts.description = std::string(
      CutUtf8(call.description.empty() ? *order_id : call.description, kDescriptionSizeMaxBytes));
  texts.order_id = *std::move(order_id);
  texts.failure_return_url =
      call.failure_return_url.empty() ? call.return_url : call.failure_return_url;
  if (call.source.card.has_value()) {
    texts.month = Secret(absl::StrFormat("%02d", call.source.card->expiry_month));
    texts.year = Secret(absl::StrFormat("%02d", call.source.card->expiry_year % 100));
  }
  std::vector<JsonPart> parts = OrderParts(settings, call, texts);
  const std::vector<JsonPart> card = CardParts(call, texts);
  parts.insert(parts.end(), card.begin(), card.end());
  absl::StatusOr<Secret> body = JsonBody(parts);
  if (!body.ok()) return body.status();
  return HttpRequest{.effect = HttpRequest::Effect::kMovesMoney,
                     .method = "POST",
                     .url = settings.transfer_url,
                     .headers = {{"Content-Type", "application/json"}},
                     .body = *std::move(body)};
}

}  // namespace payments::epay
