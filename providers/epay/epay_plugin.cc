#include "providers/epay/epay_plugin.h"

#include "providers/epay/epay_provider.h"
#include "providers/epay/settings.h"

namespace payments::epay {

namespace {

// How long Epay takes a transfer by its token: `expires_in` of the guide's example.
constexpr absl::Duration kTokenLifetime = absl::Hours(2);
constexpr absl::Duration kClockMargin = absl::Minutes(10);

}  // namespace

ProviderPlugin Plugin() {
  return ProviderPlugin{.name = "epay",
                        .settings = SettingSpecs(),
                        .secrets = SecretSpecs(),
                        .presets = Presets(),
                        .execution_delay_max = kTokenLifetime + kClockMargin,
                        .create = EpayProvider::Create};
}

}  // namespace payments::epay
