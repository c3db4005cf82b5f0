#ifndef PAYMENTS_SERVER_SERVICE_VALIDATE_OPERATIONS_H_
#define PAYMENTS_SERVER_SERVICE_VALIDATE_OPERATIONS_H_

#include "absl/status/status.h"
#include "payments/v1/operations_service.pb.h"

namespace payments {

// Judge the form of requests by what can be seen by looking at them: INVALID_FIELD with
// every field at fault.
absl::Status ValidateResolvePayment(const v1::ResolvePaymentRequest& request);
absl::Status ValidateListAttention(const v1::ListAttentionRequest& request);
absl::Status ValidateListCallbacks(const v1::ListCallbacksRequest& request);
absl::Status ValidateGetCallback(const v1::GetCallbackRequest& request);
absl::Status ValidateReplayCallback(const v1::ReplayCallbackRequest& request);
absl::Status ValidateAcknowledgeCallback(const v1::AcknowledgeCallbackRequest& request);

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_VALIDATE_OPERATIONS_H_
