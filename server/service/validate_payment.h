#ifndef PAYMENTS_SERVER_SERVICE_VALIDATE_PAYMENT_H_
#define PAYMENTS_SERVER_SERVICE_VALIDATE_PAYMENT_H_

#include "absl/status/status.h"
#include "payments/v1/payments_service.pb.h"

namespace payments {

// OK, or kInvalidArgument with every field at fault.
absl::Status ValidateCreatePayment(const v1::CreatePaymentRequest& request);
absl::Status ValidateGetPayment(const v1::GetPaymentRequest& request);
absl::Status ValidateListPayments(const v1::ListPaymentsRequest& request);
absl::Status ValidateCapturePayment(const v1::CapturePaymentRequest& request);
absl::Status ValidateCancelPayment(const v1::CancelPaymentRequest& request);
absl::Status ValidateCheckPayment(const v1::CheckPaymentRequest& request);

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_VALIDATE_PAYMENT_H_
