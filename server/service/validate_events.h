#ifndef PAYMENTS_SERVER_SERVICE_VALIDATE_EVENTS_H_
#define PAYMENTS_SERVER_SERVICE_VALIDATE_EVENTS_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "payments/v1/payments_service.pb.h"

namespace payments {

inline constexpr absl::Duration kHeartbeatIntervalMin = absl::Seconds(1);
inline constexpr absl::Duration kHeartbeatIntervalMax = absl::Minutes(5);
inline constexpr absl::Duration kHeartbeatIntervalDefault = absl::Seconds(15);

// OK, or kInvalidArgument with every field at fault. The cursor is judged by CursorCodec.
absl::Status ValidateWatchEvents(const v1::WatchEventsRequest& request);
absl::Status ValidateListEvents(const v1::ListEventsRequest& request);

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_VALIDATE_EVENTS_H_
