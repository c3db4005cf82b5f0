#include "tests/unit/config/temp_files.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace payments {
namespace {

constexpr int kCertificateLifeS = 3600;

std::string TakeText(BIO* bio) {
  char* data = nullptr;
  const auto size = static_cast<size_t>(BIO_get_mem_data(bio, &data));
  std::string text(data, size);
  BIO_free(bio);
  return text;
}

}  // namespace

TempFiles::TempFiles() {
  std::string pattern =
      absl::StrCat(std::filesystem::temp_directory_path().string(), "/payments_config_test_XXXXXX");
  const char* made = mkdtemp(pattern.data());
  if (made == nullptr) std::abort();
  directory_ = made;
}

TempFiles::~TempFiles() { std::filesystem::remove_all(directory_); }

std::string TempFiles::Path(absl::string_view name) const {
  return absl::StrCat(directory_, "/", name);
}

std::string TempFiles::Write(absl::string_view name, absl::string_view content,
                             unsigned mode) const {
  std::string path = Path(name);
  std::ofstream(path, std::ios::binary) << content;
  chmod(path.c_str(), mode);
  return path;
}

TestCertificate MakeTestCertificate() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), kCertificateLifeS);
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  BIO* certificate_text = BIO_new(BIO_s_mem());
  BIO* key_text = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate_text, certificate);
  PEM_write_bio_PrivateKey(key_text, key, nullptr, nullptr, 0, nullptr, nullptr);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return {TakeText(certificate_text), TakeText(key_text)};
}

}  // namespace payments
