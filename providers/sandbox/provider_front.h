#ifndef PAYMENTS_PROVIDERS_SANDBOX_PROVIDER_FRONT_H_
#define PAYMENTS_PROVIDERS_SANDBOX_PROVIDER_FRONT_H_

#include "server/http/http_server.h"

namespace payments::sandbox {

// One provider's paths on the HTTP port. Implementations are thread-safe.
class ProviderFront {
 public:
  virtual ~ProviderFront() = default;

  // True if the path is one of this provider's: `reply` was taken, then. Not called
  // during an outage.
  virtual bool TakeRequest(const HttpServer::Request& request, HttpServer::Reply& reply) = 0;
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_PROVIDER_FRONT_H_
