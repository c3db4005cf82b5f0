#include "server/engine/payer_message.h"

namespace payments {
namespace {

const char* PayerMessage(v1::FailureCategory category) {
  switch (category) {
    case v1::FAILURE_CATEGORY_CARD_INVALID:
      return "The card's data is not accepted. Check it and try again.";
    case v1::FAILURE_CATEGORY_CARD_EXPIRED:
      return "The card has expired.";
    case v1::FAILURE_CATEGORY_INSUFFICIENT_FUNDS:
      return "There is not enough money on the card.";
    case v1::FAILURE_CATEGORY_LIMIT_EXCEEDED:
      return "A limit of the card is exceeded.";
    case v1::FAILURE_CATEGORY_AUTHENTICATION_FAILED:
      return "The confirmation code was wrong or came too late.";
    case v1::FAILURE_CATEGORY_DUPLICATE:
      return "The card is registered already.";
    case v1::FAILURE_CATEGORY_PROVIDER_UNAVAILABLE:
      return "The payment service is not available at the moment. Try again later.";
    default:
      return "The payment was refused. Contact your bank or use another card.";
  }
}

}  // namespace

v1::Failure MakeFailure(const ProviderAnswer& answer, v1::FailureCategory category_if_unset) {
  v1::Failure failure;
  failure.set_category(answer.category == v1::FAILURE_CATEGORY_UNSPECIFIED ? category_if_unset
                                                                           : answer.category);
  failure.set_provider_code(answer.code);
  failure.set_provider_message(answer.message);
  failure.set_payer_message(PayerMessage(failure.category()));
  return failure;
}

}  // namespace payments
