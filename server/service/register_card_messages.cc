#include "server/service/register_card_messages.h"

#include "absl/strings/string_view.h"
#include "providers/secret.h"

namespace payments {

RegisterCardMessages::RegisterCardMessages() {
  set_request(&own_request_);
  set_response(&own_response_);
}

RegisterCardMessages::~RegisterCardMessages() { WipeCard(); }

void RegisterCardMessages::Release() { delete this; }

CardSecrets RegisterCardMessages::TakeCard() {
  const v1::CardData& data = own_request_.card();
  CardSecrets card;
  card.number = Secret(absl::string_view(data.number()));
  card.expiry_month = data.expiry().month();
  card.expiry_year = data.expiry().year();
  card.cvc = Secret(absl::string_view(data.cvc()));
  card.holder_name = data.holder_name();
  WipeCard();
  return card;
}

void RegisterCardMessages::WipeCard() {
  if (!own_request_.has_card()) return;
  WipeString(*own_request_.mutable_card()->mutable_number());
  WipeString(*own_request_.mutable_card()->mutable_cvc());
  own_request_.clear_card();
}

}  // namespace payments
