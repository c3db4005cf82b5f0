#ifndef PAYMENTS_SERVER_ENGINE_CAPABILITY_CHECK_H_
#define PAYMENTS_SERVER_ENGINE_CAPABILITY_CHECK_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "payments/v1/payments_service.pb.h"
#include "server/engine/account_directory.h"

namespace payments {

// Whether the account can do what is asked: what it does not declare is refused here,
// before any provider is called (CAPABILITY_NOT_SUPPORTED, or the field at fault).
absl::Status CheckCapabilities(const Account& account, const v1::CreatePaymentRequest& request);
absl::Status CheckCapabilities(const Account& account, const v1::RegisterCardRequest& request);
absl::Status CheckCaptureAmount(const Account& account, const v1::Payment& payment,
                                const v1::CapturePaymentRequest& request);

// The account that `name` names, or, if it is empty, the tenant's only one that can do what
// is asked. If none can, but only one is for this kind of payment, its own refusal; else
// NO_SUITABLE_ACCOUNT, with each one's. ACCOUNT_AMBIGUOUS names the candidates.
absl::StatusOr<const Account*> ChooseAccount(const AccountDirectory& accounts,
                                             absl::string_view tenant, absl::string_view name,
                                             const v1::CreatePaymentRequest& request);
// The same, `request.account()` being the name.
absl::StatusOr<const Account*> ChooseAccount(const AccountDirectory& accounts,
                                             absl::string_view tenant,
                                             const v1::RegisterCardRequest& request);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_CAPABILITY_CHECK_H_
