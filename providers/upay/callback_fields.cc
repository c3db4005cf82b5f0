#include "providers/upay/callback_fields.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "providers/upay/text.h"

namespace payments::upay {
namespace {

absl::Status Wrong(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("callback: ", why));
}

// Collects fields; which of two equal ones to believe is not ours to choose.
absl::Status AddField(std::string name, std::string value, CallbackFields& fields) {
  Secret trimmed(absl::StripAsciiWhitespace(value));
  WipeString(value);
  if (fields.size() >= kCallbackFieldsMax) {
    return Wrong(absl::StrCat("more than ", kCallbackFieldsMax, " fields"));
  }
  if (!fields.emplace(std::move(name), std::move(trimmed)).second) {
    return Wrong("a field is stated twice");
  }
  return absl::OkStatus();
}

// Takes the scalars of the outermost object. The methods' names are the library's.
class FieldCollector final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit FieldCollector(CallbackFields& fields) : fields_(fields) {}

  const absl::Status& status() const { return status_; }

  bool null() override { return true; }  // As if it were not there.
  bool boolean(bool value) override { return Add(value ? "true" : "false"); }
  bool number_integer(int64_t value) override { return Add(absl::StrCat(value)); }
  bool number_unsigned(uint64_t value) override { return Add(absl::StrCat(value)); }
  bool number_float(double /*value*/, const std::string& digits) override { return Add(digits); }
  bool string(std::string& value) override { return Add(std::move(value)); }
  bool binary(nlohmann::json::binary_t& /*value*/) override { return false; }
  bool start_object(size_t /*size*/) override { return Enter(); }
  bool end_object() override { return Leave(); }
  bool start_array(size_t /*size*/) override { return Enter(); }
  bool end_array() override { return Leave(); }
  bool key(std::string& value) override {
    if (depth_ == 1) key_ = value;
    return true;
  }
  bool parse_error(size_t /*position*/, const std::string& /*last_token*/,
                   const nlohmann::json::exception& /*error*/) override {
    status_.Update(Wrong("not well-formed JSON"));
    return false;
  }

 private:
  bool Enter() {
    ++depth_;
    return true;
  }
  bool Leave() {
    --depth_;
    return true;
  }
  bool Add(std::string value) {
    if (depth_ != 1) return true;
    status_.Update(AddField(key_, std::move(value), fields_));
    return status_.ok();
  }

  CallbackFields& fields_;
  absl::Status status_;
  std::string key_;
  int depth_ = 0;
};

absl::Status ReadJson(absl::string_view body, CallbackFields& fields) {
  FieldCollector collector(fields);
  const bool ok = nlohmann::json::sax_parse(body.begin(), body.end(), &collector);
  if (ok || !collector.status().ok()) return collector.status();
  return Wrong("not well-formed JSON");
}

absl::StatusOr<std::string> DecodeFormText(absl::string_view text) {
  constexpr size_t kHexDigits = 2;
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '%') {
      result += c == '+' ? ' ' : c;
      continue;
    }
    const absl::string_view digits = text.substr(0, kHexDigits);
    if (digits.size() < kHexDigits || !absl::ascii_isxdigit(digits[0]) ||
        !absl::ascii_isxdigit(digits[1])) {
      WipeString(result);
      return Wrong("a form with a bad percent escape");
    }
    result += absl::HexStringToBytes(digits);
    text.remove_prefix(kHexDigits);
  }
  return result;
}

absl::Status ReadForm(absl::string_view body, CallbackFields& fields) {
  for (const absl::string_view pair : absl::StrSplit(body, '&', absl::SkipEmpty())) {
    const size_t equals = pair.find('=');
    if (equals == absl::string_view::npos) return Wrong("neither a JSON object nor a form");
    absl::StatusOr<std::string> name = DecodeFormText(pair.substr(0, equals));
    absl::StatusOr<std::string> value = DecodeFormText(pair.substr(equals + 1));
    if (!name.ok()) return name.status();
    if (!value.ok()) return value.status();
    absl::Status status = AddField(*std::move(name), *std::move(value), fields);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CallbackFields> ReadCallbackFields(absl::string_view body) {
  if (body.size() > kCallbackSizeMaxBytes) {
    return Wrong(absl::StrCat("larger than ", kCallbackSizeMaxBytes, " bytes"));
  }
  absl::ConsumePrefix(&body, "\xEF\xBB\xBF");  // A byte order mark.
  body = absl::StripAsciiWhitespace(body);
  CallbackFields fields;
  absl::Status status =
      absl::StartsWith(body, "{") ? ReadJson(body, fields) : ReadForm(body, fields);
  if (!status.ok()) return status;
  for (const auto& [name, value] : fields) {
    if (!IsXmlText(value.Reveal())) return Wrong("a value is not UTF-8 text");
  }
  return fields;
}

}  // namespace payments::upay
