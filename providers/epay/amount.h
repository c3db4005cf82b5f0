#ifndef PAYMENTS_PROVIDERS_EPAY_AMOUNT_H_
#define PAYMENTS_PROVIDERS_EPAY_AMOUNT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

// Epay writes money in major units, as decimal fractions. They are texts here and integers
// everywhere else, and never pass through a floating-point number.
namespace payments::epay {

// The shortest decimal text of a positive amount: 10050 is "100.5", 10000 is "100". Short,
// because a number that the bank reads and writes again comes back that way.
std::string AmountText(int64_t amount_minor);

// The minor units of a decimal text such as "100", "100.50" or "1.005E2". nullopt if it is
// none, is negative, is no whole number of minor units, or has more than 18 digits of them.
std::optional<int64_t> ReadAmountMinor(absl::string_view text);

}  // namespace payments::epay

#endif  // PAYMENTS_PROVIDERS_EPAY_AMOUNT_H_
