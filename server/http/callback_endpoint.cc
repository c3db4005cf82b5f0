#include "server/http/callback_endpoint.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace payments {
namespace {

constexpr int kNotFound = 404;
constexpr int kMethodNotAllowed = 405;

struct CallbackPath {
  std::string provider;
  std::string token;
};

bool IsProviderCharacter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return absl::ascii_islower(byte) || absl::ascii_isdigit(byte) || c == '-';
}

bool IsTokenCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
}

bool Consists(absl::string_view text, size_t size_max, bool (*is_allowed)(char)) {
  return !text.empty() && text.size() <= size_max &&
         std::all_of(text.begin(), text.end(), is_allowed);
}

// Nothing is decoded or tidied up: a path that needs it is not one of ours.
std::optional<CallbackPath> ParsePath(absl::string_view path) {
  const std::vector<absl::string_view> parts = absl::StrSplit(path, '/');
  if (parts.size() != 4 || !parts[0].empty() || parts[1] != "callbacks") return std::nullopt;
  const absl::string_view token = parts[3];
  if (!Consists(parts[2], kCallbackProviderSizeMax, &IsProviderCharacter) ||
      !Consists(token, kCallbackTokenSizeMax, &IsTokenCharacter)) {
    return std::nullopt;
  }
  // What a path means to others on the way.
  if (token == "." || token == "..") return std::nullopt;
  return CallbackPath{std::string(parts[2]), std::string(token)};
}

class CallbackEndpoint {
 public:
  CallbackEndpoint(Executor* executor, CallbackHandler handler)
      : executor_(executor), handler_(std::make_shared<CallbackHandler>(std::move(handler))) {}

  void operator()(HttpServer::Request request, HttpServer::Reply reply);

 private:
  Executor* executor_;
  std::shared_ptr<CallbackHandler> handler_;  // Shared with the tasks that are posted.
};

// A call on its way to the executor; its reply answers 503 if it does not arrive.
struct PostedCall {
  std::shared_ptr<CallbackHandler> handler;
  CallbackPath path;
  HttpRequest request;
  HttpServer::Reply reply;

  void operator()() && {
    (*handler)(std::move(path.provider), std::move(path.token), std::move(request),
               std::move(reply));
  }
};

void CallbackEndpoint::operator()(HttpServer::Request request, HttpServer::Reply reply) {
  std::optional<CallbackPath> path = ParsePath(request.path);
  if (!path.has_value()) return std::move(reply)(HttpResponse{kNotFound, {}, Secret()});
  if (request.method != "POST") {
    return std::move(reply)(HttpResponse{kMethodNotAllowed, {{"Allow", "POST"}}, Secret()});
  }
  HttpRequest call;
  call.effect = HttpRequest::Effect::kReadOnly;  // Nothing is sent.
  call.method = std::move(request.method);
  call.url = std::move(request.path);
  if (!request.query.empty()) absl::StrAppend(&call.url, "?", request.query);
  call.headers = std::move(request.headers);
  call.body = std::move(request.body);
  executor_->Post(PostedCall{handler_, std::move(*path), std::move(call), std::move(reply)});
}

}  // namespace

HttpServer::Handler MakeCallbackEndpoint(Executor* executor, CallbackHandler handler) {
  return CallbackEndpoint(executor, std::move(handler));
}

}  // namespace payments
