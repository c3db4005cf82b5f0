#ifndef PAYMENTS_SERVER_ENGINE_NEW_PAYMENT_H_
#define PAYMENTS_SERVER_ENGINE_NEW_PAYMENT_H_

#include <string>

#include "absl/time/time.h"
#include "payments/storage/v1/records.pb.h"
#include "payments/v1/payments_service.pb.h"
#include "providers/provider.h"
#include "server/engine/account_directory.h"
#include "server/engine/engine_policy.h"
#include "server/engine/payment_engine.h"

namespace payments {

// What a CreatePayment becomes. Pure: no I/O, no clock.

// Money goes from card to card in one step, instead of being held and captured.
bool IsTransfer(const v1::CreatePaymentRequest& request);

// The payment as its intent is stored, with its first operation and without a name, a
// retry_of and the source's token.
storage::v1::PaymentRecord NewPaymentRecord(const Caller& caller,
                                            const v1::CreatePaymentRequest& request,
                                            const Account& account, const EnginePolicy& policy,
                                            absl::Time now);

// What the provider is told, without the operation's number and the server's own URLs.
// The tokens are those of saved cards; empty where `cards` has the data.
TransferCall NewTransferCall(const v1::CreatePaymentRequest& request, PaymentCards cards,
                             Secret source_token, Secret destination_token);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_NEW_PAYMENT_H_
