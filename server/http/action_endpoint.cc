#include "server/http/action_endpoint.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "server/http/form_body.h"

namespace payments {
namespace {

constexpr int kSeeOther = 303;
constexpr int kBadRequest = 400;
constexpr int kNotFound = 404;
constexpr int kMethodNotAllowed = 405;
constexpr int kUnsupportedMediaType = 415;

constexpr char kFormType[] = "application/x-www-form-urlencoded";

struct ActionPath {
  std::string token;
  bool result = false;
};

bool IsTokenCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
}

// Nothing is decoded or tidied up: a path that needs it is not one of ours.
std::optional<ActionPath> ParsePath(absl::string_view path) {
  const std::vector<absl::string_view> parts = absl::StrSplit(path, '/');
  const bool result = parts.size() == 4 && parts[3] == "result";
  if (parts.size() != 3 && !result) return std::nullopt;
  const absl::string_view token = parts[2];
  if (!parts[0].empty() || parts[1] != "actions" || token.empty() ||
      token.size() > kActionTokenSizeMax ||
      !std::all_of(token.begin(), token.end(), IsTokenCharacter)) {
    return std::nullopt;
  }
  return ActionPath{std::string(token), result};
}

std::string HeaderOf(const HttpHeaders& headers, absl::string_view name) {
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, name)) return value;
  }
  return "";
}

HttpResponse Status(int status_code) {
  return HttpResponse{status_code, {{"Cache-Control", "no-store"}}, Secret()};
}

HttpResponse NotAllowed(const char* method) {
  HttpResponse response = Status(kMethodNotAllowed);
  response.headers.emplace_back("Allow", method);
  return response;
}

HttpResponse GoOn(const ActionPage& page, absl::string_view accept_language) {
  if (page.return_url.empty()) return RenderActionPage(page, accept_language);
  HttpResponse response = Status(kSeeOther);
  response.headers.emplace_back("Location", page.return_url);
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  return response;
}

// One request on its way to the executor and back.
class ActionCall {
 public:
  ActionCall(ActionPath path, HttpServer::Request request, HttpServer::Reply reply)
      : path_(std::move(path)),
        language_(HeaderOf(request.headers, "accept-language")),
        request_(std::move(request)),
        reply_(std::move(reply)) {}

  // Answers what needs no handler; true if it did.
  bool AnswerAtOnce() {
    if (path_.result && request_.method != "POST") return Answer(NotAllowed("POST"));
    if (!path_.result) {
      const bool reads = request_.method == "GET" || request_.method == "HEAD";
      return reads ? false : Answer(NotAllowed("GET, HEAD"));
    }
    const std::vector<std::string> type =
        absl::StrSplit(HeaderOf(request_.headers, "content-type"), ';');
    if (!absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(type[0]), kFormType)) {
      return Answer(Status(kUnsupportedMediaType));
    }
    absl::StatusOr<std::map<std::string, Secret>> fields = DecodeFormBody(request_.body);
    if (!fields.ok()) return Answer(Status(kBadRequest));
    fields_ = *std::move(fields);
    return false;
  }

  static void Run(const std::shared_ptr<ActionCall>& self, ActionHandlers& handlers) {
    if (self->path_.result) {
      // They are kept for the page that lets the payer try again.
      return handlers.result(
          self->path_.token, self->fields_,
          [self](const absl::StatusOr<ActionPage>& page) { self->OnResult(page); });
    }
    handlers.open(self->path_.token,
                  [self](const absl::StatusOr<ActionPage>& page) { self->OnOpened(page); });
  }

 private:
  void OnOpened(const absl::StatusOr<ActionPage>& page) {
    Answer(page.ok() ? RenderActionPage(*page, language_) : OfError(page.status()));
  }

  void OnResult(const absl::StatusOr<ActionPage>& page) {
    Answer(page.ok() ? GoOn(*page, language_) : OfError(page.status()));
  }

  HttpResponse OfError(const absl::Status& status) const {
    if (absl::IsNotFound(status)) return RenderUnknownActionPage(language_);
    return RenderTryAgainPage(fields_, language_);
  }

  bool Answer(HttpResponse response) {
    std::move(reply_)(std::move(response));
    return true;
  }

  const ActionPath path_;
  const std::string language_;
  const HttpServer::Request request_;
  std::map<std::string, Secret> fields_;
  HttpServer::Reply reply_;  // Answers 503 if it is destroyed uncalled.
};

class ActionEndpoint {
 public:
  ActionEndpoint(Executor* executor, ActionHandlers handlers)
      : executor_(executor), handlers_(std::make_shared<ActionHandlers>(std::move(handlers))) {}

  void operator()(HttpServer::Request request, HttpServer::Reply reply) {
    std::optional<ActionPath> path = ParsePath(request.path);
    if (!path.has_value()) return std::move(reply)(Status(kNotFound));
    auto call =
        std::make_shared<ActionCall>(*std::move(path), std::move(request), std::move(reply));
    if (call->AnswerAtOnce()) return;
    executor_->Post(
        [handlers = handlers_, call = std::move(call)] { ActionCall::Run(call, *handlers); });
  }

 private:
  Executor* executor_;
  std::shared_ptr<ActionHandlers> handlers_;  // Shared with the tasks that are posted.
};

}  // namespace

HttpServer::Handler MakeActionEndpoint(Executor* executor, ActionHandlers handlers) {
  return ActionEndpoint(executor, std::move(handlers));
}

}  // namespace payments
