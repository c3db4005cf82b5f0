#include "providers/sandbox/limits.h"

#include "absl/strings/str_cat.h"

namespace payments::sandbox {

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

}  // namespace payments::sandbox
