#include "server/app/retention_keeper.h"

#include <utility>

namespace payments {

std::shared_ptr<RetentionKeeper> RetentionKeeper::Start(
    Dependencies deps, std::vector<std::unique_ptr<Prunable>> prunables) {
  auto keeper = std::make_shared<RetentionKeeper>(deps, std::move(prunables));
  keeper->PruneNext();
  return keeper;
}

void RetentionKeeper::PruneNext() {
  if (stopped_) return;
  prunables_[current_]->PruneSlice(
      kSliceRowsMax, [self = shared_from_this()](auto slice) { self->OnSlice(std::move(slice)); });
}

void RetentionKeeper::OnSlice(absl::StatusOr<Prunable::Slice> slice) {
  if (!slice.ok()) {
    deps_.logger->Log(LogLevel::kWarning, "trouble",
                      {{"what", "retention_postponed"},
                       {"of", prunables_[current_]->name()},
                       {"detail", slice.status().message()}});
    // What the others prune is in the same store.
    return GoOnAfter(kTroubleInterval);
  }
  if (slice->more) return GoOnAfter(kPause);
  current_ = (current_ + 1) % prunables_.size();
  GoOnAfter(current_ == 0 ? kInterval : kPause);
}

void RetentionKeeper::GoOnAfter(absl::Duration delay) {
  deps_.executor->PostAfter(delay, [self = shared_from_this()] { self->PruneNext(); });
}

}  // namespace payments
