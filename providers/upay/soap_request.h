#ifndef PAYMENTS_PROVIDERS_UPAY_SOAP_REQUEST_H_
#define PAYMENTS_PROVIDERS_UPAY_SOAP_REQUEST_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "providers/secret.h"

namespace payments::upay {

// A parameter of a request. The views must outlive the call they are passed to.
struct SoapField {
  enum class Presence { kRequired, kOptional };

  absl::string_view name;
  absl::string_view value;
  Presence presence = Presence::kRequired;  // An empty optional one is left out.
};

inline constexpr size_t kRequestFieldSizeMaxBytes = 2048;

// The body of a SOAP 1.1 call of `method`, such as "partnerHoldCheckIPS", with
// `fields` in the order given, which is the order UPay's schema wants.
//
// Only the operation's wrapper is in UPay's namespace; the request in it and its
// fields are in none, so no default namespace is ever declared.
//
// kInvalidArgument, naming the field, if a required one is empty, one is longer
// than kRequestFieldSizeMaxBytes, or one is not text that XML can carry. The
// message never holds a value.
absl::StatusOr<Secret> SoapRequestBody(absl::string_view method,
                                       absl::Span<const SoapField> fields);

}  // namespace payments::upay

#endif  // PAYMENTS_PROVIDERS_UPAY_SOAP_REQUEST_H_
