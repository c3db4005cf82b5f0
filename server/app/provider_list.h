#ifndef PAYMENTS_SERVER_APP_PROVIDER_LIST_H_
#define PAYMENTS_SERVER_APP_PROVIDER_LIST_H_

#include <string>
#include <vector>

#include "providers/plugin.h"

namespace payments {

// What --list-providers prints: each provider with its settings, secrets and presets.
std::string DescribeProviders(const std::vector<ProviderPlugin>& plugins);

}  // namespace payments

#endif  // PAYMENTS_SERVER_APP_PROVIDER_LIST_H_
