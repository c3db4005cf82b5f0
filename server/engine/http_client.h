#ifndef PAYMENTS_SERVER_ENGINE_HTTP_CLIENT_H_
#define PAYMENTS_SERVER_ENGINE_HTTP_CLIENT_H_

#include <cstddef>
#include <variant>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "providers/http_message.h"

namespace payments {

// Why there is no response. The difference decides whether money may have moved.
struct HttpFailure {
  // False only on proof: a refused connection, an unknown name, a failed TLS
  // handshake, a timeout while connecting, a URL that may not be called.
  bool request_may_have_been_sent = true;
  absl::Status why;  // kUnavailable, kDeadlineExceeded, kResourceExhausted, kInvalidArgument.
};

// Sends requests to providers. Implemented by CurlHttpClient (server/http/) and by
// the simulation. Thread-safe.
class HttpClient {
 public:
  static constexpr size_t kMaxBodyBytes = 1 << 20;  // A larger answer is a failure.

  using Result = std::variant<HttpResponse, HttpFailure>;
  using DoneHttp = absl::AnyInvocable<void(Result) &&>;

  virtual ~HttpClient() = default;

  // Sends `request` once and reports within `timeout`, whatever happens: `done`
  // runs on the executor, exactly once, never inside this call. Follows no
  // redirects, never sends a request again by itself.
  virtual void Send(HttpRequest request, absl::Duration timeout, DoneHttp done) = 0;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_HTTP_CLIENT_H_
