#include "providers/sandbox/upay/upay_front.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "providers/sandbox/http_answers.h"
#include "providers/sandbox/upay/soap_contract.h"
#include "providers/sandbox/upay/soap_reader.h"
#include "providers/sandbox/upay/soap_writer.h"
#include "providers/sandbox/upay/upay_pages.h"

namespace payments::sandbox {
namespace {

constexpr int kHttpError = 500;

// Why this is not a SOAP 1.1 call over HTTP; an answer with status 0 if it is one.
HttpResponse RefuseTransport(const HttpServer::Request& request) {
  if (request.method != "POST") return NotAllowed("POST");
  if (!request.query.empty() && request.query != "wsdl") {
    return TextResponse(kHttpNotFound, "no query but ?wsdl\n");
  }
  if (!HasContentType(request, "text/xml;charset=utf-8")) {
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

bool UpayFront::TakeRequest(const HttpServer::Request& request, HttpServer::Reply& reply) {
  if (request.path == kSoapPath) {
    OnSoap(request, std::move(reply));
    return true;
  }
  if (absl::StartsWith(request.path, kConfirmPath)) {
    OnConfirmation(request, std::move(reply));
    return true;
  }
  return false;
}

void UpayFront::OnSoap(const HttpServer::Request& request, HttpServer::Reply reply) {
  if (HttpResponse refusal = RefuseTransport(request); refusal.status_code != 0) {
    conduct_->CountUnreadable();
    logger_->Log(LogLevel::kWarning, "soap_unreadable", {{"http_status", refusal.status_code}});
    std::move(reply)(std::move(refusal));
    return;
  }
  const auto call = ReadSoapCall(request.body.Reveal());
  if (!call.ok()) {
    conduct_->CountUnreadable();
    logger_->Log(LogLevel::kWarning, "soap_unreadable", {{"why", call.status().message()}});
    BankAnswer fault;
    fault.http_status = kHttpError;
    fault.headers = {{"Content-Type", "text/xml; charset=utf-8"}};
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
  answers_->Deliver(std::move(reply), std::move(answer));
}

void UpayFront::OnConfirmation(const HttpServer::Request& request, HttpServer::Reply reply) {
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
