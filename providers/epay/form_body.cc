#include "providers/epay/form_body.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace payments::epay {
namespace {

constexpr size_t kEncodedSizeMaxBytes = 3;  // "%2A" for one byte.

void AppendEncoded(absl::string_view text, std::string& out) {
  constexpr absl::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || absl::StrContains("-._~", c)) {
      out += c;
      continue;
    }
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 0xF];
  }
}

}  // namespace

Secret FormBody(absl::Span<const FormField> fields) {
  size_t size = 0;
  for (const FormField& field : fields) {
    size += 2 + kEncodedSizeMaxBytes * (field.name.size() + field.value.size());
  }
  std::string body;
  body.reserve(size);  // Growing it would leave secrets in memory that nobody wipes.
  for (const FormField& field : fields) {
    if (!body.empty()) body += '&';
    AppendEncoded(field.name, body);
    body += '=';
    AppendEncoded(field.value, body);
  }
  return Secret(std::move(body));
}

}  // namespace payments::epay
