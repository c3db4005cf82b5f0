#include "providers/sandbox/epay/epay_front.h"

#include <array>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "providers/sandbox/epay/acs_pages.h"
#include "providers/sandbox/http_answers.h"
#include "providers/sandbox/percent_encoding.h"

namespace payments::sandbox {
namespace {

constexpr int kHttpBadRequest = 400;
constexpr size_t kPageFieldsMax = 16;
constexpr char kFormType[] = "application/x-www-form-urlencoded";

struct Path {
  const char* text;
  v1::Method method;
};

constexpr std::array kPaths = {
    Path{"/epay2/oauth2/token", v1::METHOD_EPAY_TOKEN},
    Path{"/oauth2/token", v1::METHOD_EPAY_TOKEN},
    Path{"/api/p2p/transfer", v1::METHOD_EPAY_TRANSFER},
    Path{"/p2p/transfer", v1::METHOD_EPAY_TRANSFER},
    Path{"/api/p2p/api/confirm", v1::METHOD_EPAY_CONFIRM},
    Path{"/p2p/api/confirm", v1::METHOD_EPAY_CONFIRM},
    Path{"/api/p2p/confirm", v1::METHOD_EPAY_CONFIRM},
};
constexpr std::array<absl::string_view, 2> kStatusPrefixes = {"/api/check-status/p2p/transaction/",
                                                              "/check-status/p2p/transaction/"};

// Parameters such as a charset may follow the type.
bool HasMediaType(const HttpServer::Request& request, absl::string_view type) {
  return HasContentType(request, type) ||
         HasContentType(request, absl::StrCat(type, ";charset=utf-8"));
}

// Why this is no call over HTTP; an answer with status 0 if it is one.
HttpResponse RefuseTransport(v1::Method method, const HttpServer::Request& request) {
  const bool is_status = method == v1::METHOD_EPAY_STATUS;
  const char* verb = is_status ? "GET" : "POST";
  if (request.method != verb) return NotAllowed(verb);
  if (!request.query.empty()) return TextResponse(kHttpNotFound, "no query\n");
  if (is_status) return {};
  const char* type = method == v1::METHOD_EPAY_TOKEN ? kFormType : "application/json";
  if (HasMediaType(request, type)) return {};
  return TextResponse(kHttpUnsupportedMediaType, absl::StrCat("Content-Type: ", type, "\n"));
}

// Empty if there is none.
absl::string_view BearerOf(const HttpServer::Request& request) {
  const std::string* header = HeaderOf(request, "Authorization");
  if (header == nullptr) return {};
  absl::string_view token = *header;
  return absl::ConsumePrefix(&token, "Bearer ") ? token : absl::string_view();
}

}  // namespace

bool EpayFront::TakeRequest(const HttpServer::Request& request, HttpServer::Reply& reply) {
  absl::string_view rest;
  const v1::Method method = MethodOf(request.path, rest);
  if (method != v1::METHOD_UNSPECIFIED) {
    OnCall(method, rest, request, std::move(reply));
    return true;
  }
  rest = request.path;
  if (!absl::ConsumePrefix(&rest, kAcsPath)) return false;
  if (rest.empty()) {
    OnOpenPage(request, std::move(reply));
    return true;
  }
  if (!absl::ConsumePrefix(&rest, "/")) return false;
  OnPage(rest, request, std::move(reply));
  return true;
}

v1::Method EpayFront::MethodOf(absl::string_view path, absl::string_view& order_id) {
  for (const Path& known : kPaths) {
    if (path == known.text) return known.method;
  }
  for (const absl::string_view prefix : kStatusPrefixes) {
    order_id = path;
    if (absl::ConsumePrefix(&order_id, prefix)) return v1::METHOD_EPAY_STATUS;
  }
  return v1::METHOD_UNSPECIFIED;
}

void EpayFront::OnCall(v1::Method method, absl::string_view order_id,
                       const HttpServer::Request& request, HttpServer::Reply reply) {
  if (HttpResponse refusal = RefuseTransport(method, request); refusal.status_code != 0) {
    conduct_->CountUnreadable();
    logger_->Log(LogLevel::kWarning, "epay_unreadable", {{"http_status", refusal.status_code}});
    std::move(reply)(std::move(refusal));
    return;
  }
  const absl::string_view bearer = BearerOf(request);
  const absl::string_view body = request.body.Reveal();
  BankAnswer answer;
  switch (method) {
    case v1::METHOD_EPAY_TOKEN:
      answer = bank_->Token(body);
      break;
    case v1::METHOD_EPAY_TRANSFER:
      answer = bank_->Transfer(bearer, body);
      break;
    case v1::METHOD_EPAY_CONFIRM:
      answer = bank_->Confirm(bearer, body);
      break;
    default:
      answer = bank_->Status(bearer, order_id);
      break;
  }
  logger_->Log(LogLevel::kInfo, "epay_call",
               {{"method", v1::Method_Name(method)},
                {"verdict", answer.verdict},
                {"code", answer.code},
                {"http_status", answer.http_status},
                {"delay_ms", absl::ToInt64Milliseconds(answer.delay)}});
  answers_->Deliver(std::move(reply), std::move(answer));
}

void EpayFront::OnOpenPage(const HttpServer::Request& request, HttpServer::Reply reply) {
  if (request.method != "POST") {
    std::move(reply)(NotAllowed("POST"));
    return;
  }
  const auto form = DecodeForm(request.body.Reveal(), kPageFieldsMax);
  if (request.query != kAcsQuery || !HasMediaType(request, kFormType) || !form.ok()) {
    std::move(reply)(HtmlResponse(kHttpBadRequest, WriteUnknownAcsPage()));
    return;
  }
  const auto view =
      bank_->OpenPage(FieldOf(*form, "PaReq"), FieldOf(*form, "MD"), FieldOf(*form, "TermUrl"));
  if (!view.ok()) {
    const int status = absl::IsNotFound(view.status()) ? kHttpNotFound : kHttpBadRequest;
    std::move(reply)(HtmlResponse(status, WriteUnknownAcsPage()));
    return;
  }
  std::move(reply)(SeeOther(absl::StrCat(kAcsPath, "/", view->page_id)));
}

void EpayFront::OnPage(absl::string_view page_id, const HttpServer::Request& request,
                       HttpServer::Reply reply) {
  const bool is_post = request.method == "POST";
  if (!is_post && request.method != "GET") {
    std::move(reply)(NotAllowed("GET, POST"));
    return;
  }
  const auto view = bank_->ViewPage(page_id);
  if (!view.ok()) {
    std::move(reply)(HtmlResponse(kHttpNotFound, WriteUnknownAcsPage()));
    return;
  }
  if (!is_post) {
    std::move(reply)(HtmlResponse(kHttpOk, WriteAcsPage(*view)));
    return;
  }
  const auto form = DecodeForm(request.body.Reveal(), kPageFieldsMax);
  const absl::string_view result =
      form.ok() ? FieldOf(*form, "result") : absl::string_view("leave");
  if (result == "leave") {
    std::move(reply)(HtmlResponse(kHttpOk, WriteAcsLeftPage()));
    return;
  }
  bank_->DecidePage(page_id, result != "accept", FieldOf(*form, "code"));
  std::move(reply)(SeeOther(request.path));
}

}  // namespace payments::sandbox
