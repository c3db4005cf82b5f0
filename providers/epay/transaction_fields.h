#ifndef PAYMENTS_PROVIDERS_EPAY_TRANSACTION_FIELDS_H_
#define PAYMENTS_PROVIDERS_EPAY_TRANSACTION_FIELDS_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "payments/v1/money.pb.h"
#include "providers/epay/fields.h"
#include "providers/epay/settings.h"
#include "providers/provider.h"

// What answers, statuses and callbacks tell of a transaction in the same fields, however
// they are spelled.
namespace payments::epay {

// Whether an order's number is one of the references. References are unique per account,
// and an order's number is not if numbers start again.
bool OrderIsReference(const EpaySettings& settings);

// orderID, by any of its names.
absl::string_view ReadOrderId(FieldReader& reader);

// The references that are there. nullopt if one of them is too long or not visible ASCII,
// and so is no reference.
std::optional<ProviderReferences> ReadReferences(FieldReader& reader, bool order_is_reference);

// The amount and its currency. nullopt unless both are stated and can be read.
std::optional<v1::Money> ReadMoney(FieldReader& reader);

// The cards that it tells of.
std::optional<SavedCard> ReadSourceCard(FieldReader& reader);
// The source, as confirm's answer calls it.
std::optional<SavedCard> ReadConfirmedCard(FieldReader& reader);
std::optional<SavedCard> ReadDestinationCard(FieldReader& reader);

}  // namespace payments::epay

#endif  // PAYMENTS_PROVIDERS_EPAY_TRANSACTION_FIELDS_H_
