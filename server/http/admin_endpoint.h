#ifndef PAYMENTS_SERVER_HTTP_ADMIN_ENDPOINT_H_
#define PAYMENTS_SERVER_HTTP_ADMIN_ENDPOINT_H_

#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "server/http/http_server.h"

namespace payments {

// What the operators' listener serves, with GET:
//   /healthz   200: the process is alive.
//   /readyz    200, or 503 with a line for each thing that is not ready.
//   /metrics   Prometheus' text format.
//
// Both functions are called on the server's thread, one call at a time, and must not block.
struct AdminSources {
  absl::AnyInvocable<std::vector<std::string>()> what_is_not_ready;
  absl::AnyInvocable<std::string()> metrics;
};

HttpServer::Handler MakeAdminEndpoint(AdminSources sources);

}  // namespace payments

#endif  // PAYMENTS_SERVER_HTTP_ADMIN_ENDPOINT_H_
