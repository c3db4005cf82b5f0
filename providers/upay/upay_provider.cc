#include "providers/upay/upay_provider.h"

#include <libxml/parser.h>

#include <utility>

#include "providers/upay/callback_reader.h"
#include "providers/upay/check_exchange.h"
#include "providers/upay/exchanges.h"
#include "providers/upay/names.h"

namespace payments::upay {

absl::StatusOr<std::unique_ptr<Provider>> UpayProvider::Create(const AccountSettings& settings) {
  absl::StatusOr<UpaySettings> upay_settings = ReadSettings(settings);
  if (!upay_settings.ok()) return upay_settings.status();
  absl::StatusOr<v1::Capabilities> capabilities = ReadCapabilities(settings.limits);
  if (!capabilities.ok()) return capabilities.status();
  return std::make_unique<UpayProvider>(*std::move(upay_settings), *std::move(capabilities));
}

UpayProvider::UpayProvider(UpaySettings settings, v1::Capabilities capabilities)
    : settings_(std::make_shared<const UpaySettings>(std::move(settings))),
      capabilities_(std::move(capabilities)) {
  // Done before any thread parses: libxml2's own first call is not thread-safe.
  xmlInitParser();
}

std::unique_ptr<Exchange<RegistrationOutcome>> UpayProvider::RegisterCard(
    RegisterCardCall call) const {
  return std::make_unique<RegisterCardExchange>(settings_, std::move(call));
}

std::unique_ptr<Exchange<OperationOutcome>> UpayProvider::Authorize(AuthorizeCall call) const {
  return std::make_unique<AuthorizeExchange>(settings_, std::move(call));
}

std::unique_ptr<Exchange<OperationOutcome>> UpayProvider::Capture(CaptureCall call) const {
  return std::make_unique<CaptureExchange>(settings_, std::move(call));
}

std::unique_ptr<Exchange<OperationOutcome>> UpayProvider::Cancel(CancelCall call) const {
  return std::make_unique<CancelExchange>(settings_, std::move(call));
}

std::unique_ptr<Exchange<OperationOutcome>> UpayProvider::Transfer(TransferCall /*call*/) const {
  return std::make_unique<UnsupportedExchange<OperationOutcome>>();
}

std::unique_ptr<Exchange<OperationOutcome>> UpayProvider::Confirm(ConfirmCall /*call*/) const {
  return std::make_unique<UnsupportedExchange<OperationOutcome>>();
}

std::unique_ptr<Exchange<StatusReading>> UpayProvider::Check(CheckCall call) const {
  return std::make_unique<CheckExchange>(settings_, std::move(call));
}

absl::StatusOr<CallbackNotice> UpayProvider::ReadCallback(CallbackSubject subject,
                                                          const HttpRequest& request) const {
  return ReadUpayCallback(*settings_, subject, request.body.Reveal());
}

NumberRange UpayProvider::numbers() const { return {.last = kOperationNumberMax}; }

absl::StatusOr<std::string> UpayProvider::RedactCallback(absl::string_view body) const {
  return RedactUpayCallback(body);
}

HttpResponse UpayProvider::AcknowledgeCallback() const {
  return HttpResponse{.status_code = 200,
                      .headers = {{"Content-Type", "application/json"}},
                      .body = Secret(R"({"status":0,"message":"Success"})")};
}

}  // namespace payments::upay
