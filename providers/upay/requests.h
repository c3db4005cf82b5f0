#ifndef PAYMENTS_PROVIDERS_UPAY_REQUESTS_H_
#define PAYMENTS_PROVIDERS_UPAY_REQUESTS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "providers/http_message.h"
#include "providers/provider.h"
#include "providers/upay/settings.h"

// UPay's five methods as HTTP requests: which fields, in which order, signed how,
// and what sending them can do. kInvalidArgument names what UPay cannot be told.
namespace payments::upay {

// partnerRegisterCardIPS.
absl::StatusOr<HttpRequest> RegisterCardRequest(const UpaySettings& settings,
                                                const RegisterCardCall& call);

// partnerHoldCreateIPS.
absl::StatusOr<HttpRequest> HoldCreateRequest(const UpaySettings& settings,
                                              const AuthorizeCall& call);

// partnerHoldPaymentIPS. It always takes the whole hold: the amount is not sent.
absl::StatusOr<HttpRequest> HoldPaymentRequest(const UpaySettings& settings,
                                               const CaptureCall& call);

// partnerHoldCheckIPS by holdId.
absl::StatusOr<HttpRequest> CheckHoldRequest(const UpaySettings& settings,
                                             absl::string_view hold_id, absl::string_view language);

// partnerHoldCheckIPS by partnerTrxId, the number of a capture.
absl::StatusOr<HttpRequest> CheckCaptureRequest(const UpaySettings& settings,
                                                int64_t capture_number, absl::string_view language);

// partnerHoldCancelIPS.
absl::StatusOr<HttpRequest> HoldCancelRequest(const UpaySettings& settings, const CancelCall& call);

// The hold that `references` names; empty if none.
std::string HoldIdOf(const ProviderReferences& references);

// PartnerTrxId of a capture operation.
std::string PartnerTrxIdOf(int64_t capture_number);

}  // namespace payments::upay

#endif  // PAYMENTS_PROVIDERS_UPAY_REQUESTS_H_
