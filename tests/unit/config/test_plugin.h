#ifndef PAYMENTS_TESTS_UNIT_CONFIG_TEST_PLUGIN_H_
#define PAYMENTS_TESTS_UNIT_CONFIG_TEST_PLUGIN_H_

#include <string>

#include "providers/plugin.h"
#include "server/config/config.h"

namespace payments {

// A plugin "testpay" for the configuration to be judged with.
//   settings  endpoint, username (both required), region
//   secrets   password (required), token
//   presets   sandbox, production: an endpoint each
// Its provider holds for 120 minutes at most, refuses an endpoint that does not begin
// with "https://", the password "password" and the region "moon", and shows what it was given in
// its capabilities' languages, sorted: "endpoint=…", and of each secret "password:SIZE".
// Accounts of one region share a sequence of numbers, which begins with the username's size.
ProviderPlugin TestPlugin();

// With the plugin, and the environment variable TEST_PASSWORD.
ConfigContext TestContext(bool dev);

// One account with all that is required.
std::string GoodAccount();

// The findings, or "" if there are none.
std::string FindingsOf(const std::string& text, const ConfigContext& context);

}  // namespace payments

#endif  // PAYMENTS_TESTS_UNIT_CONFIG_TEST_PLUGIN_H_
