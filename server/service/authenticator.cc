#include "server/service/authenticator.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/base/error.h"

namespace payments {
namespace {

constexpr char kAuthorization[] = "authorization";
constexpr absl::string_view kScheme = "Bearer ";

absl::Status WrongCredentials() {
  return MakeError(absl::StatusCode::kUnauthenticated, v1::ERROR_REASON_CREDENTIALS,
                   "no credentials, or wrong ones: send `authorization: Bearer KEY`");
}

bool IsHex(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isxdigit(c); });
}

}  // namespace

absl::StatusOr<Caller> DevAuthenticator::Authenticate(const CallMetadata& /*metadata*/) const {
  return Caller{.tenant = "default", .principal = "dev", .is_operator = true};
}

absl::StatusOr<std::unique_ptr<BearerAuthenticator>> BearerAuthenticator::Create(
    const std::vector<BearerPrincipal>& principals) {
  std::vector<Entry> entries;
  for (const BearerPrincipal& principal : principals) {
    if (principal.key_sha256_hex.size() != 2 * kDigestBytes || !IsHex(principal.key_sha256_hex)) {
      return absl::InvalidArgumentError(absl::StrCat("principal ", principal.name,
                                                     ": api_key_sha256 is not ", 2 * kDigestBytes,
                                                     " hexadecimal digits"));
    }
    Entry entry{.caller = {.tenant = principal.tenant,
                           .principal = principal.name,
                           .is_operator = principal.is_operator},
                .key_digest = {}};
    const std::string bytes = absl::HexStringToBytes(principal.key_sha256_hex);
    std::copy(bytes.begin(), bytes.end(), entry.key_digest.begin());
    for (const Entry& other : entries) {
      if (other.key_digest != entry.key_digest) continue;
      return absl::InvalidArgumentError(absl::StrCat("principals ", other.caller.principal, " and ",
                                                     principal.name, " have the same key"));
    }
    entries.push_back(std::move(entry));
  }
  return std::unique_ptr<BearerAuthenticator>(new BearerAuthenticator(std::move(entries)));
}

absl::StatusOr<Caller> BearerAuthenticator::Authenticate(const CallMetadata& metadata) const {
  const auto [begin, end] = metadata.equal_range(kAuthorization);
  // Two of them: a proxy in between may have looked at the other one.
  if (begin == end || std::next(begin) != end) return WrongCredentials();
  const absl::string_view value(begin->second.data(), begin->second.size());
  if (!absl::StartsWithIgnoreCase(value, kScheme)) return WrongCredentials();
  const absl::string_view key = absl::StripAsciiWhitespace(value.substr(kScheme.size()));
  if (key.empty() || key.size() > kKeyBytesMax) return WrongCredentials();

  Digest digest{};
  SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), digest.data());
  const Entry* match = nullptr;
  for (const Entry& entry : entries_) {
    if (CRYPTO_memcmp(digest.data(), entry.key_digest.data(), kDigestBytes) == 0) match = &entry;
  }
  if (match == nullptr) return WrongCredentials();
  return match->caller;
}

}  // namespace payments
