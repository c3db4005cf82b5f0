#ifndef PAYMENTS_SERVER_ENGINE_CALLBACK_RECORD_H_
#define PAYMENTS_SERVER_ENGINE_CALLBACK_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "payments/v1/callback.pb.h"
#include "server/engine/store.h"

// A stored callback's name, and how it, or its not being there, is shown. Pure functions.
namespace payments {

// "callbacks/{id}".
std::string CallbackName(int64_t id);
// Nothing if it is no callback's name.
std::optional<int64_t> CallbackIdOf(absl::string_view name);

// What is kept of a Content-Type: type, subtype and charset, without digits where a card's
// number could stand. Empty if it is none.
std::string KeptContentType(absl::string_view header);

// As callers see it, without its body.
v1::Callback ToCallback(const CallbackRecord& record);

// The verdict as the log and the metrics have it: "accepted", "refused_signature", ….
std::string VerdictWord(v1::CallbackVerdict verdict);

// CALLBACK_NOT_FOUND, or what the store said.
absl::Status CallbackNotFound(absl::string_view name,
                              const absl::Status& status = absl::NotFoundError(""));

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_CALLBACK_RECORD_H_
