#ifndef PAYMENTS_PROVIDERS_EPAY_CAPABILITIES_H_
#define PAYMENTS_PROVIDERS_EPAY_CAPABILITIES_H_

#include <vector>

#include "absl/status/statusor.h"
#include "payments/v1/account.pb.h"

namespace payments::epay {

// What Epay can do, with `limits` in place of its own where there are any.
// kInvalidArgument if one of them widens Epay's or is of another currency.
absl::StatusOr<v1::Capabilities> ReadCapabilities(const std::vector<v1::CurrencyLimits>& limits);

}  // namespace payments::epay

#endif  // PAYMENTS_PROVIDERS_EPAY_CAPABILITIES_H_
