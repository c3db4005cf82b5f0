#ifndef PAYMENTS_PROVIDERS_EPAY_SETTINGS_H_
#define PAYMENTS_PROVIDERS_EPAY_SETTINGS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "providers/plugin.h"
#include "providers/provider.h"
#include "providers/secret.h"

namespace payments::epay {

// An account's settings, checked. Immutable once an account has it.
struct EpaySettings {
  // Addresses: https, or http to loopback.
  std::string oauth_url;
  std::string transfer_url;
  std::string confirm_url;
  std::string status_url;  // An order number is appended, after a slash.
  std::string terminal;
  std::string client_id;
  std::string transfer_scope;
  std::string status_scope;
  bool confirm_bearer = false;  // Whether confirm is sent with a token.
  NumberRange numbers;
  Secret client_secret;
  Secret secret_hash;  // Empty: none is sent and none is expected.
};

// What an account may and must be configured with.
std::vector<SettingSpec> SettingSpecs();
std::vector<SettingSpec> SecretSpecs();
std::map<std::string, std::map<std::string, std::string>> Presets();

// kInvalidArgument names the setting that is wrong, and its limit; never a secret's value.
absl::StatusOr<EpaySettings> ReadSettings(const AccountSettings& settings);

}  // namespace payments::epay

#endif  // PAYMENTS_PROVIDERS_EPAY_SETTINGS_H_
