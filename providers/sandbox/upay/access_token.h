#ifndef PAYMENTS_PROVIDERS_SANDBOX_UPAY_ACCESS_TOKEN_H_
#define PAYMENTS_PROVIDERS_SANDBOX_UPAY_ACCESS_TOKEN_H_

#include <string>

#include "absl/strings/string_view.h"
#include "providers/sandbox/upay/soap_reader.h"
#include "providers/secret.h"

namespace payments::sandbox {

// What UPay gave the merchant, and so what the sandbox expects.
struct UpayCredentials {
  std::string username = "sandbox";
  Secret password = Secret("sandbox-password");
  Secret partner_key = Secret("sandbox-partner-key");
};

// The AccessToken this call should carry: lower-case hex MD5 of username, the method's
// fields, password. Thread-safe.
std::string RequestAccessToken(const SoapCall& call, const UpayCredentials& credentials);

// The accessToken of a callback about `subject` (a CardToken or HoldId): lower-case hex
// SHA-1 of username, password, subject. Thread-safe.
std::string CallbackAccessToken(absl::string_view subject, const UpayCredentials& credentials);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_UPAY_ACCESS_TOKEN_H_
