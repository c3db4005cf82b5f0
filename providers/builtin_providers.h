#ifndef PAYMENTS_PROVIDERS_BUILTIN_PROVIDERS_H_
#define PAYMENTS_PROVIDERS_BUILTIN_PROVIDERS_H_

#include <vector>

#include "providers/plugin.h"

namespace payments {

// The list of providers. To add one: its folder, and a line in builtin_providers.cc.
std::vector<ProviderPlugin> BuiltinProviders();

}  // namespace payments

#endif  // PAYMENTS_PROVIDERS_BUILTIN_PROVIDERS_H_
