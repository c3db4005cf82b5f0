#include <memory>
#include <utility>

#include "server/engine/ask_restored.h"
#include "server/engine/change_payment.h"
#include "server/engine/use_cases.h"

namespace payments {
namespace {

// CancelPayment, step by step.
class CancelPaymentCase : public Steps<CancelPaymentCase> {
 public:
  CancelPaymentCase(EngineCore* core, Caller caller, v1::CancelPaymentRequest request,
                    absl::Time deadline, Done<v1::CancelPaymentResponse> done)
      : core_(core),
        mark_(core),
        caller_(std::move(caller)),
        request_(std::move(request)),
        deadline_(deadline),
        done_(std::move(done)) {}

  void Start() {
    if (core_->draining) return Finish(DrainingError());
    if (request_.has_name()) {
      return core_->deps.store->GetPayment(caller_.tenant, request_.name(),
                                           Then(&CancelPaymentCase::OnPayment));
    }
    // Takes the request_id if nobody has it, so that a late original is refused.
    core_->deps.store->TombstoneRequestId(caller_.tenant, request_.create_request_id(),
                                          core_->Now(), Then(&CancelPaymentCase::OnTombstone));
  }

 private:
  void OnTombstone(absl::StatusOr<Claim<StoredPayment>> claim) {
    if (!claim.ok()) return Finish(StoreError(claim.status()));
    if (!claim->tombstoned) return OnPayment(std::move(claim->stored));
    v1::CancelPaymentResponse response;
    response.set_tombstoned(true);
    Finish(std::move(response));
  }

  void OnPayment(absl::StatusOr<StoredPayment> stored) {
    if (!stored.ok()) return Finish(PaymentNotFound(request_.name(), stored.status()));
    AskRestored(core_, *std::move(stored), RpcCause(), deadline_,
                Then(&CancelPaymentCase::OnAsked));
  }

  v1::Cause RpcCause() const {
    v1::Cause cause;
    cause.set_kind(v1::CAUSE_KIND_RPC);
    cause.set_id(request_.request_id());
    cause.set_principal(caller_.principal);
    return cause;
  }

  void OnAsked(absl::StatusOr<StoredPayment> stored) {
    if (!stored.ok()) return Finish(stored.status());
    ChangePayment::Run(core_, *std::move(stored),
                       {PaymentRpc::kCancel, Learned::kCancelWanted, RpcCause(), request_.etag()},
                       deadline_, Then(&CancelPaymentCase::OnChanged));
  }

  void OnChanged(absl::StatusOr<ChangePayment::Answer> answer) {
    if (!answer.ok()) return Finish(answer.status());
    v1::CancelPaymentResponse response;
    *response.mutable_payment() = std::move(answer->payment);
    response.set_replayed(answer->replayed);
    Finish(std::move(response));
  }

  void Finish(absl::StatusOr<v1::CancelPaymentResponse> result) {
    std::move(done_)(std::move(result));
  }

  EngineCore* const core_;
  const WorkMark mark_;
  const Caller caller_;
  const v1::CancelPaymentRequest request_;
  const absl::Time deadline_;
  Done<v1::CancelPaymentResponse> done_;
};

}  // namespace

void StartCancelPayment(EngineCore* core, Caller caller, v1::CancelPaymentRequest request,
                        absl::Time deadline, Done<v1::CancelPaymentResponse> done) {
  std::make_shared<CancelPaymentCase>(core, std::move(caller), std::move(request), deadline,
                                      std::move(done))
      ->Start();
}

}  // namespace payments
