#include "providers/sandbox/upay/upay_callback.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "providers/sandbox/callback_body.h"
#include "providers/sandbox/upay/upay_methods.h"

namespace payments::sandbox {
namespace {

int StatusOf(const UpayCallback& callback, const v1::CallbackPolicy& policy) {
  if (policy.kind() != v1::CALLBACK_KIND_FORGED_STATUS) return callback.status;
  const int forged = policy.forged_status();
  return forged == 0 && callback.status == kCallbackSucceeded ? kCallbackFailed : forged;
}

std::string AccessTokenOf(const UpayCallback& callback, const v1::CallbackPolicy& policy,
                          const UpayCredentials& credentials) {
  if (!callback.access_token.empty()) return callback.access_token;
  UpayCredentials signer = credentials;
  if (policy.kind() == v1::CALLBACK_KIND_FORGED_TOKEN) {
    signer.password = Secret("not-the-password");
  }
  std::string token = CallbackAccessToken(callback.id, signer);
  if (policy.encoding() == v1::CALLBACK_ENCODING_JSON_STRINGS) {
    absl::AsciiStrToUpper(&token);
  }
  return token;
}

WireFields FieldsOf(const UpayCallback& callback, const v1::CallbackPolicy& policy,
                    const UpayCredentials& credentials) {
  constexpr auto kNumber = WireField::Kind::kNumber;
  const std::string status = absl::StrCat(StatusOf(callback, policy));
  const std::string date = FormatUpayTime(callback.date);
  const std::string token = AccessTokenOf(callback, policy, credentials);
  if (callback.subject == UpayCallback::Subject::kCard) {
    return {{"cardToken", callback.id},  {"pan", callback.masked_pan},
            {"status", status, kNumber}, {"message", callback.message},
            {"registerDate", date},      {"accessToken", token}};
  }
  // ServiceIds are configured, and so perhaps not numbers.
  int64_t number = 0;
  const bool is_number = absl::SimpleAtoi(callback.service_id, &number);
  return {{"holdId", callback.id},
          {"serviceId", callback.service_id, is_number ? kNumber : WireField::Kind::kText},
          {"status", status, kNumber},
          {"message", callback.message},
          {"holdDate", date},
          {"accessToken", token}};
}

}  // namespace

CallbackOrder WriteUpayCallback(const UpayCallback& callback, const v1::CallbackPolicy& policy,
                                const UpayCredentials& credentials) {
  CallbackOrder order;
  order.kind = callback.subject == UpayCallback::Subject::kCard ? "card" : "hold";
  order.policy = policy;
  if (callback.url.empty() || policy.kind() == v1::CALLBACK_KIND_NONE) return order;
  order.request = WriteCallbackRequest(callback.url, FieldsOf(callback, policy, credentials),
                                       policy.encoding());
  return order;
}

}  // namespace payments::sandbox
