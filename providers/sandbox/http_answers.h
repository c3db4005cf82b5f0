#ifndef PAYMENTS_PROVIDERS_SANDBOX_HTTP_ANSWERS_H_
#define PAYMENTS_PROVIDERS_SANDBOX_HTTP_ANSWERS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "providers/http_message.h"
#include "server/http/http_server.h"

namespace payments::sandbox {

inline constexpr int kHttpOk = 200;
inline constexpr int kHttpNotFound = 404;
inline constexpr int kHttpMethodNotAllowed = 405;
inline constexpr int kHttpUnsupportedMediaType = 415;

// Plain answers to what no provider's service is asked. Thread-safe.
HttpResponse TextResponse(int status, std::string text);
HttpResponse HtmlResponse(int status, std::string page);
// 303: the browser asks for `location` with GET, so that going back and reloading work.
HttpResponse SeeOther(std::string location);
// `allowed` goes into the header Allow.
HttpResponse NotAllowed(const char* allowed);

// Null if it is absent or sent twice.
const std::string* HeaderOf(const HttpServer::Request& request, absl::string_view name);

// True if the Content-Type is `type`, such as "text/xml;charset=utf-8", in any spacing
// and case, its parameters quoted or not.
bool HasContentType(const HttpServer::Request& request, absl::string_view type);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_HTTP_ANSWERS_H_
