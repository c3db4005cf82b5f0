#include "providers/sandbox/http_answers.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace payments::sandbox {

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

HttpResponse SeeOther(std::string location) {
  constexpr int kHttpSeeOther = 303;
  HttpResponse response;
  response.status_code = kHttpSeeOther;
  response.headers = {{"Location", std::move(location)}, {"Cache-Control", "no-store"}};
  return response;
}

HttpResponse NotAllowed(const char* allowed) {
  HttpResponse response = TextResponse(kHttpMethodNotAllowed, "method not allowed\n");
  response.headers.emplace_back("Allow", allowed);
  return response;
}

const std::string* HeaderOf(const HttpServer::Request& request, absl::string_view name) {
  const std::string* found = nullptr;
  for (const auto& [key, value] : request.headers) {
    if (!absl::EqualsIgnoreCase(key, name)) continue;
    if (found != nullptr) return nullptr;
    found = &value;
  }
  return found;
}

bool HasContentType(const HttpServer::Request& request, absl::string_view type) {
  const std::string* header = HeaderOf(request, "Content-Type");
  if (header == nullptr) return false;
  std::string text = absl::AsciiStrToLower(*header);
  const auto ignored = [](char c) { return c == ' ' || c == '"'; };
  text.erase(std::remove_if(text.begin(), text.end(), ignored), text.end());
  return text == type;
}

}  // namespace payments::sandbox
