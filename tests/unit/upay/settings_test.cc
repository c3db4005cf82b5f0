#include "providers/upay/settings.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "providers/upay/upay_plugin.h"
#include "tests/unit/upay/upay_fixture.h"

namespace payments::upay {
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

void ExpectEndpointAccepted(const std::string& url) {
  AccountSettings settings = TestSettings();
  settings.settings["endpoint"] = url;
  EXPECT_TRUE(Plugin().create(settings).ok()) << url;
}

TEST(SettingsTest, PluginDeclaresItself) {
  const ProviderPlugin plugin = Plugin();
  EXPECT_EQ(plugin.name, "upay");
  std::string declared;
  for (const auto& specs : {plugin.settings, plugin.secrets}) {
    for (const SettingSpec& spec : specs) {
      absl::StrAppend(&declared, spec.name, spec.required ? "* " : " ");
      EXPECT_NE(spec.description, "");
    }
  }
  EXPECT_EQ(declared, "endpoint* username* service_id* version language partner_key* password* ");
}

TEST(SettingsTest, PresetsAreAccepted) {
  const ProviderPlugin plugin = Plugin();
  EXPECT_EQ(plugin.presets.at("production").at("endpoint"), "https://api.upay.uz/STAPI/STWS");
  EXPECT_EQ(plugin.presets.at("sandbox").at("endpoint"), "https://b2bapi.upaydev.uz/STAPI/STWS");
  for (const auto& [name, preset] : plugin.presets) {
    AccountSettings settings = TestSettings();
    settings.settings.insert(preset.begin(), preset.end());
    EXPECT_TRUE(plugin.create(settings).ok()) << name;
  }
}

TEST(SettingsTest, EndpointIsHttpsOrLoopback) {
  for (const char* url : {"https://api.upay.uz/STAPI/STWS?wsdl", "HTTPS://h", "https://h:8443/",
                          "https://[2001:db8::1]:443/x", "http://localhost:8090/STAPI/STWS",
                          "http://127.0.0.1:1", "http://127.9.9.9/", "http://[::1]:65535/x"}) {
    ExpectEndpointAccepted(url);
  }
  for (const char* url :
       {"http://api.upay.uz/STAPI/STWS", "http://localhost.evil.uz/", "http://127.evil.uz/",
        "http://127.0.0.1.evil.uz/", "http://128.0.0.1/", "http://[::2]/", "http://0x7f.1/"}) {
    ExpectSettingRefused("endpoint", url, "loopback");
  }
}

TEST(SettingsTest, EndpointMustBeAUrl) {
  for (const char* url : {"", "api.upay.uz", "ftp://api.upay.uz/", "https:/api", "//h"}) {
    ExpectSettingRefused("endpoint", url, "https URL");
  }
  for (const char* url :
       {"https://", "https:///x", "https://a@b/", "http://localhost@evil.uz/",
        "http://localhost\\@evil.uz/", "https://a_b/", "https://[::1/", "https://::1/"}) {
    ExpectSettingRefused("endpoint", url, "");
  }
  for (const char* url :
       {"https://h:0/", "https://h:65536/", "https://h:/", "https://h:8x/", "https://h:123456/"}) {
    ExpectSettingRefused("endpoint", url, "port must be 1 to 65535");
  }
  ExpectSettingRefused("endpoint", "https://h/#x", "fragment");
  ExpectSettingRefused("endpoint", "https://h/a b", "a space");
  ExpectSettingRefused("endpoint", "https://h/\xD0\xAF", "not ASCII");
  ExpectSettingRefused("endpoint", "https://h/" + std::string(2048, 'a'), "2048 bytes");
}

TEST(SettingsTest, OtherSettings) {
  ExpectSettingRefused("username", "", "empty");
  ExpectSettingRefused("username", "a\n", "control character");
  ExpectSettingRefused("username", std::string(257, 'a'), "256 bytes");
  ExpectSettingRefused("service_id", "", "1 to 10 digits");
  ExpectSettingRefused("service_id", "62x", "1 to 10 digits");
  ExpectSettingRefused("service_id", "12345678901", "1 to 10 digits");
  ExpectSettingRefused("version", "1.0", "1 to 9 digits");
  ExpectSettingRefused("language", "de", "ru, uz or en");
}

TEST(SettingsTest, SecretsAreCheckedButNeverQuoted) {
  for (const char* name : {"partner_key", "password"}) {
    for (const std::string& value :
         {std::string(), std::string("hidden\n"), std::string("hidden\xFF"),
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

TEST(SettingsTest, CapabilitiesPrinted) {
  ExpectGolden("capabilities.txt", MakeProvider()->capabilities().DebugString());
}

TEST(SettingsTest, LimitsNarrow) {
  AccountSettings settings = TestSettings();
  v1::CurrencyLimits limits;
  limits.set_currency_code("UZS");
  limits.set_amount_minor_min(50'000);
  limits.set_amount_minor_max(1'000'000);
  settings.limits = {limits};
  const std::unique_ptr<Provider> provider = MakeProvider(settings);
  ASSERT_EQ(provider->capabilities().currencies_size(), 1);
  EXPECT_EQ(provider->capabilities().currencies(0).amount_minor_min(), 50'000);
  EXPECT_EQ(provider->capabilities().currencies(0).amount_minor_max(), 1'000'000);
}

TEST(SettingsTest, LimitsNeverWiden) {
  const auto refused = [](const char* currency, int64_t min, int64_t max, size_t count = 1) {
    v1::CurrencyLimits limits;
    limits.set_currency_code(currency);
    limits.set_amount_minor_min(min);
    limits.set_amount_minor_max(max);
    AccountSettings settings = TestSettings();
    settings.limits.assign(count, limits);
    const auto provider = Plugin().create(settings);
    ASSERT_FALSE(provider.ok());
    EXPECT_THAT(std::string(provider.status().message()), StartsWith("amount_limits: "));
  };
  refused("UZS", 99, 1000);
  refused("UZS", 100, 100'000'000'001);
  refused("UZS", 1001, 1000);
  refused("KZT", 100, 1000);
  refused("UZS", 100, 1000, 2);
}

}  // namespace
}  // namespace payments::upay
