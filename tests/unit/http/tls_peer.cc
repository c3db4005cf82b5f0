#include "tests/unit/http/tls_peer.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>

#include "absl/strings/str_cat.h"

namespace payments {
namespace {

constexpr int kValiditySeconds = 3600;

}  // namespace

TlsPeer::TlsPeer(const std::string& ip_address, int only_version)
    : key_(EVP_EC_gen("P-256")), context_(SSL_CTX_new(TLS_server_method())) {
  MakeCertificate(ip_address);
  if (only_version != 0) {
    // Debian's default security level refuses to speak the old versions at all.
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), only_version);
    SSL_CTX_set_max_proto_version(context_.get(), only_version);
  }
  EXPECT_EQ(SSL_CTX_use_certificate(context_.get(), certificate_.get()), 1);
  EXPECT_EQ(SSL_CTX_use_PrivateKey(context_.get(), key_.get()), 1);
}

TlsPeer::~TlsPeer() = default;

void TlsPeer::MakeCertificate(const std::string& ip_address) {
  certificate_.reset(X509_new());
  X509* const certificate = certificate_.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -kValiditySeconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate), kValiditySeconds);
  X509_set_pubkey(certificate, key_.get());
  X509_NAME* const name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  const std::string names = absl::StrCat("IP:", ip_address);
  X509_EXTENSION* const extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  ASSERT_NE(extension, nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  ASSERT_GT(X509_sign(certificate, key_.get(), EVP_sha256()), 0);
}

std::string TlsPeer::CertificatePem() const {
  BIO* const memory = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(memory, certificate_.get());
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(memory, &bytes);
  std::string pem(bytes, static_cast<size_t>(size));
  BIO_free(memory);
  return pem;
}

bool TlsPeer::Accept(int fd) {
  connection_.reset(SSL_new(context_.get()));
  SSL_set_fd(connection_.get(), fd);
  return SSL_accept(connection_.get()) == 1;
}

std::string TlsPeer::Read() {
  std::array<char, 16 << 10> bytes = {};
  const int size = SSL_read(connection_.get(), bytes.data(), static_cast<int>(bytes.size()));
  return size <= 0 ? "" : std::string(bytes.data(), static_cast<size_t>(size));
}

void TlsPeer::Write(absl::string_view bytes) {
  SSL_write(connection_.get(), bytes.data(), static_cast<int>(bytes.size()));
}

void TlsPeer::Close() { SSL_shutdown(connection_.get()); }

}  // namespace payments
