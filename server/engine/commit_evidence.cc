#include "server/engine/commit_evidence.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/engine/check_plan.h"
#include "server/engine/contradictions.h"
#include "server/engine/operation_news.h"
#include "server/engine/steps.h"

namespace payments {
namespace {

// Between attempts while the store is away; doubled each time.
constexpr absl::Duration kRetryDelayMin = absl::Milliseconds(50);
constexpr absl::Duration kRetryDelayMax = absl::Seconds(5);

class EvidenceCommit : public Steps<EvidenceCommit> {
 public:
  EvidenceCommit(EngineCore* core, StoredPayment known, int64_t found_at, Evidence evidence,
                 DoneEvidence done)
      : core_(core),
        mark_(core),
        known_(std::move(known)),
        found_at_(found_at),
        evidence_(std::move(evidence)),
        done_(std::move(done)) {}

  void Start() {
    evidence_.overtaken = IsOvertaken();
    Change change = Apply(known_, evidence_);
    ask_again_ = change.ask_again;
    if (evidence_.overtaken && ProvesNothingLater(evidence_.learned)) return GiveUp();
    contradiction_ = std::move(change.contradiction);
    if (!change.commit) {
      TellContradiction();
      return Finish(false, -1);
    }
    send_operation_ = change.send_operation;
    core_->CommitPayment(std::move(change.write), Then(&EvidenceCommit::OnCommitted));
  }

 private:
  Change Apply(const StoredPayment& stored, const Evidence& evidence) const {
    return ApplyEvidence(stored, evidence, core_->policy, core_->ChecksOf(stored.record),
                         core_->Now());
  }

  void OnCommitted(absl::StatusOr<StoredPayment> stored) {
    if (stored.ok()) {
      known_ = *std::move(stored);
      TellContradiction();
      return Finish(true, send_operation_);
    }
    if (absl::IsAborted(stored.status())) return Reread();
    if (absl::IsAlreadyExists(stored.status())) return OnReferenceTaken();
    if (ReasonOf(stored.status()) == v1::ERROR_REASON_NUMBERS_USED_UP && send_operation_ >= 0) {
      return OnNumbersUsedUp(stored.status());
    }
    Retry(stored.status());
  }

  void TellContradiction() {
    if (contradiction_.empty()) return;
    core_->deps.observer->OnContradiction(known_.record.payment().name(), contradiction_);
  }

  // The provider's reference belongs to another payment: one of them is not what we
  // think it is, and a person must find out which.
  void OnReferenceTaken() {
    std::string detail = "a provider reference belongs to another payment";
    for (const auto& [key, value] : evidence_.references) {
      if (known_.record.payment().provider_references().contains(key)) continue;
      absl::StrAppend(&detail, "; ", ToldReference(key, value));
    }
    evidence_.learned = Learned::kMismatch;
    evidence_.references.clear();
    evidence_.cause.set_detail(std::move(detail));
    Start();
  }

  // The operation that follows cannot be sent now, but what was learned is kept: one commit
  // that says both, as if it had been tried at once. It is due again, and gets its number then.
  void OnNumbersUsedUp(const absl::Status& why) {
    Change change = Apply(known_, evidence_);
    if (change.send_operation < 0) return Retry(why);
    Evidence unsent;
    unsent.operation = change.send_operation;
    unsent.learned = NotSentOf(change.write.record.payment().operations(unsent.operation).kind());
    unsent.cause = change.write.cause;
    unsent.answer.message = std::string(why.message());
    unsent.answer.category = v1::FAILURE_CATEGORY_NOT_EXECUTED;
    const StoredPayment next = {std::move(change.write.record), std::move(change.write.schedule),
                                known_.revision};
    Change waiting = Apply(next, unsent);
    send_operation_ = waiting.send_operation;
    core_->CommitPayment(std::move(waiting.write), Then(&EvidenceCommit::OnCommitted));
  }

  void Retry(const absl::Status& why) {
    core_->deps.observer->OnTrouble("store_commit_failed", known_.record.payment().name(),
                                    why.message());
    core_->deps.executor->PostAfter(delay_, ThenVoid(&EvidenceCommit::Reread));
    delay_ = std::min(2 * delay_, kRetryDelayMax);
  }

  void Reread() {
    core_->deps.store->GetPayment(known_.record.tenant(), known_.record.payment().name(),
                                  Then(&EvidenceCommit::OnReread));
  }

  void OnReread(absl::StatusOr<StoredPayment> stored) {
    if (!stored.ok()) return Retry(stored.status());
    known_ = *std::move(stored);
    Start();
  }

  // Not an operation's own answer: that is about this operation, whenever it comes.
  bool IsOvertaken() const {
    return evidence_.operation < 0 && known_.record.payment().sequence() != found_at_;
  }

  void GiveUp() { std::move(done_)({std::move(known_), false, true, ask_again_, -1}); }

  void Finish(bool committed, int send_operation) {
    std::move(done_)({std::move(known_), committed, false, ask_again_, send_operation});
  }

  EngineCore* const core_;
  const WorkMark mark_;
  StoredPayment known_;
  const int64_t found_at_;
  Evidence evidence_;
  DoneEvidence done_;
  int send_operation_ = -1;
  std::string contradiction_;
  bool ask_again_ = false;
  absl::Duration delay_ = kRetryDelayMin;
};

}  // namespace

void CommitEvidence(EngineCore* core, StoredPayment known, int64_t found_at, Evidence evidence,
                    DoneEvidence done) {
  std::make_shared<EvidenceCommit>(core, std::move(known), found_at, std::move(evidence),
                                   std::move(done))
      ->Start();
}

void CommitEvidence(EngineCore* core, StoredPayment known, Evidence evidence, DoneEvidence done) {
  const int64_t found_at = known.record.payment().sequence();
  CommitEvidence(core, std::move(known), found_at, std::move(evidence), std::move(done));
}

}  // namespace payments
