#ifndef PAYMENTS_PROVIDERS_UPAY_SETTINGS_H_
#define PAYMENTS_PROVIDERS_UPAY_SETTINGS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "payments/v1/account.pb.h"
#include "providers/plugin.h"
#include "providers/secret.h"

namespace payments::upay {

// An account's settings, checked. Immutable once an account has it.
struct UpaySettings {
  std::string endpoint;  // https, or http to loopback.
  std::string username;
  std::string service_id;
  std::string version;   // Empty: not sent.
  std::string language;  // Empty: not sent, and UPay takes Russian.
  Secret partner_key;
  Secret password;
};

// What an account may and must be configured with.
std::vector<SettingSpec> SettingSpecs();
std::vector<SettingSpec> SecretSpecs();
std::map<std::string, std::map<std::string, std::string>> Presets();

// kInvalidArgument names the setting that is wrong, and its limit; never a secret's value.
absl::StatusOr<UpaySettings> ReadSettings(const AccountSettings& settings);

// What UPay can do, with `limits` in place of its own where there are any.
// kInvalidArgument if one of them widens UPay's or is of another currency.
absl::StatusOr<v1::Capabilities> ReadCapabilities(const std::vector<v1::CurrencyLimits>& limits);

}  // namespace payments::upay

#endif  // PAYMENTS_PROVIDERS_UPAY_SETTINGS_H_
