#ifndef PAYMENTS_PROVIDERS_EPAY_EXCHANGES_H_
#define PAYMENTS_PROVIDERS_EPAY_EXCHANGES_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "providers/epay/own_secrets.h"
#include "providers/epay/settings.h"
#include "providers/epay/transfer_reply.h"
#include "providers/provider.h"

// The conversations. Like every Exchange they are used by one thread at a time; they share
// the account's settings and own their call.
//
// Each asks for a token first. HTTP 401 means that the token was refused before the request
// was looked at, so one new token is tried; a second 401 is a matter of configuration.
namespace payments::epay {

// A token for this order, amount and terminal, then the transfer.
class TransferExchange final : public Exchange<OperationOutcome> {
 public:
  TransferExchange(std::shared_ptr<const EpaySettings> settings, TransferCall call);

  absl::StatusOr<Step> Start() override;
  absl::StatusOr<Step> OnResponse(const HttpResponse& response) override;

 private:
  Step OnToken(const HttpResponse& response);
  Step OnTransfer(const HttpResponse& response);

  std::shared_ptr<const EpaySettings> settings_;
  OwnSecrets secrets_;  // With card data, until the transfer is answered for good.
  TransferCall call_;
  TransferQuestion question_;
  HttpRequest token_request_;
  HttpRequest transfer_;  // The same.
  bool awaits_token_ = true;
  int transfers_sent_ = 0;
};

// The status of an order, by the session's token while there is one that the bank knows.
class CheckExchange final : public Exchange<StatusReading> {
 public:
  CheckExchange(std::shared_ptr<const EpaySettings> settings, CheckCall call);

  absl::StatusOr<Step> Start() override;
  absl::StatusOr<Step> OnResponse(const HttpResponse& response) override;

 private:
  Step Ask(const Secret& token);
  Step OnToken(const HttpResponse& response);
  Step OnStatus(const HttpResponse& response);

  std::shared_ptr<const EpaySettings> settings_;
  OwnSecrets secrets_;
  CheckCall call_;
  std::string order_id_;
  bool awaits_token_ = false;
  int questions_sent_ = 0;
  std::optional<Session> session_;  // Of the token that this exchange got.
};

// If so configured, a new token for the same order, amount and terminal; then what the bank
// said of the payer; then the order's status, which alone proves what came of it.
class ConfirmExchange final : public Exchange<OperationOutcome> {
 public:
  ConfirmExchange(std::shared_ptr<const EpaySettings> settings, ConfirmCall call);

  absl::StatusOr<Step> Start() override;
  absl::StatusOr<Step> OnResponse(const HttpResponse& response) override;

 private:
  Step OnToken(const HttpResponse& response);
  absl::StatusOr<Step> OnConfirm(const HttpResponse& response);
  absl::StatusOr<Step> OnStatus(absl::StatusOr<Exchange<StatusReading>::Step> step);

  std::shared_ptr<const EpaySettings> settings_;
  OwnSecrets secrets_;
  ConfirmCall call_;
  std::string order_id_;
  HttpRequest token_request_;
  HttpRequest confirm_;
  bool awaits_token_ = false;
  int confirms_sent_ = 0;
  OperationOutcome outcome_;  // By confirm's own answer.
  CheckExchange status_;
  bool awaits_status_ = false;
};

}  // namespace payments::epay

#endif  // PAYMENTS_PROVIDERS_EPAY_EXCHANGES_H_
