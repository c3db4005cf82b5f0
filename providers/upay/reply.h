#ifndef PAYMENTS_PROVIDERS_UPAY_REPLY_H_
#define PAYMENTS_PROVIDERS_UPAY_REPLY_H_

#include <cstdint>
#include <optional>

#include "providers/http_message.h"
#include "providers/provider.h"
#include "providers/upay/code_table.h"
#include "providers/upay/soap_response.h"

namespace payments::upay {

// An HTTP response, judged as a whole.
struct Reply {
  // nullptr unless UPay gave a business answer: HTTP 200 with a code of its own.
  // Without one nothing is proven, whatever else the response says.
  const CodeRow* row = nullptr;
  SoapAnswer fields;            // Empty without a row.
  ProviderAnswer answer;        // What to show; its category is not set.
  bool access_refused = false;  // HTTP 401 or 403.
};

Reply ReadReply(const HttpResponse& response);

// PaymentAmount, if it was stated.
struct StatedAmount {
  bool readable = true;
  std::optional<v1::Money> amount;
};

StatedAmount ReadAmount(const SoapAnswer& fields);

// UPay's references that `fields` holds.
ProviderReferences ReadReferences(const SoapAnswer& fields);

}  // namespace payments::upay

#endif  // PAYMENTS_PROVIDERS_UPAY_REPLY_H_
