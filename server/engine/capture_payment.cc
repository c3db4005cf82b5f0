#include <memory>
#include <utility>

#include "server/engine/capability_check.h"
#include "server/engine/change_payment.h"
#include "server/engine/check_plan.h"
#include "server/engine/payment_check.h"
#include "server/engine/use_cases.h"

namespace payments {
namespace {

// CapturePayment, step by step.
class CapturePaymentCase : public Steps<CapturePaymentCase> {
 public:
  CapturePaymentCase(EngineCore* core, Caller caller, v1::CapturePaymentRequest request,
                     absl::Time deadline, Done<v1::CapturePaymentResponse> done)
      : core_(core),
        mark_(core),
        caller_(std::move(caller)),
        request_(std::move(request)),
        deadline_(deadline),
        done_(std::move(done)) {
    cause_.set_kind(v1::CAUSE_KIND_RPC);
    cause_.set_id(request_.request_id());
    cause_.set_principal(caller_.principal);
  }

  void Start() {
    if (core_->draining) return Finish(DrainingError());
    core_->deps.store->GetPayment(caller_.tenant, request_.name(),
                                  Then(&CapturePaymentCase::OnPayment));
  }

 private:
  void OnPayment(absl::StatusOr<StoredPayment> stored) {
    if (!stored.ok()) return Finish(PaymentNotFound(request_.name(), stored.status()));
    const v1::Payment& payment = stored->record.payment();
    const Account* account = core_->FindAccount(caller_.tenant, payment.account());
    if (account == nullptr) {
      return Finish(MakeError(absl::StatusCode::kFailedPrecondition,
                              v1::ERROR_REASON_ACCOUNT_NOT_FOUND,
                              absl::StrCat(payment.account(), " is no longer configured"),
                              {{"payment", payment.name()}, {"provider_called", "false"}}));
    }
    if (absl::Status status = CheckCaptureAmount(*account, payment, request_); !status.ok()) {
      return Finish(std::move(status));
    }
    if (MayBeCaptured(*stored)) return CheckEarlier(*std::move(stored));
    Change(*std::move(stored));
  }

  // A capture that was or may have been sent, and that is not running or done. Of a restored
  // payment nobody knows what was sent after the backup.
  static bool MayBeCaptured(const StoredPayment& stored) {
    if (PhaseOf(stored.record) != Phase::kAuthorized) return false;
    return stored.record.restored() || !MakeCheckCall(stored, {}).capture_numbers.empty();
  }

  // Before another capture is sent, the provider is asked about all earlier ones.
  void CheckEarlier(StoredPayment stored) {
    operations_asked_ = stored.record.payment().operations_size();
    CheckStored(core_, std::move(stored),
                {.trigger = CheckTrigger::kCaller, .cause = cause_, .deadline = deadline_},
                ThenPlain(&CapturePaymentCase::OnChecked));
  }

  void OnChecked(CheckDone check) {
    // What it has become decides, if that is no question of another capture.
    if (PhaseOf(check.stored.record) != Phase::kAuthorized) return Change(std::move(check.stored));
    if (check.retry_delay.has_value()) return Finish(TooOften(*check.retry_delay));
    // Somebody else's capture has come and gone meanwhile: that one was not asked about.
    const bool all_asked =
        check.stored.record.payment().operations_size() == operations_asked_ && check.asked;
    if (!all_asked || !check.conclusive) return Finish(NotAskedAbout(check.asked));
    Change(std::move(check.stored));
  }

  absl::Status TooOften(absl::Duration wait) const {
    return WithRetryDelay(
        MakeError(absl::StatusCode::kResourceExhausted, v1::ERROR_REASON_RATE_LIMITED,
                  "an earlier capture has to be asked about before another is sent, and all "
                  "checks that the account may make now are taken",
                  {{"payment", request_.name()},
                   {"provider_called", "false"},
                   {"safe_to_retry", "false"}}),
        wait);
  }

  absl::Status NotAskedAbout(bool asked) const {
    return MakeError(absl::StatusCode::kUnavailable, v1::ERROR_REASON_PROVIDER_UNAVAILABLE,
                     "an earlier capture could not be asked about; no new one was sent",
                     {{"payment", request_.name()},
                      {"provider_called", asked ? "true" : "false"},
                      {"safe_to_retry", "false"}});
  }

  void Change(StoredPayment stored) {
    ChangePayment::Run(core_, std::move(stored),
                       {PaymentRpc::kCapture, Learned::kCaptureWanted, cause_, request_.etag()},
                       deadline_, Then(&CapturePaymentCase::OnChanged));
  }

  void OnChanged(absl::StatusOr<ChangePayment::Answer> answer) {
    if (!answer.ok()) return Finish(answer.status());
    if (absl::Status status = NotReached(answer->payment); !status.ok()) {
      return Finish(std::move(status));
    }
    v1::CapturePaymentResponse response;
    *response.mutable_payment() = std::move(answer->payment);
    response.set_replayed(answer->replayed);
    Finish(std::move(response));
  }

  // Still AUTHORIZED, as the provider was provably not reached: an error, not a refusal.
  static absl::Status NotReached(const v1::Payment& payment) {
    const v1::Operation& last = *payment.operations().rbegin();
    if (payment.state() != v1::PAYMENT_STATE_AUTHORIZED ||
        last.kind() != v1::OPERATION_KIND_CAPTURE ||
        last.dispatch() != v1::OPERATION_DISPATCH_NOT_SENT) {
      return absl::OkStatus();
    }
    return MakeError(
        absl::StatusCode::kUnavailable, v1::ERROR_REASON_PROVIDER_UNAVAILABLE,
        absl::StrCat("the provider was not reached, nothing was captured: ",
                     last.provider_message()),
        {{"payment", payment.name()}, {"provider_called", "false"}, {"safe_to_retry", "false"}});
  }

  void Finish(absl::StatusOr<v1::CapturePaymentResponse> result) {
    std::move(done_)(std::move(result));
  }

  EngineCore* const core_;
  const WorkMark mark_;
  const Caller caller_;
  const v1::CapturePaymentRequest request_;
  const absl::Time deadline_;
  Done<v1::CapturePaymentResponse> done_;
  v1::Cause cause_;
  int operations_asked_ = 0;  // So many there were when the earlier captures were asked about.
};

}  // namespace

void StartCapturePayment(EngineCore* core, Caller caller, v1::CapturePaymentRequest request,
                         absl::Time deadline, Done<v1::CapturePaymentResponse> done) {
  std::make_shared<CapturePaymentCase>(core, std::move(caller), std::move(request), deadline,
                                       std::move(done))
      ->Start();
}

}  // namespace payments
