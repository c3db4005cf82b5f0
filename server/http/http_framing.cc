#include "server/http/http_framing.h"

#include <algorithm>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace payments {
namespace {

constexpr absl::string_view kContentLength = "Content-Length";
constexpr absl::string_view kTransferEncoding = "Transfer-Encoding";
constexpr absl::string_view kHost = "Host";

bool HasControl(absl::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return c != '\t' && absl::ascii_iscntrl(static_cast<unsigned char>(c));
  });
}

}  // namespace

absl::string_view FaultOfHead(absl::string_view version, absl::string_view target,
                              const HttpHeaders& headers) {
  int lengths = 0;
  int encodings = 0;
  int hosts = 0;
  for (const auto& [name, value] : headers) {
    if (HasControl(name) || HasControl(value)) return "control character in a header";
    if (absl::EqualsIgnoreCase(name, kContentLength)) ++lengths;
    if (absl::EqualsIgnoreCase(name, kHost)) ++hosts;
    if (!absl::EqualsIgnoreCase(name, kTransferEncoding)) continue;
    ++encodings;
    if (!absl::EqualsIgnoreCase(value, "chunked")) return "Transfer-Encoding must be chunked";
  }
  const bool is_1_1 = version == "HTTP/1.1";
  if (!is_1_1 && version != "HTTP/1.0") return "version must be HTTP/1.1 or HTTP/1.0";
  if (lengths > 1) return "more than one Content-Length";
  if (encodings > 1) return "more than one Transfer-Encoding";
  if (lengths == 1 && encodings == 1) return "both Content-Length and Transfer-Encoding";
  if (encodings == 1 && !is_1_1) return "Transfer-Encoding in HTTP/1.0";
  if (hosts > 1) return "more than one Host";
  if (hosts == 0 && is_1_1) return "no Host";
  if (!absl::StartsWith(target, "/") || HasControl(target)) return "target must be a path";
  return "";
}

uint64_t ContentLengthOf(const HttpHeaders& headers) {
  for (const auto& [name, value] : headers) {
    if (!absl::EqualsIgnoreCase(name, kContentLength)) continue;
    uint64_t length = 0;
    // The library has refused what is not a number; what is left does not fit.
    return absl::SimpleAtoi(value, &length) ? length : std::numeric_limits<uint64_t>::max();
  }
  return 0;
}

}  // namespace payments
