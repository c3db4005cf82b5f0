#ifndef PAYMENTS_PROVIDERS_SANDBOX_MOVEMENT_LOG_H_
#define PAYMENTS_PROVIDERS_SANDBOX_MOVEMENT_LOG_H_

#include <deque>
#include <mutex>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "payments/sandbox/v1/sandbox_service.pb.h"

namespace payments::sandbox {

// Every movement of money at any provider, in the order they happened. Thread-safe.
class MovementLog {
 public:
  // Gives it its number and its time.
  void Record(v1::Movement movement, absl::Time now);

  // Errors name the field.
  absl::StatusOr<v1::ListMovementsResponse> List(const v1::ListMovementsRequest& request);

  int64_t size();
  void Clear();

 private:
  std::mutex mu_;
  std::deque<v1::Movement> movements_;  // Guarded by mu_.
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_MOVEMENT_LOG_H_
