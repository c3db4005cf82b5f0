#include "server/app/event_pruner.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace payments {

namespace {

// The first, and how many more there are.
std::string Summarize(const std::vector<std::string>& odd_logs) {
  if (odd_logs.size() <= 1) return odd_logs.empty() ? "" : odd_logs.front();
  return absl::StrCat(odd_logs.front(), "; and of ", odd_logs.size() - 1, " more");
}

}  // namespace

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
  return Slice{.more = pruned->more, .skipped = Summarize(pruned->odd_logs)};
}

}  // namespace payments
