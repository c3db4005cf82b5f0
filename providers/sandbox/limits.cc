#include "providers/sandbox/limits.h"

#include "absl/strings/str_cat.h"

namespace payments::sandbox {
namespace {

constexpr int kCopiesMin = 2;
constexpr int kCopiesMax = 100;
constexpr size_t kMessageBytesMax = 256;
constexpr size_t kAccessTokenBytesMax = 128;
constexpr size_t kUrlBytesMax = 2048;

}  // namespace

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

void SetTimestamp(absl::Time time, google::protobuf::Timestamp* timestamp) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  timestamp->set_seconds(seconds);
  timestamp->set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
}

absl::Status ValidateDelay(absl::string_view field, const google::protobuf::Duration& delay) {
  const absl::Duration value = ToDuration(delay);
  if (value < absl::ZeroDuration() || value > kDelayMax) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ": 0 to ", absl::FormatDuration(kDelayMax)));
  }
  return absl::OkStatus();
}

absl::Status ValidatePolicy(absl::string_view field, const v1::CallbackPolicy& policy) {
  if (!v1::CallbackKind_IsValid(policy.kind())) {
    return absl::InvalidArgumentError(absl::StrCat(field, ".kind: not a known kind"));
  }
  if (!v1::CallbackEncoding_IsValid(policy.encoding())) {
    return absl::InvalidArgumentError(absl::StrCat(field, ".encoding: not a known encoding"));
  }
  if (policy.copies() != 0 && (policy.copies() < kCopiesMin || policy.copies() > kCopiesMax)) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ".copies: ", kCopiesMin, " to ", kCopiesMax));
  }
  return ValidateDelay(absl::StrCat(field, ".delay"), policy.delay());
}

absl::Status ValidateCallback(const v1::SendCallbackRequest& request) {
  if (request.message().size() > kMessageBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("message: at most ", kMessageBytesMax, " bytes"));
  }
  if (request.access_token().size() > kAccessTokenBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("access_token: at most ", kAccessTokenBytesMax, " bytes"));
  }
  if (request.url().size() > kUrlBytesMax) {
    return absl::InvalidArgumentError(absl::StrCat("url: at most ", kUrlBytesMax, " bytes"));
  }
  if (!v1::CallbackEncoding_IsValid(request.encoding())) {
    return absl::InvalidArgumentError("encoding: not a known encoding");
  }
  return absl::OkStatus();
}

}  // namespace payments::sandbox
