#ifndef PAYMENTS_SERVER_SERVICE_ERROR_ENCODING_H_
#define PAYMENTS_SERVER_SERVICE_ERROR_ENCODING_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpcpp/support/status.h"
#include "server/base/log.h"
#include "server/base/random.h"

namespace payments {

// Turns our errors into what goes over the wire: code, message, and google.rpc.Status
// in `grpc-status-details-bin`. What is not one of our errors is a defect: its text
// goes to the log under an incident's id, and the caller gets INTERNAL with the id.
// Thread-safe.
class ErrorEncoder {
 public:
  // Not owned.
  ErrorEncoder(Logger* logger, Random* random) : logger_(logger), random_(random) {}

  grpc::Status Encode(const absl::Status& error) const;

 private:
  absl::Status Incident(const absl::Status& defect) const;

  Logger* const logger_;
  Random* const random_;
};

// What a read of the store failed with, as one of our errors: kNotFound becomes
// `not_found`, kUnavailable STORE_UNAVAILABLE, kDataLoss STORE_DAMAGED. Anything else
// stays as it is.
absl::Status ReadError(const absl::Status& error, const absl::Status& not_found);

absl::Status PaymentNotFound();
absl::Status CardNotFound();
absl::Status AccountNotFound(absl::string_view name);

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_ERROR_ENCODING_H_
