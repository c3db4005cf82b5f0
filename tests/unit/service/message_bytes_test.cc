#include "server/service/message_bytes.h"

#include <memory>
#include <utility>
#include <vector>

#include "grpcpp/support/slice.h"
#include "gtest/gtest.h"
#include "payments/v1/payments_service.pb.h"

namespace payments {
namespace {

std::shared_ptr<const PublishedEvent> Published(const CursorCodec* cursors) {
  auto event = std::make_shared<v1::Event>();
  event->set_revision(1);
  event->mutable_payment()->set_name("payments/a");
  return std::make_shared<const PublishedEvent>("default", std::move(event), cursors);
}

const void* AddressOf(const grpc::ByteBuffer& message) {
  std::vector<grpc::Slice> slices;
  EXPECT_TRUE(message.Dump(&slices).ok());
  return slices.size() == 1 ? slices.front().begin() : nullptr;
}

TEST(MessageBytesTest, EverybodySharesAnEventsBytesWhichTheLastOneReleases) {
  const CursorCodec cursors("log");
  std::shared_ptr<const PublishedEvent> event = Published(&cursors);
  const std::weak_ptr<const PublishedEvent> weak = event;
  const void* address = event->Message().data();
  grpc::ByteBuffer first = ShareBytes(event);
  grpc::ByteBuffer second = ShareBytes(std::move(event));
  EXPECT_EQ(AddressOf(first), address);
  EXPECT_EQ(AddressOf(second), address);
  v1::WatchEventsResponse response;
  ASSERT_TRUE(FromBytes(second, &response));
  EXPECT_EQ(response.event().payment().name(), "payments/a");
  first.Clear();
  EXPECT_FALSE(weak.expired());
  second.Clear();
  EXPECT_TRUE(weak.expired());
}

TEST(MessageBytesTest, WhatIsNoMessageIsRefused) {
  v1::Event event;
  const grpc::Slice slice("\x0a\x7f");  // A field that is longer than the rest.
  EXPECT_FALSE(FromBytes(grpc::ByteBuffer(&slice, 1), &event));
  EXPECT_FALSE(FromBytes(grpc::ByteBuffer(), &event));
}

TEST(MessageBytesTest, AnEmptyMessageIsOne) {
  v1::Event event;
  EXPECT_TRUE(FromBytes(ToBytes(event), &event));
}

}  // namespace
}  // namespace payments
