#ifndef PAYMENTS_PROVIDERS_HTTP_MESSAGE_H_
#define PAYMENTS_PROVIDERS_HTTP_MESSAGE_H_

#include <string>
#include <utility>
#include <vector>

#include "providers/secret.h"

namespace payments {

// Header names are matched without regard to case; order is kept.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  // What sending it can do. A money-moving request is sent at most once.
  enum class Effect {
    kReadOnly,    // Asks.
    kRepeatable,  // Changes something at the provider, but no money moves by sending it twice.
    kMovesMoney,
  };

  Effect effect = Effect::kMovesMoney;
  std::string method = "POST";
  std::string url;  // Absolute; https, or http to loopback.
  HttpHeaders headers;
  Secret body;          // Bodies hold card data and credentials.
  Secret bearer_token;  // Sent as "Authorization: Bearer ..."; empty: not sent.
};

struct HttpResponse {
  int status_code = 0;  // 100 to 599.
  HttpHeaders headers;
  Secret body;  // Bodies hold card tokens.
};

}  // namespace payments

#endif  // PAYMENTS_PROVIDERS_HTTP_MESSAGE_H_
