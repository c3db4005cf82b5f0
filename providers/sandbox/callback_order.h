#ifndef PAYMENTS_PROVIDERS_SANDBOX_CALLBACK_ORDER_H_
#define PAYMENTS_PROVIDERS_SANDBOX_CALLBACK_ORDER_H_

#include "payments/sandbox/v1/callback.pb.h"
#include "providers/http_message.h"

namespace payments::sandbox {

// A callback that is to be sent, and how. A provider's own part writes it, forgeries
// included; whoever sends it only knows when and how often.
struct CallbackOrder {
  const char* kind = "";  // For the log: what it is about.
  HttpRequest request;    // Without a URL nothing is sent.
  v1::CallbackPolicy policy;
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_CALLBACK_ORDER_H_
