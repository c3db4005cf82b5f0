#ifndef PAYMENTS_PROVIDERS_PLUGIN_H_
#define PAYMENTS_PROVIDERS_PLUGIN_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "providers/provider.h"
#include "providers/secret.h"

namespace payments {

// One setting or secret that a provider's accounts have in the configuration.
struct SettingSpec {
  std::string name;  // snake_case.
  bool required = false;
  std::string description;  // One line.
};

// An account as configured: its preset's settings, overridden by its own. Every
// key is one the plugin declares, and every required one is there.
struct AccountSettings {
  std::map<std::string, std::string> settings;
  std::map<std::string, Secret> secrets;
  // Narrow the capabilities' currencies; empty leaves them as they are.
  std::vector<v1::CurrencyLimits> limits;
};

// What the server needs to know of a provider before any account exists.
struct ProviderPlugin {
  std::string name;  // Lower-case ASCII, stable for ever: stored, and part of callback URLs.
  std::vector<SettingSpec> settings;
  std::vector<SettingSpec> secrets;
  // Preset's name to setting's name to value.
  std::map<std::string, std::map<std::string, std::string>> presets;
  // How long after it was sent a request that moves money may still be carried out, at most:
  // before that, that the provider does not know of it proves nothing.
  absl::Duration execution_delay_max;
  // kInvalidArgument names the setting that is wrong, and its limit.
  absl::StatusOr<std::unique_ptr<Provider>> (*create)(const AccountSettings& settings) = nullptr;
};

}  // namespace payments

#endif  // PAYMENTS_PROVIDERS_PLUGIN_H_
