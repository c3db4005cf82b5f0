#ifndef PAYMENTS_SERVER_BASE_ERROR_H_
#define PAYMENTS_SERVER_BASE_ERROR_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "payments/v1/error.pb.h"

namespace payments {

inline constexpr char kErrorDomain[] = "payments.v1";

using ErrorMetadata = std::map<std::string, std::string>;
// A field's path and what is wrong with it.
using FieldViolations = std::vector<std::pair<std::string, std::string>>;

// An error for a caller: an absl::Status whose payloads are the google.rpc details,
// so that it crosses every interface of ours as a plain status.
absl::Status MakeError(absl::StatusCode code, v1::ErrorReason reason, absl::string_view message,
                       const ErrorMetadata& metadata = {});

// kInvalidArgument, INVALID_FIELD, with every violation; the message names the first.
absl::Status InvalidFields(const FieldViolations& violations);
absl::Status InvalidField(absl::string_view field, absl::string_view description);

// The same error with metadata added, or with a RetryInfo.
absl::Status WithMetadata(absl::Status error, const ErrorMetadata& metadata);
absl::Status WithRetryDelay(absl::Status error, absl::Duration delay);

// How long a caller is told to stay away while the server shuts down.
inline constexpr absl::Duration kDrainRetryDelay = absl::Seconds(2);

// kUnavailable, DRAINING, with RetryInfo.
absl::Status ShuttingDown(absl::string_view message = "the server is shutting down",
                          const ErrorMetadata& metadata = {});

// ERROR_REASON_UNSPECIFIED if it has none.
v1::ErrorReason ReasonOf(const absl::Status& error);

// As it goes over the wire. A status that is not one of our errors becomes INTERNAL
// without its text, which is for the log only.
google::rpc::Status ToRpcStatus(const absl::Status& error);

}  // namespace payments

#endif  // PAYMENTS_SERVER_BASE_ERROR_H_
