#include "server/service/event_list.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "server/service/error_encoding.h"
#include "server/service/validate_fields.h"

namespace payments {

EventList::EventList(const Dependencies& deps, std::string tenant,
                     const v1::ListEventsRequest& request, Reply<v1::ListEventsResponse> reply)
    : deps_(deps),
      tenant_(std::move(tenant)),
      matcher_(request.filter()),
      events_max_(PageLimit(request.page_size())),
      from_now_(request.start_case() == v1::ListEventsRequest::kNow),
      reply_(std::move(reply)) {}

void EventList::Start(const Dependencies& deps, std::string tenant,
                      const v1::ListEventsRequest& request, Reply<v1::ListEventsResponse> reply) {
  const std::shared_ptr<EventList> list(
      new EventList(deps, std::move(tenant), request, std::move(reply)));
  FindPlace(deps.store, deps.broadcaster, deps.cursors, list->tenant_, StartOf(request),
            [list](auto place) { list->OnPlaceFound(std::move(place)); });
}

void EventList::OnPlaceFound(absl::StatusOr<LogPlace> place) {
  if (!place.ok()) return std::move(reply_)(place.status());
  place_ = *std::move(place);
  // What has come since belongs to the next page: this one is to be empty.
  if (from_now_) return Answer(/*caught_up=*/true);
  ReadOn();
}

void EventList::ReadOn() {
  while (true) {
    const int limit = std::min(kReadEventsMax, kLookedAtMax - looked_at_);
    const std::optional<PublishedPage> page =
        deps_.broadcaster->TryRead(tenant_, place_.revision, limit);
    if (!page.has_value()) {
      return deps_.broadcaster->Read(
          tenant_, place_.revision, limit,
          [list = shared_from_this()](auto read) { list->OnPage(std::move(read)); });
    }
    if (!TakePage(*page)) return;
  }
}

void EventList::OnPage(absl::StatusOr<PublishedPage> page) {
  if (!page.ok()) return std::move(reply_)(ReadError(page.status(), CursorAhead()));
  if (TakePage(*page)) ReadOn();
}

bool EventList::TakePage(const PublishedPage& page) {
  if (absl::Status good = CheckPage(page, *deps_.cursors, tenant_, &place_); !good.ok()) {
    std::move(reply_)(good);
    return false;
  }
  bool room = response_.events_size() < events_max_;
  for (auto event = page.events.begin(); room && event != page.events.end(); ++event) {
    if (!TakeEvent((*event)->event())) break;
    room = response_.events_size() < events_max_ && looked_at_ < kLookedAtMax;
  }
  const bool caught_up = place_.revision >= page.newest_revision;
  const bool whole_page = page.events.empty() || place_.revision == page.events.back()->revision();
  if (!caught_up && room && whole_page) return true;
  Answer(caught_up);
  return false;
}

bool EventList::TakeEvent(const v1::Event& event) {
  if (matcher_.Matches(event)) {
    const size_t bytes = event.ByteSizeLong() + CursorCodec::kCursorChars;
    if (bytes_ + bytes > kBytesMax && response_.events_size() > 0) return false;
    bytes_ += bytes;
    v1::Event& out = *response_.add_events();
    out = event;
    out.set_cursor(deps_.cursors->Encode(tenant_, event.revision()));
  }
  place_.revision = event.revision();
  ++looked_at_;
  return true;
}

void EventList::Answer(bool caught_up) {
  response_.set_cursor(deps_.cursors->Encode(tenant_, place_.revision));
  response_.set_caught_up(caught_up);
  std::move(reply_)(std::move(response_));
}

}  // namespace payments
