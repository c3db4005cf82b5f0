#include "server/config/tls_files.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/config/config_fields.h"
#include "server/config/small_file.h"

namespace payments {
namespace {

constexpr size_t kPemBytesMax = 256 << 10;

struct BioDeleter {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct CertificateDeleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct KeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, BioDeleter>;
using Certificate = std::unique_ptr<X509, CertificateDeleter>;
using PrivateKey = std::unique_ptr<EVP_PKEY, KeyDeleter>;

Bio ReadOnly(absl::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// OpenSSL would ask the terminal for the passphrase of an encrypted key.
int NoPassphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*context*/) { return -1; }

// The file's content, or an empty Secret and a finding.
Secret ReadPem(const std::string& file, const std::string& field, FieldErrors& errors) {
  if (file.empty()) {
    errors.Add(field, "is required");
    return Secret();
  }
  absl::StatusOr<SmallFile> read = ReadSmallFile(file, kPemBytesMax);
  if (read.ok()) return std::move(read->content);
  errors.Add(field, read.status().message());
  return Secret();
}

}  // namespace

TlsFiles LoadTlsFiles(const std::string& certificate_file, const std::string& private_key_file,
                      absl::string_view path, FieldErrors& errors) {
  const std::string certificate_field = absl::StrCat(path, ".certificate_file");
  const std::string key_field = absl::StrCat(path, ".private_key_file");
  const Secret chain = ReadPem(certificate_file, certificate_field, errors);
  TlsFiles files{certificate_file, private_key_file, std::string(chain.Reveal()),
                 ReadPem(private_key_file, key_field, errors)};
  if (chain.empty() || files.private_key_pem.empty()) return files;

  const Certificate certificate(
      PEM_read_bio_X509(ReadOnly(chain.Reveal()).get(), nullptr, NoPassphrase, nullptr));
  const PrivateKey key(PEM_read_bio_PrivateKey(ReadOnly(files.private_key_pem.Reveal()).get(),
                                               nullptr, NoPassphrase, nullptr));
  if (certificate == nullptr) {
    errors.Add(certificate_field, absl::StrCat(certificate_file, " holds no PEM certificate"));
  }
  if (key == nullptr) {
    errors.Add(key_field, absl::StrCat(private_key_file, " holds no unencrypted PEM private key"));
  }
  if (certificate != nullptr && key != nullptr &&
      X509_check_private_key(certificate.get(), key.get()) != 1) {
    errors.Add(key_field, absl::StrCat(private_key_file, " is not the key of the certificate"));
  }
  return files;
}

}  // namespace payments
