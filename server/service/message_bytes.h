#ifndef PAYMENTS_SERVER_SERVICE_MESSAGE_BYTES_H_
#define PAYMENTS_SERVER_SERVICE_MESSAGE_BYTES_H_

#include <memory>

#include "google/protobuf/message_lite.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/events/published_event.h"

namespace payments {

// Messages as gRPC's raw methods take and give them.

grpc::ByteBuffer ToBytes(const google::protobuf::MessageLite& message);

// The event's Message(), not copied: it lives until the last write of it is done.
grpc::ByteBuffer ShareBytes(std::shared_ptr<const PublishedEvent> event);

// False if the bytes are not such a message.
bool FromBytes(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite* message);

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_MESSAGE_BYTES_H_
