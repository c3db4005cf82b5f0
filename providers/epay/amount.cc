#include "providers/epay/amount.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "providers/text.h"

namespace payments::epay {
namespace {

constexpr int64_t kMinorPerMajor = 100;
constexpr int kMinorDigits = 2;
constexpr size_t kTextSizeMaxBytes = 64;
constexpr size_t kExponentDigitsMax = 3;
constexpr size_t kMinorUnitsDigitsMax = 18;  // Fits into int64.

absl::string_view ConsumeDigits(absl::string_view& text) {
  size_t size = 0;
  while (size < text.size() && absl::ascii_isdigit(text[size])) ++size;
  const absl::string_view digits = text.substr(0, size);
  text.remove_prefix(size);
  return digits;
}

// The power of ten behind 'e'; 0 if there is none, nullopt if it is no exponent.
std::optional<int> ReadExponent(absl::string_view text) {
  if (text.empty()) return 0;
  if (!absl::ConsumePrefix(&text, "e") && !absl::ConsumePrefix(&text, "E")) return std::nullopt;
  const bool negative = absl::ConsumePrefix(&text, "-");
  if (!negative) absl::ConsumePrefix(&text, "+");
  int exponent = 0;
  if (!IsDigits(text, kExponentDigitsMax) || !absl::SimpleAtoi(text, &exponent)) {
    return std::nullopt;
  }
  return negative ? -exponent : exponent;
}

}  // namespace

std::string AmountText(int64_t amount_minor) {
  const int64_t major = amount_minor / kMinorPerMajor;
  const int64_t rest = amount_minor % kMinorPerMajor;
  if (rest == 0) return absl::StrCat(major);
  const std::string text = absl::StrFormat("%d.%02d", major, rest);
  return std::string(absl::StripSuffix(text, "0"));
}

std::optional<int64_t> ReadAmountMinor(absl::string_view text) {
  if (text.size() > kTextSizeMaxBytes) return std::nullopt;
  const absl::string_view whole = ConsumeDigits(text);
  absl::string_view fraction;
  if (absl::ConsumePrefix(&text, ".")) {
    fraction = ConsumeDigits(text);
    if (fraction.empty()) return std::nullopt;
  }
  const std::optional<int> exponent = ReadExponent(text);
  if (whole.empty() || !exponent.has_value()) return std::nullopt;

  // The digits, and how many zeros are to be appended (or taken away, if negative).
  std::string digits = absl::StrCat(whole, fraction);
  digits.erase(0, digits.find_first_not_of('0'));
  if (digits.empty()) return 0;
  int zeros = *exponent + kMinorDigits - static_cast<int>(fraction.size());
  for (; zeros < 0; ++zeros) {
    if (digits.empty() || digits.back() != '0') return std::nullopt;
    digits.pop_back();
  }
  if (digits.size() + static_cast<size_t>(zeros) > kMinorUnitsDigitsMax) return std::nullopt;
  digits.append(static_cast<size_t>(zeros), '0');
  int64_t amount_minor = 0;
  if (!absl::SimpleAtoi(digits, &amount_minor)) return std::nullopt;
  return amount_minor;
}

}  // namespace payments::epay
