#ifndef PAYMENTS_SERVER_SERVICE_EVENT_LIST_H_
#define PAYMENTS_SERVER_SERVICE_EVENT_LIST_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "payments/v1/payments_service.pb.h"
#include "server/engine/store.h"
#include "server/events/broadcaster.h"
#include "server/events/cursor.h"
#include "server/service/event_filter.h"
#include "server/service/log_place.h"
#include "server/service/unary_call.h"

namespace payments {

// One ListEvents: reads the log page by page from where the caller is, until it has what
// was asked for, has looked at enough, or is at the end. In memory are the answer and one
// page. Its steps follow one another, on whatever thread the page comes; it lives as long
// as one is to come.
class EventList : public std::enable_shared_from_this<EventList> {
 public:
  // Read at once; a bound on memory.
  static constexpr int kReadEventsMax = 250;
  // So much a call costs at most, whatever its filter lets through.
  static constexpr int kLookedAtMax = 10'000;
  // Of the answer, which holds at least one event all the same.
  static constexpr size_t kBytesMax = size_t{1} << 20;

  // Not owned; outlive the call.
  struct Dependencies {
    Store* store;
    Broadcaster* broadcaster;
    const CursorCodec* cursors;
  };

  // `request` is valid.
  static void Start(const Dependencies& deps, std::string tenant,
                    const v1::ListEventsRequest& request, Reply<v1::ListEventsResponse> reply);

 private:
  EventList(const Dependencies& deps, std::string tenant, const v1::ListEventsRequest& request,
            Reply<v1::ListEventsResponse> reply);

  void OnPlaceFound(absl::StatusOr<LogPlace> place);
  // Reads on until the call is answered, or a page must be waited for.
  void ReadOn();
  void OnPage(absl::StatusOr<PublishedPage> page);
  // False: the call is answered.
  bool TakePage(const PublishedPage& page);
  // False: there is no room for it.
  bool TakeEvent(const v1::Event& event);
  void Answer(bool caught_up);

  const Dependencies deps_;
  const std::string tenant_;
  const EventMatcher matcher_;
  const int events_max_;
  const bool from_now_;
  Reply<v1::ListEventsResponse> reply_;
  LogPlace place_;
  int looked_at_ = 0;
  size_t bytes_ = 0;
  v1::ListEventsResponse response_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_EVENT_LIST_H_
