#include "server/config/config.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/config/temp_files.h"
#include "tests/unit/config/test_plugin.h"

namespace payments {
namespace {

std::string WithAccount(absl::string_view text) { return absl::StrCat(GoodAccount(), text); }

// What is wrong with a configuration that has a good account and `text`.
std::string DevFindings(absl::string_view text) {
  return FindingsOf(WithAccount(text), TestContext(/*dev=*/true));
}

// A whole configuration that may serve strangers.
class ProductionTest : public testing::Test {
 protected:
  ProductionTest() {
    const TestCertificate certificate = MakeTestCertificate();
    certificate_file_ = files_.Write("cert.pem", certificate.certificate_pem);
    private_key_file_ = files_.Write("key.pem", certificate.private_key_pem);
    key_file_ = files_.Write("master.key", std::string(64, 'a') + "\n");
  }

  std::string Keys() const {
    return absl::StrFormat("keys { key_id: \"k1\" key_file: \"%s\" }\n", key_file_);
  }
  std::string Tls() const {
    return absl::StrFormat("grpc_tls { certificate_file: \"%s\" private_key_file: \"%s\" }\n",
                           certificate_file_, private_key_file_);
  }
  static std::string Principals() {
    return absl::StrFormat("principals { name: \"web\" api_key_sha256: \"%s\" }\n",
                           std::string(64, '1'));
  }
  static std::string Url() { return "public_base_url: \"https://pay.example.com\"\n"; }
  std::string Whole() const {
    return WithAccount(absl::StrCat(Keys(), Tls(), Principals(), Url()));
  }
  static std::string Findings(const std::string& text) {
    return FindingsOf(text, TestContext(/*dev=*/false));
  }

  TempFiles files_;
  std::string certificate_file_;
  std::string private_key_file_;
  std::string key_file_;
};

TEST(ConfigTest, HasTheDefaultsThatTheProtoStates) {
  const absl::StatusOr<Config> config =
      ParseConfig(GoodAccount(), "test.textproto", TestContext(/*dev=*/true));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(config->dev);
  EXPECT_EQ(config->grpc.ToString(), "127.0.0.1:50051");
  EXPECT_EQ(config->public_http.ToString(), "127.0.0.1:8080");
  EXPECT_EQ(config->admin_http.ToString(), "127.0.0.1:9090");
  EXPECT_EQ(config->data_directory, "data");
  EXPECT_FALSE(config->key.has_value());
  EXPECT_TRUE(config->principals.empty());
  EXPECT_FALSE(config->grpc_tls.has_value());

  EXPECT_EQ(config->accounts[0].checks.check_interval_min, absl::Seconds(2));
  EXPECT_EQ(config->accounts[0].checks.check_interval_max, absl::Minutes(10));
  EXPECT_EQ(config->accounts[0].checks.negative_check_quiet_period, absl::Minutes(2));
  EXPECT_EQ(config->accounts[0].checks.hold_expiry_margin, absl::Minutes(5));
  EXPECT_EQ(config->accounts[0].checks.orphan_margin, absl::Seconds(10));
  EXPECT_EQ(config->policy.reconcile_tick_interval, absl::Milliseconds(500));
  EXPECT_EQ(config->policy.checks_per_tick_max, 64);
  EXPECT_EQ(config->accounts[0].checks.release_attempts_max, 10);
  EXPECT_EQ(config->policy.payments_in_flight_max, 10'000);
  EXPECT_EQ(config->policy.provider_request_timeout, absl::Seconds(30));
  EXPECT_EQ(config->policy.card_confirmation_time, absl::Minutes(30));
  EXPECT_EQ(config->policy.payer_action_time, absl::Minutes(15));
  EXPECT_EQ(config->policy.public_base_url, "");

  EXPECT_EQ(config->provider_connect_timeout, absl::Seconds(5));
  EXPECT_EQ(config->call_timeout_default, absl::Seconds(60));
  EXPECT_EQ(config->drain_timeout, absl::Seconds(20));
  EXPECT_EQ(config->public_connection_lifetime, absl::Seconds(15));
  EXPECT_EQ(config->grpc_message_bytes_max, 65'536);
  EXPECT_EQ(config->grpc_metadata_bytes_max, 16'384);
  EXPECT_EQ(config->streams_max, 20'000);
  EXPECT_EQ(config->streams_per_principal_max, 2'000);
  EXPECT_EQ(config->retention.events_age_max, absl::Hours(90 * 24));
  EXPECT_EQ(config->retention.events_bytes_max, int64_t{10} << 30);
  EXPECT_EQ(config->retention.callback_bodies_age_max, absl::Hours(30 * 24));
  EXPECT_EQ(config->retention.callbacks_age_max, absl::Hours(400 * 24));
  EXPECT_EQ(config->callback_body_bytes_max, 65'536);
  EXPECT_EQ(config->public_connections_max, 1024);
  EXPECT_EQ(config->public_connections_per_address_max, 64);
  EXPECT_EQ(config->provider_connections_per_host_max, 64);

  ASSERT_EQ(config->accounts.size(), 1);
  EXPECT_EQ(config->accounts[0].name, "accounts/shop");
  EXPECT_EQ(config->accounts[0].tenant, "default");
  EXPECT_EQ(config->accounts[0].provider_name, "testpay");
  EXPECT_EQ(config->accounts[0].hold_duration_default, absl::Minutes(60));
}

TEST(ConfigTest, TakesWhatIsGiven) {
  const absl::StatusOr<Config> config = ParseConfig(WithAccount(R"(
        dev: true
        listeners { grpc: "127.0.0.2:0" public_http: "127.0.0.1:1" admin_http: "127.0.0.1:65535" }
        public_base_url: "http://127.0.0.1:8080/payments"
        storage { data_directory: "/var/lib/payments" }
        reconciliation { check_interval_min { nanos: 20000000 } checks_per_tick_max: 1000 }
        timeouts { drain { seconds: 1 } payer_action { seconds: 90 } }
        retention { events_age_max { seconds: 7200 } events_bytes_max: 20000000
                    callback_bodies_age_max { seconds: 10800 }
                    callbacks_age_max { seconds: 14400 } }
        limits { streams_per_principal_max: 3 streams_max: 5
                 public_connection_lifetime { seconds: 1 nanos: 500000000 } }
        principals {
          name: "web"
          api_key_sha256: "ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789"
          roles: ROLE_OPERATOR
        }
      )"),
                                                    "test.textproto", TestContext(/*dev=*/false));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(config->dev) << "the field does what the flag does";
  EXPECT_EQ(config->grpc.ToString(), "127.0.0.2:0");
  EXPECT_EQ(config->public_http.port, 1);
  EXPECT_EQ(config->admin_http.port, 65'535);
  EXPECT_EQ(config->policy.public_base_url, "http://127.0.0.1:8080/payments");
  EXPECT_EQ(config->data_directory, "/var/lib/payments");
  EXPECT_EQ(config->accounts[0].checks.check_interval_min, absl::Milliseconds(20));
  EXPECT_EQ(config->policy.checks_per_tick_max, 1000);
  EXPECT_EQ(config->drain_timeout, absl::Seconds(1));
  EXPECT_EQ(config->policy.payer_action_time, absl::Seconds(90));
  EXPECT_EQ(config->streams_max, 5);
  EXPECT_EQ(config->streams_per_principal_max, 3);
  EXPECT_EQ(config->retention.events_age_max, absl::Hours(2));
  EXPECT_EQ(config->retention.events_bytes_max, 20'000'000);
  EXPECT_EQ(config->retention.callback_bodies_age_max, absl::Hours(3));
  EXPECT_EQ(config->retention.callbacks_age_max, absl::Hours(4));
  EXPECT_EQ(config->public_connection_lifetime, absl::Milliseconds(1500));
  ASSERT_EQ(config->principals.size(), 1);
  EXPECT_EQ(config->principals[0].tenant, "default");
  EXPECT_TRUE(config->principals[0].is_operator);
  EXPECT_EQ(config->principals[0].api_key_sha256_hex,
            "abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789");
}

TEST(ConfigTest, NamesLineAndColumnOfWhatItCannotParse) {
  EXPECT_EQ(FindingsOf("listeners {\n  grcp: \"127.0.0.1:1\"\n}\n", TestContext(true)),
            "test.textproto:2:7: Message type \"payments.config.v1.Listeners\" has no field named "
            "\"grcp\".");
  EXPECT_EQ(FindingsOf("limits { streams_max: many }", TestContext(true)),
            "test.textproto:1:23: Expected integer, got: many");
}

TEST(ConfigTest, ListsEverythingThatIsWrong) {
  EXPECT_EQ(FindingsOf("", TestContext(/*dev=*/false)),
            "public_base_url: is required: the https URL that providers reach the public listener "
            "under\n"
            "keys.key_id: is required\n"
            "keys.key_file: is required\n"
            "accounts: must be 1 to 1000, are 0\n"
            "principals: at least one is required outside --dev\n"
            "grpc_tls: is required outside --dev");
}

TEST(ConfigTest, SaysWhyAFileCannotBeRead) {
  const TempFiles files;
  EXPECT_EQ(LoadConfig(files.Path("none"), TestContext(true)).status(),
            absl::NotFoundError(
                absl::StrCat("cannot read ", files.Path("none"), ": No such file or directory")));
  const std::string large = files.Write("large", std::string(kConfigBytesMax + 1, '#'));
  EXPECT_EQ(LoadConfig(large, TestContext(true)).status().message(),
            absl::StrCat("cannot read ", large, ": it is larger than 1048576 bytes"));
  const std::string good = files.Write("good", GoodAccount());
  EXPECT_TRUE(LoadConfig(good, TestContext(true)).ok());
}

TEST(ConfigTest, JudgesListeners) {
  EXPECT_EQ(DevFindings("listeners { grpc: \"localhost:1\" }"),
            "listeners.grpc: must be an IPv4 address and a port, such as \"127.0.0.1:50051\", is "
            "\"localhost:1\"");
  EXPECT_EQ(DevFindings("listeners { public_http: \"127.0.0.1\" }"),
            "listeners.public_http: must be an IPv4 address and a port, such as "
            "\"127.0.0.1:8080\", is \"127.0.0.1\"");
  EXPECT_EQ(DevFindings("listeners { admin_http: \"127.0.0.1:65536\" }"),
            "listeners.admin_http: must be an IPv4 address and a port, such as "
            "\"127.0.0.1:9090\", is \"127.0.0.1:65536\"");
}

TEST(ConfigTest, DevListensOnLoopbackOnly) {
  EXPECT_EQ(DevFindings("listeners { grpc: \"0.0.0.0:1\" public_http: \"10.0.0.1:2\" "
                        "admin_http: \"128.0.0.1:3\" }"),
            "listeners.grpc: must be a loopback address (127.0.0.0/8) with --dev, is "
            "\"0.0.0.0:1\"\n"
            "listeners.public_http: must be a loopback address (127.0.0.0/8) with --dev, is "
            "\"10.0.0.1:2\"\n"
            "listeners.admin_http: must be a loopback address (127.0.0.0/8) with --dev, is "
            "\"128.0.0.1:3\"");
}

TEST(ConfigTest, JudgesPublicBaseUrl) {
  const std::string shape =
      "public_base_url: must be a host, perhaps a port and a path, without query, fragment or "
      "user, is ";
  EXPECT_EQ(DevFindings("public_base_url: \"ftp://x\""),
            "public_base_url: must begin with https:// or http://, is \"ftp://x\"");
  EXPECT_EQ(DevFindings("public_base_url: \"https://x/\""),
            "public_base_url: must not end with a slash, is \"https://x/\"");
  for (const char* url : {"https://x?a=b", "https://x#f", "https://me@x", "https://:80",
                          "https://x y", "https://x\\\"", "http://"}) {
    EXPECT_THAT(DevFindings(absl::StrCat("public_base_url: \"", url, "\"")),
                testing::HasSubstr(shape))
        << url;
  }
  EXPECT_EQ(DevFindings(absl::StrCat("public_base_url: \"https://x/", std::string(191, 'a'), "\"")),
            "public_base_url: must have at most 200 bytes, has 201");
}

TEST(ConfigTest, JudgesNumbers) {
  EXPECT_EQ(DevFindings("timeouts { drain { seconds: 601 } }"),
            "timeouts.drain: must be from 10ms to 10m, is 10m1s");
  EXPECT_EQ(DevFindings("timeouts { payer_action { nanos: 1 } }"),
            "timeouts.payer_action: must be from 1s to 24h, is 1ns");
  EXPECT_EQ(DevFindings("timeouts { provider_connect { seconds: -1 } }"),
            "timeouts.provider_connect: must be from 10ms to 1m, is -1s");
  EXPECT_EQ(DevFindings("timeouts { provider_request {} }"),
            "timeouts.provider_request: must be from 10ms to 5m, is 0");
  EXPECT_EQ(DevFindings("timeouts { call_default { seconds: 1 nanos: -1 } }"),
            "timeouts.call_default: seconds and nanos must have the same sign, and nanos be below "
            "1e9");
  EXPECT_EQ(DevFindings("limits { streams_max: -1 }"),
            "limits.streams_max: must be from 1 to 1000000, is -1");
  EXPECT_EQ(DevFindings("limits { callback_body_bytes_max: 1048577 }"),
            "limits.callback_body_bytes_max: must be from 49152 to 1048576, is 1048577");
  EXPECT_EQ(DevFindings("reconciliation { check_interval_min { seconds: 20 } "
                        "check_interval_max { seconds: 10 } }"),
            "reconciliation.check_interval_max: must be at least check_interval_min, 20s, is 10s");
}

TEST(ConfigTest, APrincipalMayHaveAsManyStreamsAsThereAreAtMost) {
  EXPECT_EQ(DevFindings("limits { streams_max: 5 streams_per_principal_max: 5 }"), "");
  EXPECT_EQ(DevFindings("limits { streams_max: 5 streams_per_principal_max: 6 }"),
            "limits.streams_per_principal_max: must be at most streams_max, 5, is 6");
  const absl::StatusOr<Config> config =
      ParseConfig(WithAccount("limits { streams_max: 5 }"), "test.textproto", TestContext(true));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->streams_per_principal_max, 5);
}

TEST(ConfigTest, JudgesRetention) {
  EXPECT_EQ(DevFindings("retention { events_age_max { nanos: 1 } events_bytes_max: -1 }"),
            "retention.events_age_max: must be from 10ms to 87600h, is 1ns\n"
            "retention.events_bytes_max: must be from 1 to 17592186044416, is -1");
  EXPECT_EQ(DevFindings("retention { events_age_max { nanos: 10000000 } events_bytes_max: 1 }"),
            "");
  EXPECT_EQ(DevFindings("retention { callback_bodies_age_max { nanos: 1 } "
                        "callbacks_age_max { seconds: 999999999 } }"),
            "retention.callback_bodies_age_max: must be from 10ms to 87600h, is 1ns\n"
            "retention.callbacks_age_max: must be from 10ms to 87600h, is 277777h46m39s");
  EXPECT_EQ(DevFindings("retention { callbacks_age_max { seconds: 3600 } }"),
            "retention.callbacks_age_max: must be at least callback_bodies_age_max, 720h, is 1h");
  EXPECT_EQ(DevFindings("limits { streams_per_principal_max: 1000001 }"),
            "limits.streams_per_principal_max: must be from 1 to 1000000, is 1000001");
  // Tests alone want it so short.
  const std::string production =
      FindingsOf("retention { events_age_max { seconds: 3599 } events_bytes_max: 16777215 }",
                 TestContext(/*dev=*/false));
  EXPECT_THAT(production,
              testing::HasSubstr("retention.events_age_max: must be from 1h to 87600h, is 59m59s"));
  EXPECT_THAT(production, testing::HasSubstr("retention.events_bytes_max: must be from 16777216 "
                                             "to 17592186044416, is 16777215"));
}

TEST(ConfigTest, JudgesStorage) {
  EXPECT_EQ(
      DevFindings(absl::StrCat("storage { data_directory: \"", std::string(4001, 'a'), "\" }")),
      "storage.data_directory: must have at most 4000 bytes, has 4001");
}

TEST(ConfigTest, JudgesPrincipals) {
  const std::string digest(64, '1');
  EXPECT_EQ(DevFindings("principals { name: \"Web\" tenant: \"a b\" api_key_sha256: \"secret\" }"),
            "principals[0].name: must be 1 to 32 of [a-z0-9-], is \"Web\"\n"
            "principals[0].tenant: must be 1 to 32 of [a-z0-9-], is \"a b\"\n"
            "principals[0].api_key_sha256: must be 64 hexadecimal digits, has 6 characters\n"
            "principals[0].tenant: no account belongs to the tenant \"a b\"");
  const std::string one =
      absl::StrFormat("principals { name: \"web\" api_key_sha256: \"%s\" }\n", digest);
  EXPECT_EQ(DevFindings(one + one),
            "principals[1].name: another principal has the name \"web\"\n"
            "principals[1].api_key_sha256: another principal has the same key");
  EXPECT_EQ(DevFindings(absl::StrFormat(
                "principals { name: \"web\" api_key_sha256: \"%s\" roles: ROLE_OPERATOR "
                "roles: ROLE_UNSPECIFIED }",
                digest)),
            "principals[0].roles[1]: must be ROLE_OPERATOR");
  std::string many;
  for (int i = 0; i <= 10'000; ++i) many += "principals {}\n";
  EXPECT_EQ(DevFindings(many), "principals: must be at most 10000, are 10001");
}

TEST_F(ProductionTest, TakesAWholeConfiguration) {
  const absl::StatusOr<Config> config = ParseConfig(Whole() + "listeners { grpc: \"0.0.0.0:443\" }",
                                                    "test.textproto", TestContext(/*dev=*/false));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_FALSE(config->dev);
  EXPECT_EQ(config->grpc.ToString(), "0.0.0.0:443");
  EXPECT_EQ(config->policy.public_base_url, "https://pay.example.com");
  ASSERT_TRUE(config->key.has_value());
  EXPECT_EQ(config->key->key_id, "k1");
  EXPECT_TRUE(config->key->bytes.EqualsInConstantTime(std::string(32, '\xaa')));
  ASSERT_TRUE(config->grpc_tls.has_value());
  EXPECT_EQ(config->grpc_tls->certificate_file, certificate_file_);
  ASSERT_EQ(config->principals.size(), 1);
  EXPECT_EQ(config->principals[0].name, "web");
}

TEST_F(ProductionTest, WantsHttps) {
  EXPECT_EQ(Findings(WithAccount(Keys() + Tls() + Principals() +
                                 "public_base_url: \"http://pay.example.com\"")),
            "public_base_url: must begin with https:// outside --dev, is "
            "\"http://pay.example.com\"");
}

TEST_F(ProductionTest, WantsAKeyForItsOwnerOnly) {
  const std::string rest = WithAccount(Tls() + Principals() + Url());
  EXPECT_EQ(Findings(rest + "keys { key_id: \"key_1\" }"),
            "keys.key_id: must be 1 to 16 of [a-z0-9-], is \"key_1\"\n"
            "keys.key_file: is required");
  const std::string open = files_.Write("open.key", std::string(64, 'a'), 0640);
  EXPECT_EQ(Findings(rest + absl::StrFormat("keys { key_id: \"k1\" key_file: \"%s\" }", open)),
            absl::StrCat("keys.key_file: ", open,
                         " has mode 0640: a key must be its owner's only, mode 0600"));
}

TEST_F(ProductionTest, RefusesSecretsInTheFile) {
  EXPECT_EQ(Findings(Keys() + Tls() + Principals() + Url() + R"(accounts {
              id: "shop" provider: "testpay" preset: "sandbox"
              settings { key: "username" value: "shop" }
              secrets { key: "password" value { dev_value: "hunter2" } } })"),
            "accounts[0].secrets[\"password\"].dev_value: is for --dev only; use `file` or "
            "`environment`");
}

TEST_F(ProductionTest, DoesNotLetProofOfNothingComeTooEarly) {
  EXPECT_EQ(Findings(Whole() + "reconciliation { negative_check_quiet_period { seconds: 1 } "
                               "hold_expiry_margin { seconds: 1 } }"),
            "reconciliation.negative_check_quiet_period: must be from 30s to 24h, is 1s\n"
            "reconciliation.hold_expiry_margin: must be from 30s to 24h, is 1s");
}

}  // namespace
}  // namespace payments
