#include <memory>
#include <utility>

#include "server/engine/asking_limit.h"
#include "server/engine/change_payment.h"
#include "server/engine/payment_check.h"
#include "server/engine/use_cases.h"

namespace payments {
namespace {

// CheckPayment, step by step.
class CheckPaymentCase : public Steps<CheckPaymentCase> {
 public:
  CheckPaymentCase(EngineCore* core, Caller caller, v1::CheckPaymentRequest request,
                   absl::Time deadline, Done<v1::CheckPaymentResponse> done)
      : core_(core),
        mark_(core),
        caller_(std::move(caller)),
        request_(std::move(request)),
        deadline_(deadline),
        done_(std::move(done)) {}

  void Start() {
    if (core_->draining) return Finish(DrainingError());
    core_->deps.store->GetPayment(caller_.tenant, request_.name(),
                                  Then(&CheckPaymentCase::OnPayment));
  }

 private:
  void OnPayment(absl::StatusOr<StoredPayment> stored) {
    if (!stored.ok()) return Finish(PaymentNotFound(request_.name(), stored.status()));
    if (absl::Status status = AdmitAsking(core_, request_.name()); !status.ok())
      return Finish(std::move(status));
    v1::Cause cause;
    cause.set_kind(v1::CAUSE_KIND_CHECK);
    cause.set_principal(caller_.principal);
    CheckStored(
        core_, *std::move(stored),
        {.trigger = CheckTrigger::kCaller, .cause = std::move(cause), .deadline = deadline_},
        ThenPlain(&CheckPaymentCase::OnChecked));
  }

  void OnChecked(const CheckDone& check) {
    if (check.retry_delay.has_value()) {
      core_->last_asked.erase(request_.name());
      return Finish(AskedTooOften(request_.name(),
                                  "all checks that the account may make now are taken",
                                  *check.retry_delay));
    }
    v1::CheckPaymentResponse response;
    *response.mutable_payment() = check.stored.record.payment();
    response.set_checked(check.asked && check.answered);
    Finish(std::move(response));
  }

  void Finish(absl::StatusOr<v1::CheckPaymentResponse> result) {
    std::move(done_)(std::move(result));
  }

  EngineCore* const core_;
  const WorkMark mark_;
  const Caller caller_;
  const v1::CheckPaymentRequest request_;
  const absl::Time deadline_;
  Done<v1::CheckPaymentResponse> done_;
};

}  // namespace

void StartCheckPayment(EngineCore* core, Caller caller, v1::CheckPaymentRequest request,
                       absl::Time deadline, Done<v1::CheckPaymentResponse> done) {
  std::make_shared<CheckPaymentCase>(core, std::move(caller), std::move(request), deadline,
                                     std::move(done))
      ->Start();
}

}  // namespace payments
