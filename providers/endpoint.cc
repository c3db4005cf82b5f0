#include "providers/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "providers/text.h"

namespace payments {
namespace {

absl::Status Wrong(absl::string_view setting, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(setting, ": ", why));
}

bool IsLoopback(absl::string_view host) {
  if (absl::EqualsIgnoreCase(host, "localhost") || host == "[::1]") return true;
  constexpr uint32_t kLoopbackNetwork = 127;
  in_addr address{};
  return inet_pton(AF_INET, std::string(host).c_str(), &address) == 1 &&
         ntohl(address.s_addr) >> 24 == kLoopbackNetwork;
}

// Only letters, digits, '.', '-' and a port, or an IPv6 address in brackets: what
// else may stand there, such as a user's name, would make the host ambiguous.
absl::Status ValidateAuthority(absl::string_view setting, absl::string_view authority,
                               bool must_be_loopback) {
  absl::string_view host = authority;
  const size_t bracket = authority.rfind(']');
  const size_t colon = authority.rfind(':');
  if (colon != absl::string_view::npos && (bracket == absl::string_view::npos || bracket < colon)) {
    host = authority.substr(0, colon);
    uint32_t port = 0;
    constexpr uint32_t kPortMax = 65535;
    constexpr size_t kPortDigitsMax = 5;
    const absl::string_view digits = authority.substr(colon + 1);
    if (!IsDigits(digits, kPortDigitsMax) || !absl::SimpleAtoi(digits, &port) || port == 0 ||
        port > kPortMax) {
      return Wrong(setting, "its port must be 1 to 65535");
    }
  }
  absl::string_view name = host;
  const bool ipv6 = absl::ConsumePrefix(&name, "[") && absl::ConsumeSuffix(&name, "]");
  const absl::string_view punctuation = ipv6 ? ":." : "-.";
  const auto allowed = [punctuation](char c) {
    return absl::ascii_isalnum(c) || absl::StrContains(punctuation, c);
  };
  if (name.empty() || !std::all_of(name.begin(), name.end(), allowed)) {
    return Wrong(setting, "it has no valid host");
  }
  if (must_be_loopback && !IsLoopback(host)) {
    return Wrong(setting, "must be https; http is for loopback hosts only");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidatePageUrl(absl::string_view name, absl::string_view url) {
  if (url.size() > kEndpointSizeMaxBytes) {
    return Wrong(name, absl::StrCat("is longer than ", kEndpointSizeMaxBytes, " bytes"));
  }
  if (!std::all_of(url.begin(), url.end(), absl::ascii_isgraph)) {
    return Wrong(name, "holds a space, or a character that is not ASCII");
  }
  const bool http = absl::StartsWithIgnoreCase(url, "http://");
  if (!http && !absl::StartsWithIgnoreCase(url, "https://")) {
    return Wrong(name, "must be an https URL");
  }
  url.remove_prefix(url.find("://") + 3);
  return ValidateAuthority(name, url.substr(0, url.find_first_of("/?#")),
                           /*must_be_loopback=*/http);
}

absl::Status ValidateEndpoint(absl::string_view name, absl::string_view url) {
  absl::Status status = ValidatePageUrl(name, url);
  if (status.ok() && absl::StrContains(url, '#')) return Wrong(name, "must not have a fragment");
  return status;
}

}  // namespace payments
