#include "server/engine/commit_card_evidence.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "server/engine/steps.h"

namespace payments {
namespace {

// Between attempts while the store is away; doubled each time.
constexpr absl::Duration kRetryDelayMin = absl::Milliseconds(50);
constexpr absl::Duration kRetryDelayMax = absl::Seconds(5);

class CardEvidenceCommit : public Steps<CardEvidenceCommit> {
 public:
  CardEvidenceCommit(EngineCore* core, StoredCard known, CardEvidence evidence,
                     absl::AnyInvocable<void(StoredCard) &&> done)
      : core_(core),
        mark_(core),
        known_(std::move(known)),
        evidence_(std::move(evidence)),
        done_(std::move(done)) {}

  void Start() {
    std::optional<CardWrite> write =
        ApplyCardEvidence(known_, evidence_, core_->policy, *core_->deps.keys, core_->Now());
    if (!write.has_value()) return std::move(done_)(std::move(known_));
    core_->deps.store->CommitCard(*std::move(write), Then(&CardEvidenceCommit::OnCommitted));
  }

 private:
  void OnCommitted(absl::StatusOr<StoredCard> stored) {
    if (stored.ok()) return std::move(done_)(*std::move(stored));
    if (absl::IsAborted(stored.status())) return Reread();
    Retry(stored.status());
  }

  void Retry(const absl::Status& why) {
    core_->deps.observer->OnTrouble("store_commit_failed", known_.record.card().name(),
                                    why.message());
    core_->deps.executor->PostAfter(delay_, ThenVoid(&CardEvidenceCommit::Reread));
    delay_ = std::min(2 * delay_, kRetryDelayMax);
  }

  void Reread() {
    core_->deps.store->GetCard(known_.record.tenant(), known_.record.card().name(),
                               Then(&CardEvidenceCommit::OnReread));
  }

  void OnReread(absl::StatusOr<StoredCard> stored) {
    if (!stored.ok()) return Retry(stored.status());
    known_ = *std::move(stored);
    Start();
  }

  EngineCore* const core_;
  const WorkMark mark_;
  StoredCard known_;
  const CardEvidence evidence_;
  absl::AnyInvocable<void(StoredCard) &&> done_;
  absl::Duration delay_ = kRetryDelayMin;
};

}  // namespace

void CommitCardEvidence(EngineCore* core, StoredCard known, CardEvidence evidence,
                        absl::AnyInvocable<void(StoredCard) &&> done) {
  std::make_shared<CardEvidenceCommit>(core, std::move(known), std::move(evidence), std::move(done))
      ->Start();
}

}  // namespace payments
