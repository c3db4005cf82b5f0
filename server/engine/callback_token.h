#ifndef PAYMENTS_SERVER_ENGINE_CALLBACK_TOKEN_H_
#define PAYMENTS_SERVER_ENGINE_CALLBACK_TOKEN_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "providers/provider.h"
#include "server/base/key_ring.h"

namespace payments {

// What a callback URL is for.
struct CallbackTarget {
  CallbackSubject subject = CallbackSubject::kPayment;
  std::string tenant;
  std::string resource;  // "payments/{id}" or "cards/{id}".
};

// The last part of a callback URL: the resource and a MAC under the server's key. So
// a token cannot be guessed, needs no table, and a stranger's is turned away before
// anything is looked up. Made of [A-Za-z0-9._-], at most 128 characters.
std::string MakeCallbackToken(const KeyRing& keys, const CallbackTarget& target);

// kNotFound for every token that is not ours, whatever is wrong with it.
absl::StatusOr<CallbackTarget> ReadCallbackToken(const KeyRing& keys, absl::string_view token);

std::string MakeCallbackUrl(absl::string_view public_base_url, absl::string_view provider,
                            absl::string_view token);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_CALLBACK_TOKEN_H_
