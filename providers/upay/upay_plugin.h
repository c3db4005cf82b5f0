#ifndef PAYMENTS_PROVIDERS_UPAY_UPAY_PLUGIN_H_
#define PAYMENTS_PROVIDERS_UPAY_UPAY_PLUGIN_H_

#include "providers/plugin.h"

namespace payments::upay {

// UPay (Uzbekistan): cards of international payment systems, hold and capture, over SOAP.
ProviderPlugin Plugin();

}  // namespace payments::upay

#endif  // PAYMENTS_PROVIDERS_UPAY_UPAY_PLUGIN_H_
