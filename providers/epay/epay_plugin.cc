#include "providers/epay/epay_plugin.h"

#include "providers/epay/epay_provider.h"
#include "providers/epay/names.h"
#include "providers/epay/settings.h"

namespace payments::epay {

namespace {

constexpr absl::Duration kClockMargin = absl::Minutes(10);  // For clocks that differ.

}  // namespace

ProviderPlugin Plugin() {
  return ProviderPlugin{.name = "epay",
                        .settings = SettingSpecs(),
                        .secrets = SecretSpecs(),
                        .presets = Presets(),
                        .execution_delay_max = kTransferTokenLifetimeMax + kClockMargin,
                        .create = EpayProvider::Create};
}

}  // namespace payments::epay
