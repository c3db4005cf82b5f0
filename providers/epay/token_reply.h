#ifndef PAYMENTS_PROVIDERS_EPAY_TOKEN_REPLY_H_
#define PAYMENTS_PROVIDERS_EPAY_TOKEN_REPLY_H_

#include "absl/time/time.h"
#include "providers/epay/own_secrets.h"
#include "providers/http_message.h"
#include "providers/provider.h"
#include "providers/secret.h"

namespace payments::epay {

// What came of asking for a token.
struct TokenReply {
  Secret token;  // Empty: none was given, and `answer` says why.
  // As stated; zero if it was not, and infinite if what was stated is no number of seconds.
  absl::Duration lifetime;
  // Its category is PROVIDER_CONFIGURATION if the credentials were refused.
  ProviderAnswer answer;
};

TokenReply ReadTokenReply(const OwnSecrets& secrets, const HttpResponse& response);

}  // namespace payments::epay

#endif  // PAYMENTS_PROVIDERS_EPAY_TOKEN_REPLY_H_
