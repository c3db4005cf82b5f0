#include "providers/epay/epay_provider.h"

#include <utility>

#include "providers/epay/callback_reader.h"
#include "providers/epay/capabilities.h"
#include "providers/epay/exchanges.h"

namespace payments::epay {

absl::StatusOr<std::unique_ptr<Provider>> EpayProvider::Create(const AccountSettings& settings) {
  absl::StatusOr<EpaySettings> epay_settings = ReadSettings(settings);
  if (!epay_settings.ok()) return epay_settings.status();
  absl::StatusOr<v1::Capabilities> capabilities = ReadCapabilities(settings.limits);
  if (!capabilities.ok()) return capabilities.status();
  return std::make_unique<EpayProvider>(*std::move(epay_settings), *std::move(capabilities));
}

EpayProvider::EpayProvider(EpaySettings settings, v1::Capabilities capabilities)
    : settings_(std::make_shared<const EpaySettings>(std::move(settings))),
      capabilities_(std::move(capabilities)) {}

std::unique_ptr<Exchange<RegistrationOutcome>> EpayProvider::RegisterCard(
    RegisterCardCall /*call*/) const {
  return std::make_unique<UnsupportedExchange<RegistrationOutcome>>();
}

std::unique_ptr<Exchange<OperationOutcome>> EpayProvider::Authorize(AuthorizeCall /*call*/) const {
  return std::make_unique<UnsupportedExchange<OperationOutcome>>();
}

std::unique_ptr<Exchange<OperationOutcome>> EpayProvider::Capture(CaptureCall /*call*/) const {
  return std::make_unique<UnsupportedExchange<OperationOutcome>>();
}

std::unique_ptr<Exchange<OperationOutcome>> EpayProvider::Cancel(CancelCall /*call*/) const {
  return std::make_unique<UnsupportedExchange<OperationOutcome>>();
}

std::unique_ptr<Exchange<OperationOutcome>> EpayProvider::Transfer(TransferCall call) const {
  return std::make_unique<TransferExchange>(settings_, std::move(call));
}

std::unique_ptr<Exchange<OperationOutcome>> EpayProvider::Confirm(ConfirmCall call) const {
  return std::make_unique<ConfirmExchange>(settings_, std::move(call));
}

std::unique_ptr<Exchange<StatusReading>> EpayProvider::Check(CheckCall call) const {
  return std::make_unique<CheckExchange>(settings_, std::move(call));
}

absl::StatusOr<CallbackNotice> EpayProvider::ReadCallback(CallbackSubject subject,
                                                          const HttpRequest& request) const {
  return ReadEpayCallback(*settings_, subject, request.body.Reveal());
}

absl::StatusOr<std::string> EpayProvider::RedactCallback(absl::string_view body) const {
  return RedactEpayCallback(body);
}

HttpResponse EpayProvider::AcknowledgeCallback() const {
  return HttpResponse{
      .status_code = 200, .headers = {{"Content-Type", "text/plain"}}, .body = Secret("OK")};
}

}  // namespace payments::epay
