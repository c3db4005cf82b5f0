#include "server/app/event_pruner.h"

#include <utility>

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

void EventPruner::PruneSlice(int rows_max, Done<Slice> done) {
  const EventLimits limits{.oldest = time_.Now() - limits_.age_max, .bytes_max = limits_.bytes_max};
  deps_.store->PruneEvents(limits, rows_max, [this, done = std::move(done)](auto pruned) mutable {
    std::move(done)(OnPruned(pruned));
  });
}

absl::StatusOr<Prunable::Slice> EventPruner::OnPruned(const absl::StatusOr<PrunedEvents>& pruned) {
  if (!pruned.ok()) return pruned.status();
  for (const PrunedEvents::Begin& begin : pruned->begins) {
    deps_.broadcaster->Forget(begin.tenant, begin.oldest_revision);
  }
  deps_.gauge->Add(*pruned);
  return Slice{.deleted = pruned->events, .more = pruned->more};
}

}  // namespace payments
