#include "server/service/validate_fields.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "providers/endpoint.h"
#include "server/engine/proto_time.h"

namespace payments {
namespace {

constexpr size_t kIdCharsMax = 64;
constexpr int kMapEntriesMax = 20;
constexpr size_t kMapKeyCharsMax = 40;
constexpr size_t kMapValueCharsMax = 500;
constexpr size_t kCurrencyCodeChars = 3;
// The years 1 to 9999, and ten thousand years: google/protobuf/{timestamp,duration}.proto.
constexpr int64_t kTimestampSecondsMin = -62'135'596'800;
constexpr int64_t kTimestampSecondsMax = 253'402'300'799;
constexpr int64_t kDurationSecondsMax = 315'576'000'000;
constexpr int32_t kNanosMax = 999'999'999;

constexpr unsigned char kFirstPrintable = 0x20;
constexpr unsigned char kDelete = 0x7f;
constexpr unsigned char kContinuationMask = 0xc0;
constexpr unsigned char kContinuation = 0x80;

// Protobuf has seen to it that it is UTF-8: whatever does not continue a character begins one.
size_t CountChars(absl::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & kContinuationMask) != kContinuation;
  }));
}

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < kFirstPrintable || byte == kDelete;
}

bool IsRequestIdChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("._:-", c);
}

bool IsIdChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("_-", c);
}

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsUpper(char c) { return absl::ascii_isupper(static_cast<unsigned char>(c)); }

bool IsLanguageChar(char c) {
  return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '-';
}

}  // namespace

std::string IndexedField(absl::string_view field, int index) {
  return absl::StrCat(field, "[", index, "]");
}

bool IsResourceName(absl::string_view value, absl::string_view prefix) {
  if (!absl::StartsWith(value, prefix)) return false;
  const absl::string_view id = value.substr(prefix.size());
  return !id.empty() && id.size() <= kIdCharsMax && std::all_of(id.begin(), id.end(), IsIdChar);
}

bool IsDigits(absl::string_view value, size_t min, size_t max) {
  return value.size() >= min && value.size() <= max &&
         std::all_of(value.begin(), value.end(), IsDigit);
}

void FieldChecker::Add(absl::string_view field, absl::string_view description) {
  if (violations_.size() < kViolationsMax) violations_.emplace_back(field, description);
}

absl::Status FieldChecker::Result() const {
  return violations_.empty() ? absl::OkStatus() : InvalidFields(violations_);
}

void FieldChecker::RequestId(absl::string_view field, absl::string_view value) {
  if (value.empty() || value.size() > kRequestIdCharsMax ||
      !std::all_of(value.begin(), value.end(), IsRequestIdChar)) {
    Add(field, absl::StrCat("must be 1 to ", kRequestIdCharsMax, " of [A-Za-z0-9._:-]"));
  }
}

void FieldChecker::Text(absl::string_view field, absl::string_view value, size_t chars_max,
                        absl::string_view allowed_controls) {
  if (CountChars(value) > chars_max) {
    Add(field, absl::StrCat("must be at most ", chars_max, " characters"));
  }
  if (std::any_of(value.begin(), value.end(), [allowed_controls](char c) {
        return IsControl(c) && !absl::StrContains(allowed_controls, c);
      })) {
    Add(field, "must not have control characters");
  }
}

void FieldChecker::RequiredText(absl::string_view field, absl::string_view value,
                                size_t chars_max) {
  if (value.empty()) Add(field, absl::StrCat("is required: 1 to ", chars_max, " characters"));
  Text(field, value, chars_max, "");
}

void FieldChecker::OptionalText(absl::string_view field, absl::string_view value,
                                size_t chars_max) {
  Text(field, value, chars_max, "");
}

void FieldChecker::OptionalLines(absl::string_view field, absl::string_view value,
                                 size_t chars_max) {
  Text(field, value, chars_max, "\t\r\n");
}

void FieldChecker::Name(absl::string_view field, absl::string_view value,
                        absl::string_view prefix) {
  if (IsResourceName(value, prefix)) return;
  Add(field,
      absl::StrCat("must be \"", prefix, "{id}\", the id 1 to ", kIdCharsMax, " of [A-Za-z0-9_-]"));
}

void FieldChecker::OptionalAccount(absl::string_view field, absl::string_view value) {
  if (!value.empty()) Name(field, value, kAccountPrefix);
}

void FieldChecker::Accounts(absl::string_view field,
                            const google::protobuf::RepeatedPtrField<std::string>& values) {
  Count(field, values.size(), kFilterAccountsMax);
  for (int i = 0; i < values.size() && i < kFilterAccountsMax; ++i) {
    Name(IndexedField(field, i), values[i], kAccountPrefix);
  }
}

void FieldChecker::OptionalLanguage(absl::string_view field, absl::string_view value) {
  if (value.size() <= kLanguageCharsMax && std::all_of(value.begin(), value.end(), IsLanguageChar))
    return;
  Add(field, absl::StrCat("must be a language such as \"ru\": at most ", kLanguageCharsMax,
                          " of [A-Za-z-]"));
}

void FieldChecker::OptionalPhone(absl::string_view field, absl::string_view value) {
  if (value.empty() || IsDigits(value, kPhoneDigitsMin, kPhoneDigitsMax)) return;
  Add(field, absl::StrCat("must be ", kPhoneDigitsMin, " to ", kPhoneDigitsMax,
                          " digits: country code and number, no plus sign"));
}

void FieldChecker::OptionalIpAddress(absl::string_view field, absl::string_view value) {
  if (value.empty()) return;
  const std::string text(value);
  in6_addr address{};  // Room for either.
  // What is behind a zero byte would not be looked at.
  if (!absl::StrContains(text, '\0') && (inet_pton(AF_INET, text.c_str(), &address) == 1 ||
                                         inet_pton(AF_INET6, text.c_str(), &address) == 1)) {
    return;
  }
  Add(field, "must be an IPv4 or IPv6 address");
}

void FieldChecker::OptionalUrl(absl::string_view field, absl::string_view value) {
  if (value.empty()) return;
  static_assert(kUrlCharsMax == kEndpointSizeMaxBytes);
  if (ValidatePageUrl(field, value).ok()) return;
  Add(field, absl::StrCat("must be an absolute https URL (http to loopback only) of at most ",
                          kUrlCharsMax, " ASCII characters, without blanks or a user's name"));
}

void FieldChecker::Amount(absl::string_view field, const v1::Money& amount) {
  const std::string& code = amount.currency_code();
  if (code.size() != kCurrencyCodeChars || !std::all_of(code.begin(), code.end(), IsUpper)) {
    Add(absl::StrCat(field, ".currency_code"), "must be 3 upper-case letters (ISO 4217)");
  }
  if (amount.amount_minor() <= 0) {
    Add(absl::StrCat(field, ".amount_minor"), "must be more than 0, in minor units");
  }
}

void FieldChecker::PageSize(int32_t value) {
  if (value >= 0 && value <= kPageSizeMax) return;
  Add("page_size", absl::StrCat("must be 0 to ", kPageSizeMax, "; 0 means ", kPageSizeDefault));
}

void FieldChecker::Count(absl::string_view field, int count, int count_max) {
  if (count > count_max) Add(field, absl::StrCat("must be at most ", count_max, " of them"));
}

void FieldChecker::States(absl::string_view field,
                          const google::protobuf::RepeatedField<int>& values, bool (*known)(int),
                          int count_max) {
  Count(field, values.size(), count_max);
  for (int i = 0; i < values.size() && i < count_max; ++i) {
    if (values[i] != 0 && known(values[i])) continue;
    Add(IndexedField(field, i), "must be one of the enum's values, and not UNSPECIFIED");
  }
}

void FieldChecker::TextMap(absl::string_view field,
                           const google::protobuf::Map<std::string, std::string>& values) {
  Count(field, static_cast<int>(values.size()), kMapEntriesMax);
  for (const auto& [key, value] : values) {
    // A key that is itself at fault is not repeated: it may be anything.
    if (key.empty() || CountChars(key) > kMapKeyCharsMax ||
        std::any_of(key.begin(), key.end(), IsControl)) {
      Add(field, absl::StrCat("every key must be 1 to ", kMapKeyCharsMax,
                              " characters, none of them a control character"));
      continue;
    }
    OptionalLines(absl::StrCat(field, "[\"", key, "\"]"), value, kMapValueCharsMax);
  }
}

bool FieldChecker::Timestamp(absl::string_view field, const google::protobuf::Timestamp& value) {
  if (value.seconds() >= kTimestampSecondsMin && value.seconds() <= kTimestampSecondsMax &&
      value.nanos() >= 0 && value.nanos() <= kNanosMax) {
    return true;
  }
  Add(field, "must be a timestamp of the years 1 to 9999, nanos 0 to 999999999");
  return false;
}

bool FieldChecker::Duration(absl::string_view field, const google::protobuf::Duration& value,
                            absl::Duration min, absl::Duration max) {
  const bool well_formed =
      value.seconds() >= -kDurationSecondsMax && value.seconds() <= kDurationSecondsMax &&
      value.nanos() >= -kNanosMax && value.nanos() <= kNanosMax &&
      (value.seconds() == 0 || value.nanos() == 0 || (value.seconds() < 0) == (value.nanos() < 0));
  if (well_formed && ToDuration(value) >= min && ToDuration(value) <= max) return true;
  Add(field,
      absl::StrCat("must be ", absl::FormatDuration(min), " to ", absl::FormatDuration(max)));
  return false;
}

}  // namespace payments
