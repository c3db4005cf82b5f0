#include "server/http/action_endpoint.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
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

bool IsForm(const HttpHeaders& headers) {
  const std::vector<std::string> type = absl::StrSplit(HeaderOf(headers, "content-type"), ';');
  return absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(type[0]), kFormType);
}

HttpResponse NotAllowed(const char* methods, absl::string_view accept_language) {
  HttpResponse response = RenderNothingHere(kMethodNotAllowed, accept_language);
  response.headers.emplace_back("Allow", methods);
  return response;
}

HttpResponse GoOn(const ActionPage& page, absl::string_view accept_language) {
  if (page.return_url.empty()) return RenderActionPage(page, accept_language);
  return HttpResponse{kSeeOther,
                      {{"Location", page.return_url},
                       {"Cache-Control", "no-store"},
                       {"Referrer-Policy", "no-referrer"}},
                      Secret()};
}

// One request on its way to the executor and back.
class ActionCall {
 public:
  using Handlers = std::shared_ptr<ActionHandlers>;

  ActionCall(Handlers handlers, ActionPath path, HttpServer::Request request,
             HttpServer::Reply reply)
      : handlers_(std::move(handlers)),
        path_(std::move(path)),
        language_(HeaderOf(request.headers, "accept-language")),
        request_(std::move(request)),
        reply_(std::move(reply)) {}

  // Answers what needs no handler; true if it did.
  bool AnswerAtOnce() {
    if (request_.method == "GET" || request_.method == "HEAD") return false;
    if (!path_.result) return Answer(NotAllowed("GET, HEAD", language_));
    if (request_.method != "POST") return Answer(NotAllowed("GET, HEAD, POST", language_));
    if (!IsForm(request_.headers)) {
      return Answer(RenderNothingHere(kUnsupportedMediaType, language_));
    }
    absl::StatusOr<std::map<std::string, Secret>> fields = DecodeFormBody(request_.body);
    if (!fields.ok()) return Answer(RenderNothingHere(kBadRequest, language_));
    fields_ = *std::move(fields);
    return false;
  }

  static void Run(const std::shared_ptr<ActionCall>& self) {
    if (self->request_.method == "POST") {
      return self->handlers_->result(
          self->path_.token, self->fields_,
          [self](const absl::StatusOr<ActionPage>& page) { OnResult(self, page); });
    }
    self->handlers_->open(self->path_.token,
                          [self](const absl::StatusOr<ActionPage>& page) { self->OnOpened(page); });
  }

 private:
  void OnOpened(const absl::StatusOr<ActionPage>& page) {
    if (page.ok()) {
      Answer(RenderActionPage(*page, language_));
    } else if (absl::IsNotFound(page.status())) {
      Answer(RenderNothingHere(kNotFound, language_));
    } else {
      Answer(RenderBusyPage(language_));
    }
  }

  // What was posted is nowhere else, so it goes back to the payer with a page to send it
  // again by: the payment says in which language, if it can be read.
  static void OnResult(const std::shared_ptr<ActionCall>& self,
                       const absl::StatusOr<ActionPage>& page) {
    if (page.ok()) {
      self->Answer(GoOn(*page, self->language_));
    } else if (absl::IsNotFound(page.status())) {
      self->Answer(RenderNothingHere(kNotFound, self->language_));
    } else {
      self->handlers_->open(self->path_.token, [self](const absl::StatusOr<ActionPage>& now) {
        self->OnNotTaken(now);
      });
    }
  }

  void OnNotTaken(const absl::StatusOr<ActionPage>& page) {
    Answer(RenderRetryPage(page.ok() ? *page : ActionPage(), fields_, language_));
  }

  bool Answer(HttpResponse response) {
    std::move(reply_)(std::move(response));
    return true;
  }

  const Handlers handlers_;
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
    if (!path.has_value()) {
      return std::move(reply)(
          RenderNothingHere(kNotFound, HeaderOf(request.headers, "accept-language")));
    }
    auto call = std::make_shared<ActionCall>(handlers_, *std::move(path), std::move(request),
                                             std::move(reply));
    if (call->AnswerAtOnce()) return;
    executor_->Post([call = std::move(call)] { ActionCall::Run(call); });
  }

 private:
  Executor* executor_;
  ActionCall::Handlers handlers_;  // Shared with the calls on their way.
};

}  // namespace

HttpServer::Handler MakeActionEndpoint(Executor* executor, ActionHandlers handlers) {
  return ActionEndpoint(executor, std::move(handlers));
}

}  // namespace payments
