#include "server/http/admin_endpoint.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace payments {
namespace {

constexpr int kOk = 200;
constexpr int kNotFound = 404;
constexpr int kMethodNotAllowed = 405;
constexpr int kServiceUnavailable = 503;

constexpr char kPlainText[] = "text/plain; charset=utf-8";
constexpr char kPrometheusText[] = "text/plain; version=0.0.4; charset=utf-8";

HttpResponse Text(int status_code, const char* type, std::string body) {
  return HttpResponse{status_code,
                      {{"Content-Type", type}, {"Cache-Control", "no-store"}},
                      Secret(std::move(body))};
}

class AdminEndpoint {
 public:
  explicit AdminEndpoint(AdminSources sources) : sources_(std::move(sources)) {}

  void operator()(const HttpServer::Request& request, HttpServer::Reply reply) {
    std::move(reply)(Answer(request));
  }

 private:
  HttpResponse Answer(const HttpServer::Request& request);
  HttpResponse Readiness();

  AdminSources sources_;
};

HttpResponse AdminEndpoint::Answer(const HttpServer::Request& request) {
  const bool is_known =
      request.path == "/healthz" || request.path == "/readyz" || request.path == "/metrics";
  if (!is_known) return Text(kNotFound, kPlainText, "not found\n");
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse response = Text(kMethodNotAllowed, kPlainText, "GET only\n");
    response.headers.emplace_back("Allow", "GET, HEAD");
    return response;
  }
  if (request.path == "/readyz") return Readiness();
  if (request.path == "/metrics") return Text(kOk, kPrometheusText, sources_.metrics());
  return Text(kOk, kPlainText, "ok\n");
}

HttpResponse AdminEndpoint::Readiness() {
  const ReadinessReport report = sources_.readiness();
  const bool is_ready = report.not_ready.empty();
  std::string lines = is_ready ? "ok" : absl::StrJoin(report.not_ready, "\n");
  for (const std::string& line : report.degraded) absl::StrAppend(&lines, "\ndegraded: ", line);
  lines += "\n";
  return Text(is_ready ? kOk : kServiceUnavailable, kPlainText, std::move(lines));
}

}  // namespace

HttpServer::Handler MakeAdminEndpoint(AdminSources sources) {
  return AdminEndpoint(std::move(sources));
}

}  // namespace payments
