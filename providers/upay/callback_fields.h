#ifndef PAYMENTS_PROVIDERS_UPAY_CALLBACK_FIELDS_H_
#define PAYMENTS_PROVIDERS_UPAY_CALLBACK_FIELDS_H_

#include <functional>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "providers/secret.h"

namespace payments::upay {

// A callback's fields by name; one of them is a card's token.
using CallbackFields = std::map<std::string, Secret, std::less<>>;

inline constexpr size_t kCallbackSizeMaxBytes = 64 * 1024;
inline constexpr size_t kCallbackFieldsMax = 64;

// Reads a JSON object or a form. UPay does not say which it sends, nor are its
// content types to be trusted: a body that begins with '{' is JSON, any other a
// form. JSON numbers keep their digits; nested values are passed over.
//
// kInvalidArgument, quoting nothing, if the body is larger than
// kCallbackSizeMaxBytes, has more than kCallbackFieldsMax fields, states one
// twice, or is neither.
absl::StatusOr<CallbackFields> ReadCallbackFields(absl::string_view body);

}  // namespace payments::upay

#endif  // PAYMENTS_PROVIDERS_UPAY_CALLBACK_FIELDS_H_
