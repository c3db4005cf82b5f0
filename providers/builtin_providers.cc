#include "providers/builtin_providers.h"

#include "providers/epay/epay_plugin.h"
#include "providers/upay/upay_plugin.h"

namespace payments {

std::vector<ProviderPlugin> BuiltinProviders() { return {epay::Plugin(), upay::Plugin()}; }

}  // namespace payments
