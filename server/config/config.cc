#include "server/config/config.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "payments/config/v1/config.pb.h"
#include "server/config/account_config.h"
#include "server/config/config_fields.h"
#include "server/config/reconciliation_config.h"
#include "server/config/small_file.h"

namespace payments {
namespace {

constexpr char kDefaultGrpc[] = "127.0.0.1:50051";
constexpr char kDefaultPublicHttp[] = "127.0.0.1:8080";
constexpr char kDefaultAdminHttp[] = "127.0.0.1:9090";
constexpr char kDefaultDataDirectory[] = "data";
constexpr char kDefaultTenant[] = "default";

constexpr size_t kPathBytesMax = 4000;
constexpr size_t kPublicBaseUrlBytesMax = 200;  // Providers bound the callback URLs made of it.
constexpr size_t kKeyIdCharactersMax = 16;
constexpr size_t kPrincipalsMax = 10'000;
constexpr size_t kSha256Digits = 64;

// Turns the parser's findings into lines of "name:line:column: message".
class TextFormatErrors : public google::protobuf::io::ErrorCollector {
 public:
  TextFormatErrors(absl::string_view name, FieldErrors& errors) : name_(name), errors_(errors) {}

  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    // The parser counts from 0, editors from 1. It has no place for some findings.
    errors_.Add(line < 0 ? name_ : absl::StrCat(name_, ":", line + 1, ":", column + 1), message);
  }
  // Warnings are about deprecated fields; there are none.
  void AddWarning(int /*line*/, google::protobuf::io::ColumnNumber /*column*/,
                  const std::string& /*message*/) override {}

 private:
  const std::string name_;
  FieldErrors& errors_;
};

ListenAddress ReadListener(const std::string& given, absl::string_view unset,
                           absl::string_view field, bool dev, FieldErrors& errors) {
  const std::string text = given.empty() ? std::string(unset) : given;
  const size_t colon = text.rfind(':');
  ListenAddress result;
  in_addr address = {};
  uint32_t port = 0;
  const bool parsed = colon != std::string::npos &&
                      inet_pton(AF_INET, text.substr(0, colon).c_str(), &address) == 1 &&
                      absl::SimpleAtoi(text.substr(colon + 1), &port) && port <= UINT16_MAX;
  if (!parsed) {
    errors.Add(field, absl::StrCat("must be an IPv4 address and a port, such as \"", unset,
                                   "\", is ", Quoted(text)));
    return result;
  }
  constexpr uint32_t kLoopbackNet = 127;
  constexpr int kNetShift = 24;
  if (dev && ntohl(address.s_addr) >> kNetShift != kLoopbackNet) {
    errors.Add(field, absl::StrCat("must be a loopback address (127.0.0.0/8) with --dev, is ",
                                   Quoted(text)));
  }
  result.address = text.substr(0, colon);
  result.port = static_cast<uint16_t>(port);
  return result;
}

void ReadListeners(const config::v1::Listeners& message, Config& config, FieldErrors& errors) {
  const bool dev = config.dev;
  config.grpc = ReadListener(message.grpc(), kDefaultGrpc, "listeners.grpc", dev, errors);
  config.public_http =
      ReadListener(message.public_http(), kDefaultPublicHttp, "listeners.public_http", dev, errors);
  config.admin_http =
      ReadListener(message.admin_http(), kDefaultAdminHttp, "listeners.admin_http", dev, errors);
}

// What follows the scheme is "host[:port][/path]".
bool IsPlainUrlRest(absl::string_view rest) {
  if (rest.empty() || rest.front() == '/' || rest.front() == ':') return false;
  return std::all_of(rest.begin(), rest.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || absl::StrContains(".-_~:/[]", c);
  });
}

std::string ReadPublicBaseUrl(const std::string& url, bool dev, FieldErrors& errors) {
  constexpr char kField[] = "public_base_url";
  if (url.empty()) {
    if (!dev)
      errors.Add(kField,
                 "is required: the https URL that providers reach the public listener under");
    return url;
  }
  absl::string_view rest = url;
  const bool https = absl::ConsumePrefix(&rest, "https://");
  if (!https && !(dev && absl::ConsumePrefix(&rest, "http://"))) {
    errors.Add(kField, absl::StrCat(dev ? "must begin with https:// or http://"
                                        : "must begin with https:// outside --dev",
                                    ", is ", Quoted(url)));
    return url;
  }
  if (url.size() > kPublicBaseUrlBytesMax) {
    errors.Add(kField, absl::StrCat("must have at most ", kPublicBaseUrlBytesMax, " bytes, has ",
                                    url.size()));
  }
  if (absl::EndsWith(url, "/")) {
    errors.Add(kField, absl::StrCat("must not end with a slash, is ", Quoted(url)));
  }
  if (!IsPlainUrlRest(rest)) {
    errors.Add(kField, absl::StrCat("must be a host, perhaps a port and a path, without query, "
                                    "fragment or user, is ",
                                    Quoted(url)));
  }
  return url;
}

std::string ReadDataDirectory(const config::v1::Storage& message, FieldErrors& errors) {
  const std::string& directory = message.data_directory();
  if (directory.empty()) return kDefaultDataDirectory;
  if (directory.size() > kPathBytesMax) {
    errors.Add("storage.data_directory",
               absl::StrCat("must have at most ", kPathBytesMax, " bytes, has ", directory.size()));
  }
  return directory;
}

std::optional<MasterKey> ReadKey(const config::v1::Keys& message, bool dev, FieldErrors& errors) {
  if (message.key_file().empty() && message.key_id().empty() && dev) return std::nullopt;
  CheckId(message.key_id(), "keys.key_id", errors, kKeyIdCharactersMax);
  if (message.key_file().empty()) {
    errors.Add("keys.key_file", "is required");
    return std::nullopt;
  }
  absl::StatusOr<Secret> bytes = ReadKeyFile(message.key_file());
  if (bytes.ok()) return MasterKey{message.key_id(), *std::move(bytes)};
  errors.Add("keys.key_file", bytes.status().message());
  return std::nullopt;
}

// There is one role so far; giving it twice is no harm.
bool HasOperatorRole(const config::v1::Principal& message, const std::string& path,
                     FieldErrors& errors) {
  for (int i = 0; i < message.roles_size(); ++i) {
    if (message.roles(i) == config::v1::ROLE_OPERATOR) continue;
    errors.Add(absl::StrCat(path, ".roles[", i, "]"), "must be ROLE_OPERATOR");
  }
  return !message.roles().empty();
}

PrincipalConfig ReadPrincipal(const config::v1::Principal& message, const std::string& path,
                              FieldErrors& errors) {
  CheckId(message.name(), absl::StrCat(path, ".name"), errors);
  if (!message.tenant().empty()) CheckId(message.tenant(), absl::StrCat(path, ".tenant"), errors);
  const std::string& digits = message.api_key_sha256();
  const bool good = digits.size() == kSha256Digits &&
                    std::all_of(digits.begin(), digits.end(), absl::ascii_isxdigit);
  if (!good) {
    // The value is not shown: it may be the key itself, put there by mistake.
    errors.Add(absl::StrCat(path, ".api_key_sha256"),
               absl::StrCat("must be ", kSha256Digits, " hexadecimal digits, has ", digits.size(),
                            " characters"));
  }
  return {message.name(), message.tenant().empty() ? kDefaultTenant : message.tenant(),
          good ? absl::AsciiStrToLower(digits) : "", HasOperatorRole(message, path, errors)};
}

std::vector<PrincipalConfig> ReadPrincipals(const config::v1::ServerConfig& message, bool dev,
                                            FieldErrors& errors) {
  std::vector<PrincipalConfig> principals;
  const int count = message.principals_size();
  if (count == 0 && !dev) errors.Add("principals", "at least one is required outside --dev");
  if (static_cast<size_t>(count) > kPrincipalsMax) {
    errors.Add("principals", absl::StrCat("must be at most ", kPrincipalsMax, ", are ", count));
    return principals;
  }
  std::set<std::string> tenants;
  for (const config::v1::Account& account : message.accounts()) {
    tenants.insert(account.tenant().empty() ? kDefaultTenant : account.tenant());
  }
  std::set<std::string> names;
  std::set<std::string> keys;
  for (int i = 0; i < count; ++i) {
    const std::string path = absl::StrCat("principals[", i, "]");
    PrincipalConfig one = ReadPrincipal(message.principals(i), path, errors);
    if (!one.name.empty() && !names.insert(one.name).second) {
      errors.Add(absl::StrCat(path, ".name"),
                 absl::StrCat("another principal has the name ", Quoted(one.name)));
    }
    if (!one.api_key_sha256_hex.empty() && !keys.insert(one.api_key_sha256_hex).second) {
      errors.Add(absl::StrCat(path, ".api_key_sha256"), "another principal has the same key");
    }
    if (!tenants.contains(one.tenant)) {
      errors.Add(absl::StrCat(path, ".tenant"),
                 absl::StrCat("no account belongs to the tenant ", Quoted(one.tenant)));
    }
    principals.push_back(std::move(one));
  }
  return principals;
}

void ReadTimeouts(const config::v1::Timeouts& message, Config& config, FieldErrors& errors) {
  const absl::Duration shortest = absl::Milliseconds(10);
  const FieldReader fields(message, "timeouts", errors);
  config.provider_connect_timeout = fields.Duration(
      "provider_connect", {.unset = absl::Seconds(5), .min = shortest, .max = absl::Minutes(1)});
  config.policy.provider_request_timeout = fields.Duration(
      "provider_request", {.unset = absl::Seconds(30), .min = shortest, .max = absl::Minutes(5)});
  config.call_timeout_default = fields.Duration(
      "call_default", {.unset = absl::Seconds(60), .min = shortest, .max = absl::Minutes(10)});
  config.drain_timeout = fields.Duration(
      "drain", {.unset = absl::Seconds(20), .min = shortest, .max = absl::Minutes(10)});
  config.policy.card_confirmation_time = fields.Duration(
      "card_confirmation",
      {.unset = absl::Minutes(30), .min = absl::Seconds(1), .max = absl::Hours(24)});
  config.policy.payer_action_time = fields.Duration(
      "payer_action",
      {.unset = absl::Minutes(15), .min = absl::Seconds(1), .max = absl::Hours(24)});
}

void ReadRetention(const config::v1::Retention& message, Config& config, FieldErrors& errors) {
  constexpr absl::Duration kDay = absl::Hours(24);
  constexpr int64_t kMib = int64_t{1} << 20;
  constexpr int64_t kGib = kMib << 10;
  const FieldReader fields(message, "retention", errors);
  RetentionConfig& retention = config.retention;
  const absl::Duration age_min = config.dev ? absl::Milliseconds(10) : absl::Hours(1);
  const absl::Duration age_max = 3650 * kDay;
  retention.events_age_max =
      fields.Duration("events_age_max", {.unset = 90 * kDay, .min = age_min, .max = age_max});
  retention.callback_bodies_age_max = fields.Duration(
      "callback_bodies_age_max", {.unset = 30 * kDay, .min = age_min, .max = age_max});
  retention.callbacks_age_max =
      fields.Duration("callbacks_age_max", {.unset = 400 * kDay, .min = age_min, .max = age_max});
  if (retention.callbacks_age_max < retention.callback_bodies_age_max) {
    errors.Add("retention.callbacks_age_max",
               absl::StrCat("must be at least callback_bodies_age_max, ",
                            absl::FormatDuration(retention.callback_bodies_age_max), ", is ",
                            absl::FormatDuration(retention.callbacks_age_max)));
  }
  retention.events_bytes_max =
      fields.Int64("events_bytes_max",
                   {.unset = 10 * kGib, .min = config.dev ? 1 : 16 * kMib, .max = kGib << 14});
}

void ReadLimits(const config::v1::Limits& message, Config& config, FieldErrors& errors) {
  constexpr int kKib = 1 << 10;
  constexpr int kMib = 1 << 20;
  const FieldReader fields(message, "limits", errors);
  config.grpc_message_bytes_max =
      fields.Int("grpc_message_bytes_max", {.unset = 64 * kKib, .min = kKib, .max = 4 * kMib});
  config.grpc_metadata_bytes_max =
      fields.Int("grpc_metadata_bytes_max", {.unset = 16 * kKib, .min = kKib, .max = kMib});
  config.policy.payments_in_flight_max =
      fields.Int("payments_in_flight_max", {.unset = 10'000, .min = 1, .max = 100'000});
  config.streams_max = fields.Int("streams_max", {.unset = 20'000, .min = 1, .max = 1'000'000});
  config.streams_per_principal_max =
      fields.Int("streams_per_principal_max",
                 {.unset = std::min(2'000, config.streams_max), .min = 1, .max = 1'000'000});
  if (config.streams_per_principal_max > config.streams_max) {
    errors.Add(fields.Path("streams_per_principal_max"),
               absl::StrCat("must be at most streams_max, ", config.streams_max, ", is ",
                            config.streams_per_principal_max));
  }
  config.callback_body_bytes_max =
      fields.Int("callback_body_bytes_max", {.unset = 64 * kKib, .min = 48 * kKib, .max = kMib});
  config.public_connections_max =
      fields.Int("public_connections_max", {.unset = 1024, .min = 1, .max = 65'536});
  config.public_connections_per_address_max =
      fields.Int("public_connections_per_address_max", {.unset = 64, .min = 1, .max = 65'536});
  config.public_connection_lifetime = fields.Duration(
      "public_connection_lifetime",
      {.unset = absl::Seconds(15), .min = absl::Milliseconds(100), .max = absl::Minutes(5)});
  config.provider_connections_per_host_max =
      fields.Int("provider_connections_per_host_max", {.unset = 64, .min = 1, .max = 10'000});
}

}  // namespace

std::string ListenAddress::ToString() const { return absl::StrCat(address, ":", port); }

absl::StatusOr<Config> ParseConfig(absl::string_view text, absl::string_view name,
                                   const ConfigContext& context) {
  FieldErrors errors;
  config::v1::ServerConfig message;
  TextFormatErrors syntax_errors(name, errors);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&syntax_errors);
  if (!parser.ParseFromString(std::string(text), &message)) return errors.ToStatus();

  Config config;
  config.dev = context.dev || message.dev();
  ReadListeners(message.listeners(), config, errors);
  config.policy.public_base_url = ReadPublicBaseUrl(message.public_base_url(), config.dev, errors);
  config.data_directory = ReadDataDirectory(message.storage(), errors);
  config.key = ReadKey(message.keys(), config.dev, errors);
  config.accounts = MakeAccounts(message, config.dev, context, errors);
  ReadReconciliation(message.reconciliation(), context, config, errors);
  ReadTimeouts(message.timeouts(), config, errors);
  config.principals = ReadPrincipals(message, config.dev, errors);
  if (message.has_grpc_tls()) {
    config.grpc_tls = LoadTlsFiles(message.grpc_tls().certificate_file(),
                                   message.grpc_tls().private_key_file(), "grpc_tls", errors);
  } else if (!config.dev) {
    errors.Add("grpc_tls", "is required outside --dev");
  }
  ReadRetention(message.retention(), config, errors);
  ReadLimits(message.limits(), config, errors);
  const absl::Status verdict = errors.ToStatus();
  if (!verdict.ok()) return verdict;
  return config;
}

absl::StatusOr<Config> LoadConfig(const std::string& file, const ConfigContext& context) {
  const absl::StatusOr<SmallFile> read = ReadSmallFile(file, kConfigBytesMax);
  if (!read.ok()) return read.status();
  return ParseConfig(read->content.Reveal(), file, context);
}

}  // namespace payments
