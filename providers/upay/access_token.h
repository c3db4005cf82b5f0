#ifndef PAYMENTS_PROVIDERS_UPAY_ACCESS_TOKEN_H_
#define PAYMENTS_PROVIDERS_UPAY_ACCESS_TOKEN_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "providers/secret.h"

namespace payments::upay {

// UPay's signatures: a digest, in lower-case hex, of the values written one after
// the other, as UTF-8 and before any XML escaping. An empty part adds nothing,
// which is what UPay wants of a parameter that is left out.
//
// A secret: it is made from a password and, at registration, from a card number
// that it would let one guess. kInternal if OpenSSL was configured without the digest.

// AccessToken of a request: MD5.
absl::StatusOr<Secret> RequestToken(absl::Span<const absl::string_view> parts);

// accessToken of a callback: SHA-1.
absl::StatusOr<Secret> CallbackToken(absl::Span<const absl::string_view> parts);

}  // namespace payments::upay

#endif  // PAYMENTS_PROVIDERS_UPAY_ACCESS_TOKEN_H_
