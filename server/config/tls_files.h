#ifndef PAYMENTS_SERVER_CONFIG_TLS_FILES_H_
#define PAYMENTS_SERVER_CONFIG_TLS_FILES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "providers/secret.h"

namespace payments {

class FieldErrors;

// A server's certificate and key, as paths for what reloads them and as they were
// when they were checked.
struct TlsFiles {
  std::string certificate_file;
  std::string private_key_file;
  std::string certificate_chain_pem;
  Secret private_key_pem;
};

// Reads both and checks that each is PEM and that they belong together; findings go
// to `errors` under "{path}.certificate_file" and "{path}.private_key_file".
TlsFiles LoadTlsFiles(const std::string& certificate_file, const std::string& private_key_file,
                      absl::string_view path, FieldErrors& errors);

}  // namespace payments

#endif  // PAYMENTS_SERVER_CONFIG_TLS_FILES_H_
