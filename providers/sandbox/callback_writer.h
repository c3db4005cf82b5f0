#ifndef PAYMENTS_PROVIDERS_SANDBOX_CALLBACK_WRITER_H_
#define PAYMENTS_PROVIDERS_SANDBOX_CALLBACK_WRITER_H_

#include "providers/http_message.h"
#include "providers/sandbox/access_token.h"
#include "providers/sandbox/callback_order.h"

namespace payments::sandbox {

// The POST that `order` asks for, forgeries included. Thread-safe.
HttpRequest WriteCallback(const CallbackOrder& order, const Credentials& credentials);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_CALLBACK_WRITER_H_
