#ifndef PAYMENTS_PROVIDERS_UPAY_SOAP_RESPONSE_H_
#define PAYMENTS_PROVIDERS_UPAY_SOAP_RESPONSE_H_

#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "providers/secret.h"

namespace payments::upay {

// What any of UPay's methods may return. Every field is optional on the wire; one
// that is absent is empty here. Trimmed, unescaped once, otherwise verbatim.
struct SoapAnswer {
  std::string code;
  std::string description;
  Secret card_token;
  std::string pan;  // Masked, in one of several widths.
  std::string confirm_url;
  std::string hold_id;
  std::string transaction_id;
  std::string process_trx_id;
  std::string partner_trx_id;
  std::string payment_amount;
};

struct SoapFault {
  std::string code;
  std::string text;  // May quote our request: not fit to be shown as it is.
};

inline constexpr size_t kResponseSizeMaxBytes = 256 * 1024;

// Reads the body of a response, tolerantly: the first child of Body is the answer
// whatever it is called, prefixes and namespaces do not matter, unknown elements
// are passed over, and UTF-8 is assumed whatever the declaration says.
//
// Nothing outside the body is ever fetched, and a document type declaration, hence
// any entity of its own, is refused. Prints nothing.
//
// kInvalidArgument, saying what is wrong but quoting nothing, if the body is too
// large, not XML, not SOAP, without `return`, or states a field twice.
absl::StatusOr<std::variant<SoapAnswer, SoapFault>> ReadSoapResponse(absl::string_view body);

}  // namespace payments::upay

#endif  // PAYMENTS_PROVIDERS_UPAY_SOAP_RESPONSE_H_
