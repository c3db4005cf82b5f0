#include "server/engine/callback_token.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "providers/secret.h"

namespace payments {
namespace {

constexpr char kPaymentPrefix[] = "payments/";
constexpr char kCardPrefix[] = "cards/";

// "p.{tenant}.{id}" or "c.{tenant}.{id}": what the MAC is over.
std::string Subject(const CallbackTarget& target) {
  const bool payment = target.subject == CallbackSubject::kPayment;
  const absl::string_view id =
      absl::StripPrefix(target.resource, payment ? kPaymentPrefix : kCardPrefix);
  return absl::StrCat(payment ? "p." : "c.", target.tenant, ".", id);
}

}  // namespace

std::string MakeCallbackToken(const KeyRing& keys, const CallbackTarget& target) {
  const std::string subject = Subject(target);
  return absl::StrCat(subject, ".", keys.CallbackMac(subject));
}

absl::StatusOr<CallbackTarget> ReadCallbackToken(const KeyRing& keys, absl::string_view token) {
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  constexpr size_t kParts = 4;
  if (parts.size() != kParts || (parts[0] != "p" && parts[0] != "c")) {
    return absl::NotFoundError("not a callback token");
  }
  const std::string subject = absl::StrCat(parts[0], ".", parts[1], ".", parts[2]);
  if (!Secret(keys.CallbackMac(subject)).EqualsInConstantTime(parts[3])) {
    return absl::NotFoundError("not a callback token");
  }
  CallbackTarget target;
  const bool payment = parts[0] == "p";
  target.subject = payment ? CallbackSubject::kPayment : CallbackSubject::kCardRegistration;
  target.tenant = std::string(parts[1]);
  target.resource = absl::StrCat(payment ? kPaymentPrefix : kCardPrefix, parts[2]);
  return target;
}

std::string MakeCallbackUrl(absl::string_view public_base_url, absl::string_view provider,
                            absl::string_view token) {
  return absl::StrCat(public_base_url, "/callbacks/", provider, "/", token);
}

}  // namespace payments
