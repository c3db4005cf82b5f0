#ifndef PAYMENTS_SERVER_EVENTS_PUBLISHED_EVENT_H_
#define PAYMENTS_SERVER_EVENTS_PUBLISHED_EVENT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "payments/v1/event.pb.h"
#include "server/engine/store.h"
#include "server/events/cursor.h"

namespace payments {

// An event, and the message in which streams carry it. That message is the same for all
// subscribers of a tenant: whoever needs it first serialises it, the others share its
// bytes. What every filter hides is never serialised. Immutable to those who look, so
// thread-safe.
class PublishedEvent {
 public:
  // `cursors` is not owned.
  PublishedEvent(std::string tenant, std::shared_ptr<const v1::Event> event,
                 const CursorCodec* cursors);
  PublishedEvent(const PublishedEvent&) = delete;
  PublishedEvent& operator=(const PublishedEvent&) = delete;

  // Without the cursor, as the store gave it.
  const v1::Event& event() const { return *event_; }
  int64_t revision() const { return revision_; }
  // Of the event, serialised.
  size_t bytes() const { return bytes_; }

  // A serialised v1::WatchEventsResponse with the event and its cursor.
  const std::string& Message() const;

 private:
  const std::string tenant_;
  const std::shared_ptr<const v1::Event> event_;
  const int64_t revision_;  // The event's, without a look into it.
  const size_t bytes_;
  const CursorCodec* const cursors_;
  mutable std::once_flag once_;
  mutable std::string message_;  // Set once, then constant.
};

// An EventPage of them.
struct PublishedPage {
  std::vector<std::shared_ptr<const PublishedEvent>> events;  // Oldest first, dense.
  int64_t newest_revision = 0;
};

// `cursors` is not owned.
PublishedPage ToPublished(const std::string& tenant, EventPage page, const CursorCodec* cursors);

}  // namespace payments

#endif  // PAYMENTS_SERVER_EVENTS_PUBLISHED_EVENT_H_
