#include "providers/upay/upay_plugin.h"

#include "providers/upay/settings.h"
#include "providers/upay/upay_provider.h"

namespace payments::upay {

ProviderPlugin Plugin() {
  return ProviderPlugin{.name = "upay",
                        .settings = SettingSpecs(),
                        .secrets = SecretSpecs(),
                        .presets = Presets(),
                        .create = UpayProvider::Create};
}

}  // namespace payments::upay
