#ifndef PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_MONEY_H_
#define PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_MONEY_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace payments::sandbox {

inline constexpr int64_t kEpayAmountMaxMinor = 1'000'000'000'000;  // Tiyn: ten billion tenge.

// Major units with at most two decimals, such as 100, 100.5 or 100.50, in minor units;
// nothing if it is anything else, zero or beyond the maximum. Thread-safe.
std::optional<int64_t> ParseEpayAmount(absl::string_view text);

// The shortest text for it, as the service answers: 10050 is 100.5. Thread-safe.
std::string FormatEpayAmount(int64_t amount_minor);

// True for the currencies that the terminal knows. Thread-safe.
bool IsEpayCurrency(absl::string_view code);

// True for an order number: 6 to 15 digits. Thread-safe.
bool IsOrderNumber(absl::string_view text);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_MONEY_H_
