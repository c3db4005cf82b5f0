#ifndef PAYMENTS_TESTS_UNIT_HTTP_TLS_PEER_H_
#define PAYMENTS_TESTS_UNIT_HTTP_TLS_PEER_H_

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace payments {

// The server's end of TLS, with a certificate made on the spot and signed by itself.
// One connection at a time.
class TlsPeer {
 public:
  // The certificate is for `ip_address`. With a version, that one is spoken alone.
  explicit TlsPeer(const std::string& ip_address, int only_version = 0);
  ~TlsPeer();
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  std::string CertificatePem() const;

  // False: no handshake came about.
  bool Accept(int fd);
  // What comes in one piece; "" when the peer is gone.
  std::string Read();
  void Write(absl::string_view bytes);
  // Says that the stream has ended.
  void Close();

 private:
  struct Deleter {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* connection) const { SSL_free(connection); }
  };

  void MakeCertificate(const std::string& ip_address);

  std::unique_ptr<EVP_PKEY, Deleter> key_;
  std::unique_ptr<X509, Deleter> certificate_;
  std::unique_ptr<SSL_CTX, Deleter> context_;
  std::unique_ptr<SSL, Deleter> connection_;
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_UNIT_HTTP_TLS_PEER_H_
