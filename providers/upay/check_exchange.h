#ifndef PAYMENTS_PROVIDERS_UPAY_CHECK_EXCHANGE_H_
#define PAYMENTS_PROVIDERS_UPAY_CHECK_EXCHANGE_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "providers/provider.h"
#include "providers/upay/reply.h"
#include "providers/upay/settings.h"

namespace payments::upay {

// Asks about a payment: by the number of every capture that may have been sent,
// newest first, until one is found to be captured; then, unless one was, by its hold.
// Used by one thread at a time.
class CheckExchange final : public Exchange<StatusReading> {
 public:
  CheckExchange(std::shared_ptr<const UpaySettings> settings, CheckCall call);

  absl::StatusOr<Step> Start() override;
  absl::StatusOr<Step> OnResponse(const HttpResponse& response) override;

 private:
  // The next question, or the reading once there is none left.
  absl::StatusOr<Step> Ask();
  void OnCaptureAnswer(const Reply& reply);
  void OnHoldAnswer(const Reply& reply);
  // Notes a capture, unless what the answer says of it cannot be read.
  StatusReading::Capture ReadCaptured(const Reply& reply);

  std::shared_ptr<const UpaySettings> settings_;
  const CheckCall call_;
  const std::string hold_id_;
  size_t captures_answered_ = 0;
  StatusReading reading_;
};

}  // namespace payments::upay

#endif  // PAYMENTS_PROVIDERS_UPAY_CHECK_EXCHANGE_H_
