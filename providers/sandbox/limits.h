#ifndef PAYMENTS_PROVIDERS_SANDBOX_LIMITS_H_
#define PAYMENTS_PROVIDERS_SANDBOX_LIMITS_H_

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "payments/sandbox/v1/sandbox_service.pb.h"

namespace payments::sandbox {

// The longest wait that may be ordered: answers, callbacks, resolutions.
inline constexpr absl::Duration kDelayMax = absl::Hours(1);

absl::Duration ToDuration(const google::protobuf::Duration& duration);
void SetTimestamp(absl::Time time, google::protobuf::Timestamp* timestamp);

// kInvalidArgument naming `field` unless 0 <= delay <= kDelayMax.
absl::Status ValidateDelay(absl::string_view field, const google::protobuf::Duration& delay);

// kInvalidArgument naming what is wrong under `field`.
absl::Status ValidatePolicy(absl::string_view field, const v1::CallbackPolicy& policy);
// Of all but which card, hold or order it is about.
absl::Status ValidateCallback(const v1::SendCallbackRequest& request);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_LIMITS_H_
