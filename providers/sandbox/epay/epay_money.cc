#include "providers/sandbox/epay/epay_money.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace payments::sandbox {
namespace {

constexpr int64_t kMinorInMajor = 100;
constexpr size_t kDecimals = 2;
constexpr size_t kOrderDigitsMin = 6;
constexpr size_t kOrderDigitsMax = 15;

bool IsDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

}  // namespace

std::optional<int64_t> ParseEpayAmount(absl::string_view text) {
  constexpr size_t kMajorDigitsMax = 11;
  const size_t point = text.find('.');
  const absl::string_view major = text.substr(0, point);
  if (!IsDigits(major) || major.size() > kMajorDigitsMax || (major.size() > 1 && major[0] == '0')) {
    return std::nullopt;
  }
  std::string minor(kDecimals, '0');
  if (point != absl::string_view::npos) {
    const absl::string_view decimals = text.substr(point + 1);
    if (!IsDigits(decimals) || decimals.size() > kDecimals) return std::nullopt;
    std::copy(decimals.begin(), decimals.end(), minor.begin());
  }
  int64_t amount = 0;
  if (!absl::SimpleAtoi(absl::StrCat(major, minor), &amount)) return std::nullopt;
  if (amount <= 0 || amount > kEpayAmountMaxMinor) return std::nullopt;
  return amount;
}

std::string FormatEpayAmount(int64_t amount_minor) {
  std::string text = absl::StrCat(amount_minor / kMinorInMajor);
  const int64_t minor = amount_minor % kMinorInMajor;
  if (minor == 0) return text;
  absl::StrAppend(&text, ".", absl::Dec(minor, absl::kZeroPad2));
  if (text.back() == '0') text.pop_back();
  return text;
}

bool IsEpayCurrency(absl::string_view code) {
  return code == "KZT" || code == "USD" || code == "EUR" || code == "RUB";
}

bool IsOrderNumber(absl::string_view text) {
  return IsDigits(text) && text.size() >= kOrderDigitsMin && text.size() <= kOrderDigitsMax;
}

}  // namespace payments::sandbox
