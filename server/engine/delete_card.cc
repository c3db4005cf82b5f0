#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/engine/card_rules.h"
#include "server/engine/engine_core.h"
#include "server/engine/steps.h"
#include "server/engine/use_cases.h"

namespace payments {
namespace {

// Somebody else may be faster this often; then ABORTED.
constexpr int kAttemptsMax = 16;

// DeleteCard, step by step.
class DeleteCardCase : public Steps<DeleteCardCase> {
 public:
  DeleteCardCase(EngineCore* core, Caller caller, v1::DeleteCardRequest request,
                 Done<v1::DeleteCardResponse> done)
      : core_(core),
        mark_(core),
        caller_(std::move(caller)),
        request_(std::move(request)),
        done_(std::move(done)) {}

  void Start() {
    if (core_->draining) return Finish(DrainingError());
    core_->deps.store->GetCard(caller_.tenant, request_.name(), Then(&DeleteCardCase::OnCard));
  }

 private:
  void OnCard(absl::StatusOr<StoredCard> stored) {
    if (absl::IsNotFound(stored.status())) {
      return Finish(MakeError(absl::StatusCode::kNotFound, v1::ERROR_REASON_CARD_NOT_FOUND,
                              absl::StrCat("there is no ", request_.name(), " for this caller")));
    }
    if (!stored.ok()) return Finish(StoreError(stored.status()));
    const v1::Card& card = stored->record.card();
    if (card.state() == v1::CARD_STATE_DELETED) return Answer(card);
    if (!request_.etag().empty() && request_.etag() != card.etag()) return Finish(EtagMismatch());
    CardEvidence evidence;
    evidence.learned = CardLearned::kDeleteWanted;
    evidence.cause.set_kind(v1::CAUSE_KIND_RPC);
    evidence.cause.set_principal(caller_.principal);
    std::optional<CardWrite> write =
        ApplyCardEvidence(*stored, evidence, core_->policy, *core_->deps.keys, core_->Now());
    core_->deps.store->CommitCard(*std::move(write), Then(&DeleteCardCase::OnCommitted));
  }

  void OnCommitted(absl::StatusOr<StoredCard> stored) {
    if (absl::IsAborted(stored.status())) {
      return ++attempts_ < kAttemptsMax ? Start() : Finish(EtagMismatch());
    }
    if (!stored.ok()) return Finish(StoreError(stored.status()));
    Answer(stored->record.card());
  }

  absl::Status EtagMismatch() const {
    return MakeError(absl::StatusCode::kAborted, v1::ERROR_REASON_ETAG_MISMATCH,
                     "the card has changed: read it again", {{"card", request_.name()}});
  }

  void Answer(const v1::Card& card) {
    v1::DeleteCardResponse response;
    *response.mutable_card() = card;
    Finish(std::move(response));
  }

  void Finish(absl::StatusOr<v1::DeleteCardResponse> result) {
    std::move(done_)(std::move(result));
  }

  EngineCore* const core_;
  const WorkMark mark_;
  const Caller caller_;
  const v1::DeleteCardRequest request_;
  Done<v1::DeleteCardResponse> done_;
  int attempts_ = 0;
};

}  // namespace

void StartDeleteCard(EngineCore* core, Caller caller, v1::DeleteCardRequest request,
                     Done<v1::DeleteCardResponse> done) {
  std::make_shared<DeleteCardCase>(core, std::move(caller), std::move(request), std::move(done))
      ->Start();
}

}  // namespace payments
