#ifndef PAYMENTS_TESTS_UNIT_SERVICE_FAKE_ENGINE_H_
#define PAYMENTS_TESTS_UNIT_SERVICE_FAKE_ENGINE_H_

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "server/engine/payment_engine.h"

namespace payments {

// An engine that remembers what it was asked, and answers what it was told to: the
// payment or card named by the request, or an error; at once, or when released.
// Thread-safe, so that tests can look.
class FakeEngine final : public PaymentEngine {
 public:
  struct Call {
    std::string method;
    Caller caller;
    std::string request;  // As text.
    CardSecrets card;
    absl::Time deadline;
    PaymentCards cards;
    std::map<std::string, Secret> fields;
  };

  void FailWith(absl::Status error) {
    const std::lock_guard lock(mu_);
    error_ = std::move(error);
  }
  // What payers' browsers are shown. Before the first call.
  void ShowAction(PayerAction action) { action_ = std::move(action); }
  // From now on answers wait for Release().
  void Hold() {
    const std::lock_guard lock(mu_);
    hold_ = true;
  }
  void Release() {
    std::vector<absl::AnyInvocable<void() &&>> held;
    {
      const std::lock_guard lock(mu_);
      hold_ = false;
      held.swap(held_);
    }
    for (auto& answer : held) std::move(answer)();
  }
  std::vector<Call> calls() const {
    const std::lock_guard lock(mu_);
    return calls_;
  }

  void RegisterCard(Caller caller, v1::RegisterCardRequest request, CardSecrets card,
                    absl::Time deadline, Done<v1::RegisterCardResponse> done) override {
    v1::RegisterCardResponse response;
    response.mutable_card()->set_name("cards/" + request.request_id());
    Take({"RegisterCard", std::move(caller), request.DebugString(), std::move(card), deadline},
         std::move(response), std::move(done));
  }
  void DeleteCard(Caller caller, v1::DeleteCardRequest request,
                  Done<v1::DeleteCardResponse> done) override {
    v1::DeleteCardResponse response;
    response.mutable_card()->set_name(request.name());
    Take({"DeleteCard", std::move(caller), request.DebugString(), {}, {}}, std::move(response),
         std::move(done));
  }
  void CreatePayment(Caller caller, v1::CreatePaymentRequest request, PaymentCards cards,
                     absl::Time deadline, Done<v1::CreatePaymentResponse> done) override {
    v1::CreatePaymentResponse response;
    response.mutable_payment()->set_name("payments/" + request.request_id());
    Call call{"CreatePayment", std::move(caller), request.DebugString(), {}, deadline};
    call.cards = std::move(cards);
    Take(std::move(call), std::move(response), std::move(done));
  }
  void ConfirmPayment(Caller caller, v1::ConfirmPaymentRequest request,
                      std::map<std::string, Secret> fields, absl::Time deadline,
                      Done<v1::ConfirmPaymentResponse> done) override {
    v1::ConfirmPaymentResponse response;
    response.mutable_payment()->set_name(request.name());
    Call call{"ConfirmPayment", std::move(caller), request.DebugString(), {}, deadline};
    call.fields = std::move(fields);
    Take(std::move(call), std::move(response), std::move(done));
  }
  void CapturePayment(Caller caller, v1::CapturePaymentRequest request, absl::Time deadline,
                      Done<v1::CapturePaymentResponse> done) override {
    v1::CapturePaymentResponse response;
    response.mutable_payment()->set_name(request.name());
    Take({"CapturePayment", std::move(caller), request.DebugString(), {}, deadline},
         std::move(response), std::move(done));
  }
  void CancelPayment(Caller caller, v1::CancelPaymentRequest request, absl::Time deadline,
                     Done<v1::CancelPaymentResponse> done) override {
    v1::CancelPaymentResponse response;
    response.set_tombstoned(request.key_case() == v1::CancelPaymentRequest::kCreateRequestId);
    Take({"CancelPayment", std::move(caller), request.DebugString(), {}, deadline},
         std::move(response), std::move(done));
  }
  void CheckPayment(Caller caller, v1::CheckPaymentRequest request, absl::Time deadline,
                    Done<v1::CheckPaymentResponse> done) override {
    v1::CheckPaymentResponse response;
    response.mutable_payment()->set_name(request.name());
    Take({"CheckPayment", std::move(caller), request.DebugString(), {}, deadline},
         std::move(response), std::move(done));
  }

  void ResolvePayment(Caller caller, v1::ResolvePaymentRequest request, absl::Time deadline,
                      Done<v1::ResolvePaymentResponse> done) override {
    v1::ResolvePaymentResponse response;
    response.mutable_payment()->set_name(request.name());
    Take({"ResolvePayment", std::move(caller), request.DebugString(), {}, deadline},
         std::move(response), std::move(done));
  }

  void GetCallback(Caller caller, v1::GetCallbackRequest request, absl::Time deadline,
                   Done<v1::GetCallbackResponse> done) override {
    v1::GetCallbackResponse response;
    response.mutable_callback()->set_name(request.name());
    Take({"GetCallback", std::move(caller), request.DebugString(), {}, deadline},
         std::move(response), std::move(done));
  }
  void ReplayCallback(Caller caller, v1::ReplayCallbackRequest request, absl::Time deadline,
                      Done<v1::ReplayCallbackResponse> done) override {
    v1::ReplayCallbackResponse response;
    response.mutable_callback()->set_name(request.name());
    Take({"ReplayCallback", std::move(caller), request.DebugString(), {}, deadline},
         std::move(response), std::move(done));
  }
  void AcknowledgeCallback(Caller caller, v1::AcknowledgeCallbackRequest request,
                           absl::Time deadline,
                           Done<v1::AcknowledgeCallbackResponse> done) override {
    v1::AcknowledgeCallbackResponse response;
    response.mutable_callback()->set_name(request.name());
    Take({"AcknowledgeCallback", std::move(caller), request.DebugString(), {}, deadline},
         std::move(response), std::move(done));
  }

  void HandleCallback(std::string /*provider*/, std::string /*token*/, HttpRequest /*request*/,
                      absl::AnyInvocable<void(HttpResponse) &&> done) override {
    std::move(done)(HttpResponse());
  }
  void OpenAction(const std::string& token, Done<PayerAction> done) override {
    Take({"OpenAction", {}, token, {}, {}}, action_, std::move(done));
  }
  void FinishAction(const std::string& token, std::map<std::string, Secret> fields,
                    Done<PayerAction> done) override {
    Call call{"FinishAction", {}, token, {}, {}};
    call.fields = std::move(fields);
    Take(std::move(call), action_, std::move(done));
  }
  void Start() override {}
  void Drain(absl::AnyInvocable<void() &&> done) override { std::move(done)(); }
  void OnCommitted(const std::vector<CommittedEvent>& /*events*/) override {}

 private:
  template <typename Response>
  void Take(Call call, Response response, Done<Response> done) {
    std::unique_lock lock(mu_);
    calls_.push_back(std::move(call));
    absl::StatusOr<Response> result = std::move(response);
    if (error_.has_value()) result = *error_;
    if (hold_) {
      held_.push_back([done = std::move(done), result = std::move(result)]() mutable {
        std::move(done)(std::move(result));
      });
      return;
    }
    lock.unlock();
    std::move(done)(std::move(result));
  }

  mutable std::mutex mu_;
  std::optional<absl::Status> error_;
  PayerAction action_;
  bool hold_ = false;
  std::vector<absl::AnyInvocable<void() &&>> held_;
  std::vector<Call> calls_;
};

}  // namespace payments

#endif  // PAYMENTS_TESTS_UNIT_SERVICE_FAKE_ENGINE_H_
