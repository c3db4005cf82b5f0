#include "providers/epay/settings.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "providers/epay/epay_plugin.h"
#include "tests/unit/epay/epay_fixture.h"

namespace payments::epay {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

void ExpectSettingRefused(const std::string& name, const std::string& value,
                          const std::string& why) {
  AccountSettings settings = TestSettings();
  settings.settings[name] = value;
  const auto provider = Plugin().create(settings);
  ASSERT_FALSE(provider.ok()) << name << "=" << value;
  EXPECT_EQ(provider.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(provider.status().message()), StartsWith(absl::StrCat(name, ": ")));
  EXPECT_THAT(std::string(provider.status().message()), HasSubstr(why)) << value;
}

NumberRange NumbersFor(const std::map<std::string, std::string>& numbers) {
  AccountSettings settings = TestSettings();
  settings.settings.insert(numbers.begin(), numbers.end());
  return MakeProvider(settings)->numbers();
}

TEST(SettingsTest, PluginDeclaresItself) {
  const ProviderPlugin plugin = Plugin();
  EXPECT_EQ(plugin.name, "epay");
  std::string declared;
  for (const auto& specs : {plugin.settings, plugin.secrets}) {
    for (const SettingSpec& spec : specs) {
      absl::StrAppend(&declared, spec.name, spec.required ? "* " : " ");
      EXPECT_NE(spec.description, "");
    }
  }
  EXPECT_EQ(declared,
            "oauth_url* transfer_url* confirm_url* status_url* terminal* client_id* transfer_scope "
            "status_scope confirm_bearer order_number_first order_number_last order_number_at_end "
            "order_number_last_six client_secret* secret_hash ");
}

TEST(SettingsTest, PresetsAreAccepted) {
  const ProviderPlugin plugin = Plugin();
  std::string printed;
  for (const auto& [name, preset] : plugin.presets) {
    AccountSettings settings = TestSettings();
    for (const auto& [key, value] : preset) {
      settings.settings[key] = value;
      absl::StrAppend(&printed, name, " ", key, " ", value, "\n");
    }
    EXPECT_TRUE(plugin.create(settings).ok()) << name;
  }
  ExpectGolden("presets.txt", printed);
}

TEST(SettingsTest, AddressesAreHttpsOrLoopback) {
  for (const char* name : {"oauth_url", "transfer_url", "confirm_url", "status_url"}) {
    ExpectSettingRefused(name, "http://epay-api.homebank.kz/x", "loopback");
    ExpectSettingRefused(name, "", "https URL");
    ExpectSettingRefused(name, "https://h/#x", "fragment");
    ExpectSettingRefused(name, "https://h/" + std::string(2048, 'a'), "2048 bytes");
    AccountSettings settings = TestSettings();
    settings.settings[name] = "http://127.0.0.1:8091/x";
    EXPECT_TRUE(Plugin().create(settings).ok()) << name;
  }
  ExpectSettingRefused("status_url", "https://h/?order=", "query");
}

TEST(SettingsTest, ASlashBehindTheStatusUrlIsOneSlash) {
  AccountSettings settings = TestSettings();
  settings.settings["status_url"] = "https://h/status/";
  CheckCall call = SampleCheck();
  call.session = Secret("kept");
  EXPECT_EQ(RequestOf(MakeProvider(settings)->Check(call)->Start()).url,
            "https://h/status/1234567");
}

TEST(SettingsTest, TerminalsAreOpaque) {
  for (const char* terminal : {"98151552", "40a348cb-68a3-45d5-9002-a4836d79c3b5", "not a uuid"}) {
    AccountSettings settings = TestSettings();
    settings.settings["terminal"] = terminal;
    EXPECT_EQ(MakeProvider(settings)->numbers().sequence, terminal);
  }
}

TEST(SettingsTest, OtherSettings) {
  for (const char* name : {"terminal", "client_id", "transfer_scope", "status_scope"}) {
    ExpectSettingRefused(name, "", "empty");
    ExpectSettingRefused(name, "a\n", "control character");
    ExpectSettingRefused(name, "\xFF", "not UTF-8");
    ExpectSettingRefused(name, std::string(257, 'a'), "256 bytes");
  }
  ExpectSettingRefused("confirm_bearer", "yes", "must be off or on");
  ExpectSettingRefused("order_number_at_end", "wrap", "must be refuse or start_again");
  ExpectSettingRefused("order_number_last_six", "no", "must be unique or may_repeat");
}

TEST(SettingsTest, SecretsAreCheckedButNeverQuoted) {
  for (const char* name : {"client_secret", "secret_hash"}) {
    for (const std::string& value : {std::string("hidden\n"), std::string("hidden\xFF"),
                                     absl::StrCat("hidden", std::string(257, 'x'))}) {
      AccountSettings settings = TestSettings();
      settings.secrets[name] = Secret(absl::string_view(value));
      const auto provider = Plugin().create(settings);
      ASSERT_FALSE(provider.ok()) << name;
      EXPECT_THAT(std::string(provider.status().message()), StartsWith(name));
      EXPECT_THAT(std::string(provider.status().message()), Not(HasSubstr("hidden")));
    }
  }
  AccountSettings settings = TestSettings();
  settings.secrets.clear();
  EXPECT_FALSE(Plugin().create(settings).ok());
}

TEST(SettingsTest, OrderNumbersByDefault) {
  const NumberRange range = NumbersFor({});
  EXPECT_EQ(range.first, 1'000'000);
  EXPECT_EQ(range.last, 1'999'999);
  EXPECT_EQ(range.at_end, NumberRange::AtEnd::kRefuse);
}

TEST(SettingsTest, OrderNumbersAsConfigured) {
  NumberRange range = NumbersFor({{"order_number_first", "100000"}});
  EXPECT_EQ(range.first, 100'000);
  EXPECT_EQ(range.last, 1'099'999);
  // The window of a million need not begin at one.
  range = NumbersFor({{"order_number_first", "700000500000"},
                      {"order_number_last", "700001499999"},
                      {"order_number_at_end", "start_again"}});
  EXPECT_EQ(range.first, 700'000'500'000);
  EXPECT_EQ(range.last, 700'001'499'999);
  EXPECT_EQ(range.at_end, NumberRange::AtEnd::kStartAgain);
  range = NumbersFor(
      {{"order_number_last", "999999999999999"}, {"order_number_last_six", "may_repeat"}});
  EXPECT_EQ(range.last, 999'999'999'999'999);
  EXPECT_EQ(NumbersFor({{"order_number_first", "999999999999999"}}).last, 999'999'999'999'999);
}

TEST(SettingsTest, OrderNumbersHaveLimits) {
  for (const char* name : {"order_number_first", "order_number_last"}) {
    for (const char* value : {"", "0", "99999", "1000000000000000", "-100000", "0100000", "1e6",
                              "100000x", " 100000"}) {
      ExpectSettingRefused(name, value, "100000 to 999999999999999");
    }
  }
  ExpectSettingRefused("order_number_last", "999999", "less than order_number_first");
  ExpectSettingRefused("order_number_last", "2000000", "more than 1000000 numbers");
}

TEST(SettingsTest, CapabilitiesPrinted) {
  ExpectGolden("capabilities.txt", MakeProvider()->capabilities().DebugString());
}

TEST(SettingsTest, LimitsNarrowAndNeverWiden) {
  const auto create = [](const char* currency, int64_t min, int64_t max, size_t count = 1) {
    v1::CurrencyLimits limits;
    limits.set_currency_code(currency);
    limits.set_amount_minor_min(min);
    limits.set_amount_minor_max(max);
    AccountSettings settings = TestSettings();
    settings.limits.assign(count, limits);
    return Plugin().create(settings);
  };
  const auto narrowed = create("KZT", 50'000, 1'000'000);
  ASSERT_TRUE(narrowed.ok()) << narrowed.status();
  EXPECT_EQ((*narrowed)->capabilities().currencies(0).amount_minor_min(), 50'000);
  EXPECT_EQ((*narrowed)->capabilities().currencies(0).amount_minor_max(), 1'000'000);
  for (const auto& refused :
       {create("KZT", 99, 1000).status(), create("KZT", 100, 100'000'000'001).status(),
        create("KZT", 1001, 1000).status(), create("UZS", 100, 1000).status(),
        create("KZT", 100, 1000, 2).status()}) {
    EXPECT_THAT(std::string(refused.message()), StartsWith("amount_limits: "));
  }
}

}  // namespace
}  // namespace payments::epay
