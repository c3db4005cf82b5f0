#include "server/engine/engine_core.h"

namespace payments {

// Not "safe to retry": nobody has looked whether the request_id began something before.
absl::Status DrainingError() {
  return ShuttingDown("the server is shutting down; nothing was begun",
                      {{"provider_called", "false"}, {"safe_to_retry", "false"}});
}

absl::Status StoreError(const absl::Status& status) {
  if (ReasonOf(status) != v1::ERROR_REASON_UNSPECIFIED) return status;
  return WithMetadata(StoreErrorAfterSending(status), {{"provider_called", "false"}});
}

absl::Status StoreErrorAfterSending(const absl::Status& status) {
  if (ReasonOf(status) != v1::ERROR_REASON_UNSPECIFIED) return status;
  const ErrorMetadata metadata = {{"safe_to_retry", "false"}};
  if (absl::IsDataLoss(status)) {
    return MakeError(absl::StatusCode::kDataLoss, v1::ERROR_REASON_STORE_DAMAGED,
                     "the database is damaged and must be restored", metadata);
  }
  return WithRetryDelay(
      MakeError(absl::StatusCode::kUnavailable, v1::ERROR_REASON_STORE_UNAVAILABLE,
                "storage is not available; repeat with the same request_id", metadata),
      kStoreRetryDelay);
}

}  // namespace payments
