#ifndef PAYMENTS_SERVER_SERVICE_REGISTER_CARD_MESSAGES_H_
#define PAYMENTS_SERVER_SERVICE_REGISTER_CARD_MESSAGES_H_

#include "grpcpp/support/message_allocator.h"
#include "payments/v1/payments_service.pb.h"
#include "providers/provider.h"

namespace payments {

// The messages of one RegisterCard call, ours instead of gRPC's, so that the card
// data in them can be taken out and wiped: when the call is handled, and at the
// latest when it ends. (The bytes that came over the wire are gRPC's; they are not
// wiped, only freed.) Used by one thread at a time.
class RegisterCardMessages final
    : public grpc::MessageHolder<v1::RegisterCardRequest, v1::RegisterCardResponse> {
 public:
  RegisterCardMessages();
  RegisterCardMessages(const RegisterCardMessages&) = delete;
  RegisterCardMessages& operator=(const RegisterCardMessages&) = delete;
  ~RegisterCardMessages() override;

  // By gRPC, when the call is over.
  void Release() override;

  // Moves what is printed on the card out of the request, wipes and clears it there.
  CardSecrets TakeCard();

 private:
  void WipeCard();

  v1::RegisterCardRequest own_request_;
  v1::RegisterCardResponse own_response_;
};

// Thread-safe.
class RegisterCardAllocator final
    : public grpc::MessageAllocator<v1::RegisterCardRequest, v1::RegisterCardResponse> {
 public:
  RegisterCardMessages* AllocateMessages() override { return new RegisterCardMessages(); }
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_SERVICE_REGISTER_CARD_MESSAGES_H_
