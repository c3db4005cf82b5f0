#ifndef PAYMENTS_SERVER_HTTP_ADMIN_ENDPOINT_H_
#define PAYMENTS_SERVER_HTTP_ADMIN_ENDPOINT_H_

#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "server/http/http_server.h"

namespace payments {

// Lines of text; see /readyz.
struct ReadinessReport {
  std::vector<std::string> not_ready;
  std::vector<std::string> degraded;
};

// What the operators' listener serves, with GET:
//   /healthz   200: the process is alive.
//   /readyz    200 and "ok", or 503 and a line for each thing that is not ready; then in
//              both cases a line "degraded: …" for each thing that is not as it should be.
//   /metrics   Prometheus' text format.
//
// Both functions are called on the server's thread, one call at a time, and must not block.
struct AdminSources {
  absl::AnyInvocable<ReadinessReport()> readiness;
  absl::AnyInvocable<std::string()> metrics;
};

HttpServer::Handler MakeAdminEndpoint(AdminSources sources);

}  // namespace payments

#endif  // PAYMENTS_SERVER_HTTP_ADMIN_ENDPOINT_H_
