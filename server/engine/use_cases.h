#ifndef PAYMENTS_SERVER_ENGINE_USE_CASES_H_
#define PAYMENTS_SERVER_ENGINE_USE_CASES_H_

#include <string>

#include "server/engine/callback_handling.h"
#include "server/engine/engine_core.h"

// One function a use case, each in the file of its name; PaymentEngine's methods
// call them. `core` outlives everything they start.

namespace payments {

void StartRegisterCard(EngineCore* core, Caller caller, v1::RegisterCardRequest request,
                       CardSecrets card, absl::Time deadline, Done<v1::RegisterCardResponse> done);
void StartDeleteCard(EngineCore* core, Caller caller, v1::DeleteCardRequest request,
                     Done<v1::DeleteCardResponse> done);
void StartCreatePayment(EngineCore* core, Caller caller, v1::CreatePaymentRequest request,
                        PaymentCards cards, absl::Time deadline,
                        Done<v1::CreatePaymentResponse> done);
void StartConfirmPayment(EngineCore* core, Caller caller, const v1::ConfirmPaymentRequest& request,
                         std::map<std::string, Secret> fields, absl::Time deadline,
                         Done<v1::ConfirmPaymentResponse> done);
void StartOpenAction(EngineCore* core, const std::string& token, Done<PayerAction> done);
void StartFinishAction(EngineCore* core, const std::string& token,
                       std::map<std::string, Secret> fields, Done<PayerAction> done);
void StartCapturePayment(EngineCore* core, Caller caller, v1::CapturePaymentRequest request,
                         absl::Time deadline, Done<v1::CapturePaymentResponse> done);
void StartCancelPayment(EngineCore* core, Caller caller, v1::CancelPaymentRequest request,
                        absl::Time deadline, Done<v1::CancelPaymentResponse> done);
void StartCheckPayment(EngineCore* core, Caller caller, v1::CheckPaymentRequest request,
                       absl::Time deadline, Done<v1::CheckPaymentResponse> done);
void StartResolvePayment(EngineCore* core, Caller caller, v1::ResolvePaymentRequest request,
                         absl::Time deadline, Done<v1::ResolvePaymentResponse> done);
void StartHandleCallback(EngineCore* core, std::string provider, const std::string& token,
                         HttpRequest request, absl::AnyInvocable<void(HttpResponse) &&> done);
void StartGetCallback(EngineCore* core, Caller caller, v1::GetCallbackRequest request,
                      Done<v1::GetCallbackResponse> done);
void StartReplayCallback(EngineCore* core, Caller caller, v1::ReplayCallbackRequest request,
                         absl::Time deadline, Done<v1::ReplayCallbackResponse> done);
void StartAcknowledgeCallback(EngineCore* core, const Caller& caller,
                              const v1::AcknowledgeCallbackRequest& request,
                              Done<v1::AcknowledgeCallbackResponse> done);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_USE_CASES_H_
