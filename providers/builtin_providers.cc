#include "providers/builtin_providers.h"

#include "providers/upay/upay_plugin.h"

namespace payments {

std::vector<ProviderPlugin> BuiltinProviders() { return {upay::Plugin()}; }

}  // namespace payments
