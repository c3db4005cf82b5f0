#ifndef PAYMENTS_SERVER_SERVICE_SENSITIVE_MESSAGES_H_
#define PAYMENTS_SERVER_SERVICE_SENSITIVE_MESSAGES_H_

#include "grpcpp/support/message_allocator.h"
#include "server/service/request_secrets.h"

namespace payments {

// The messages of one call whose request holds secrets, ours instead of gRPC's, so that
// they can be taken out and wiped: when the call is handled, and at the latest when it
// ends. (The bytes that came over the wire are gRPC's; they are not wiped, only freed.)
// Used by one thread at a time.
template <typename Request, typename Response>
class SensitiveMessages final : public grpc::MessageHolder<Request, Response> {
 public:
  SensitiveMessages() {
    this->set_request(&own_request_);
    this->set_response(&own_response_);
  }
  SensitiveMessages(const SensitiveMessages&) = delete;
  SensitiveMessages& operator=(const SensitiveMessages&) = delete;
  ~SensitiveMessages() override { TakeSecrets(&own_request_); }

  // By gRPC, when the call is over.
  void Release() override { delete this; }

 private:
  Request own_request_;
  Response own_response_;
};

// Thread-safe.
template <typename Request, typename Response>
class SensitiveAllocator final : public grpc::MessageAllocator<Request, Response> {
 public:
  using Messages = SensitiveMessages<Request, Response>;

  Messages* AllocateMessages() override { return new Messages(); }
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_SENSITIVE_MESSAGES_H_
