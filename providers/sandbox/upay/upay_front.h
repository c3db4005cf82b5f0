#ifndef PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_FRONT_H_
#define PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_FRONT_H_

#include "providers/sandbox/answer_queue.h"
#include "providers/sandbox/callback_sender.h"
#include "providers/sandbox/conduct.h"
#include "providers/sandbox/provider_front.h"
#include "providers/sandbox/upay/upay_bank.h"
#include "server/base/log.h"

namespace payments::sandbox {

// UPay's SOAP service and the page of the bank behind it. Thread-safe.
class UpayFront final : public ProviderFront {
 public:
  // Nothing is owned.
  UpayFront(UpayBank* bank, Conduct* conduct, CallbackSender* callbacks, AnswerQueue* answers,
            Logger* logger)
      : bank_(bank), conduct_(conduct), callbacks_(callbacks), answers_(answers), logger_(logger) {}

  bool TakeRequest(const HttpServer::Request& request, HttpServer::Reply& reply) override;

 private:
  void OnSoap(const HttpServer::Request& request, HttpServer::Reply reply);
  void OnConfirmation(const HttpServer::Request& request, HttpServer::Reply reply);

  UpayBank* const bank_;
  Conduct* const conduct_;
  CallbackSender* const callbacks_;
  AnswerQueue* const answers_;
  Logger* const logger_;
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_FRONT_H_
