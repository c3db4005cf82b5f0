#include <memory>
#include <utility>

#include "server/engine/change_payment.h"
#include "server/engine/stated_outcome.h"
#include "server/engine/use_cases.h"

namespace payments {
namespace {

// ResolvePayment, step by step.
class ResolvePaymentCase : public Steps<ResolvePaymentCase> {
 public:
  ResolvePaymentCase(EngineCore* core, Caller caller, v1::ResolvePaymentRequest request,
                     absl::Time deadline, Done<v1::ResolvePaymentResponse> done)
      : core_(core),
        mark_(core),
        caller_(std::move(caller)),
        request_(std::move(request)),
        deadline_(deadline),
        done_(std::move(done)) {}

  void Start() {
    if (core_->draining) return Finish(DrainingError());
    core_->deps.store->GetPayment(caller_.tenant, request_.name(),
                                  Then(&ResolvePaymentCase::OnPayment));
  }

 private:
  void OnPayment(absl::StatusOr<StoredPayment> stored) {
    if (!stored.ok()) return Finish(PaymentNotFound(request_.name(), stored.status()));
    if (absl::Status status = Judge(stored->record.payment()); !status.ok()) {
      return Finish(std::move(status));
    }
    v1::Cause cause;
    cause.set_kind(v1::CAUSE_KIND_OPERATOR);
    cause.set_principal(caller_.principal);
    cause.set_detail(request_.reason());
    const Learned learned = LearnedFrom(request_.resolution());
    const PaymentRpc rpc =
        learned == Learned::kAcknowledged ? PaymentRpc::kAcknowledge : PaymentRpc::kState;
    ChangePayment::Run(core_, *std::move(stored), {rpc, learned, std::move(cause), request_.etag()},
                       deadline_, Then(&ResolvePaymentCase::OnChanged));
  }

  // What does not depend on where the payment is right now.
  absl::Status Judge(const v1::Payment& payment) const {
    // Its operation may count as lost and its answer still come, to this very process.
    if (!IsFinal(payment.state()) && core_->running.contains(payment.name())) {
      return RpcRefusal(PaymentRpc::kState, RpcVerdict::kInProgress, payment);
    }
    if (request_.resolution() != v1::RESOLUTION_AUTHORIZED) return absl::OkStatus();
    if (LastOperationOfKind(payment, v1::OPERATION_KIND_TRANSFER) >= 0) {
      return CannotBeHeld(payment,
                          "is a transfer, which holds nothing: state SUCCEEDED, DECLINED or "
                          "CANCELED");
    }
    if (payment.capture_mode() == v1::CAPTURE_MODE_AUTOMATIC) {
      return CannotBeHeld(payment,
                          "is captured by the server and never AUTHORIZED: state SUCCEEDED, or "
                          "release the hold at the provider and state CANCELED");
    }
    if (payment.provider_references().empty()) {
      return CannotBeHeld(payment,
                          "has no provider_references, so its hold could be neither captured nor "
                          "released from here: release it at the provider and state CANCELED");
    }
    return absl::OkStatus();
  }

  static absl::Status CannotBeHeld(const v1::Payment& payment, absl::string_view why) {
    return MakeError(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_PAYMENT_STATE,
                     absl::StrCat(payment.name(), " ", why),
                     {{"payment", payment.name()},
                      {"state", std::string(ShortStateName(payment.state()))},
                      {"provider_called", "false"}});
  }

  void OnChanged(absl::StatusOr<ChangePayment::Answer> answer) {
    if (!answer.ok()) return Finish(answer.status());
    v1::ResolvePaymentResponse response;
    *response.mutable_payment() = std::move(answer->payment);
    response.set_replayed(answer->replayed);
    Finish(std::move(response));
  }

  void Finish(absl::StatusOr<v1::ResolvePaymentResponse> result) {
    std::move(done_)(std::move(result));
  }

  EngineCore* const core_;
  const WorkMark mark_;
  const Caller caller_;
  const v1::ResolvePaymentRequest request_;
  const absl::Time deadline_;
  Done<v1::ResolvePaymentResponse> done_;
};

}  // namespace

void StartResolvePayment(EngineCore* core, Caller caller, v1::ResolvePaymentRequest request,
                         absl::Time deadline, Done<v1::ResolvePaymentResponse> done) {
  std::make_shared<ResolvePaymentCase>(core, std::move(caller), std::move(request), deadline,
                                       std::move(done))
      ->Start();
}

}  // namespace payments
