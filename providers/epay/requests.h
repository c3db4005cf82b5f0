#ifndef PAYMENTS_PROVIDERS_EPAY_REQUESTS_H_
#define PAYMENTS_PROVIDERS_EPAY_REQUESTS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "payments/v1/money.pb.h"
#include "providers/epay/settings.h"
#include "providers/http_message.h"
#include "providers/provider.h"

// Epay's calls as HTTP requests: which fields, in which order, and what sending them can
// do. kInvalidArgument names what Epay cannot be told, never a value.
namespace payments::epay {

// order.id of a transfer. kInvalidArgument if the number is not 6 to 15 digits.
absl::StatusOr<std::string> OrderIdOf(int64_t transfer_number);

// A token for one transfer: bound to its order, amount and terminal, and good for no other.
absl::StatusOr<HttpRequest> TransferTokenRequest(const EpaySettings& settings,
                                                 int64_t transfer_number, const v1::Money& amount);

// A token for status queries.
HttpRequest StatusTokenRequest(const EpaySettings& settings);

// The transfer, without its token.
absl::StatusOr<HttpRequest> TransferRequest(const EpaySettings& settings, const TransferCall& call);

// What the bank said of the payer, without a token. The MD that came back must be the one
// that was given out; PaRes is base64. Blanks in either are what form decoding made of '+'.
absl::StatusOr<HttpRequest> ConfirmRequest(const EpaySettings& settings, const ConfirmCall& call);

// The status query, without its token.
HttpRequest StatusRequest(const EpaySettings& settings, absl::string_view order_id);

}  // namespace payments::epay

#endif  // PAYMENTS_PROVIDERS_EPAY_REQUESTS_H_
