#include "server/engine/callback_token.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/engine/subject_token.h"

namespace payments {
namespace {

constexpr char kPaymentPrefix[] = "payments/";
constexpr char kCardPrefix[] = "cards/";
constexpr char kPaymentKind = 'p';
constexpr char kCardKind = 'c';

}  // namespace

std::string MakeCallbackToken(const KeyRing& keys, const CallbackTarget& target) {
  const bool payment = target.subject == CallbackSubject::kPayment;
  const absl::string_view id =
      absl::StripPrefix(target.resource, payment ? kPaymentPrefix : kCardPrefix);
  return MakeSubjectToken(keys,
                          {payment ? kPaymentKind : kCardKind, target.tenant, std::string(id)});
}

absl::StatusOr<CallbackTarget> ReadCallbackToken(const KeyRing& keys, absl::string_view token) {
  absl::StatusOr<TokenSubject> subject = ReadSubjectToken(keys, token);
  if (!subject.ok()) return subject.status();
  if (subject->kind != kPaymentKind && subject->kind != kCardKind) {
    return absl::NotFoundError("not a callback token");
  }
  CallbackTarget target;
  const bool payment = subject->kind == kPaymentKind;
  target.subject = payment ? CallbackSubject::kPayment : CallbackSubject::kCardRegistration;
  target.tenant = subject->tenant;
  target.resource = absl::StrCat(payment ? kPaymentPrefix : kCardPrefix, subject->id);
  return target;
}

std::string MakeCallbackUrl(absl::string_view public_base_url, absl::string_view provider,
                            absl::string_view token) {
  return absl::StrCat(public_base_url, "/callbacks/", provider, "/", token);
}

}  // namespace payments
