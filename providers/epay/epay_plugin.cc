#include "providers/epay/epay_plugin.h"

#include "providers/epay/epay_provider.h"
#include "providers/epay/settings.h"

namespace payments::epay {

ProviderPlugin Plugin() {
  return ProviderPlugin{.name = "epay",
                        .settings = SettingSpecs(),
                        .secrets = SecretSpecs(),
                        .presets = Presets(),
                        .create = EpayProvider::Create};
}

}  // namespace payments::epay
