#include "server/engine/callback_handling.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/engine/callback_record.h"
#include "server/engine/commit_card_evidence.h"
#include "server/engine/commit_evidence.h"
#include "server/engine/payment_check.h"
#include "server/engine/payment_phase.h"
#include "server/engine/steps.h"

namespace payments {
namespace {

// No check is due soon.
bool IsAtRest(Phase phase) {
  return IsFinal(phase) || phase == Phase::kAuthorized || phase == Phase::kActionRequired ||
         phase == Phase::kDisputed;
}

class CallbackHandling : public Steps<CallbackHandling> {
 public:
  CallbackHandling(EngineCore* core, UnderstoodCallback callback, CallbackHandled handled)
      : core_(core),
        mark_(core),
        callback_mark_(std::move(callback.mark)),
        id_(callback.id),
        account_(callback.account),
        resource_(std::move(callback.resource)),
        notice_(std::move(callback.notice)),
        handled_(std::move(handled)) {
    cause_.set_kind(v1::CAUSE_KIND_CALLBACK);
    cause_.set_id(CallbackName(id_));
    if (callback.replayed_by.empty()) return;
    cause_.set_principal(std::move(callback.replayed_by));
    cause_.set_detail("replayed");
  }

  void Start() { resource_.payment.has_value() ? StartPayment() : StartCard(); }

 private:
  // Rule: the token of a hint covers neither status nor amount. The provider is asked,
  // and only its answer moves the state.
  void StartPayment() {
    name_ = resource_.payment->record.payment().name();
    if (!AnotherReference().empty()) return CommitMismatch();
    CallbackChecks::Wish wish{id_, account_, name_, notice_.references,
                              ThenVoid(&CallbackHandling::OnTurn)};
    const CallbackChecks::Answer answer = core_->callback_checks.Ask(std::move(wish));
    waits_ = true;
    switch (answer.place) {
      case CallbackChecks::Place::kTaken:
        return;
      case CallbackChecks::Place::kShared:
        return Finish(v1::CALLBACK_VERDICT_REPEATED,
                      absl::StrCat("asks what ", CallbackName(answer.shared_with),
                                   " was still waiting to ask"));
      case CallbackChecks::Place::kNoRoom:
        return Leave("postponed", "too many callbacks wait for a question to the provider");
    }
  }

  void OnTurn() {
    if (!waits_) return Check();
    core_->deps.store->GetPayment(resource_.payment->record.tenant(), name_,
                                  Then(&CallbackHandling::OnReread));
  }

  // Much may have happened while it waited.
  void OnReread(absl::StatusOr<StoredPayment> stored) {
    if (!stored.ok()) {
      core_->callback_checks.End(name_);
      core_->deps.observer->OnTrouble("store_read_failed", name_, stored.status().message());
      return Leave("postponed", "storage was not available");
    }
    resource_.payment = *std::move(stored);
    if (AnotherReference().empty()) return Check();
    core_->callback_checks.End(name_);
    CommitMismatch();
  }

  void Check() {
    sequence_ = resource_.payment->record.payment().sequence();
    CheckStored(core_, *std::move(resource_.payment),
                {.trigger = CheckTrigger::kCallback, .hinted = notice_.references, .cause = cause_},
                ThenPlain(&CallbackHandling::OnChecked));
  }

  // The signature proves that the provider said this reference, and it is not ours: its key.
  std::string AnotherReference() const {
    const auto& known = resource_.payment->record.payment().provider_references();
    for (const auto& [key, value] : notice_.references) {
      const auto ours = known.find(key);
      if (ours != known.end() && ours->second != value) return key;
    }
    return "";
  }

  void CommitMismatch() {
    mismatch_ = absl::StrCat("names another ", AnotherReference(), " than is recorded");
    Evidence evidence;
    evidence.learned = Learned::kHoldReference;
    evidence.references = notice_.references;
    evidence.cause = cause_;
    CommitEvidence(core_, *std::move(resource_.payment), std::move(evidence),
                   ThenPlain(&CallbackHandling::OnMismatchCommitted));
  }

  void OnMismatchCommitted(const EvidenceCommitted& /*committed*/) {
    Finish(v1::CALLBACK_VERDICT_MISMATCH, std::move(mismatch_));
  }

  void OnChecked(const CheckDone& check) {
    core_->callback_checks.End(name_);
    // Nobody else will ask about it, or not for long: the inbox does (callback_sweep.h).
    if (!check.conclusive && IsAtRest(PhaseOf(check.stored.record))) {
      return Leave("unanswered", check.answered
                                     ? "the provider's answer said nothing; it is asked again"
                                     : "the provider did not answer; it is asked again");
    }
    if (check.stored.record.payment().sequence() != sequence_) {
      return Finish(v1::CALLBACK_VERDICT_ACCEPTED, "the provider was asked");
    }
    Finish(v1::CALLBACK_VERDICT_REPEATED,
           check.conclusive ? "the provider was asked; that changed nothing"
                            : "the provider was asked, and is asked again when it is due");
  }

  void StartCard() {
    const StoredCard& stored = *resource_.card;
    name_ = stored.record.card().name();
    sequence_ = stored.record.card().sequence();
    if (IsAnotherToken(stored, notice_.card_token, *core_->deps.keys)) {
      core_->deps.observer->OnContradiction(name_, "the callback names another card token");
      return Finish(v1::CALLBACK_VERDICT_MISMATCH, "names another card than is recorded");
    }
    CardEvidence evidence;
    evidence.learned = notice_.success ? CardLearned::kConfirmed : CardLearned::kNotConfirmed;
    evidence.card_token = notice_.card_token;
    evidence.masked_number = notice_.masked_number;
    evidence.answer = notice_.answer;
    evidence.cause = cause_;
    CommitCardEvidence(core_, stored, std::move(evidence),
                       ThenPlain(&CallbackHandling::OnCardCommitted));
  }

  void OnCardCommitted(const StoredCard& stored) {
    const bool changed = stored.record.card().sequence() != sequence_;
    Finish(changed ? v1::CALLBACK_VERDICT_ACCEPTED : v1::CALLBACK_VERDICT_REPEATED, "");
  }

  void Finish(v1::CallbackVerdict verdict, std::string detail) {
    Judge(verdict, VerdictWord(verdict), std::move(detail));
  }

  // It stays PENDING, and is taken up again.
  void Leave(absl::string_view word, std::string detail) {
    Judge(v1::CALLBACK_VERDICT_PENDING, word, std::move(detail));
  }

  void Judge(v1::CallbackVerdict verdict, absl::string_view word, std::string detail) {
    core_->deps.observer->OnCallback(account_->provider_name, name_, word);
    core_->deps.store->JudgeCallback(id_, {verdict, std::move(detail), core_->Now()},
                                     ThenStatus(&CallbackHandling::OnJudged));
  }

  // If it stays PENDING it is handled again, and changes nothing.
  void OnJudged(const absl::Status& status) {
    if (!status.ok()) {
      core_->deps.observer->OnTrouble("callback_not_finished", name_, status.message());
    }
    if (handled_ != nullptr) std::move(handled_)(status);
  }

  EngineCore* const core_;
  const WorkMark mark_;
  const std::unique_ptr<CallbackMark> callback_mark_;
  const int64_t id_;
  const Account* const account_;
  CallbackResource resource_;
  const CallbackNotice notice_;
  CallbackHandled handled_;
  v1::Cause cause_;
  std::string name_;
  std::string mismatch_;
  int64_t sequence_ = 0;
  bool waits_ = false;  // Its turn did not come at once.
};

}  // namespace

void HandleUnderstood(EngineCore* core, UnderstoodCallback callback, CallbackHandled handled) {
  std::make_shared<CallbackHandling>(core, std::move(callback), std::move(handled))->Start();
}

}  // namespace payments
