#include "providers/sandbox/http_front.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "providers/sandbox/bank_pages.h"
#include "providers/sandbox/soap_contract.h"
#include "providers/sandbox/soap_reader.h"
#include "providers/sandbox/soap_writer.h"

namespace payments::sandbox {
namespace {

constexpr int kHttpOk = 200;
constexpr int kHttpNotFound = 404;
constexpr int kHttpMethodNotAllowed = 405;
constexpr int kHttpUnsupportedMediaType = 415;
constexpr int kHttpError = 500;

// Load comes from one address, over connections that are kept.
constexpr int kConnectionsMax = 8192;
constexpr absl::Duration kIdleTimeout = absl::Minutes(2);
constexpr absl::Duration kConnectionLifetime = absl::Minutes(2);  // Since the last answer.

HttpResponse TextResponse(int status, std::string text) {
  HttpResponse response;
  response.status_code = status;
  response.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
  response.body = Secret(std::move(text));
  return response;
}

HttpResponse HtmlResponse(int status, std::string page) {
  HttpResponse response;
  response.status_code = status;
  response.headers = {{"Content-Type", "text/html; charset=utf-8"}, {"Cache-Control", "no-store"}};
  response.body = Secret(std::move(page));
  return response;
}

HttpResponse NotAllowed(const char* allowed) {
  HttpResponse response = TextResponse(kHttpMethodNotAllowed, "method not allowed\n");
  response.headers.emplace_back("Allow", allowed);
  return response;
}

// Null if it is absent or sent twice.
const std::string* HeaderOf(const HttpServer::Request& request, absl::string_view name) {
  const std::string* found = nullptr;
  for (const auto& [key, value] : request.headers) {
    if (!absl::EqualsIgnoreCase(key, name)) continue;
    if (found != nullptr) return nullptr;
    found = &value;
  }
  return found;
}

// text/xml; charset=utf-8, in any spacing and case, quoted or not.
bool IsUtf8Xml(const std::string* content_type) {
  if (content_type == nullptr) return false;
  std::string text = absl::AsciiStrToLower(*content_type);
  const auto ignored = [](char c) { return c == ' ' || c == '"'; };
  text.erase(std::remove_if(text.begin(), text.end(), ignored), text.end());
  return text == "text/xml;charset=utf-8";
}

// Why this is not a SOAP 1.1 call over HTTP; an answer with status 0 if it is one.
HttpResponse RefuseTransport(const HttpServer::Request& request) {
  if (request.method != "POST") return NotAllowed("POST");
  if (!request.query.empty() && request.query != "wsdl") {
    return TextResponse(kHttpNotFound, "no query but ?wsdl\n");
  }
  if (!IsUtf8Xml(HeaderOf(request, "Content-Type"))) {
    return TextResponse(kHttpUnsupportedMediaType, "Content-Type: text/xml; charset=utf-8\n");
  }
  const std::string* action = HeaderOf(request, "SOAPAction");
  if (action == nullptr || *action != "\"\"") {
    HttpResponse response;
    response.status_code = kHttpError;
    response.headers = {{"Content-Type", "text/xml; charset=utf-8"}};
    response.body = Secret(WriteFault("SOAPAction must be \"\""));
    return response;
  }
  return {};
}

// The value of a form's field, unless it needs decoding: the page's own never do.
std::string FormValue(absl::string_view form, absl::string_view name) {
  for (absl::string_view pair : absl::StrSplit(form, '&')) {
    if (absl::ConsumePrefix(&pair, name) && absl::ConsumePrefix(&pair, "=")) {
      return std::string(pair);
    }
  }
  return {};
}

}  // namespace

HttpFront::HttpFront(Options options, UpayBank* bank, CallbackSender* callbacks,
                     AnswerQueue* answers, Logger* logger)
    : options_(std::move(options)),
      bank_(bank),
      callbacks_(callbacks),
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
  } else if (request.path == kSoapPath) {
    OnSoap(request, std::move(reply));
  } else if (absl::StartsWith(request.path, kConfirmPath)) {
    OnConfirmation(request, std::move(reply));
  } else if (request.path == "/") {
    std::move(reply)(HtmlResponse(kHttpOk, WriteWelcomePage()));
  } else {
    std::move(reply)(TextResponse(kHttpNotFound, "not found\n"));
  }
}

void HttpFront::OnSoap(const HttpServer::Request& request, HttpServer::Reply reply) {
  if (HttpResponse refusal = RefuseTransport(request); refusal.status_code != 0) {
    bank_->CountUnreadable();
    logger_->Log(LogLevel::kWarning, "soap_unreadable", {{"http_status", refusal.status_code}});
    std::move(reply)(std::move(refusal));
    return;
  }
  const auto call = ReadSoapCall(request.body.Reveal());
  if (!call.ok()) {
    bank_->CountUnreadable();
    logger_->Log(LogLevel::kWarning, "soap_unreadable", {{"why", call.status().message()}});
    BankAnswer fault;
    fault.http_status = kHttpError;
    fault.body = WriteFault(call.status().message());
    answers_->Deliver(std::move(reply), std::move(fault));
    return;
  }
  BankAnswer answer = bank_->Handle(*call);
  logger_->Log(LogLevel::kInfo, "soap_call",
               {{"method", call->rule().operation},
                {"verdict", answer.verdict},
                {"code", answer.code},
                {"http_status", answer.http_status},
                {"delay_ms", absl::ToInt64Milliseconds(answer.delay)}});
  Answer(std::move(answer), std::move(reply));
}

void HttpFront::Answer(BankAnswer answer, HttpServer::Reply reply) {
  const auto early = std::find_if(
      answer.callbacks.begin(), answer.callbacks.end(),
      [](const CallbackOrder& o) { return o.policy.kind() == v1::CALLBACK_KIND_EARLY; });
  if (early == answer.callbacks.end()) {
    answers_->Deliver(std::move(reply), std::move(answer));
    return;
  }
  const CallbackOrder order = std::move(*early);
  answer.callbacks.erase(early);
  callbacks_->SendEarly(order,
                        [this, answer = std::move(answer), reply = std::move(reply)]() mutable {
                          answers_->Deliver(std::move(reply), std::move(answer));
                        });
}

void HttpFront::OnConfirmation(const HttpServer::Request& request, HttpServer::Reply reply) {
  absl::string_view id = request.path;
  absl::ConsumePrefix(&id, kConfirmPath);
  const bool is_post = request.method == "POST";
  if (!is_post && request.method != "GET") {
    std::move(reply)(NotAllowed("GET, POST"));
    return;
  }
  auto view = bank_->View(id);
  if (request.query != kConfirmQuery || !view.ok()) {
    std::move(reply)(HtmlResponse(kHttpNotFound, WriteUnknownConfirmationPage()));
    return;
  }
  std::vector<CallbackOrder> callbacks;
  if (is_post) {
    const std::string result = FormValue(request.body.Reveal(), "result");
    const std::string code = FormValue(request.body.Reveal(), "code");
    auto decision = bank_->Decide(id, result != "confirm", code);
    if (decision.ok()) {
      view = decision->view;
      callbacks = std::move(decision->callbacks);
    }
  }
  const std::string action = absl::StrCat(request.path, "?", request.query);
  std::move(reply)(HtmlResponse(kHttpOk, WriteConfirmationPage(*view, action)));
  for (const CallbackOrder& order : callbacks) callbacks_->Send(order);
}

}  // namespace payments::sandbox
