#include "server/engine/payment_check.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/engine/check_schedule.h"
#include "server/engine/commit_evidence.h"
#include "server/engine/conversation.h"
#include "server/engine/operation_news.h"
#include "server/engine/payment_phase.h"
#include "server/engine/postpone_check.h"
#include "server/engine/proto_time.h"
#include "server/engine/run_operation.h"
#include "server/engine/save_cards.h"
#include "server/engine/steps.h"

namespace payments {
namespace {

using Result = ConversationResult<StatusReading>;

// Between attempts to read the payment while the store is away.
constexpr absl::Duration kRereadDelay = absl::Seconds(1);

// So often, and after this long, the provider is asked once more for what would contradict
// what came after it.
constexpr int kAsksAgainMax = 6;
constexpr absl::Duration kAskAgainDelayMin = absl::Seconds(1);  // Doubled each time.

// How far ahead turns are handed out, in ticks of the reconciler. More than one for what is
// due, so that none is lost between two ticks; less for callers, so that however often
// they ask, they leave the reconciler as many.
constexpr int kTicksAheadTimer = 2;
constexpr int kTicksAheadCaller = 1;

class PaymentCheck : public Steps<PaymentCheck> {
 public:
  PaymentCheck(EngineCore* core, StoredPayment stored, CheckWish wish, DoneCheck done)
      : core_(core),
        mark_(core),
        trigger_(wish.trigger),
        hinted_(std::move(wish.hinted)),
        deadline_(wish.deadline),
        cause_(std::move(wish.cause)),
        done_(std::move(done)) {
    result_.stored = std::move(stored);
    found_at_ = sequence();
  }

  void Start() {
    const v1::Payment& payment = result_.stored.record.payment();
    const bool running = core_->running.contains(payment.name());
    const CheckStep step = PlanCheck(result_.stored, trigger_, running, checks(), core_->Now());
    account_ = core_->FindAccount(result_.stored.record.tenant(), payment.account());
    if (account_ == nullptr && step != CheckStep::kNothing && step != CheckStep::kMarkLost) {
      return OnNoAccount();
    }
    switch (step) {
      case CheckStep::kNothing:
        return Reschedule(result_.stored.schedule);
      case CheckStep::kMarkLost:
        cause_.set_kind(v1::CAUSE_KIND_RECOVERY);
        cause_.set_detail("its deadline passed without an answer");
        return Commit(LostOf(payment.operations().rbegin()->kind()));
      case CheckStep::kTimeOver:
        if (trigger_ == CheckTrigger::kTimer) cause_.set_kind(v1::CAUSE_KIND_TIMER);
        return Commit(Learned::kHoldTimeOver);
      case CheckStep::kAsk:
      case CheckStep::kResend:
        step_ = step;
        return TakeTurn();
    }
  }

 private:
  int64_t sequence() const { return result_.stored.record.payment().sequence(); }
  const CheckPolicy& checks() const { return core_->ChecksOf(result_.stored.record); }

  // Nobody can be asked, and the margins that make time evidence are not known.
  void OnNoAccount() {
    const v1::Payment& payment = result_.stored.record.payment();
    core_->deps.observer->OnTrouble("account_not_configured", payment.name(), payment.account());
    CountCheck(result_.stored.schedule);
  }

  void TakeTurn() {
    // One callback, one check: the provider sets that pace itself.
    if (trigger_ == CheckTrigger::kCallback) return OnTurn();
    const bool caller = trigger_ == CheckTrigger::kCaller;
    // A caller is not made to wait past his deadline; nobody else has one.
    const absl::Duration tick = core_->policy.reconcile_tick_interval;
    const absl::Duration ahead_max =
        std::min(tick * (caller ? kTicksAheadCaller : kTicksAheadTimer),
                 deadline_ - core_->deps.clock->Now());
    const absl::Duration now = core_->deps.clock->Monotonic();
    turn_ = caller ? core_->rates.TakeForCaller(account_, now, ahead_max)
                   : core_->rates.Take(account_, now, ahead_max);
    if (turn_ == nullptr) return caller ? RefuseTurn() : Postpone();
    if (turn_->wait() <= absl::ZeroDuration()) return OnTurn();
    core_->deps.executor->PostAfter(turn_->wait(), ThenVoid(&PaymentCheck::OnTurn));
  }

  void Postpone() { PostponeCheck(core_, result_.stored, ThenVoid(&PaymentCheck::Finish)); }

  void RefuseTurn() {
    result_.retry_delay = core_->policy.reconcile_tick_interval;
    Finish();
  }

  void OnTurn() {
    // It is still due: the next start finds it.
    if (core_->draining && trigger_ == CheckTrigger::kTimer) return Finish();
    if (step_ == CheckStep::kAsk) return Ask();
    if (trigger_ == CheckTrigger::kTimer) cause_.set_kind(v1::CAUSE_KIND_TIMER);
    Commit(Learned::kResendDue);
  }

  void Ask() {
    result_.asked = true;
    found_at_ = sequence();
    CheckCall call = MakeCheckCall(result_.stored, hinted_);
    if (!IsNumberedFrom(result_.stored.record, account_->provider->numbers().sequence)) {
      const v1::Payment& payment = result_.stored.record.payment();
      core_->deps.observer->OnTrouble("number_sequence_changed", payment.name(), payment.account());
      call.transfer_number = 0;
    }
    call.session = core_->sessions.Find(account_, core_->deps.clock->Monotonic());
    Conversation<StatusReading>::Run(core_->deps.http, core_->deps.clock,
                                     account_->provider->Check(std::move(call)), TimeToAnswer(),
                                     ThenPlain(&PaymentCheck::OnAnswered));
  }

  // The caller's deadline is for his own question.
  absl::Duration TimeToAnswer() const {
    const absl::Duration most = core_->policy.provider_request_timeout;
    return asks_again_ > 0 ? most : std::min(most, deadline_ - core_->deps.clock->Now());
  }

  void OnAnswered(Result answer) {
    const v1::Payment& payment = result_.stored.record.payment();
    const bool answered = answer.outcome.has_value();
    turn_ = nullptr;
    core_->deps.observer->OnProviderCall(
        payment.account(), payment.name(), "check", answered ? "answered" : "unknown",
        answered ? answer.outcome->answer.code : "", answer.latency);
    if (!answered) return asks_again_ > 0 ? AskAgain() : OnNothingLearned(result_.stored.schedule);
    StatusReading reading = *std::move(answer.outcome);
    if (reading.session.has_value()) {
      core_->sessions.Keep(account_, *std::exchange(reading.session, std::nullopt),
                           core_->deps.clock->Monotonic());
    }
    TellUnlisted(core_, payment.name(), reading.answer);
    const bool conclusive = IsConclusive(result_.stored, reading);
    if (!conclusive && asks_again_ > 0) return AskAgain();
    reading_ = std::move(reading);
    result_.answered = true;
    result_.waits_for_payer = reading_.transfer == StatusReading::Transfer::kActionRequired;
    result_.conclusive = conclusive;
    Reread();
  }

  // What the reading contradicts came after it: how things stand now, the provider knows. If
  // it does not say, the reading is told as it is, since nobody else would ask.
  void AskAgain() {
    if (asks_again_ < kAsksAgainMax) {
      const absl::Duration delay = kAskAgainDelayMin * (1 << asks_again_++);
      return core_->deps.executor->PostAfter(delay, ThenVoid(&PaymentCheck::Ask));
    }
    found_at_ = sequence();
    Commit(learned_);
  }

  // What was asked may be overtaken: judge the reading by what is stored now.
  void Reread() {
    core_->deps.store->GetPayment(result_.stored.record.tenant(),
                                  result_.stored.record.payment().name(),
                                  Then(&PaymentCheck::OnReread));
  }

  void OnReread(absl::StatusOr<StoredPayment> stored) {
    if (!stored.ok()) {
      // No answer is dropped: a callback's handling ends with this check.
      core_->deps.observer->OnTrouble("store_read_failed", result_.stored.record.payment().name(),
                                      stored.status().message());
      return core_->deps.executor->PostAfter(kRereadDelay, ThenVoid(&PaymentCheck::Reread));
    }
    result_.stored = *std::move(stored);
    storage::v1::CheckSchedule schedule = result_.stored.schedule;
    const std::optional<Learned> learned = Interpret(
        result_.stored, reading_, checks(), {core_->Now(), core_->time.Unbroken()}, schedule);
    // A reading from before the last change does not end a quiet period, nor start one: it may
    // not even have been about that operation.
    if (sequence() == found_at_) {
      quiet_period_changed_ = ToTime(schedule.first_negative_time()) !=
                              ToTime(result_.stored.schedule.first_negative_time());
      result_.stored.schedule = std::move(schedule);
    }
    if (!learned.has_value()) return OnNothingLearned(result_.stored.schedule);
    if (*learned != Learned::kTransferred) return Commit(*learned);
    SaveCards(core_, result_.stored,
              {std::move(reading_.saved_source), std::move(reading_.saved_destination)}, cause_,
              ThenPlain(&PaymentCheck::OnCardsSaved));
  }

  void OnCardsSaved(SavedCardNames cards) {
    saved_cards_ = std::move(cards);
    Commit(Learned::kTransferred);
  }

  // Nothing new about the money; a reference that only the callback knew is kept, so
  // that the reconciler can ask by it.
  void OnNothingLearned(storage::v1::CheckSchedule schedule) {
    if (!hinted_.empty()) return Commit(Learned::kHoldReference);
    CountCheck(std::move(schedule));
  }

  // However often callbacks come, what is due stays due: only a timer, or a caller, marks an
  // operation lost and sends it again.
  void CountCheck(storage::v1::CheckSchedule schedule) {
    if (trigger_ == CheckTrigger::kCallback) {
      return quiet_period_changed_ ? SaveSchedule(std::move(schedule)) : Finish();
    }
    schedule.set_checks_done(schedule.checks_done() + 1);
    Reschedule(std::move(schedule));
  }

  // Changes no event and no sequence. If somebody was faster, his schedule stands.
  void Reschedule(storage::v1::CheckSchedule schedule) {
    const storage::v1::PaymentRecord& record = result_.stored.record;
    const absl::Time now = core_->Now();
    const std::optional<absl::Time> due =
        NextDueTime(record, schedule.checks_done(), checks(), now);
    schedule.clear_due_time();
    if (due.has_value()) {
      *schedule.mutable_due_time() = ToTimestamp(std::max(*due, now + checks().check_interval_min));
    }
    SaveSchedule(std::move(schedule));
  }

  void SaveSchedule(storage::v1::CheckSchedule schedule) {
    const storage::v1::PaymentRecord& record = result_.stored.record;
    core_->deps.store->SaveSchedule(record.tenant(), record.payment().name(),
                                    record.payment().sequence(), std::move(schedule),
                                    ThenStatus(&PaymentCheck::OnRescheduled));
  }

  void OnRescheduled(const absl::Status& status) {
    if (!status.ok() && !absl::IsAborted(status)) {
      core_->deps.observer->OnTrouble("store_schedule_failed",
                                      result_.stored.record.payment().name(), status.message());
    }
    Finish();
  }

  void Commit(Learned learned) {
    learned_ = learned;
    Evidence evidence;
    evidence.learned = learned;
    evidence.unasked = learned == Learned::kHoldTimeOver && !result_.asked;
    evidence.references = reading_.references;
    evidence.references.insert(hinted_.begin(), hinted_.end());
    evidence.amount = reading_.amount;
    evidence.answer = reading_.answer;
    evidence.saved_cards = saved_cards_;
    if (learned == Learned::kActionTimeOver) {
      evidence.answer.category = v1::FAILURE_CATEGORY_AUTHENTICATION_FAILED;
    }
    evidence.cause = cause_;
    CommitEvidence(core_, result_.stored, found_at_, std::move(evidence),
                   ThenPlain(&PaymentCheck::OnCommitted));
  }

  void OnCommitted(EvidenceCommitted committed) {
    result_.stored = std::move(committed.stored);
    if (committed.send_operation >= 0) {
      RunOperation(core_, result_.stored, committed.send_operation, cause_);
    }
    if (committed.ask_again) return AskAgain();
    if (committed.overtaken && !hinted_.empty()) return Commit(Learned::kHoldReference);
    if (committed.committed || !result_.asked) return Finish();
    CountCheck(result_.stored.schedule);
  }

  void Finish() { std::move(done_)(std::move(result_)); }

  EngineCore* const core_;
  const WorkMark mark_;
  const CheckTrigger trigger_;
  const ProviderReferences hinted_;
  const absl::Time deadline_;
  v1::Cause cause_;
  DoneCheck done_;
  const Account* account_ = nullptr;
  CheckStep step_ = CheckStep::kNothing;
  std::unique_ptr<CheckRates::Turn> turn_;
  CheckDone result_;
  StatusReading reading_;
  SavedCardNames saved_cards_;
  int64_t found_at_ = 0;  // The payment's sequence when the provider was asked, if it was.
  bool quiet_period_changed_ = false;
  Learned learned_ = Learned::kHoldReference;
  int asks_again_ = 0;
};

}  // namespace

void CheckStored(EngineCore* core, StoredPayment stored, CheckWish wish, DoneCheck done) {
  std::make_shared<PaymentCheck>(core, std::move(stored), std::move(wish), std::move(done))
      ->Start();
}

}  // namespace payments
