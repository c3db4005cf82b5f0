#ifndef PAYMENTS_SERVER_HTTP_CALLBACK_ENDPOINT_H_
#define PAYMENTS_SERVER_HTTP_CALLBACK_ENDPOINT_H_

#include <cstddef>
#include <string>

#include "absl/functional/any_invocable.h"
#include "providers/http_message.h"
#include "server/base/executor.h"
#include "server/http/http_server.h"

namespace payments {

// Takes a provider's call: who the path names, and the request with its path and query
// as its url. Called on the executor, one at a time; `reply` may be called later.
using CallbackHandler = absl::AnyInvocable<void(std::string provider, std::string token,
                                                HttpRequest request, HttpServer::Reply reply)>;

inline constexpr size_t kCallbackProviderSizeMax = 32;
inline constexpr size_t kCallbackTokenSizeMax = 128;

// What the public listener serves: POST /callbacks/{provider}/{token}, a provider of
// [a-z0-9-] and a token of [A-Za-z0-9._-], spelled just so; any other path is 404, any
// other method 405. Whether there is such a token is for `handler` to say.
//
// Every call is posted to `executor`, which is not owned and outlives the server. If it
// runs no more tasks, the call is answered with 503.
HttpServer::Handler MakeCallbackEndpoint(Executor* executor, CallbackHandler handler);

}  // namespace payments

#endif  // PAYMENTS_SERVER_HTTP_CALLBACK_ENDPOINT_H_
