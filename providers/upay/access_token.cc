#include "providers/upay/access_token.h"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"

namespace payments::upay {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

absl::StatusOr<Secret> Digest(const EVP_MD* algorithm, absl::Span<const absl::string_view> parts) {
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  bool ok = context != nullptr && EVP_DigestInit_ex(context.get(), algorithm, nullptr) == 1;
  for (const absl::string_view part : parts) {
    ok = ok && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  ok = ok && EVP_DigestFinal_ex(context.get(), digest.data(), &size) == 1;
  if (!ok) return absl::InternalError("OpenSSL does not offer the digest that UPay signs with");
  return Secret(absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), size)));
}

}  // namespace

absl::StatusOr<Secret> RequestToken(absl::Span<const absl::string_view> parts) {
  return Digest(EVP_md5(), parts);
}

absl::StatusOr<Secret> CallbackToken(absl::Span<const absl::string_view> parts) {
  return Digest(EVP_sha1(), parts);
}

}  // namespace payments::upay
