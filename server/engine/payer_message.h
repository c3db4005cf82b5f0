#ifndef PAYMENTS_SERVER_ENGINE_PAYER_MESSAGE_H_
#define PAYMENTS_SERVER_ENGINE_PAYER_MESSAGE_H_

#include "payments/v1/failure.pb.h"
#include "providers/provider.h"

namespace payments {

// What we tell of a provider's refusal. The payer's sentence depends on the category
// alone, so that a lost or stolen card reads as a plain refusal.
v1::Failure MakeFailure(const ProviderAnswer& answer, v1::FailureCategory category_if_unset);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_PAYER_MESSAGE_H_
