#ifndef PAYMENTS_PROVIDERS_EPAY_EPAY_PROVIDER_H_
#define PAYMENTS_PROVIDERS_EPAY_EPAY_PROVIDER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "payments/v1/account.pb.h"
#include "providers/epay/settings.h"
#include "providers/plugin.h"
#include "providers/provider.h"

namespace payments::epay {

// One merchant's terminal at Epay. Immutable, so thread-safe; an exchange may outlive it.
class EpayProvider final : public Provider {
 public:
  // kInvalidArgument names the setting that is wrong.
  static absl::StatusOr<std::unique_ptr<Provider>> Create(const AccountSettings& settings);

  EpayProvider(EpaySettings settings, v1::Capabilities capabilities);

  const v1::Capabilities& capabilities() const override { return capabilities_; }
  std::unique_ptr<Exchange<RegistrationOutcome>> RegisterCard(RegisterCardCall call) const override;
  std::unique_ptr<Exchange<OperationOutcome>> Authorize(AuthorizeCall call) const override;
  std::unique_ptr<Exchange<OperationOutcome>> Capture(CaptureCall call) const override;
  std::unique_ptr<Exchange<OperationOutcome>> Cancel(CancelCall call) const override;
  std::unique_ptr<Exchange<OperationOutcome>> Transfer(TransferCall call) const override;
  std::unique_ptr<Exchange<OperationOutcome>> Confirm(ConfirmCall call) const override;
  std::unique_ptr<Exchange<StatusReading>> Check(CheckCall call) const override;
  absl::StatusOr<CallbackNotice> ReadCallback(CallbackSubject subject,
                                              const HttpRequest& request) const override;
  NumberRange numbers() const override { return settings_->numbers; }
  absl::StatusOr<std::string> RedactCallback(absl::string_view body) const override;
  HttpResponse AcknowledgeCallback() const override;

 private:
  const std::shared_ptr<const EpaySettings> settings_;
  const v1::Capabilities capabilities_;
};

}  // namespace payments::epay

#endif  // PAYMENTS_PROVIDERS_EPAY_EPAY_PROVIDER_H_
