#include "tests/unit/config/test_plugin.h"

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace payments {
namespace {

constexpr int kHoldSecondsMax = 120 * 60;

class TestProvider : public Provider {
 public:
  TestProvider(v1::Capabilities capabilities, NumberRange numbers)
      : capabilities_(std::move(capabilities)), numbers_(std::move(numbers)) {}

  const v1::Capabilities& capabilities() const override { return capabilities_; }

  // The configuration starts no conversations.
  std::unique_ptr<Exchange<RegistrationOutcome>> RegisterCard(
      RegisterCardCall /*call*/) const override {
    return nullptr;
  }
  std::unique_ptr<Exchange<OperationOutcome>> Authorize(AuthorizeCall /*call*/) const override {
    return nullptr;
  }
  std::unique_ptr<Exchange<OperationOutcome>> Capture(CaptureCall /*call*/) const override {
    return nullptr;
  }
  std::unique_ptr<Exchange<OperationOutcome>> Cancel(CancelCall /*call*/) const override {
    return nullptr;
  }
  std::unique_ptr<Exchange<OperationOutcome>> Transfer(TransferCall /*call*/) const override {
    return nullptr;
  }
  std::unique_ptr<Exchange<OperationOutcome>> Confirm(ConfirmCall /*call*/) const override {
    return nullptr;
  }
  std::unique_ptr<Exchange<StatusReading>> Check(CheckCall /*call*/) const override {
    return nullptr;
  }
  absl::StatusOr<CallbackNotice> ReadCallback(CallbackSubject /*subject*/,
                                              const HttpRequest& /*request*/) const override {
    return absl::UnauthenticatedError("not a provider");
  }
  absl::StatusOr<std::string> RedactCallback(absl::string_view /*body*/) const override {
    return absl::InvalidArgumentError("test");
  }
  NumberRange numbers() const override { return numbers_; }
  HttpResponse AcknowledgeCallback() const override { return {}; }

 private:
  const v1::Capabilities capabilities_;
  const NumberRange numbers_;
};

absl::StatusOr<std::unique_ptr<Provider>> Create(const AccountSettings& settings) {
  if (!absl::StartsWith(settings.settings.at("endpoint"), "https://")) {
    return absl::InvalidArgumentError("endpoint: must begin with https://");
  }
  if (settings.secrets.at("password").EqualsInConstantTime("password")) {
    return absl::InvalidArgumentError("password: must not be that");
  }
  if (settings.settings.contains("region") && settings.settings.at("region") == "moon") {
    return absl::InvalidArgumentError("no account is possible there");
  }
  v1::Capabilities capabilities;
  capabilities.mutable_hold_duration_max()->set_seconds(kHoldSecondsMax);
  for (const v1::CurrencyLimits& limits : settings.limits) *capabilities.add_currencies() = limits;
  for (const auto& [key, value] : settings.settings) {
    capabilities.add_languages(absl::StrCat(key, "=", value));
  }
  for (const auto& [key, secret] : settings.secrets) {
    capabilities.add_languages(absl::StrCat(key, ":", secret.size()));
  }
  NumberRange numbers;
  if (settings.settings.contains("region")) numbers.sequence = settings.settings.at("region");
  numbers.first = static_cast<int64_t>(settings.settings.at("username").size());
  numbers.last = 99;
  return std::make_unique<TestProvider>(std::move(capabilities), std::move(numbers));
}

}  // namespace

std::string GoodAccount() {
  return R"(accounts {
  id: "shop" provider: "testpay" preset: "sandbox"
  settings { key: "username" value: "shop" }
  secrets { key: "password" value { environment: "TEST_PASSWORD" } }
}
)";
}

ProviderPlugin TestPlugin() {
  ProviderPlugin plugin;
  plugin.name = "testpay";
  plugin.settings = {{"endpoint", true, "where to send requests"},
                     {"username", true, "who sends them"},
                     {"region", false, "where the merchant is"}};
  plugin.secrets = {{"password", true, "of the user"}, {"token", false, "for callbacks"}};
  plugin.presets = {{"sandbox", {{"endpoint", "https://sandbox.test/"}}},
                    {"production", {{"endpoint", "https://production.test/"}}}};
  plugin.create = Create;
  return plugin;
}

ConfigContext TestContext(bool dev) {
  return {dev, {TestPlugin()}, {{"TEST_PASSWORD", "hunter2"}, {"TEST_EMPTY", ""}}};
}

std::string FindingsOf(const std::string& text, const ConfigContext& context) {
  const absl::StatusOr<Config> config = ParseConfig(text, "test.textproto", context);
  return std::string(config.status().message());
}

}  // namespace payments
