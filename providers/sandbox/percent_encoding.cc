#include "providers/sandbox/percent_encoding.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace payments::sandbox {
namespace {

absl::StatusOr<std::string> Decode(absl::string_view text) {
  constexpr size_t kHexDigits = 2;
  std::string decoded;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '%') {
      decoded += c == '+' ? ' ' : c;
      continue;
    }
    if (text.size() < kHexDigits || !absl::ascii_isxdigit(static_cast<unsigned char>(text[0])) ||
        !absl::ascii_isxdigit(static_cast<unsigned char>(text[1]))) {
      return absl::InvalidArgumentError("a percent sign without two hexadecimal digits");
    }
    decoded += absl::HexStringToBytes(text.substr(0, kHexDigits));
    text.remove_prefix(kHexDigits);
  }
  return decoded;
}

}  // namespace

std::string EncodePercent(absl::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_') {
      encoded += c;
    } else if (c == ' ') {
      encoded += '+';
    } else {
      absl::StrAppendFormat(&encoded, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

absl::StatusOr<FormFields> DecodeForm(absl::string_view form, size_t fields_max) {
  FormFields fields;
  for (const absl::string_view pair : absl::StrSplit(form, '&')) {
    if (fields.size() >= fields_max) {
      return absl::InvalidArgumentError(absl::StrCat("more than ", fields_max, " fields"));
    }
    const size_t equals = pair.find('=');
    if (equals == absl::string_view::npos) {
      return absl::InvalidArgumentError("a field without an equals sign");
    }
    auto name = Decode(pair.substr(0, equals));
    if (!name.ok()) return name.status();
    auto value = Decode(pair.substr(equals + 1));
    if (!value.ok()) return value.status();
    for (const auto& [known, ignored] : fields) {
      if (known == *name) return absl::InvalidArgumentError("a field that is repeated");
    }
    fields.emplace_back(*std::move(name), *std::move(value));
  }
  return fields;
}

absl::string_view FieldOf(const FormFields& fields, absl::string_view name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace payments::sandbox
