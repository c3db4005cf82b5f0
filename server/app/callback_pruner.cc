#include "server/app/callback_pruner.h"

#include <utility>

namespace payments {

void CallbackPruner::PruneSlice(int rows_max, Done<Slice> done) {
  const absl::Time before = time_.Now() - age_max_;
  auto answer = [rows_max, done = std::move(done)](absl::StatusOr<int> pruned) mutable {
    if (!pruned.ok()) return std::move(done)(pruned.status());
    std::move(done)(Slice{.more = *pruned == rows_max, .skipped = ""});
  };
  if (what_ == What::kBodies) {
    return deps_.store->PruneCallbackBodies(before, rows_max, std::move(answer));
  }
  deps_.store->PruneCallbacks(before, rows_max, std::move(answer));
}

}  // namespace payments
