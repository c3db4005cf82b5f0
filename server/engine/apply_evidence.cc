#include "server/engine/apply_evidence.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/engine/check_schedule.h"
#include "server/engine/contradictions.h"
#include "server/engine/operation_news.h"
#include "server/engine/payer_message.h"
#include "server/engine/payment_phase.h"
#include "server/engine/proto_time.h"
#include "server/engine/stated_outcome.h"

namespace payments {
namespace {

// Works one piece of evidence into a copy of the record. Used once.
class EvidenceApplier {
 public:
  EvidenceApplier(const StoredPayment& stored, const Evidence& evidence, const EnginePolicy& policy,
                  const CheckPolicy& checks, absl::Time now)
      : stored_(stored), evidence_(evidence), policy_(policy), checks_(checks), now_(now) {
    change_.write.record = stored.record;
    change_.write.cause = evidence.cause;
  }

  Change Run() {
    // Somebody was faster and brought a reference: now there is something to ask by.
    if (evidence_.unasked && !stored_.record.payment().provider_references().empty()) {
      return Finish();
    }
    const Learned learned = Judge();
    const Phase phase = PhaseOf(stored_.record);
    // An older operation of the same kind has a say only if it was done after all.
    const bool superseded = IsSuperseded() && !IsPositive(learned);
    RecordInOperation(learned);
    // With another amount too: who has to decide needs to find it at the provider.
    if (IsPositive(evidence_.learned) && !another_reference_) RecordReferences();
    RecordSavedCards();
    if (!superseded) Make(MoveFor(phase, learned), learned);
    return Finish();
  }

 private:
  v1::Payment& payment() { return *change_.write.record.mutable_payment(); }
  bool automatic() const {
    return stored_.record.payment().capture_mode() == v1::CAPTURE_MODE_AUTOMATIC;
  }

  // Rule 6: what the provider states is compared with ours before it is believed.
  Learned Judge() {
    if (!IsPositive(evidence_.learned)) return evidence_.learned;
    const v1::Payment& ours = stored_.record.payment();
    for (const auto& [key, value] : evidence_.references) {
      auto known = ours.provider_references().find(key);
      if (known != ours.provider_references().end() && known->second != value) {
        another_reference_ = true;
        return Mismatch(absl::StrCat("another ", ToldReference(key, value)));
      }
    }
    if (!evidence_.amount.has_value()) return evidence_.learned;
    if (evidence_.amount->amount_minor() != ours.amount().amount_minor() ||
        evidence_.amount->currency_code() != ours.amount().currency_code()) {
      const std::string detail =
          absl::StrCat("the provider states ", evidence_.amount->amount_minor(), " ",
                       evidence_.amount->currency_code());
      // An operator has decided upon this difference: what is stated with it counts.
      if (!WasAcknowledged(stored_.record, detail)) return Mismatch(detail);
    }
    return evidence_.learned;
  }

  Learned Mismatch(std::string detail) {
    change_.write.cause.set_detail(std::move(detail));
    return Learned::kMismatch;
  }

  // The operation that the evidence is about; -1 if there is none.
  int OperationIndex(v1::OperationKind kind) const {
    return evidence_.operation >= 0 ? evidence_.operation
                                    : LastOperationOfKind(stored_.record.payment(), kind);
  }

  bool IsSuperseded() const {
    if (evidence_.operation < 0) return false;
    const v1::Payment& ours = stored_.record.payment();
    const v1::OperationKind kind = ours.operations(evidence_.operation).kind();
    return LastOperationOfKind(ours, kind) != evidence_.operation;
  }

  void RecordInOperation(Learned learned) {
    const OperationNews news = NewsOf(learned);
    if (news.kind == v1::OPERATION_KIND_UNSPECIFIED) return;
    const int index = OperationIndex(news.kind);
    if (index < 0) return;
    v1::Operation& operation = *payment().mutable_operations(index);
    if (IsConclusive(operation.result())) return;
    if (operation.result() == news.result && operation.dispatch() == news.dispatch) return;
    // An answer that was lost later does not unsay "in process".
    if (news.result == v1::OPERATION_RESULT_UNKNOWN &&
        operation.dispatch() == v1::OPERATION_DISPATCH_ANSWERED) {
      return;
    }
    // Only an operation's own answer, or "in process", makes it ANSWERED.
    if (evidence_.operation >= 0 || news.result == v1::OPERATION_RESULT_PENDING) {
      operation.set_dispatch(news.dispatch);
    }
    EndOperation(index, news.result);
  }

  void EndOperation(int index, v1::OperationResult result) {
    v1::Operation& operation = *payment().mutable_operations(index);
    operation.set_result(result);
    operation.set_provider_code(evidence_.answer.code);
    operation.set_provider_message(evidence_.answer.message);
    operation.clear_end_time();
    if (result != v1::OPERATION_RESULT_PENDING) *operation.mutable_end_time() = ToTimestamp(now_);
    if (result == v1::OPERATION_RESULT_DECLINED || result == v1::OPERATION_RESULT_NOT_DONE) {
      *change_.write.record.mutable_operations(index)->mutable_failure() =
          MakeFailure(evidence_.answer, result == v1::OPERATION_RESULT_DECLINED
                                            ? v1::FAILURE_CATEGORY_PROVIDER_DECLINED
                                            : v1::FAILURE_CATEGORY_NOT_EXECUTED);
    }
    changed_ = true;
  }

  void RecordReferences() {
    for (const auto& [key, value] : evidence_.references) {
      if (payment().mutable_provider_references()->insert({key, value}).second) changed_ = true;
    }
  }

  // A callback and a check may tell of the same card: the second one is no news.
  void RecordSavedCards() {
    const SavedCardNames& saved = evidence_.saved_cards;
    if (!saved.source.empty() && saved.source != payment().saved_source_card()) {
      payment().set_saved_source_card(saved.source);
      changed_ = true;
    }
    if (!saved.destination.empty() && saved.destination != payment().saved_destination_card()) {
      payment().set_saved_destination_card(saved.destination);
      changed_ = true;
    }
  }

  void Make(Move move, Learned learned) {
    switch (move) {
      case Move::kIgnore:
      case Move::kNote:
        return;
      case Move::kReview:
        return Review(learned);
      case Move::kReviewIfHeld:
        if (!HasSucceeded(payment(), v1::OPERATION_KIND_CANCEL) || stored_.record.resolved()) {
          Review(learned);
        }
        return;
      case Move::kReviewIfStated:
        if (stored_.record.resolved()) Review(learned);
        return;
      case Move::kReviewIfNoCapture:
        if (!CaptureMayHaveBeenSent()) Review(learned);
        return;
      case Move::kAcknowledge:
        return ClearReview();
      case Move::kResolve:
        return Resolve(learned);
      case Move::kDispute:
        return Dispute(learned);
      case Move::kCancelLater:
        return RequestCancel();
      case Move::kHoldPlaced:
        return HoldPlaced();
      case Move::kAskPayer:
        return AskPayer(learned);
      case Move::kHoldPending:
      case Move::kCapturePending:
      case Move::kTransferPending:
      case Move::kReleaseAgain:
        return Enter(v1::PAYMENT_STATE_PROCESSING);
      case Move::kHoldUnknown:
        *change_.write.record.mutable_hold_start_time() = ToTimestamp(now_);
        UpdateExpireTime();
        return Enter(v1::PAYMENT_STATE_UNKNOWN);
      case Move::kCaptureUnknown:
      case Move::kReleaseUnknown:
      case Move::kTransferUnknown:
      case Move::kConfirmUnknown:
        return Enter(v1::PAYMENT_STATE_UNKNOWN);
      default:
        return End(move, learned);
    }
  }

  // The moves that end a step or the payment.
  void End(Move move, Learned learned) {
    const bool cancel_requested = payment().cancel_requested();
    switch (move) {
      case Move::kDecline:
        CloseAuthorize(v1::OPERATION_RESULT_DECLINED);
        // Nobody refused what is only proven not to have been done.
        CloseTransfer(learned == Learned::kTransferDeclined ? v1::OPERATION_RESULT_DECLINED
                                                            : v1::OPERATION_RESULT_NOT_DONE);
        return Enter(cancel_requested && learned == Learned::kHoldClosed
                         ? v1::PAYMENT_STATE_CANCELED
                         : v1::PAYMENT_STATE_DECLINED);
      case Move::kFail:
        return Enter(cancel_requested ? v1::PAYMENT_STATE_CANCELED : v1::PAYMENT_STATE_FAILED);
      case Move::kExpire:
        CloseAuthorize(v1::OPERATION_RESULT_UNKNOWN);
        CloseTransfer(v1::OPERATION_RESULT_NOT_DONE);
        return Enter(cancel_requested ? v1::PAYMENT_STATE_CANCELED : v1::PAYMENT_STATE_EXPIRED);
      case Move::kSendCapture:
        return Send(v1::OPERATION_KIND_CAPTURE);
      case Move::kSendRelease:
        if (learned == Learned::kCancelWanted) RequestCancel();
        return Send(v1::OPERATION_KIND_CANCEL);
      case Move::kSendConfirm:
        return Send(v1::OPERATION_KIND_CONFIRM);
      case Move::kWithdraw:
        if (learned == Learned::kCancelWanted) RequestCancel();
        return Withdraw();
      case Move::kSucceed:
        CloseTransfer(v1::OPERATION_RESULT_SUCCEEDED);
        return Enter(v1::PAYMENT_STATE_SUCCEEDED);
      case Move::kCaptureRefused:
        return automatic() ? Send(v1::OPERATION_KIND_CANCEL) : Enter(v1::PAYMENT_STATE_AUTHORIZED);
      case Move::kCaptureAgain:
        return Enter(automatic() ? v1::PAYMENT_STATE_PROCESSING : v1::PAYMENT_STATE_AUTHORIZED);
      case Move::kReleased:
        return Released(learned);
      case Move::kReleaseRefused:
        return ReleaseRefused();
      default:
        return;
    }
  }

  void HoldPlaced() {
    UpdateExpireTime();
    if (payment().cancel_requested()) return Send(v1::OPERATION_KIND_CANCEL);
    if (automatic()) return Send(v1::OPERATION_KIND_CAPTURE);
    Enter(v1::PAYMENT_STATE_AUTHORIZED);
  }

  void Released(Learned learned) {
    const int index = LastOperationOfKind(payment(), v1::OPERATION_KIND_CANCEL);
    // "Closed" answers what the lost or running release did.
    if (learned == Learned::kHoldClosed && index >= 0 &&
        !IsConclusive(payment().operations(index).result())) {
      EndOperation(index, v1::OPERATION_RESULT_SUCCEEDED);
    }
    Enter(StateWithoutHold());
  }

  v1::PaymentState StateWithoutHold() {
    if (payment().cancel_requested()) return v1::PAYMENT_STATE_CANCELED;
    const int capture = LastOperationOfKind(payment(), v1::OPERATION_KIND_CAPTURE);
    const bool refused =
        automatic() && capture >= 0 &&
        payment().operations(capture).dispatch() != v1::OPERATION_DISPATCH_NOT_SENT;
    return refused ? v1::PAYMENT_STATE_DECLINED : v1::PAYMENT_STATE_EXPIRED;
  }

  void ReleaseRefused() {
    // A refusal says nothing about the hold, and its time alone not enough.
    const bool over = now_ >= HoldOverTime(change_.write.record, checks_);
    if (automatic() || over) return Enter(v1::PAYMENT_STATE_UNKNOWN);
    payment().set_cancel_requested(false);
    Enter(v1::PAYMENT_STATE_AUTHORIZED);
  }

  // The hold is over, and its own operation never said how it ended.
  void CloseAuthorize(v1::OperationResult result) {
    const int index = LastOperationOfKind(payment(), v1::OPERATION_KIND_AUTHORIZE);
    if (index >= 0 && payment().operations(index).result() == v1::OPERATION_RESULT_PENDING) {
      EndOperation(index, result);
    }
  }

  // A transfer and its confirmations end together, whoever said how.
  void CloseTransfer(v1::OperationResult result) {
    for (int i = 0; i < payment().operations_size(); ++i) {
      const v1::Operation& operation = payment().operations(i);
      const bool transfer = operation.kind() == v1::OPERATION_KIND_TRANSFER ||
                            operation.kind() == v1::OPERATION_KIND_CONFIRM;
      if (transfer && !IsConclusive(operation.result())) EndOperation(i, result);
    }
  }

  // Without a new form, only what was provably not sent lets him try the old one again.
  void AskPayer(Learned learned) {
    storage::v1::PaymentRecord& record = change_.write.record;
    if (payment().cancel_requested()) return Withdraw();
    if (evidence_.next_action.action_case() != v1::NextAction::ACTION_NOT_SET) {
      *record.mutable_payer_action() = evidence_.next_action;
      *record.mutable_payer_action()->mutable_expire_time() =
          ToTimestamp(now_ + policy_.payer_action_time);
    } else if (learned != Learned::kConfirmNotSent) {
      return;
    }
    *payment().mutable_next_action() = record.payer_action();
    *payment().mutable_expire_time() = record.payer_action().expire_time();
    Enter(v1::PAYMENT_STATE_ACTION_REQUIRED);
  }

  // Nothing moves unless the payer's result is handed on, which it will not be.
  void Withdraw() {
    CloseTransfer(v1::OPERATION_RESULT_NOT_DONE);
    Enter(v1::PAYMENT_STATE_CANCELED);
  }

  void RequestCancel() {
    if (payment().cancel_requested()) return;
    payment().set_cancel_requested(true);
    changed_ = true;
  }

  bool CaptureMayHaveBeenSent() {
    const auto& all = payment().operations();
    return std::any_of(all.begin(), all.end(), [](const v1::Operation& operation) {
      return operation.kind() == v1::OPERATION_KIND_CAPTURE &&
             operation.dispatch() != v1::OPERATION_DISPATCH_NOT_SENT;
    });
  }

  // Each different contradiction is told once; see contradictions.h.
  void Review(Learned learned) {
    const std::string detail = ContradictionDetail(learned);
    if (WasTold(stored_.record, detail)) return;
    change_.ask_again = evidence_.overtaken && MayBeOverSince(learned);
    if (!change_.ask_again) Tell(detail);
  }

  void Dispute(Learned learned) {
    const std::string detail = ContradictionDetail(learned);
    // Who repeats a difference does not undo what an operator decided upon it.
    if (learned == Learned::kMismatch && WasTold(stored_.record, detail)) return;
    Tell(detail);
    change_.write.record.set_disputed(true);
    changed_ = true;  // Even if there is no room to remember why.
    for (int i = 0; i < payment().operations_size(); ++i) {
      if (IsInFlight(payment().operations(i))) EndOperation(i, v1::OPERATION_RESULT_UNKNOWN);
    }
    Enter(v1::PAYMENT_STATE_UNKNOWN);
  }

  std::string ContradictionDetail(Learned learned) const {
    const std::string& given = change_.write.cause.detail();
    if (learned == Learned::kMismatch && !given.empty()) return given;
    return absl::StrCat("contradicts ", ShortStateName(stored_.record.payment().state()), ": ",
                        LearnedName(learned));
  }

  void Tell(const std::string& detail) {
    change_.contradiction = detail;
    change_.write.cause.set_detail(detail);
    const bool remembered = RememberContradiction(detail, now_, change_.write.record);
    // Beyond what is remembered, one event says that there is more to review.
    if (!remembered && payment().needs_review()) return;
    payment().set_needs_review(true);
    changed_ = true;
  }

  void ClearReview() {
    if (!payment().needs_review()) return;
    payment().set_needs_review(false);
    AcknowledgeContradictions(change_.write.record);
    changed_ = true;
  }

  // An operator's word ends the doubt, whatever it is about.
  void Resolve(Learned learned) {
    const v1::PaymentState stated = StatedState(learned);
    ClearReview();
    change_.write.record.set_disputed(false);
    change_.write.record.set_restored(false);
    EndOperationsAsStated(stated, now_, change_.write.record);
    changed_ = true;
    if (stated == v1::PAYMENT_STATE_AUTHORIZED) return HoldPlaced();
    change_.write.record.set_resolved(true);
    Enter(stated);
  }

  // Creates the operation that the commit's winner sends, or takes the last one
  // again if it was provably not sent: that one has not been used up.
  void Send(v1::OperationKind kind) {
    const int last = payment().operations_size() - 1;
    rearmed_ = payment().operations(last).kind() == kind &&
               payment().operations(last).dispatch() == v1::OPERATION_DISPATCH_NOT_SENT;
    if (rearmed_) {
      const int64_t number = change_.write.record.operations(last).number();
      payment().mutable_operations()->RemoveLast();
      change_.write.record.mutable_operations()->RemoveLast();
      AppendOperation(change_.write.record, kind, policy_, now_);
      change_.write.record.mutable_operations(last)->set_number(number);
    } else {
      AppendOperation(change_.write.record, kind, policy_, now_);
    }
    if (kind == v1::OPERATION_KIND_CONFIRM) NumberAsTransfer();
    change_.send_operation = payment().operations_size() - 1;
    Enter(v1::PAYMENT_STATE_PROCESSING);
    changed_ = true;
  }

  // A confirmation is about its transfer, and takes no number of its own.
  void NumberAsTransfer() {
    auto& operations = *change_.write.record.mutable_operations();
    const int transfer = LastOperationOfKind(payment(), v1::OPERATION_KIND_TRANSFER);
    operations.rbegin()->set_number(operations.at(transfer).number());
    operations.rbegin()->set_number_sequence(operations.at(transfer).number_sequence());
    payment().clear_expire_time();
  }

  void UpdateExpireTime() {
    *payment().mutable_expire_time() = ToTimestamp(ToTime(change_.write.record.hold_start_time()) +
                                                   ToDuration(payment().hold_duration()));
  }

  void Enter(v1::PaymentState state) {
    if (payment().state() == state) return;
    payment().set_state(state);
    changed_ = true;
    if (state != v1::PAYMENT_STATE_ACTION_REQUIRED) payment().clear_next_action();
    if (!IsFinal(state)) return;
    payment().clear_expire_time();
    if (state != v1::PAYMENT_STATE_SUCCEEDED && state != v1::PAYMENT_STATE_CANCELED) SetFailure();
  }

  // The last refusal is why it ended; without one, time ran out.
  void SetFailure() {
    for (int i = payment().operations_size() - 1; i >= 0; --i) {
      const storage::v1::OperationRecord& operation = change_.write.record.operations(i);
      if (!operation.has_failure() || !EndsPayments(payment().operations(i))) continue;
      *payment().mutable_failure() = operation.failure();
      return;
    }
    *payment().mutable_failure() = MakeFailure(evidence_.answer, v1::FAILURE_CATEGORY_NOT_EXECUTED);
  }

  // How a release went is not why there was one; and what was not confirmed could be.
  static bool EndsPayments(const v1::Operation& operation) {
    if (operation.kind() == v1::OPERATION_KIND_CANCEL) return false;
    return operation.kind() != v1::OPERATION_KIND_CONFIRM ||
           operation.dispatch() != v1::OPERATION_DISPATCH_NOT_SENT;
  }

  Change Finish() {
    if (!changed_) return std::move(change_);
    change_.commit = true;
    // A clock that was set back must not make a later event look earlier.
    const absl::Time update_time = std::max(now_, ToTime(stored_.record.payment().update_time()));
    *payment().mutable_update_time() = ToTimestamp(update_time);
    // A step that goes on keeps its count of checks; so does one that is sent again.
    const bool same_step =
        change_.send_operation < 0 && payment().state() == stored_.record.payment().state();
    if (same_step || rearmed_) change_.write.schedule = stored_.schedule;
    if (rearmed_) {
      change_.write.schedule.set_checks_done(stored_.schedule.checks_done() + 1);
      change_.write.schedule.clear_first_negative_time();
    }
    const std::optional<absl::Time> due =
        NextDueTime(change_.write.record, change_.write.schedule.checks_done(), checks_, now_);
    change_.write.schedule.clear_due_time();
    if (due.has_value()) *change_.write.schedule.mutable_due_time() = ToTimestamp(*due);
    return std::move(change_);
  }

  const StoredPayment& stored_;
  const Evidence& evidence_;
  const EnginePolicy& policy_;
  const CheckPolicy& checks_;
  const absl::Time now_;
  bool changed_ = false;
  bool another_reference_ = false;  // One that is recorded differs from the evidence's.
  bool rearmed_ = false;
  Change change_;
};

}  // namespace

Change ApplyEvidence(const StoredPayment& stored, const Evidence& evidence,
                     const EnginePolicy& policy, const CheckPolicy& checks, absl::Time now) {
  return EvidenceApplier(stored, evidence, policy, checks, now).Run();
}

void AppendOperation(storage::v1::PaymentRecord& record, v1::OperationKind kind,
                     const EnginePolicy& policy, absl::Time now) {
  v1::Operation& operation = *record.mutable_payment()->add_operations();
  operation.set_kind(kind);
  operation.set_dispatch(v1::OPERATION_DISPATCH_SENT);
  operation.set_result(v1::OPERATION_RESULT_PENDING);
  *operation.mutable_start_time() = ToTimestamp(now);
  *record.add_operations()->mutable_deadline() = ToTimestamp(now + policy.provider_request_timeout);
}

}  // namespace payments
