#include "providers/epay/json_body.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "providers/text.h"

namespace payments::epay {
namespace {

constexpr size_t kEscapedSizeMaxBytes = 6;  // "\u0000" for one control character.
constexpr size_t kMarkupSizeMaxBytes = 8;   // Quotes, colon, comma and braces of a part.

absl::Status Validate(const JsonPart& part) {
  if (part.value.size() > part.size_max_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(part.name, " is longer than ", part.size_max_bytes, " bytes"));
  }
  if (!IsUtf8(part.value)) {
    return absl::InvalidArgumentError(absl::StrCat(part.name, " is not UTF-8"));
  }
  return absl::OkStatus();
}

void AppendQuoted(absl::string_view text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      absl::StrAppendFormat(&out, "\\u%04x", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

// An upper bound: growing the buffer would leave secrets in memory that nobody wipes.
size_t SizeMaxBytes(absl::Span<const JsonPart> parts) {
  size_t size = kMarkupSizeMaxBytes;
  for (const JsonPart& part : parts) {
    size += kMarkupSizeMaxBytes + part.name.size() + kEscapedSizeMaxBytes * part.value.size();
  }
  return size;
}

}  // namespace

absl::StatusOr<Secret> JsonBody(absl::Span<const JsonPart> parts) {
  for (const JsonPart& part : parts) {
    if (absl::Status status = Validate(part); !status.ok()) return status;
  }
  std::string body;
  body.reserve(SizeMaxBytes(parts));
  body += '{';
  for (const JsonPart& part : parts) {
    if (part.kind == JsonPart::Kind::kEnd) {
      body += '}';
      continue;
    }
    if (body.back() != '{') body += ',';
    AppendQuoted(part.name, body);
    body += ':';
    if (part.kind == JsonPart::Kind::kBegin) {
      body += '{';
    } else if (part.kind == JsonPart::Kind::kLiteral) {
      body.append(part.value.data(), part.value.size());
    } else {
      AppendQuoted(part.value, body);
    }
  }
  body += '}';
  return Secret(std::move(body));
}

}  // namespace payments::epay
