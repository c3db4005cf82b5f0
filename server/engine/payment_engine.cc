#include "server/engine/payment_engine.h"

#include <memory>
#include <utility>

#include "server/engine/callback_sweep.h"
#include "server/engine/engine_core.h"
#include "server/engine/reconciler.h"
#include "server/engine/use_cases.h"

namespace payments {
namespace {

class PaymentEngineImpl : public PaymentEngine {
 public:
  PaymentEngineImpl(Dependencies deps, EnginePolicy policy) : core_(deps, std::move(policy)) {}

  void RegisterCard(Caller caller, v1::RegisterCardRequest request, CardSecrets card,
                    absl::Time deadline, Done<v1::RegisterCardResponse> done) override {
    StartRegisterCard(&core_, std::move(caller), std::move(request), std::move(card), deadline,
                      std::move(done));
  }
  void DeleteCard(Caller caller, v1::DeleteCardRequest request,
                  Done<v1::DeleteCardResponse> done) override {
    StartDeleteCard(&core_, std::move(caller), std::move(request), std::move(done));
  }
  void CreatePayment(Caller caller, v1::CreatePaymentRequest request, PaymentCards cards,
                     absl::Time deadline, Done<v1::CreatePaymentResponse> done) override {
    StartCreatePayment(&core_, std::move(caller), std::move(request), std::move(cards), deadline,
                       std::move(done));
  }
  void ConfirmPayment(Caller caller, v1::ConfirmPaymentRequest request,
                      std::map<std::string, Secret> fields, absl::Time deadline,
                      Done<v1::ConfirmPaymentResponse> done) override {
    StartConfirmPayment(&core_, std::move(caller), request, std::move(fields), deadline,
                        std::move(done));
  }
  void CapturePayment(Caller caller, v1::CapturePaymentRequest request, absl::Time deadline,
                      Done<v1::CapturePaymentResponse> done) override {
    StartCapturePayment(&core_, std::move(caller), std::move(request), deadline, std::move(done));
  }
  void CancelPayment(Caller caller, v1::CancelPaymentRequest request, absl::Time deadline,
                     Done<v1::CancelPaymentResponse> done) override {
    StartCancelPayment(&core_, std::move(caller), std::move(request), deadline, std::move(done));
  }
  void CheckPayment(Caller caller, v1::CheckPaymentRequest request, absl::Time deadline,
                    Done<v1::CheckPaymentResponse> done) override {
    StartCheckPayment(&core_, std::move(caller), std::move(request), deadline, std::move(done));
  }
  void ResolvePayment(Caller caller, v1::ResolvePaymentRequest request, absl::Time deadline,
                      Done<v1::ResolvePaymentResponse> done) override {
    StartResolvePayment(&core_, std::move(caller), std::move(request), deadline, std::move(done));
  }
  void HandleCallback(std::string provider, std::string token, HttpRequest request,
                      absl::AnyInvocable<void(HttpResponse) &&> done) override {
    StartHandleCallback(&core_, std::move(provider), token, std::move(request), std::move(done));
  }
  void OpenAction(const std::string& token, Done<PayerAction> done) override {
    StartOpenAction(&core_, token, std::move(done));
  }
  void FinishAction(const std::string& token, std::map<std::string, Secret> fields,
                    Done<PayerAction> done) override {
    StartFinishAction(&core_, token, std::move(fields), std::move(done));
  }
  void GetCallback(Caller caller, v1::GetCallbackRequest request, absl::Time /*deadline*/,
                   Done<v1::GetCallbackResponse> done) override {
    StartGetCallback(&core_, std::move(caller), std::move(request), std::move(done));
  }
  void ReplayCallback(Caller caller, v1::ReplayCallbackRequest request, absl::Time deadline,
                      Done<v1::ReplayCallbackResponse> done) override {
    StartReplayCallback(&core_, std::move(caller), std::move(request), deadline, std::move(done));
  }
  void AcknowledgeCallback(Caller caller, v1::AcknowledgeCallbackRequest request,
                           absl::Time /*deadline*/,
                           Done<v1::AcknowledgeCallbackResponse> done) override {
    StartAcknowledgeCallback(&core_, caller, request, std::move(done));
  }
  void Start() override {
    CallbackSweep::Start(&core_);
    Reconciler::Start(&core_);
  }

  void Drain(absl::AnyInvocable<void() &&> done) override {
    core_.draining = true;
    core_.callback_checks.DropWaiting();
    if (core_.work_in_flight == 0) return core_.deps.executor->Post(std::move(done));
    core_.on_drained = std::move(done);
  }

  void OnCommitted(const std::vector<CommittedEvent>& events) override {
    for (const CommittedEvent& event : events) core_.waiters.OnCommitted(event);
  }

 private:
  EngineCore core_;
};

}  // namespace

std::unique_ptr<PaymentEngine> PaymentEngine::Create(Dependencies deps, EnginePolicy policy) {
  return std::make_unique<PaymentEngineImpl>(deps, std::move(policy));
}

}  // namespace payments
