#include "providers/sandbox/http_front.h"

#include <utility>

#include "providers/sandbox/html_page.h"
#include "providers/sandbox/http_answers.h"

namespace payments::sandbox {
namespace {

// Load comes from one address, over connections that are kept.
constexpr int kConnectionsMax = 8192;
constexpr absl::Duration kIdleTimeout = absl::Minutes(2);
constexpr absl::Duration kConnectionLifetime = absl::Minutes(2);  // Since the last answer.

}  // namespace

HttpFront::HttpFront(Options options, std::vector<ProviderFront*> providers, AnswerQueue* answers,
                     Logger* logger)
    : options_(std::move(options)),
      providers_(std::move(providers)),
      answers_(answers),
      logger_(logger) {}

void HttpFront::Close() {
  const std::lock_guard<std::mutex> lock(mu_);
  closed_ = true;
  answers_->SetDropping(true);
  server_.reset();
}

absl::Status HttpFront::Start() {
  const std::lock_guard<std::mutex> lock(mu_);
  return Listen();
}

uint16_t HttpFront::port() {
  const std::lock_guard<std::mutex> lock(mu_);
  return options_.port;
}

absl::Status HttpFront::Listen() {
  HttpServer::Options options;
  options.address = options_.address;
  options.port = options_.port;
  options.connections_max = kConnectionsMax;
  options.connections_per_address_max = kConnectionsMax;
  options.idle_timeout = kIdleTimeout;
  options.connection_lifetime = kConnectionLifetime;
  options.keep_alive = true;
  auto server = HttpServer::Start(
      std::move(options), [this](const HttpServer::Request& request, HttpServer::Reply reply) {
        OnRequest(request, std::move(reply));
      });
  if (!server.ok()) return server.status();
  server_ = *std::move(server);
  options_.port = server_->port();
  return absl::OkStatus();
}

absl::Status HttpFront::SetOutage(v1::OutageKind kind) {
  const std::lock_guard<std::mutex> lock(mu_);
  if (closed_) return absl::CancelledError("the sandbox is ending");
  switch (kind) {
    case v1::OUTAGE_KIND_NONE:
      answers_->SetDropping(false);
      return server_ == nullptr ? Listen() : absl::OkStatus();
    case v1::OUTAGE_KIND_DROP:
      answers_->SetDropping(true);
      return server_ == nullptr ? Listen() : absl::OkStatus();
    case v1::OUTAGE_KIND_REFUSE:
      answers_->SetDropping(true);
      server_.reset();
      return absl::OkStatus();
    default:
      return absl::InvalidArgumentError("kind: required, one of OutageKind");
  }
}

void HttpFront::OnRequest(const HttpServer::Request& request, HttpServer::Reply reply) {
  if (answers_->dropping()) {
    logger_->Log(LogLevel::kInfo, "request_dropped", {});
    std::move(reply)(HttpResponse());
    return;
  }
  for (ProviderFront* provider : providers_) {
    if (provider->TakeRequest(request, reply)) return;
  }
  if (request.path == "/") {
    std::move(reply)(HtmlResponse(kHttpOk, WriteWelcomePage()));
  } else if (request.path == "/shop") {
    std::move(reply)(HtmlResponse(kHttpOk, WriteShopPage()));
  } else {
    std::move(reply)(TextResponse(kHttpNotFound, "not found\n"));
  }
}

}  // namespace payments::sandbox
