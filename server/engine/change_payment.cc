#include "server/engine/change_payment.h"

namespace payments {
namespace {

bool IsOperators(PaymentRpc rpc) {
  return rpc == PaymentRpc::kAcknowledge || rpc == PaymentRpc::kState;
}

// An operation was begun, or one came to its end.
bool HasMovedOn(const v1::Payment& before, const v1::Payment& after) {
  if (before.operations_size() != after.operations_size()) return true;
  const v1::Operation& last_before = *before.operations().rbegin();
  const v1::Operation& last_after = *after.operations().rbegin();
  return last_before.dispatch() != last_after.dispatch() ||
         last_before.result() != last_after.result();
}

}  // namespace

void ChangePayment::Run(EngineCore* core, StoredPayment stored, Wish wish, absl::Time deadline,
                        Done<Answer> done) {
  std::make_shared<ChangePayment>(core, std::move(stored), std::move(wish), deadline,
                                  std::move(done))
      ->Judge();
}

void ChangePayment::Judge() {
  const RpcVerdict verdict = VerdictFor(wish_.rpc, wish_.learned, stored_.record);
  // What was done already is shown, whatever the etag: the caller repeats himself.
  if (verdict == RpcVerdict::kReplay) {
    replayed_ = true;
    return Begin();
  }
  if (!wish_.etag.empty() && wish_.etag != payment().etag()) {
    return Overtaken("etag is not the current one: read the payment again");
  }
  if (verdict != RpcVerdict::kBegin) return Finish(RpcRefusal(wish_.rpc, verdict, payment()));
  if (IsOperators(wish_.rpc) && payment().needs_review() && wish_.etag.empty()) {
    return Finish(WithMetadata(
        InvalidField("etag",
                     "required while needs_review is set: that of the payment as looked at"),
        {{"payment", payment().name()}, {"provider_called", "false"}}));
  }
  Begin();
}

void ChangePayment::Begin() {
  Evidence evidence;
  evidence.learned = wish_.learned;
  evidence.cause = wish_.cause;
  Change change = ApplyEvidence(stored_, evidence, core_->policy, core_->ChecksOf(stored_.record),
                                core_->Now());
  if (!change.commit) {
    replayed_ = true;
    return WaitUntilSettled();
  }
  send_operation_ = change.send_operation;
  core_->CommitPayment(std::move(change.write), Then(&ChangePayment::OnCommitted));
}

void ChangePayment::Overtaken(absl::string_view why) {
  Finish(MakeError(absl::StatusCode::kAborted, v1::ERROR_REASON_ETAG_MISMATCH, why,
                   {{"payment", payment().name()}, {"provider_called", "false"}}));
}

void ChangePayment::OnCommitted(absl::StatusOr<StoredPayment> stored) {
  // An operator's word is about what he has seen, and about nothing that came since.
  if (absl::IsAborted(stored.status()) && IsOperators(wish_.rpc)) {
    return Overtaken("the payment has changed just now: look at it again");
  }
  if (absl::IsAborted(stored.status()) && ++attempts_ < kAttemptsMax) {
    return core_->deps.store->GetPayment(stored_.record.tenant(), payment().name(),
                                         Then(&ChangePayment::OnReread));
  }
  if (absl::IsAborted(stored.status())) {
    return Overtaken("the payment changes faster than it can be judged: try again");
  }
  if (!stored.ok()) return Finish(StoreError(stored.status()));
  stored_ = *std::move(stored);
  if (send_operation_ < 0) return WaitUntilSettled();
  core_->waiters.Wait(payment().name(), deadline_, ThenPlain(&ChangePayment::OnSettled));
  RunOperation(core_, stored_, send_operation_, wish_.cause, std::move(wish_.input));
}

void ChangePayment::OnReread(absl::StatusOr<StoredPayment> stored) {
  if (!stored.ok()) return Finish(StoreError(stored.status()));
  // Before a capture the provider is asked about all earlier ones (capture_payment.cc), and
  // it was not asked about one that has come and gone since.
  const bool unasked =
      wish_.rpc == PaymentRpc::kCapture && HasMovedOn(payment(), stored->record.payment());
  stored_ = *std::move(stored);
  if (unasked && VerdictFor(wish_.rpc, wish_.learned, stored_.record) == RpcVerdict::kBegin) {
    return Overtaken("another capture has come and gone just now: try again");
  }
  Judge();
}

void ChangePayment::WaitUntilSettled() {
  if (IsSettled(payment())) return Finish(Answer{payment(), replayed_});
  core_->waiters.Wait(payment().name(), deadline_, ThenPlain(&ChangePayment::OnSettled));
  // It may have been settled between the reading and the waiting.
  core_->deps.store->GetPayment(stored_.record.tenant(), payment().name(),
                                Then(&ChangePayment::OnLastRead));
}

void ChangePayment::OnSettled(const std::shared_ptr<const v1::Event>& event) {
  if (done_ == nullptr) return;
  if (event != nullptr) return Finish(Answer{event->payment(), replayed_});
  // The deadline came first: the state so far.
  deadline_passed_ = true;
  core_->deps.store->GetPayment(stored_.record.tenant(), payment().name(),
                                Then(&ChangePayment::OnLastRead));
}

void ChangePayment::OnLastRead(absl::StatusOr<StoredPayment> stored) {
  if (done_ == nullptr) return;
  if (!stored.ok()) {
    if (deadline_passed_) Finish(StoreErrorAfterSending(stored.status()));
    return;
  }
  if (deadline_passed_ || IsSettled(stored->record.payment())) {
    Finish(Answer{stored->record.payment(), replayed_});
  }
}

void ChangePayment::Finish(absl::StatusOr<Answer> answer) {
  mark_.reset();
  if (done_ != nullptr) std::move(done_)(std::move(answer));
  done_ = nullptr;
}

absl::Status PaymentNotFound(absl::string_view name, const absl::Status& status) {
  if (!absl::IsNotFound(status)) return StoreError(status);
  return MakeError(absl::StatusCode::kNotFound, v1::ERROR_REASON_PAYMENT_NOT_FOUND,
                   absl::StrCat("there is no ", name, " for this caller"),
                   {{"provider_called", "false"}});
}

}  // namespace payments
