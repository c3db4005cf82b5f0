#ifndef PAYMENTS_SERVER_SERVICE_VALIDATE_CARD_H_
#define PAYMENTS_SERVER_SERVICE_VALIDATE_CARD_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "payments/v1/payments_service.pb.h"
#include "providers/provider.h"

namespace payments {

class FieldChecker;

// What is printed on a card, as the fields under `path`; card data is never repeated.
void CheckCardData(absl::string_view path, const CardSecrets& card, absl::Time now,
                   FieldChecker& check);
void CheckCardNumber(absl::string_view path, const Secret& number, FieldChecker& check);

// OK, or kInvalidArgument with every field at fault. `card` is what request.card
// was; `now` is for its expiry date. Card data is never repeated in the error.
absl::Status ValidateRegisterCard(const v1::RegisterCardRequest& request, const CardSecrets& card,
                                  absl::Time now);
absl::Status ValidateGetCard(const v1::GetCardRequest& request);
absl::Status ValidateListCards(const v1::ListCardsRequest& request);
absl::Status ValidateDeleteCard(const v1::DeleteCardRequest& request);

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_VALIDATE_CARD_H_
