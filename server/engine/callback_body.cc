#include "server/engine/callback_body.h"

#include "absl/strings/str_cat.h"

namespace payments {
namespace {

std::string SealContext(absl::string_view resource) { return absl::StrCat("callback/", resource); }

}  // namespace

std::string SealCallbackBody(const KeyRing& keys, absl::string_view resource, const Secret& body) {
  return keys.Seal(body, SealContext(resource));
}

absl::StatusOr<Secret> OpenCallbackBody(const KeyRing& keys, const CallbackRecord& record) {
  return keys.Open(record.sealed_body, SealContext(record.resource));
}

std::string CallbackBodyDigest(const KeyRing& keys, absl::string_view tenant,
                               absl::string_view resource, const Secret& body) {
  // Sizes keep the parts apart. Fingerprints of requests begin with a digit: none is the same.
  const Secret text(absl::StrCat("callback:", tenant.size(), ":", tenant, resource.size(), ":",
                                 resource, body.Reveal()));
  return keys.FingerprintMac(text.Reveal());
}

}  // namespace payments
