#include "server/service/message_bytes.h"

#include <string>
#include <utility>

#include "grpcpp/support/slice.h"

namespace payments {
namespace {

using Owner = std::shared_ptr<const PublishedEvent>;

void Release(void* owner) { delete static_cast<Owner*>(owner); }

}  // namespace

grpc::ByteBuffer ToBytes(const google::protobuf::MessageLite& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return {&slice, 1};
}

grpc::ByteBuffer ShareBytes(std::shared_ptr<const PublishedEvent> event) {
  auto* owner = new Owner(std::move(event));  // The slice's, until nobody refers to it.
  const std::string& message = (*owner)->Message();
  // gRPC does not write into a slice, but its constructor takes no constant.
  const grpc::Slice slice(const_cast<char*>(message.data()), message.size(), Release, owner);
  return {&slice, 1};
}

bool FromBytes(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite* message) {
  grpc::Slice slice;
  return bytes.DumpToSingleSlice(&slice).ok() &&
         message->ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
}

}  // namespace payments
