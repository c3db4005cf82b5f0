#ifndef PAYMENTS_SERVER_ENGINE_CALLBACK_BODY_H_
#define PAYMENTS_SERVER_ENGINE_CALLBACK_BODY_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/base/key_ring.h"
#include "server/engine/store.h"

// A callback's body may hold a card's token: it is stored sealed, for its resource alone.
namespace payments {

std::string SealCallbackBody(const KeyRing& keys, absl::string_view resource, const Secret& body);
// kDataLoss: sealed under another key, or altered.
absl::StatusOr<Secret> OpenCallbackBody(const KeyRing& keys, const CallbackRecord& record);

// By which the same body to the same resource is known again. Keyed, so that nobody who has
// the database alone can find out what a body was by trying.
std::string CallbackBodyDigest(const KeyRing& keys, absl::string_view tenant,
                               absl::string_view resource, const Secret& body);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_CALLBACK_BODY_H_
