#ifndef PAYMENTS_SERVER_SERVICE_VALIDATE_PAYMENT_H_
#define PAYMENTS_SERVER_SERVICE_VALIDATE_PAYMENT_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "payments/v1/payments_service.pb.h"
#include "server/engine/payment_engine.h"

namespace payments {

// OK, or kInvalidArgument with every field at fault.
// What was card data in `request` is in `cards`; `now` is for its expiry date.
absl::Status ValidateCreatePayment(const v1::CreatePaymentRequest& request,
                                   const PaymentCards& cards, absl::Time now);
// What was in `request.fields` is in `fields`.
absl::Status ValidateConfirmPayment(const v1::ConfirmPaymentRequest& request,
                                    const std::map<std::string, Secret>& fields, absl::Time now);
absl::Status ValidateGetPayment(const v1::GetPaymentRequest& request);
absl::Status ValidateListPayments(const v1::ListPaymentsRequest& request);
absl::Status ValidateCapturePayment(const v1::CapturePaymentRequest& request);
absl::Status ValidateCancelPayment(const v1::CancelPaymentRequest& request);
absl::Status ValidateCheckPayment(const v1::CheckPaymentRequest& request);

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_VALIDATE_PAYMENT_H_
