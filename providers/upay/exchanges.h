#ifndef PAYMENTS_PROVIDERS_UPAY_EXCHANGES_H_
#define PAYMENTS_PROVIDERS_UPAY_EXCHANGES_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "providers/provider.h"
#include "providers/upay/settings.h"

// The conversations of one request each. Like every Exchange they are used by one
// thread at a time; they share the account's settings and own their call.
namespace payments::upay {

class RegisterCardExchange final : public Exchange<RegistrationOutcome> {
 public:
  RegisterCardExchange(std::shared_ptr<const UpaySettings> settings, RegisterCardCall call);

  absl::StatusOr<Step> Start() override;
  absl::StatusOr<Step> OnResponse(const HttpResponse& response) override;

 private:
  std::shared_ptr<const UpaySettings> settings_;
  RegisterCardCall call_;
};

class AuthorizeExchange final : public Exchange<OperationOutcome> {
 public:
  AuthorizeExchange(std::shared_ptr<const UpaySettings> settings, AuthorizeCall call);

  absl::StatusOr<Step> Start() override;
  absl::StatusOr<Step> OnResponse(const HttpResponse& response) override;

 private:
  std::shared_ptr<const UpaySettings> settings_;
  AuthorizeCall call_;
};

class CaptureExchange final : public Exchange<OperationOutcome> {
 public:
  CaptureExchange(std::shared_ptr<const UpaySettings> settings, CaptureCall call);

  absl::StatusOr<Step> Start() override;
  absl::StatusOr<Step> OnResponse(const HttpResponse& response) override;

 private:
  std::shared_ptr<const UpaySettings> settings_;
  CaptureCall call_;
};

class CancelExchange final : public Exchange<OperationOutcome> {
 public:
  CancelExchange(std::shared_ptr<const UpaySettings> settings, CancelCall call);

  absl::StatusOr<Step> Start() override;
  absl::StatusOr<Step> OnResponse(const HttpResponse& response) override;

 private:
  std::shared_ptr<const UpaySettings> settings_;
  CancelCall call_;
};

}  // namespace payments::upay

#endif  // PAYMENTS_PROVIDERS_UPAY_EXCHANGES_H_
