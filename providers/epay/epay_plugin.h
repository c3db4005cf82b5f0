#ifndef PAYMENTS_PROVIDERS_EPAY_EPAY_PLUGIN_H_
#define PAYMENTS_PROVIDERS_EPAY_EPAY_PLUGIN_H_

#include "providers/plugin.h"

namespace payments::epay {

// Halyk Epay (Kazakhstan): transfers from card to card with 3-D Secure, over JSON.
ProviderPlugin Plugin();

}  // namespace payments::epay

#endif  // PAYMENTS_PROVIDERS_EPAY_EPAY_PLUGIN_H_
