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
    Warn("retention_postponed", slice.status().message());
    MoveOn();
    // What the others prune is in the same store.
    return GoOnAfter(kTroubleInterval);
  }
  WarnOfSkipped(std::move(slice->skipped));
  if (slice->more) return GoOnAfter(kPause);
  MoveOn();
  GoOnAfter(current_ == 0 ? kInterval : kPause);
}

void RetentionKeeper::WarnOfSkipped(std::string skipped) {
  if (!skipped.empty() && skipped != skipped_[current_]) Warn("retention_skipped", skipped);
  skipped_[current_] = std::move(skipped);
}

void RetentionKeeper::Warn(absl::string_view what, absl::string_view detail) {
  deps_.logger->Log(LogLevel::kWarning, "trouble",
                    {{"what", what}, {"of", prunables_[current_]->name()}, {"detail", detail}});
}

void RetentionKeeper::GoOnAfter(absl::Duration delay) {
  deps_.executor->PostAfter(delay, [self = shared_from_this()] { self->PruneNext(); });
}

}  // namespace payments
