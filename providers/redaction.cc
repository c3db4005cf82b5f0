#include "providers/redaction.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "providers/secret.h"

namespace payments {
namespace {

constexpr size_t kWordCharsMax = 5;
constexpr size_t kCodeDigitsMax = 6;
constexpr size_t kAmountDigitsMax = 9;
constexpr size_t kAmountDecimalsMax = 2;
constexpr size_t kNumberDigitsMax = 19;
constexpr absl::string_view kUuidForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
constexpr std::array<absl::string_view, 5> kCardSchemes = {"MASTERCARD", "MAESTRO", "UNIONPAY",
                                                           "UZCARD", "AMERICANEXPRESS"};

// Of a card's number.
constexpr size_t kCardDigitsMin = 13;
constexpr size_t kCardDigitsMax = 19;
constexpr size_t kUsualCardDigits = 16;  // Of any scheme.

// Other schemes' numbers, whose size is not the usual one.
struct CardForm {
  absl::string_view first_digits;
  size_t digits_min;
  size_t digits_max;
};
constexpr std::array<CardForm, 10> kUnusualCards = {{{"4", 13, 13},
                                                     {"4", 19, 19},
                                                     {"30", 14, 14},
                                                     {"36", 14, 14},
                                                     {"38", 14, 14},
                                                     {"34", 15, 15},
                                                     {"37", 15, 15},
                                                     {"5", 17, 19},
                                                     {"62", 17, 19},
                                                     {"6", 19, 19}}};

absl::Status Unreadable(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("unreadable: ", why));
}

template <typename Predicate>
bool AllOf(absl::string_view text, const Predicate& predicate) {
  return std::all_of(text.begin(), text.end(), predicate);
}

bool HasCheckDigit(absl::string_view digits) {
  int sum = 0;
  bool doubled = false;
  for (auto it = digits.rbegin(); it != digits.rend(); ++it, doubled = !doubled) {
    const int digit = (*it - '0') * (doubled ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 == 0;
}

// Among other digits.
bool IsFormOfCardNumber(absl::string_view digits) {
  return digits.size() == kUsualCardDigits ||
         std::any_of(kUnusualCards.begin(), kUnusualCards.end(), [digits](const CardForm& form) {
           return absl::StartsWith(digits, form.first_digits) && digits.size() >= form.digits_min &&
                  digits.size() <= form.digits_max;
         });
}

bool HoldsCardNumberInDigits(absl::string_view digits) {
  for (size_t size = kCardDigitsMin; size <= std::min(digits.size(), kCardDigitsMax); ++size) {
    for (size_t start = 0; start + size <= digits.size(); ++start) {
      const absl::string_view window = digits.substr(start, size);
      const bool formed = size == digits.size() || IsFormOfCardNumber(window);
      if (formed && HasCheckDigit(window)) return true;
    }
  }
  return false;
}

// Only letters part digits.
bool HoldsCardNumber(absl::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (absl::ascii_isdigit(c)) digits += c;
    if (!absl::ascii_isalpha(c)) continue;
    if (HoldsCardNumberInDigits(digits)) return true;
    digits.clear();
  }
  return HoldsCardNumberInDigits(digits);
}

bool IsHexDigit(char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); }

bool IsWord(absl::string_view value) {
  return value.size() <= kWordCharsMax && AllOf(value, absl::ascii_isalpha);
}

bool IsDigits(absl::string_view value, size_t digits_max) {
  return !value.empty() && value.size() <= digits_max && AllOf(value, absl::ascii_isdigit);
}

bool IsAmount(absl::string_view value) {
  absl::ConsumePrefix(&value, "-");
  const size_t point = value.find('.');
  return IsDigits(value.substr(0, point), kAmountDigitsMax) &&
         (point == absl::string_view::npos ||
          IsDigits(value.substr(point + 1), kAmountDecimalsMax));
}

bool IsUuid(absl::string_view value) {
  return std::equal(value.begin(), value.end(), kUuidForm.begin(), kUuidForm.end(),
                    [](char c, char form) { return form == '-' ? c == '-' : IsHexDigit(c); });
}

bool IsCardScheme(absl::string_view value) {
  return std::any_of(kCardSchemes.begin(), kCardSchemes.end(), [value](absl::string_view scheme) {
    return absl::EqualsIgnoreCase(scheme, value);
  });
}

bool LooksLike(ShownAs shown_as, absl::string_view value) {
  switch (shown_as) {
    case ShownAs::kNothing:
      return false;
    case ShownAs::kWord:
      return IsWord(value);
    case ShownAs::kCardScheme:
      return IsWord(value) || IsCardScheme(value);
    case ShownAs::kCode:
      return IsWord(value) || IsDigits(absl::StripPrefix(value, "-"), kCodeDigitsMax);
    case ShownAs::kAmount:
      return IsAmount(value);
    case ShownAs::kNumber:
      return IsDigits(value, kNumberDigitsMax);
    case ShownAs::kUuid:
      return IsUuid(value);
  }
  return false;
}

// Judges names and values; the same for every form of a message.
class Redactor {
 public:
  explicit Redactor(absl::Span<const ShownField> shown) : shown_(shown) {}

  std::string Name(absl::string_view name) const {
    return std::string(Find(name) != nullptr ? name : kRedacted);
  }

  bool IsShown(absl::string_view name, absl::string_view value) const {
    if (value.empty()) return true;
    const ShownField* field = Find(name);
    return field != nullptr && LooksLike(field->shown_as, value) && !HoldsCardNumber(value);
  }

 private:
  const ShownField* Find(absl::string_view name) const {
    const auto found = std::find_if(shown_.begin(), shown_.end(), [name](const ShownField& field) {
      return absl::EqualsIgnoreCase(field.name, name);
    });
    return found == shown_.end() ? nullptr : &*found;
  }

  const absl::Span<const ShownField> shown_;
};

// Writes the JSON anew while it is read. The methods' names are the library's; one that
// returns false ends the parsing.
class RedactingWriter final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit RedactingWriter(const Redactor& redactor) : redactor_(redactor) {}

  // Once all was read.
  bool complete() const { return depth_ == 0 && !out_.empty(); }
  std::string TakeText() { return std::move(out_); }

  bool null() override { return Literal("null"); }
  bool boolean(bool /*value*/) override { return Hidden(); }
  bool number_integer(int64_t value) override { return Number(absl::StrCat(value)); }
  bool number_unsigned(uint64_t value) override { return Number(absl::StrCat(value)); }
  bool number_float(double /*value*/, const std::string& digits) override { return Number(digits); }
  bool string(std::string& value) override {
    const bool shown = IsShown(value);
    const std::string text = shown ? absl::StrCat("\"", value, "\"") : "";
    WipeString(value);
    return shown ? Literal(text) : Hidden();
  }
  bool binary(nlohmann::json::binary_t& /*value*/) override { return false; }
  bool start_object(size_t /*size*/) override { return Open('{', '}'); }
  bool end_object() override { return Close(); }
  bool start_array(size_t /*size*/) override { return depth_ > 0 && Open('[', ']'); }
  bool end_array() override { return Close(); }
  bool key(std::string& value) override {
    if (++fields_ > kRedactedFieldsMax) return false;
    if (depth_ == 1) key_ = value;
    Separate();
    absl::StrAppend(&out_, "\"", redactor_.Name(value), "\":");
    first_ = true;  // No comma before its value.
    return true;
  }
  bool parse_error(size_t /*position*/, const std::string& /*last_token*/,
                   const nlohmann::json::exception& /*error*/) override {
    return false;
  }

 private:
  bool IsShown(absl::string_view value) const {
    return value.empty() || (depth_ == 1 && redactor_.IsShown(key_, value));
  }
  bool Number(const std::string& digits) { return IsShown(digits) ? Literal(digits) : Hidden(); }
  bool Hidden() { return Literal(absl::StrCat("\"", kRedacted, "\"")); }
  bool Literal(absl::string_view text) {
    if (depth_ == 0) return false;  // Not an object.
    if (closers_.back() == ']' && ++fields_ > kRedactedFieldsMax) return false;
    Separate();
    absl::StrAppend(&out_, text);
    return true;
  }
  void Separate() {
    if (!std::exchange(first_, false)) out_ += ',';
  }
  bool Open(char opener, char closer) {
    if (++depth_ > kRedactedDepthMax) return false;
    if (depth_ > 1) Separate();
    out_ += opener;
    closers_ += closer;
    first_ = true;
    return true;
  }
  bool Close() {
    out_ += closers_.back();
    closers_.pop_back();
    --depth_;
    first_ = false;
    return true;
  }

  const Redactor& redactor_;
  std::string out_;
  std::string key_;      // Of the outermost object.
  std::string closers_;  // Of what is open.
  size_t fields_ = 0;
  int depth_ = 0;
  bool first_ = true;  // Nothing comes before the next one in its object or array.
};

absl::StatusOr<std::string> RedactJson(absl::string_view body, const Redactor& redactor) {
  RedactingWriter writer(redactor);
  if (!nlohmann::json::sax_parse(body.begin(), body.end(), &writer) || !writer.complete()) {
    return Unreadable("not a JSON object, or too large a one");
  }
  return writer.TakeText();
}

// What is percent-encoded is none of the harmless values.
absl::StatusOr<std::string> RedactForm(absl::string_view body, const Redactor& redactor) {
  std::vector<std::string> fields;
  for (const absl::string_view pair : absl::StrSplit(body, '&', absl::SkipEmpty())) {
    const size_t equals = pair.find('=');
    if (equals == absl::string_view::npos) return Unreadable("neither a JSON object nor a form");
    if (fields.size() >= kRedactedFieldsMax) return Unreadable("too many fields");
    const absl::string_view name = pair.substr(0, equals);
    const absl::string_view value = pair.substr(equals + 1);
    fields.push_back(
        absl::StrCat(redactor.Name(name), "=", redactor.IsShown(name, value) ? value : kRedacted));
  }
  if (fields.empty()) return Unreadable("it is empty");
  return absl::StrJoin(fields, "&");
}

}  // namespace

absl::StatusOr<std::string> RedactMessage(absl::string_view body,
                                          absl::Span<const ShownField> shown) {
  if (body.size() > kRedactedSizeMaxBytes) return Unreadable("too large");
  absl::ConsumePrefix(&body, "\xEF\xBB\xBF");  // A byte order mark.
  body = absl::StripAsciiWhitespace(body);
  const Redactor redactor(shown);
  return absl::StartsWith(body, "{") ? RedactJson(body, redactor) : RedactForm(body, redactor);
}

}  // namespace payments
