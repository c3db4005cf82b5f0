#ifndef PAYMENTS_PROVIDERS_SANDBOX_CALLBACK_BODY_H_
#define PAYMENTS_PROVIDERS_SANDBOX_CALLBACK_BODY_H_

#include <string>
#include <vector>

#include "payments/sandbox/v1/callback.pb.h"
#include "providers/http_message.h"

namespace payments::sandbox {

// One field of a callback, whatever it is written as.
struct CallbackField {
  enum class Kind {
    kText,
    kNumber,   // Written as it stands, so that an amount is exact.
    kBoolean,  // "true" or "false".
    kNull,     // An empty text where there are only texts.
  };

  const char* name;
  std::string value;  // UTF-8.
  Kind kind = Kind::kText;
};

// The POST that carries `fields` to `url`. Thread-safe.
HttpRequest WriteCallbackRequest(std::string url, const std::vector<CallbackField>& fields,
                                 v1::CallbackEncoding encoding);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_CALLBACK_BODY_H_
