#ifndef PAYMENTS_PROVIDERS_SANDBOX_CALLBACK_BODY_H_
#define PAYMENTS_PROVIDERS_SANDBOX_CALLBACK_BODY_H_

#include <string>

#include "payments/sandbox/v1/callback.pb.h"
#include "providers/http_message.h"
#include "providers/sandbox/wire_fields.h"

namespace payments::sandbox {

// The POST that carries `fields` to `url`. Thread-safe.
HttpRequest WriteCallbackRequest(std::string url, const WireFields& fields,
                                 v1::CallbackEncoding encoding);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_CALLBACK_BODY_H_
