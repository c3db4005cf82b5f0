#include "server/base/key_ring.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"

namespace payments {
namespace {

// Sealed text: version, size of the key id, key id, nonce, text, tag.
constexpr char kSealVersion = 1;
constexpr size_t kKeyIdBytesMax = 64;
constexpr size_t kDerivedKeyBytes = 32;
constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;
constexpr size_t kMacBytes = 16;  // A stranger has one guess in 2^128.

struct EvpDeleter {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, EvpDeleter>;

const uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}
uint8_t* Bytes(std::string& text) { return reinterpret_cast<uint8_t*>(text.data()); }

// OpenSSL fails here only without memory or without its default provider. Storing text
// unencrypted, or under a key that is not one, is worse than ending.
void EndUnless(bool ok) {
  if (!ok) std::abort();
}

bool IsValidKeyId(absl::string_view id) {
  if (id.empty() || id.size() > kKeyIdBytesMax) return false;
  for (const char c : id) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_' && c != '.') {
      return false;
    }
  }
  return true;
}

// HKDF-SHA-256 without salt (the master is uniformly random); `use` keeps the keys apart.
Secret Derive(const Secret& master, absl::string_view use) {
  const std::unique_ptr<EVP_KDF, EvpDeleter> kdf(
      EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_HKDF, nullptr));
  EndUnless(kdf != nullptr);
  const std::unique_ptr<EVP_KDF_CTX, EvpDeleter> context(EVP_KDF_CTX_new(kdf.get()));
  EndUnless(context != nullptr);
  std::string digest = "SHA256";
  std::string key(master.Reveal());
  std::string info = absl::StrCat("payments/1/", use);
  const std::array<OSSL_PARAM, 4> params = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.data(), key.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end()};
  std::string derived(kDerivedKeyBytes, '\0');
  const int rc = EVP_KDF_derive(context.get(), Bytes(derived), derived.size(), params.data());
  WipeString(key);
  EndUnless(rc == 1);
  Secret result(absl::string_view{derived});
  WipeString(derived);
  return result;
}

std::string Mac(const Secret& key, absl::string_view text) {
  std::string mac(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  EndUnless(HMAC(EVP_sha256(), key.Reveal().data(), static_cast<int>(key.size()), Bytes(text),
                 text.size(), Bytes(mac), &size) != nullptr);
  mac.resize(kMacBytes);
  return mac;
}

std::string Header(absl::string_view key_id) {
  return absl::StrCat(absl::string_view(&kSealVersion, 1),
                      std::string(1, static_cast<char>(key_id.size())), key_id);
}

absl::Status NotOurs() {
  return absl::DataLossError("sealed text is not of this key and context, or was altered");
}

}  // namespace

absl::StatusOr<KeyRing> KeyRing::Create(std::string key_id, const Secret& master, Random* random) {
  if (!IsValidKeyId(key_id)) {
    return absl::InvalidArgumentError(
        absl::StrCat("key id must have 1 to ", kKeyIdBytesMax, " characters of [A-Za-z0-9._-]"));
  }
  if (master.size() != kMasterKeyBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("master key has ", master.size(), " bytes; it must have ", kMasterKeyBytes));
  }
  return KeyRing(std::move(key_id), Derive(master, "at-rest"), Derive(master, "callback"),
                 Derive(master, "fingerprint"), random);
}

KeyRing::KeyRing(std::string key_id, Secret at_rest, Secret callback, Secret fingerprint,
                 Random* random)
    : key_id_(std::move(key_id)),
      at_rest_(std::move(at_rest)),
      callback_(std::move(callback)),
      fingerprint_(std::move(fingerprint)),
      random_(random) {}

std::string KeyRing::Seal(const Secret& text, absl::string_view context) const {
  const std::string header = Header(key_id_);
  std::string sealed = header;
  sealed.resize(header.size() + kNonceBytes + text.size() + kTagBytes);
  uint8_t* const nonce = Bytes(sealed) + header.size();
  uint8_t* const body = nonce + kNonceBytes;
  uint8_t* const tag = body + text.size();
  random_->Fill(absl::MakeSpan(nonce, kNonceBytes));

  const CipherContext cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  EndUnless(EVP_EncryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), Bytes(at_rest_.Reveal()), nonce,
                                nullptr) == 1);
  // The header has its own size in it, so header and context cannot run into each other.
  EndUnless(EVP_EncryptUpdate(cipher.get(), nullptr, &size, Bytes(header),
                              static_cast<int>(header.size())) == 1);
  EndUnless(EVP_EncryptUpdate(cipher.get(), nullptr, &size, Bytes(context),
                              static_cast<int>(context.size())) == 1);
  EndUnless(EVP_EncryptUpdate(cipher.get(), body, &size, Bytes(text.Reveal()),
                              static_cast<int>(text.size())) == 1);
  EndUnless(EVP_EncryptFinal_ex(cipher.get(), body + size, &size) == 1);
  EndUnless(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag) == 1);
  return sealed;
}

absl::StatusOr<Secret> KeyRing::Open(absl::string_view sealed, absl::string_view context) const {
  const std::string header = Header(key_id_);
  if (sealed.size() < header.size() + kNonceBytes + kTagBytes ||
      sealed.substr(0, header.size()) != header) {
    return NotOurs();
  }
  const absl::string_view nonce = sealed.substr(header.size(), kNonceBytes);
  const absl::string_view body = sealed.substr(
      header.size() + kNonceBytes, sealed.size() - header.size() - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  std::string text(body.size(), '\0');

  const CipherContext cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  EndUnless(EVP_DecryptInit_ex2(cipher.get(), EVP_aes_256_gcm(), Bytes(at_rest_.Reveal()),
                                Bytes(nonce), nullptr) == 1);
  EndUnless(EVP_DecryptUpdate(cipher.get(), nullptr, &size, Bytes(header),
                              static_cast<int>(header.size())) == 1);
  EndUnless(EVP_DecryptUpdate(cipher.get(), nullptr, &size, Bytes(context),
                              static_cast<int>(context.size())) == 1);
  EndUnless(EVP_DecryptUpdate(cipher.get(), Bytes(text), &size, Bytes(body),
                              static_cast<int>(body.size())) == 1);
  EndUnless(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1);
  const bool genuine = EVP_DecryptFinal_ex(cipher.get(), Bytes(text) + size, &size) == 1;
  Secret result(absl::string_view{text});
  WipeString(text);
  if (!genuine) return NotOurs();
  return result;
}

std::string KeyRing::CallbackMac(absl::string_view text) const {
  return absl::BytesToHexString(Mac(callback_, text));
}

std::string KeyRing::FingerprintMac(absl::string_view text) const {
  return Mac(fingerprint_, text);
}

}  // namespace payments
