#include "server/events/published_event.h"

#include <memory>
#include <string>

#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "payments/v1/payments_service.pb.h"

namespace payments {
namespace {

using google::protobuf::util::MessageDifferencer;

constexpr char kTenant[] = "default";

std::shared_ptr<v1::Event> NewEvent(int64_t revision) {
  auto event = std::make_shared<v1::Event>();
  event->set_revision(revision);
  event->set_resource("payments/a");
  event->set_sequence(2);
  event->mutable_payment()->set_name("payments/a");
  event->set_previous_payment_state(v1::PAYMENT_STATE_PROCESSING);
  event->mutable_cause()->set_detail(std::string(1000, 'x'));  // Lengths of two bytes.
  event->mutable_time()->set_seconds(1);
  return event;
}

TEST(PublishedEventTest, ItsMessageIsTheResponseWithItsCursor) {
  const CursorCodec cursors("log");
  const std::shared_ptr<v1::Event> event = NewEvent(300);
  const PublishedEvent published(kTenant, event, &cursors);
  v1::WatchEventsResponse expected;
  *expected.mutable_event() = *event;
  expected.set_cursor(cursors.Encode(kTenant, 300));
  expected.mutable_event()->set_cursor(expected.cursor());
  v1::WatchEventsResponse response;
  ASSERT_TRUE(response.ParseFromString(published.Message()));
  EXPECT_TRUE(MessageDifferencer::Equals(response, expected)) << response.DebugString();
  EXPECT_EQ(published.Message().size(), expected.ByteSizeLong());
  EXPECT_TRUE(published.event().cursor().empty());
  EXPECT_EQ(published.revision(), 300);
}

TEST(PublishedEventTest, APageKeepsItsOrderAndItsEnd) {
  const CursorCodec cursors("log");
  EventPage page;
  page.events = {NewEvent(5), NewEvent(6)};
  page.newest_revision = 9;
  const PublishedPage published = ToPublished(kTenant, page, &cursors);
  ASSERT_EQ(published.events.size(), 2U);
  EXPECT_EQ(published.events[0]->revision(), 5);
  EXPECT_EQ(published.events[1]->revision(), 6);
  EXPECT_EQ(published.newest_revision, 9);
}

}  // namespace
}  // namespace payments
