#include "providers/epay/fields.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "providers/text.h"

namespace payments::epay {
namespace {

absl::Status Unreadable(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("unreadable: ", why));
}

absl::Status TooManyFields() {
  return Unreadable(absl::StrCat("more than ", Fields::kFieldsMax, " fields"));
}

std::string Join(absl::string_view object, absl::string_view name) {
  return object.empty() ? std::string(name) : absl::StrCat(object, ".", name);
}

// Takes the scalars of objects within objects. The methods' names are the library's; one
// that returns false ends the parsing.
class FieldCollector final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit FieldCollector(Fields* fields) : fields_(fields) {}

  const absl::Status& status() const { return status_; }

  bool null() override { return depth_ > 0 || Fail("not an object"); }
  bool boolean(bool value) override { return Add(value ? "true" : "false"); }
  bool number_integer(int64_t value) override { return Add(absl::StrCat(value)); }
  bool number_unsigned(uint64_t value) override { return Add(absl::StrCat(value)); }
  // The text, not the double: it may be an amount of money.
  bool number_float(double /*value*/, const std::string& digits) override { return Add(digits); }
  bool string(std::string& value) override { return Add(std::move(value)); }
  bool binary(nlohmann::json::binary_t& /*value*/) override { return Fail("not JSON"); }
  bool start_object(size_t /*size*/) override {
    if (!Enter()) return false;
    outer_sizes_.push_back(path_.size());
    if (arrays_ > 0) return true;
    if (depth_ > 1) path_ = Join(path_, key_);
    fields_->AddObject(path_);
    return true;
  }
  bool end_object() override {
    path_.resize(outer_sizes_.back());
    outer_sizes_.pop_back();
    --depth_;
    return true;
  }
  bool start_array(size_t /*size*/) override {
    if (depth_ == 0) return Fail("not an object");
    ++arrays_;
    return Enter();
  }
  bool end_array() override {
    --arrays_;
    --depth_;
    return true;
  }
  bool key(std::string& value) override {
    key_ = absl::AsciiStrToLower(value);
    return true;
  }
  bool parse_error(size_t /*position*/, const std::string& /*last_token*/,
                   const nlohmann::json::exception& /*error*/) override {
    return Fail("not well-formed JSON");
  }

 private:
  bool Fail(absl::string_view why) {
    status_.Update(Unreadable(why));
    return false;
  }
  bool Enter() {
    if (++depth_ <= kJsonDepthMax) return true;
    return Fail(absl::StrCat("nested deeper than ", kJsonDepthMax));
  }
  bool Add(std::string value) {
    const Secret wiped(std::move(value));
    if (depth_ == 0) return Fail("not an object");
    if (arrays_ > 0 || absl::StrContains(key_, '.')) return true;
    if (fields_->Add(Join(path_, key_), std::string(wiped.Reveal()))) return true;
    status_.Update(TooManyFields());
    return false;
  }

  Fields* const fields_;
  absl::Status status_;
  std::string path_;
  std::string key_;
  std::vector<size_t> outer_sizes_;  // Of path_, for each object around.
  int depth_ = 0;
  int arrays_ = 0;
};

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
      return Unreadable("a bad percent escape");
    }
    result += absl::HexStringToBytes(digits);
    text.remove_prefix(kHexDigits);
  }
  if (!IsUtf8(result)) return Unreadable("not UTF-8");
  return result;
}

}  // namespace

bool Fields::Add(absl::string_view path, std::string value) {
  if (values_.size() >= kFieldsMax) {
    WipeString(value);
    return false;
  }
  values_.emplace(path, Secret(std::move(value)));
  return true;
}

absl::StatusOr<Fields> ReadJsonFields(absl::string_view body, size_t size_max_bytes) {
  if (body.size() > size_max_bytes) {
    return Unreadable(absl::StrCat("larger than ", size_max_bytes, " bytes"));
  }
  absl::ConsumePrefix(&body, "\xEF\xBB\xBF");  // A byte order mark.
  Fields fields;
  FieldCollector collector(&fields);
  const bool ok = nlohmann::json::sax_parse(body.begin(), body.end(), &collector);
  if (!collector.status().ok()) return collector.status();
  if (!ok) return Unreadable("not well-formed JSON");
  return fields;
}

absl::StatusOr<Fields> ReadFormFields(absl::string_view form) {
  Fields fields;
  for (const absl::string_view pair : absl::StrSplit(form, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> field =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    const absl::StatusOr<std::string> name = DecodeFormText(field.first);
    absl::StatusOr<std::string> value = DecodeFormText(field.second);
    if (!name.ok()) return name.status();
    if (!value.ok()) return value.status();
    if (!fields.Add(absl::AsciiStrToLower(*name), *std::move(value))) return TooManyFields();
  }
  return fields;
}

absl::StatusOr<Fields> ReadQueryFields(absl::string_view url) {
  url = url.substr(0, url.find('#'));
  const size_t question = url.find('?');
  return ReadFormFields(question == absl::string_view::npos ? "" : url.substr(question + 1));
}

absl::string_view FieldReader::Get(std::initializer_list<absl::string_view> names) {
  const Secret* found = nullptr;
  for (const absl::string_view object : objects_) {
    for (const absl::string_view name : names) {
      const auto [begin, end] = fields_->values_.equal_range(Join(object, name));
      for (auto it = begin; it != end; ++it) {
        if (it->second.empty()) continue;
        if (found == nullptr) found = &it->second;
        if (!found->EqualsInConstantTime(it->second.Reveal())) contradictory_ = true;
      }
    }
  }
  return found == nullptr ? absl::string_view() : absl::StripAsciiWhitespace(found->Reveal());
}

}  // namespace payments::epay
