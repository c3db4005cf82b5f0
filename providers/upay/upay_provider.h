#ifndef PAYMENTS_PROVIDERS_UPAY_UPAY_PROVIDER_H_
#define PAYMENTS_PROVIDERS_UPAY_UPAY_PROVIDER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "payments/v1/account.pb.h"
#include "providers/plugin.h"
#include "providers/provider.h"
#include "providers/upay/settings.h"

namespace payments::upay {

// One merchant's account at UPay. Immutable, so thread-safe; an exchange may
// outlive it.
class UpayProvider final : public Provider {
 public:
  // kInvalidArgument names the setting that is wrong.
  static absl::StatusOr<std::unique_ptr<Provider>> Create(const AccountSettings& settings);

  UpayProvider(UpaySettings settings, v1::Capabilities capabilities);

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
  NumberRange numbers() const override;
  absl::StatusOr<std::string> RedactCallback(absl::string_view body) const override;
  HttpResponse AcknowledgeCallback() const override;

 private:
  const std::shared_ptr<const UpaySettings> settings_;
  const v1::Capabilities capabilities_;
};

}  // namespace payments::upay

#endif  // PAYMENTS_PROVIDERS_UPAY_UPAY_PROVIDER_H_
