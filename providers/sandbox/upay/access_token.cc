#include "providers/sandbox/upay/access_token.h"

#include <openssl/evp.h>

#include <array>
#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace payments::sandbox {
namespace {

std::string HexDigest(const EVP_MD* algorithm, absl::string_view text) {
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest = {};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, algorithm, nullptr);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

}  // namespace

std::string RequestAccessToken(const SoapCall& call, const UpayCredentials& credentials) {
  std::string text = credentials.username;
  for (const char* field : call.rule().access_token_of) absl::StrAppend(&text, call.Get(field));
  absl::StrAppend(&text, credentials.password.Reveal());
  std::string token = HexDigest(EVP_md5(), text);
  WipeString(text);
  return token;
}

std::string CallbackAccessToken(absl::string_view subject, const UpayCredentials& credentials) {
  std::string text = absl::StrCat(credentials.username, credentials.password.Reveal(), subject);
  std::string token = HexDigest(EVP_sha1(), text);
  WipeString(text);
  return token;
}

}  // namespace payments::sandbox
