#include "server/events/published_event.h"

#include <utility>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/wire_format_lite.h"
#include "payments/v1/payments_service.pb.h"

namespace payments {
namespace {

using Wire = google::protobuf::internal::WireFormatLite;

size_t StringFieldSize(int number, const std::string& value) {
  return Wire::TagSize(number, Wire::TYPE_STRING) + Wire::StringSize(value);
}

// A serialised v1::WatchEventsResponse with the event and the cursor. The event is shared, and to
// copy it for the sake of its cursor costs more than all the rest: so that field is written behind
// the others, as protobuf allows.
std::string Serialize(const v1::Event& event, const std::string& cursor) {
  using Response = v1::WatchEventsResponse;
  const size_t event_size =
      event.ByteSizeLong() + StringFieldSize(v1::Event::kCursorFieldNumber, cursor);
  std::string bytes;
  bytes.reserve(Wire::TagSize(Response::kEventFieldNumber, Wire::TYPE_MESSAGE) +
                Wire::LengthDelimitedSize(event_size) +
                StringFieldSize(Response::kCursorFieldNumber, cursor));
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream output(&stream);
    Wire::WriteTag(Response::kEventFieldNumber, Wire::WIRETYPE_LENGTH_DELIMITED, &output);
    output.WriteVarint32(static_cast<uint32_t>(event_size));
    event.SerializeWithCachedSizes(&output);
    Wire::WriteString(v1::Event::kCursorFieldNumber, cursor, &output);
    Wire::WriteString(Response::kCursorFieldNumber, cursor, &output);
  }
  return bytes;
}

}  // namespace

PublishedEvent::PublishedEvent(std::string tenant, std::shared_ptr<const v1::Event> event,
                               const CursorCodec* cursors)
    : tenant_(std::move(tenant)),
      event_(std::move(event)),
      revision_(event_->revision()),
      bytes_(event_->ByteSizeLong()),
      cursors_(cursors) {}

const std::string& PublishedEvent::Message() const {
  std::call_once(once_,
                 [this] { message_ = Serialize(*event_, cursors_->Encode(tenant_, revision_)); });
  return message_;
}

PublishedPage ToPublished(const std::string& tenant, EventPage page, const CursorCodec* cursors) {
  PublishedPage published;
  published.newest_revision = page.newest_revision;
  published.events.reserve(page.events.size());
  for (std::shared_ptr<const v1::Event>& event : page.events) {
    published.events.push_back(
        std::make_shared<const PublishedEvent>(tenant, std::move(event), cursors));
  }
  return published;
}

}  // namespace payments
