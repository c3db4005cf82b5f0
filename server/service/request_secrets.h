#ifndef PAYMENTS_SERVER_SERVICE_REQUEST_SECRETS_H_
#define PAYMENTS_SERVER_SERVICE_REQUEST_SECRETS_H_

#include <map>
#include <string>

#include "payments/v1/payments_service.pb.h"
#include "providers/provider.h"
#include "server/engine/payment_engine.h"

namespace payments {

// What is secret in a request, moved out of it; it is wiped and cleared there.
// That there was card data, and nothing of it, stays in the request.
CardSecrets TakeSecrets(v1::RegisterCardRequest* request);
// What was card data is a masked card in the request from then on.
PaymentCards TakeSecrets(v1::CreatePaymentRequest* request);
std::map<std::string, Secret> TakeSecrets(v1::ConfirmPaymentRequest* request);

// The first six and the last four digits; of fewer than 16 the last four; of fewer than 10
// none: six at least are stars.
std::string MaskedNumber(const Secret& number);

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_REQUEST_SECRETS_H_
