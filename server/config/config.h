#ifndef PAYMENTS_SERVER_CONFIG_CONFIG_H_
#define PAYMENTS_SERVER_CONFIG_CONFIG_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "providers/plugin.h"
#include "server/config/key_file.h"
#include "server/config/tls_files.h"
#include "server/engine/account_directory.h"
#include "server/engine/engine_policy.h"

namespace payments {

// "ADDRESS:PORT", with an IPv4 address.
struct ListenAddress {
  std::string address;
  uint16_t port = 0;  // 0 takes a free one.

  std::string ToString() const;
};

// Someone who may call, known by the digest of a bearer key.
struct PrincipalConfig {
  std::string name;
  std::string tenant;
  std::string api_key_sha256_hex;  // 64 digits, lower case.
  bool is_operator = false;
};

// For how long what has happened is kept.
struct RetentionConfig {
  absl::Duration events_age_max;
  int64_t events_bytes_max = 0;
  absl::Duration callback_bodies_age_max;
  absl::Duration callbacks_age_max;
};

// What the server is told, checked and with every default filled in. What each
// value means is said in proto/payments/config/v1/config.proto. Movable only, since
// it owns the providers and the secrets; reading it is thread-safe.
struct Config {
  bool dev = false;

  ListenAddress grpc;
  ListenAddress public_http;
  ListenAddress admin_http;

  std::string data_directory;
  std::optional<MasterKey> key;  // Unset in dev without a key file: see LoadOrMakeDevKey().
  std::vector<Account> accounts;
  std::vector<PrincipalConfig> principals;  // Empty in dev: everybody is "dev".
  std::optional<TlsFiles> grpc_tls;         // Unset in dev.

  // policy.public_base_url is empty in dev if it was not given: it is then made of
  // the public listener's address, once that is known.
  EnginePolicy policy;

  RetentionConfig retention;

  absl::Duration provider_connect_timeout;
  absl::Duration call_timeout_default;
  absl::Duration drain_timeout;
  absl::Duration public_connection_lifetime;

  int grpc_message_bytes_max = 0;
  int grpc_metadata_bytes_max = 0;
  int streams_max = 0;
  int streams_per_principal_max = 0;
  int callback_body_bytes_max = 0;
  int public_connections_max = 0;
  int public_connections_per_address_max = 0;
  int provider_connections_per_host_max = 0;
};

// What a configuration is judged with.
struct ConfigContext {
  bool dev = false;  // The flag; the file's own `dev` does the same.
  std::vector<ProviderPlugin> plugins;
  std::map<std::string, std::string> environment;  // Where secrets may be.
};

inline constexpr size_t kConfigBytesMax = 1 << 20;

// Reads and judges a file of payments.config.v1.ServerConfig as textproto. Creates
// and changes nothing. kInvalidArgument lists everything that is wrong, one finding a
// line, each beginning with "FILE:LINE:COLUMN: " or with the field's path; kNotFound
// and kPermissionDenied if the file cannot be read.
absl::StatusOr<Config> LoadConfig(const std::string& file, const ConfigContext& context);

// The same of a text; `name` stands for the file in messages.
absl::StatusOr<Config> ParseConfig(absl::string_view text, absl::string_view name,
                                   const ConfigContext& context);

}  // namespace payments

#endif  // PAYMENTS_SERVER_CONFIG_CONFIG_H_
