#ifndef PAYMENTS_SERVER_HTTP_ACTION_ENDPOINT_H_
#define PAYMENTS_SERVER_HTTP_ACTION_ENDPOINT_H_

#include <cstddef>
#include <map>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "providers/secret.h"
#include "server/base/executor.h"
#include "server/http/action_page.h"
#include "server/http/http_server.h"

namespace payments {

// Who knows what a token is for. Called on the executor, one at a time; the Dones may be
// called later. Errors: kNotFound, for every token that is not ours; after anything else
// the same can be asked or posted again.
struct ActionHandlers {
  using Done = absl::AnyInvocable<void(absl::StatusOr<ActionPage>) &&>;

  absl::AnyInvocable<void(std::string token, Done done)> open;
  // Takes what the bank's page posted. The page that is given has no form any more.
  absl::AnyInvocable<void(std::string token, std::map<std::string, Secret> fields, Done done)>
      result;
};

inline constexpr size_t kActionTokenSizeMax = 128;

// What the public listener serves to payers' browsers: GET /actions/{token} is the hosted
// page, POST /actions/{token}/result takes what the bank's page posts and answers 303 to
// the merchant's page, or shows the last page of ours if there is none; if it could not be
// handed on, 503 and a page that posts it again. GET of that address, a payer's reload, is
// the hosted page too. Any other path is 404, any other method 405, any other body 415, an
// unreadable one 400, each with a page that says so.
//
// Every call is posted to `executor`, which is not owned and outlives the server.
HttpServer::Handler MakeActionEndpoint(Executor* executor, ActionHandlers handlers);

}  // namespace payments

#endif  // PAYMENTS_SERVER_HTTP_ACTION_ENDPOINT_H_
