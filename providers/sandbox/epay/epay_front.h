#ifndef PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_FRONT_H_
#define PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_FRONT_H_

#include "absl/strings/string_view.h"
#include "payments/sandbox/v1/fault.pb.h"
#include "providers/sandbox/answer_queue.h"
#include "providers/sandbox/conduct.h"
#include "providers/sandbox/epay/epay_bank.h"
#include "providers/sandbox/provider_front.h"
#include "server/base/log.h"

namespace payments::sandbox {

// Epay's paths, in the published spellings of its test and production hosts, and the
// page of the payer's bank. Thread-safe.
class EpayFront final : public ProviderFront {
 public:
  // Nothing is owned.
  EpayFront(EpayBank* bank, Conduct* conduct, AnswerQueue* answers, Logger* logger)
      : bank_(bank), conduct_(conduct), answers_(answers), logger_(logger) {}

  bool TakeRequest(const HttpServer::Request& request, HttpServer::Reply& reply) override;

 private:
  // METHOD_UNSPECIFIED if the path is none of theirs. A status' order number is left in `order_id`.
  static v1::Method MethodOf(absl::string_view path, absl::string_view& order_id);

  void OnCall(v1::Method method, absl::string_view order_id, const HttpServer::Request& request,
              HttpServer::Reply reply);
  // The payer's browser comes from the shop, with PaReq, MD and TermUrl.
  void OnOpenPage(const HttpServer::Request& request, HttpServer::Reply reply);
  void OnPage(absl::string_view page_id, const HttpServer::Request& request,
              HttpServer::Reply reply);

  EpayBank* const bank_;
  Conduct* const conduct_;
  AnswerQueue* const answers_;
  Logger* const logger_;
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_FRONT_H_
