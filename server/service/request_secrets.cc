#include "server/service/request_secrets.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace payments {
namespace {

// What may be shown of a card number; in front only where enough stays hidden.
constexpr size_t kDigitsShownInFront = 6;
constexpr size_t kDigitsShownBehind = 4;
constexpr size_t kDigitsHiddenMin = 6;

Secret Take(std::string* text) {
  Secret secret{absl::string_view(*text)};
  WipeString(*text);
  return secret;
}

CardSecrets TakeCard(v1::CardData* data) {
  CardSecrets card;
  card.number = Take(data->mutable_number());
  card.expiry_month = data->expiry().month();
  card.expiry_year = data->expiry().year();
  card.cvc = Take(data->mutable_cvc());
  card.holder_name = data->holder_name();
  WipeString(*data->mutable_holder_name());
  // Before whatever holds it lets go of it.
  data->mutable_expiry()->Clear();
  return card;
}

}  // namespace

CardSecrets TakeSecrets(v1::RegisterCardRequest* request) {
  if (!request->has_card()) return {};
  CardSecrets card = TakeCard(request->mutable_card());
  request->mutable_card()->Clear();
  return card;
}

PaymentCards TakeSecrets(v1::CreatePaymentRequest* request) {
  PaymentCards cards;
  if (request->source().has_card_data()) {
    cards.source = TakeCard(request->mutable_source()->mutable_card_data());
    request->mutable_source()->mutable_masked_card()->set_masked_number(
        MaskedNumber(cards.source->number));
  }
  if (request->destination().has_card_number()) {
    cards.destination_number =
        Take(request->mutable_destination()->mutable_card_number()->mutable_number());
    request->mutable_destination()->mutable_masked_card()->set_masked_number(
        MaskedNumber(*cards.destination_number));
  }
  return cards;
}

std::map<std::string, Secret> TakeSecrets(v1::ConfirmPaymentRequest* request) {
  std::map<std::string, Secret> fields;
  for (auto& [name, value] : *request->mutable_fields()) fields.emplace(name, Take(&value));
  request->clear_fields();
  return fields;
}

std::string MaskedNumber(const Secret& number) {
  const absl::string_view digits = number.Reveal();
  const size_t size = digits.size();
  if (size < kDigitsShownBehind + kDigitsHiddenMin) return std::string(size, '*');
  const bool long_enough = size >= kDigitsShownInFront + kDigitsShownBehind + kDigitsHiddenMin;
  const size_t front = long_enough ? kDigitsShownInFront : 0;
  return absl::StrCat(digits.substr(0, front), std::string(size - front - kDigitsShownBehind, '*'),
                      digits.substr(size - kDigitsShownBehind));
}

}  // namespace payments
