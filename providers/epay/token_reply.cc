#include "providers/epay/token_reply.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "providers/epay/code_table.h"
#include "providers/epay/fields.h"
#include "providers/epay/names.h"
#include "providers/text.h"

namespace payments::epay {
namespace {

constexpr int kHttpOk = 200;
constexpr int kHttpUnauthorized = 401;
constexpr int kHttpForbidden = 403;
constexpr size_t kSecondsDigitsMax = 9;

// RFC 6749's errors that only another configuration can mend.
constexpr std::array<absl::string_view, 5> kConfigurationErrors = {
    "invalid_client", "unauthorized_client", "invalid_scope", "invalid_grant",
    "unsupported_grant_type"};

// A number or a text, and perhaps with a fraction, which is dropped.
absl::Duration ReadLifetime(absl::string_view text) {
  if (text.empty()) return absl::ZeroDuration();
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('.', 1));
  int64_t seconds = 0;
  const bool whole = parts.second.empty() || IsDigits(parts.second, kSecondsDigitsMax);
  if (!whole || !IsDigits(parts.first, kSecondsDigitsMax) ||
      !absl::SimpleAtoi(parts.first, &seconds)) {
    return absl::InfiniteDuration();
  }
  return absl::Seconds(seconds);
}

// It becomes a header, so nothing but visible ASCII.
bool IsToken(absl::string_view text) {
  return !text.empty() && text.size() <= kAccessTokenSizeMaxBytes &&
         std::all_of(text.begin(), text.end(), absl::ascii_isgraph);
}

v1::FailureCategory Category(int status_code, absl::string_view error, absl::string_view code) {
  const bool refused = status_code == kHttpUnauthorized || status_code == kHttpForbidden ||
                       std::find(kConfigurationErrors.begin(), kConfigurationErrors.end(), error) !=
                           kConfigurationErrors.end();
  if (refused) return v1::FAILURE_CATEGORY_PROVIDER_CONFIGURATION;
  const CodeRow* row = MayBeHttpStatus(code, status_code) ? nullptr : FindCode(code);
  if (row != nullptr && row->category != v1::FAILURE_CATEGORY_UNSPECIFIED) return row->category;
  return v1::FAILURE_CATEGORY_PROVIDER_UNAVAILABLE;
}

}  // namespace

TokenReply ReadTokenReply(const OwnSecrets& secrets, const HttpResponse& response) {
  TokenReply reply;
  reply.answer.code = absl::StrCat("HTTP ", response.status_code);
  const absl::StatusOr<Fields> fields = ReadJsonFields(response.body.Reveal(), kAnswerSizeMaxBytes);
  if (!fields.ok()) {
    reply.answer.message = absl::StrCat("token: ", fields.status().message());
    reply.answer.category = Category(response.status_code, "", "");
    return reply;
  }
  FieldReader reader(&*fields, {""});
  const absl::string_view token = reader.Get({"access_token", "accesstoken"});
  const absl::string_view type = reader.Get({"token_type", "tokentype"});
  const absl::string_view lifetime = reader.Get({"expires_in", "expiresin"});
  const absl::string_view error = reader.Get({"error"});
  const absl::string_view code = reader.Get({"code"});
  const bool bearer = type.empty() || absl::EqualsIgnoreCase(type, "bearer");
  if (response.status_code == kHttpOk && bearer && IsToken(token) && !reader.contradictory()) {
    reply.token = Secret(token);
    reply.lifetime = ReadLifetime(lifetime);
    reply.answer = {};
    return reply;
  }
  const std::string told = secrets.Code(error.empty() ? code : error);
  if (!told.empty()) reply.answer.code = told;
  reply.answer.message =
      secrets.Message(reader.Get({"error_description", "message", "error_hint"}));
  reply.answer.category = Category(response.status_code, error, code);
  return reply;
}

}  // namespace payments::epay
