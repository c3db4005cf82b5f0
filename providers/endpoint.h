#ifndef PAYMENTS_PROVIDERS_ENDPOINT_H_
#define PAYMENTS_PROVIDERS_ENDPOINT_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace payments {

inline constexpr size_t kEndpointSizeMaxBytes = 2048;

// Whether `url`, the value of the setting `name`, is an address that may be called:
// absolute, https, or http to loopback; ASCII, without a user, a fragment or anything
// that would make its host ambiguous. kInvalidArgument names the setting and its limit.
absl::Status ValidateEndpoint(absl::string_view name, absl::string_view url);
// The same of an address that a browser is sent to: it may have a fragment.
absl::Status ValidatePageUrl(absl::string_view name, absl::string_view url);

}  // namespace payments

#endif  // PAYMENTS_PROVIDERS_ENDPOINT_H_
