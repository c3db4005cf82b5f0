#include "server/service/log_place.h"

#include <utility>

#include "server/service/error_encoding.h"

namespace payments {
namespace {

absl::StatusOr<LogPlace> AtCursor(const absl::StatusOr<int64_t>& revision) {
  if (!revision.ok()) return revision.status();
  return LogPlace{.revision = *revision};
}

// The events at or after the start time may be among those that were deleted: who asks for
// them must not believe that there were none.
absl::StatusOr<LogPlace> AtTime(const absl::StatusOr<FoundRevision>& found,
                                const CursorCodec& cursors, const std::string& tenant) {
  if (!found.ok()) return ReadError(found.status(), CursorAhead());
  if (found->pruned) return CursorPruned(cursors.Encode(tenant, found->revision));
  return LogPlace{.revision = found->revision};
}

absl::StatusOr<LogPlace> AtEnd(const absl::StatusOr<PublishedPage>& page) {
  if (!page.ok()) return ReadError(page.status(), CursorAhead());
  return LogPlace{.revision = page->newest_revision, .target = page->newest_revision};
}

absl::StatusOr<LogPlace> AtBeginning(const absl::StatusOr<PublishedPage>& page) {
  if (!page.ok()) return ReadError(page.status(), CursorAhead());
  // Of an empty log the caller is at the end, too: from there nothing may be missing.
  if (page->events.empty()) return LogPlace{.revision = 0, .target = 0};
  return LogPlace{.revision = page->events.front()->revision() - 1,
                  .target = page->newest_revision,
                  .at_beginning = true};
}

absl::Status LogHasGap() { return absl::InternalError("the event log has a gap"); }

}  // namespace

void FindPlace(Store* store, Broadcaster* broadcaster, const CursorCodec* cursors,
               const std::string& tenant, const EventStart& start, Done<LogPlace> done) {
  switch (start.at) {
    case EventStart::At::kCursor:
      return std::move(done)(AtCursor(cursors->Decode(tenant, "after_cursor", start.cursor)));
    case EventStart::At::kTime:
      return store->FindRevision(tenant, start.time,
                                 [cursors, tenant, done = std::move(done)](auto found) mutable {
                                   std::move(done)(AtTime(found, *cursors, tenant));
                                 });
    case EventStart::At::kNow:
      // One event is read for the sake of newest_revision.
      return broadcaster->Read(tenant, 0, 1, [done = std::move(done)](auto page) mutable {
        std::move(done)(AtEnd(page));
      });
    case EventStart::At::kBeginning:
      return broadcaster->Read(tenant, 0, 1, [done = std::move(done)](auto page) mutable {
        std::move(done)(AtBeginning(page));
      });
  }
}

// The ring answers only about what it knows, so a place ahead of the log is always judged by
// the store.
absl::Status CheckPage(const PublishedPage& page, const CursorCodec& cursors,
                       const std::string& tenant, LogPlace* place) {
  const bool first = !place->target.has_value();
  if (first && place->revision > page.newest_revision) return CursorAhead();
  if (first) place->target = page.newest_revision;
  if (page.events.empty()) {
    // Pruning leaves the newest event, so there must be one; to wait for it would be silence.
    return place->revision < page.newest_revision ? LogHasGap() : absl::OkStatus();
  }
  const int64_t oldest = page.events.front()->revision();
  if (oldest != place->revision + 1 && !place->at_beginning) {
    return CursorPruned(cursors.Encode(tenant, oldest - 1));
  }
  place->at_beginning = false;
  for (size_t i = 0; i < page.events.size(); ++i) {
    if (page.events[i]->revision() == oldest + static_cast<int64_t>(i)) continue;
    return LogHasGap();
  }
  return absl::OkStatus();
}

}  // namespace payments
