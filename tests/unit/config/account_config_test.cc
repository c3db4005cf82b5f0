#include "server/config/account_config.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/config/temp_files.h"
#include "tests/unit/config/test_plugin.h"

namespace payments {
namespace {

using testing::ElementsAre;

constexpr char kBase[] = "id: \"shop\" provider: \"testpay\" ";
constexpr char kUser[] = "settings { key: \"username\" value: \"shop\" } ";
constexpr char kPassword[] = "secrets { key: \"password\" value { dev_value: \"hunter2\" } } ";
constexpr char kSandbox[] = "preset: \"sandbox\" ";

// One account with the fields of `fields`.
std::string OneAccount(absl::string_view fields) {
  return absl::StrCat("accounts { ", fields, " }\n");
}

std::string GoodBut(absl::string_view fields) {
  return OneAccount(absl::StrCat(kBase, kSandbox, kUser, kPassword, fields));
}

std::string Findings(const std::string& text) {
  return FindingsOf(text, TestContext(/*dev=*/true));
}

v1::Capabilities CapabilitiesOf(const std::string& text) {
  const absl::StatusOr<Config> config = ParseConfig(text, "test.textproto", TestContext(true));
  if (!config.ok()) {
    ADD_FAILURE() << config.status();
    return {};
  }
  return config->accounts.at(0).provider->capabilities();
}

std::string Secret(absl::string_view source) {
  return OneAccount(
      absl::StrCat(kBase, kSandbox, kUser, "secrets { key: \"password\" value { ", source, " } }"));
}

TEST(AccountConfigTest, SettingsOverrideThePreset) {
  EXPECT_THAT(CapabilitiesOf(GoodBut("")).languages(),
              ElementsAre("endpoint=https://sandbox.test/", "username=shop", "password:7"));
  EXPECT_THAT(
      CapabilitiesOf(GoodBut("settings { key: \"endpoint\" value: \"https://mine.test/\" }"))
          .languages(),
      ElementsAre("endpoint=https://mine.test/", "username=shop", "password:7"));
}

std::string AccountOf(absl::string_view id, absl::string_view username, absl::string_view region) {
  return OneAccount(absl::StrCat("id: \"", id, "\" provider: \"testpay\" ", kSandbox, kPassword,
                                 "settings { key: \"username\" value: \"", username, "\" } ",
                                 "settings { key: \"region\" value: \"", region, "\" } "));
}

TEST(AccountConfigTest, AccountsThatShareNumbersHaveOneRange) {
  EXPECT_EQ(Findings(AccountOf("a", "me", "north") + AccountOf("b", "us", "north")), "");
  EXPECT_EQ(Findings(AccountOf("a", "me", "north") + AccountOf("b", "them", "south")), "");
  EXPECT_EQ(Findings(AccountOf("a", "me", "north") + AccountOf("b", "them", "north")),
            "accounts: accounts/a and accounts/b share the operation numbers of testpay \"north\" "
            "and must have the same range, but have 2 to 99 and 4 to 99");
}

TEST(AccountConfigTest, NamesUnknownProvidersAndPresets) {
  EXPECT_EQ(Findings(OneAccount("id: \"a\" provider: \"paypal\"")),
            "accounts[0].provider: unknown \"paypal\"; known: testpay");
  EXPECT_EQ(Findings(OneAccount("id: \"a\"")), "accounts[0].provider: is required; known: testpay");
  EXPECT_EQ(
      Findings(OneAccount(absl::StrCat(kBase, "preset: \"test\" ", kUser, kPassword,
                                       "settings { key: \"endpoint\" value: \"https://x\" }"))),
      "accounts[0].preset: unknown \"test\"; testpay has: production, sandbox");
}

TEST(AccountConfigTest, NamesUnknownAndMissingKeys) {
  EXPECT_EQ(Findings(OneAccount(absl::StrCat(kBase,
                                             "settings { key: \"user\" value: \"shop\" } "
                                             "secrets { key: \"pasword\" value {} }"))),
            "accounts[0].settings[\"user\"]: unknown; testpay knows: endpoint, username, region\n"
            "accounts[0].settings[\"endpoint\"]: is required: where to send requests\n"
            "accounts[0].settings[\"username\"]: is required: who sends them\n"
            "accounts[0].secrets[\"pasword\"]: unknown; testpay knows: password, token\n"
            "accounts[0].secrets[\"password\"]: is required: of the user\n"
            "accounts[0].secrets[\"pasword\"]: one of `file`, `environment` and `dev_value` must "
            "be set");
}

TEST(AccountConfigTest, BoundsSettings) {
  EXPECT_EQ(Findings(GoodBut(absl::StrFormat("settings { key: \"region\" value: \"%s\" }",
                                             std::string(1025, 'x')))),
            "accounts[0].settings[\"region\"]: must have at most 1024 bytes, has 1025");
}

TEST(AccountConfigTest, PassesOnWhatThePluginRefuses) {
  EXPECT_EQ(Findings(GoodBut("settings { key: \"endpoint\" value: \"http://x\" }")),
            "accounts[0].settings[\"endpoint\"]: must begin with https://");
  EXPECT_EQ(Findings(Secret("dev_value: \"password\"")),
            "accounts[0].secrets[\"password\"]: must not be that");
  EXPECT_EQ(Findings(GoodBut("settings { key: \"region\" value: \"moon\" }")),
            "accounts[0]: no account is possible there");
}

TEST(AccountConfigTest, JudgesIds) {
  EXPECT_EQ(Findings(OneAccount(absl::StrCat("provider: \"testpay\" tenant: \"Acme\" ", kSandbox,
                                             kUser, kPassword))),
            "accounts[0].id: is required\n"
            "accounts[0].tenant: must be 1 to 32 of [a-z0-9-], is \"Acme\"");
  EXPECT_EQ(
      Findings(OneAccount(absl::StrCat("id: \"", std::string(33, 'a'), "\" provider: \"testpay\" ",
                                       kSandbox, kUser, kPassword))),
      absl::StrCat("accounts[0].id: must be 1 to 32 of [a-z0-9-], is \"", std::string(33, 'a'),
                   "\""));
  EXPECT_EQ(Findings(GoodBut("") + GoodBut("tenant: \"other\"")),
            "accounts[1].id: another account has the id \"shop\"");
}

TEST(AccountConfigTest, BoundsTheirNumber) {
  std::string many;
  for (int i = 0; i <= 1000; ++i) many += "accounts {}\n";
  EXPECT_EQ(Findings(many), "accounts: must be 1 to 1000, are 1001");
}

TEST(AccountConfigTest, ReadsSecretsFromTheEnvironment) {
  EXPECT_THAT(CapabilitiesOf(Secret("environment: \"TEST_PASSWORD\"")).languages(),
              testing::Contains("password:7"));
  for (const char* name : {"TEST_NONE", "TEST_EMPTY"}) {
    EXPECT_EQ(Findings(Secret(absl::StrFormat("environment: \"%s\"", name))),
              absl::StrFormat("accounts[0].secrets[\"password\"].environment: the variable \"%s\" "
                              "is not set",
                              name));
  }
}

TEST(AccountConfigTest, ReadsSecretsFromFiles) {
  const TempFiles files;
  const auto from = [](const std::string& path) {
    return Secret(absl::StrFormat("file: \"%s\"", path));
  };
  const std::string field = "accounts[0].secrets[\"password\"].file: ";
  EXPECT_THAT(CapabilitiesOf(from(files.Write("plain", "12345"))).languages(),
              testing::Contains("password:5"));
  EXPECT_THAT(CapabilitiesOf(from(files.Write("newlines", "12345\n\n"))).languages(),
              testing::Contains("password:6"))
      << "one newline at the end is left out";
  EXPECT_EQ(Findings(from(files.Path("none"))),
            absl::StrCat(field, "cannot read ", files.Path("none"), ": No such file or directory"));
  const std::string empty = files.Write("empty", "\n");
  EXPECT_EQ(Findings(from(empty)), absl::StrCat(field, empty, " is empty"));
  const std::string large = files.Write("large", std::string(4097, 'x'));
  EXPECT_EQ(Findings(from(large)),
            absl::StrCat(field, "cannot read ", large, ": it is larger than 4096 bytes"));
  EXPECT_EQ(Findings(from("/")), absl::StrCat(field, "cannot read /: Is a directory"));
}

TEST(AccountConfigTest, NeverShowsASecret) {
  EXPECT_THAT(
      Findings(GoodBut("id: \"A\" secrets { key: \"wrong\" value { dev_value: \"topsecret\" } }")),
      testing::Not(testing::HasSubstr("topsecret")));
}

TEST(AccountConfigTest, NarrowsLimits) {
  const v1::Capabilities can =
      CapabilitiesOf(GoodBut("amount_limits { min { currency_code: \"UZS\" amount_minor: 100 } "
                             "max { currency_code: \"UZS\" amount_minor: 5000 } }"));
  ASSERT_EQ(can.currencies_size(), 1);
  EXPECT_EQ(can.currencies(0).currency_code(), "UZS");
  EXPECT_EQ(can.currencies(0).amount_minor_min(), 100);
  EXPECT_EQ(can.currencies(0).amount_minor_max(), 5000);
}

TEST(AccountConfigTest, JudgesLimits) {
  EXPECT_EQ(Findings(GoodBut("amount_limits { min { currency_code: \"uzs\" } "
                             "max { currency_code: \"UZS\" amount_minor: -1 } }")),
            "accounts[0].amount_limits[0].min.currency_code: must be three upper-case letters, is "
            "\"uzs\"\n"
            "accounts[0].amount_limits[0].max.currency_code: must be that of min, is \"UZS\"\n"
            "accounts[0].amount_limits[0].min.amount_minor: must be at least 1, is 0\n"
            "accounts[0].amount_limits[0].max.amount_minor: must be at least min, 0, is -1");
  const std::string one =
      "amount_limits { min { currency_code: \"UZS\" amount_minor: 1 } "
      "max { currency_code: \"UZS\" amount_minor: 1 } } ";
  EXPECT_EQ(Findings(GoodBut(one + one)), "accounts[0].amount_limits[1]: has UZS a second time");
}

TEST(AccountConfigTest, JudgesTheHold) {
  const absl::StatusOr<Config> config = ParseConfig(
      GoodBut("hold_duration_default { seconds: 7200 }"), "test.textproto", TestContext(true));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->accounts[0].hold_duration_default, absl::Minutes(120));
  EXPECT_EQ(Findings(GoodBut("hold_duration_default { seconds: 7260 }")),
            "accounts[0].hold_duration_default: must be from 1m to 2h, is 2h1m");
  EXPECT_EQ(Findings(GoodBut("hold_duration_default { seconds: 90 }")),
            "accounts[0].hold_duration_default: must be whole minutes, is 1m30s");
}

}  // namespace
}  // namespace payments
