#include "server/app/event_log_gauge.h"

namespace payments {

void EventLogGauge::Add(const PrunedEvents& pruned) {
  const std::lock_guard lock(mu_);
  readings_.pruned_events += pruned.events;
  readings_.oldest_time = pruned.oldest_time;
  readings_.bytes_max = pruned.bytes_max;
}

EventLogGauge::Readings EventLogGauge::Get() const {
  const std::lock_guard lock(mu_);
  return readings_;
}

}  // namespace payments
