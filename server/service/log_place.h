#ifndef PAYMENTS_SERVER_SERVICE_LOG_PLACE_H_
#define PAYMENTS_SERVER_SERVICE_LOG_PLACE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/done.h"
#include "server/engine/proto_time.h"
#include "server/engine/store.h"
#include "server/events/broadcaster.h"
#include "server/events/cursor.h"

// What WatchEvents and ListEvents have in common: where to begin, and that nothing is missed
// from there on.
namespace payments {

// Where a caller wants the events to begin.
struct EventStart {
  enum class At { kCursor, kTime, kNow, kBeginning };

  At at = At::kBeginning;
  std::string cursor;  // kCursor.
  absl::Time time;     // kTime.
};

// Of a valid v1::WatchEventsRequest or v1::ListEventsRequest, which say it in the same words.
template <typename Request>
EventStart StartOf(const Request& request) {
  switch (request.start_case()) {
    case Request::kAfterCursor:
      return {EventStart::At::kCursor, request.after_cursor(), {}};
    case Request::kStartTime:
      return {EventStart::At::kTime, "", ToTime(request.start_time())};
    case Request::kNow:
      return {EventStart::At::kNow, "", {}};
    case Request::kBeginning:
    case Request::START_NOT_SET:  // Validation has refused it.
      break;
  }
  return {};
}

// A reader's place in its tenant's part of the log.
struct LogPlace {
  int64_t revision = 0;           // Everything up to here was sent or skipped.
  std::optional<int64_t> target;  // The newest revision when the log was first looked at.
  bool at_beginning = false;      // It asked for the oldest event kept, and has seen none yet.
};

// Finds the place behind which to begin; `done` may be called at once, or on the store's
// executor. What is pointed to is not owned. Errors are for the caller:
//   kInvalidArgument  CURSOR_INVALID
//   kOutOfRange       CURSOR_AHEAD, of another log; CURSOR_PRUNED, if events at or after
//                     the start time were deleted
//   kUnavailable, kDataLoss  the store's.
void FindPlace(Store* store, Broadcaster* broadcaster, const CursorCodec* cursors,
               const std::string& tenant, const EventStart& start, Done<LogPlace> done);

// Never a silent jump: OK if `page`, which was read behind `place`, goes on where it ends;
// the place then knows its target, but does not move. kOutOfRange: CURSOR_PRUNED or
// CURSOR_AHEAD. kInternal: the log has a gap, or lacks what it says it has.
absl::Status CheckPage(const PublishedPage& page, const CursorCodec& cursors,
                       const std::string& tenant, LogPlace* place);

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_LOG_PLACE_H_
