#ifndef PAYMENTS_SERVER_APP_EVENT_PRUNER_H_
#define PAYMENTS_SERVER_APP_EVENT_PRUNER_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/app/event_log_gauge.h"
#include "server/app/retention_keeper.h"
#include "server/base/clock.h"
#include "server/engine/store.h"
#include "server/engine/trusted_time.h"
#include "server/events/broadcaster.h"

namespace payments {

// Prunes the event log by age and by size. An event that is gone from the store is gone
// from the broadcaster's memory, too, so that a cursor is judged alike everywhere.
class EventPruner final : public Prunable {
 public:
  // Not owned; outlive the keeper.
  struct Dependencies {
    Store* store;
    Broadcaster* broadcaster;
    const Clock* clock;
    EventLogGauge* gauge;
  };
  struct Limits {
    absl::Duration age_max;
    int64_t bytes_max = 0;  // Of each tenant.
  };

  EventPruner(Dependencies deps, Limits limits) : deps_(deps), limits_(limits), time_(deps.clock) {}

  absl::string_view name() const override { return "events"; }
  void PruneSlice(int rows_max, Done<Slice> done) override;

 private:
  absl::StatusOr<Slice> OnPruned(const absl::StatusOr<PrunedEvents>& pruned);

  const Dependencies deps_;
  const Limits limits_;
  TrustedTime time_;  // A clock that somebody sets for a moment must not cost the log.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_APP_EVENT_PRUNER_H_
