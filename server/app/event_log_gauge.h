#ifndef PAYMENTS_SERVER_APP_EVENT_LOG_GAUGE_H_
#define PAYMENTS_SERVER_APP_EVENT_LOG_GAUGE_H_

#include <cstdint>
#include <mutex>
#include <optional>

#include "absl/time/time.h"
#include "server/engine/store.h"

namespace payments {

// What became of the event log by pruning. Thread-safe.
class EventLogGauge {
 public:
  struct Readings {
    int64_t pruned_events = 0;              // Since the start.
    std::optional<absl::Time> oldest_time;  // As in PrunedEvents.
    int64_t bytes_max = 0;                  // Of the tenant whose events take the most.
  };

  void Add(const PrunedEvents& pruned);
  Readings Get() const;

 private:
  mutable std::mutex mu_;
  Readings readings_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_APP_EVENT_LOG_GAUGE_H_
