#include "server/http/form_body.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace payments {
namespace {

constexpr size_t kHexDigits = 2;

std::optional<std::string> Decode(absl::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());  // So that no copy of a part is left behind.
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const absl::string_view digits = text.substr(i + 1, kHexDigits);
    for (const char digit : digits) {
      if (!absl::ascii_isxdigit(static_cast<unsigned char>(digit))) return std::nullopt;
    }
    if (digits.size() != kHexDigits) return std::nullopt;
    decoded += absl::HexStringToBytes(digits);
    i += kHexDigits;
  }
  return decoded;
}

}  // namespace

absl::StatusOr<std::map<std::string, Secret>> DecodeFormBody(const Secret& body) {
  std::map<std::string, Secret> fields;
  if (body.empty()) return fields;
  for (const absl::string_view field : absl::StrSplit(body.Reveal(), '&')) {
    if (fields.size() == kFormFieldsMax) {
      return absl::InvalidArgumentError(absl::StrCat("more than ", kFormFieldsMax, " fields"));
    }
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(field, absl::MaxSplits('=', 1));
    std::optional<std::string> name = Decode(parts.first);
    std::optional<std::string> value = Decode(parts.second);
    if (!name.has_value() || !value.has_value()) {
      return absl::InvalidArgumentError("a percent sign without two hexadecimal digits");
    }
    if (name->empty() || name->size() > kFormNameBytesMax) {
      return absl::InvalidArgumentError(
          absl::StrCat("a name that is not of 1 to ", kFormNameBytesMax, " bytes"));
    }
    if (!fields.emplace(*std::move(name), Secret(*std::move(value))).second) {
      return absl::InvalidArgumentError("a field that is there twice");
    }
  }
  return fields;
}

}  // namespace payments
