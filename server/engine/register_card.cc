#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/engine/callback_token.h"
#include "server/engine/capability_check.h"
#include "server/engine/commit_card_evidence.h"
#include "server/engine/conversation.h"
#include "server/engine/engine_core.h"
#include "server/engine/proto_time.h"
#include "server/engine/request_fingerprint.h"
#include "server/engine/steps.h"
#include "server/engine/use_cases.h"

namespace payments {
namespace {

using Verdict = RegistrationOutcome::Verdict;
using Result = ConversationResult<RegistrationOutcome>;

absl::string_view ResultName(const Result& result) {
  if (!result.outcome.has_value()) return result.may_have_acted ? "unknown" : "not_sent";
  switch (result.outcome->verdict) {
    case Verdict::kConfirmationRequired:
      return "confirmation_required";
    case Verdict::kActive:
      return "succeeded";
    case Verdict::kDeclined:
      return "declined";
    case Verdict::kUnknown:
      return "unknown";
  }
  return "unknown";
}

CardLearned LearnedFrom(Verdict verdict) {
  switch (verdict) {
    case Verdict::kConfirmationRequired:
      return CardLearned::kConfirmationRequired;
    case Verdict::kActive:
      return CardLearned::kActive;
    case Verdict::kDeclined:
      return CardLearned::kDeclined;
    case Verdict::kUnknown:
      return CardLearned::kLost;
  }
  return CardLearned::kLost;
}

// RegisterCard, step by step. The card's data lives here and in the request to the
// provider, nowhere else, and is wiped when the request is made.
class RegisterCardCase : public Steps<RegisterCardCase> {
 public:
  RegisterCardCase(EngineCore* core, Caller caller, v1::RegisterCardRequest request,
                   CardSecrets card, absl::Time deadline, Done<v1::RegisterCardResponse> done)
      : core_(core),
        mark_(std::make_unique<WorkMark>(core)),
        caller_(std::move(caller)),
        request_(std::move(request)),
        card_(std::move(card)),
        deadline_(deadline),
        done_(std::move(done)),
        fingerprint_(FingerprintOf(*core->deps.keys, request_, card_)) {
    cause_.set_kind(v1::CAUSE_KIND_RPC);
    cause_.set_id(request_.request_id());
    cause_.set_principal(caller_.principal);
  }

  void Start() {
    if (core_->draining) return Finish(DrainingError());
    absl::StatusOr<const Account*> account =
        ChooseAccount(*core_->deps.accounts, caller_.tenant, request_);
    if (!account.ok()) return Finish(account.status());
    account_ = *account;
    Claim("");
  }

 private:
  // The card is there before the provider is called, so that an early callback matches.
  void Claim(const std::string& retry_of) {
    const absl::Time now = core_->Now();
    CardWrite write;
    write.cause = cause_;
    write.record.set_tenant(caller_.tenant);
    write.record.set_principal(caller_.principal);
    const absl::Time deadline = now + core_->policy.provider_request_timeout;
    *write.record.mutable_deadline() = ToTimestamp(deadline);
    write.due_time = deadline + account_->checks.orphan_margin;
    v1::Card& card = *write.record.mutable_card();
    card.set_name(absl::StrCat("cards/", core_->ids.Next()));
    card.set_account(account_->name);
    card.set_provider(account_->provider_name);
    card.set_state(v1::CARD_STATE_PENDING_CONFIRMATION);
    card.mutable_expiry()->set_month(card_.expiry_month);
    card.mutable_expiry()->set_year(card_.expiry_year);
    card.set_holder_name(card_.holder_name);
    card.set_merchant_customer_id(request_.merchant_customer_id());
    card.set_request_id(request_.request_id());
    card.set_retry_of(retry_of);
    *card.mutable_create_time() = ToTimestamp(now);
    *card.mutable_update_time() = ToTimestamp(now);
    core_->deps.store->CreateCard(std::move(write), fingerprint_,
                                  Then(&RegisterCardCase::OnClaimed));
  }

  void OnClaimed(absl::StatusOr<payments::Claim<StoredCard>> claim) {
    if (!claim.ok()) return Finish(StoreError(claim.status()));
    if (!claim->created) return OnExisting(*std::move(claim));
    stored_ = std::move(claim->stored);
    Converse();
  }

  void OnExisting(payments::Claim<StoredCard> claim) {
    const std::vector<std::string> differing = DifferingFields(claim.fingerprint, fingerprint_);
    if (!differing.empty()) return Finish(RequestIdReused(differing));
    StoredCard& existing = claim.stored;
    if (existing.record.card().state() == v1::CARD_STATE_FAILED) {
      return Claim(existing.record.card().name());
    }
    replayed_ = true;
    if (IsSettled(existing.record.card())) return Answer(existing.record.card());
    stored_ = std::move(existing);
    core_->waiters.Wait(stored_.record.card().name(), deadline_,
                        ThenPlain(&RegisterCardCase::OnSettled));
    // It may have been settled between the reading and the waiting.
    core_->deps.store->GetCard(caller_.tenant, stored_.record.card().name(),
                               Then(&RegisterCardCase::OnReread));
  }

  void OnReread(absl::StatusOr<StoredCard> stored) {
    if (!stored.ok() || !IsSettled(stored->record.card())) return;
    Answer(stored->record.card());
  }

  void OnSettled(const std::shared_ptr<const v1::Event>& event) {
    if (done_ == nullptr) return;
    Answer(event != nullptr ? event->card() : stored_.record.card());
  }

  void Converse() {
    const std::string& name = stored_.record.card().name();
    core_->waiters.Wait(name, deadline_, ThenPlain(&RegisterCardCase::OnSettled));
    running_ = std::make_unique<RunningMark>(core_, name);
    conversing_ = std::make_unique<WorkMark>(core_);
    RegisterCardCall call;
    call.card = std::move(card_);
    call.phone = request_.phone();
    call.language = request_.language();
    call.callback_url = MakeCallbackUrl(
        core_->policy.public_base_url, account_->provider_name,
        MakeCallbackToken(*core_->deps.keys,
                          {CallbackSubject::kCardRegistration, caller_.tenant, name}));
    Conversation<RegistrationOutcome>::Run(
        core_->deps.http, core_->deps.clock, account_->provider->RegisterCard(std::move(call)),
        core_->policy.provider_request_timeout, ThenPlain(&RegisterCardCase::OnConversed));
  }

  void OnConversed(Result result) {
    CardEvidence evidence;
    evidence.cause = cause_;
    evidence.learned = CardLearned::kLost;
    if (result.outcome.has_value()) {
      evidence.learned = LearnedFrom(result.outcome->verdict);
      evidence.card_token = result.outcome->card_token;
      evidence.masked_number = result.outcome->masked_number;
      evidence.next_action = result.outcome->next_action;
      evidence.answer = result.outcome->answer;
    } else {
      evidence.answer.message = std::string(result.why.message());
      if (absl::IsInvalidArgument(result.why)) {
        evidence.answer.category = v1::FAILURE_CATEGORY_INVALID_REQUEST;
      }
    }
    const v1::Card& card = stored_.record.card();
    core_->deps.observer->OnProviderCall(card.account(), card.name(), "register_card",
                                         ResultName(result), evidence.answer.code, result.latency);
    CommitCardEvidence(core_, stored_, std::move(evidence),
                       ThenPlain(&RegisterCardCase::OnCommitted));
  }

  void OnCommitted(const StoredCard& stored) {
    running_.reset();
    conversing_.reset();
    Answer(stored.record.card());
  }

  void Answer(const v1::Card& card) {
    if (done_ == nullptr) return;
    if (absl::Status error = ErrorOf(card); !error.ok()) return Finish(std::move(error));
    v1::RegisterCardResponse response;
    *response.mutable_card() = card;
    response.set_replayed(replayed_);
    Finish(std::move(response));
  }

  // A refusal is an answer; that nobody answered, or that the account is wrong, is an error.
  static absl::Status ErrorOf(const v1::Card& card) {
    if (card.state() != v1::CARD_STATE_FAILED) return absl::OkStatus();
    const v1::Failure& failure = card.failure();
    const ErrorMetadata metadata = {{"card", card.name()},
                                    {"provider_code", failure.provider_code()},
                                    {"safe_to_retry", "true"}};
    switch (failure.category()) {
      case v1::FAILURE_CATEGORY_PROVIDER_UNAVAILABLE:
        return MakeError(absl::StatusCode::kUnavailable, v1::ERROR_REASON_PROVIDER_UNAVAILABLE,
                         absl::StrCat("the provider did not answer; registering again is safe: ",
                                      failure.provider_message()),
                         metadata);
      case v1::FAILURE_CATEGORY_PROVIDER_CONFIGURATION:
        return MakeError(absl::StatusCode::kFailedPrecondition,
                         v1::ERROR_REASON_PROVIDER_CONFIGURATION,
                         "the provider rejects the account's credentials or settings", metadata);
      default:
        return absl::OkStatus();
    }
  }

  void Finish(absl::StatusOr<v1::RegisterCardResponse> result) {
    mark_.reset();
    if (done_ != nullptr) std::move(done_)(std::move(result));
    done_ = nullptr;
  }

  EngineCore* const core_;
  std::unique_ptr<WorkMark> mark_;        // Until the caller is answered.
  std::unique_ptr<WorkMark> conversing_;  // Until the provider's answer is stored.
  std::unique_ptr<RunningMark> running_;
  const Caller caller_;
  const v1::RegisterCardRequest request_;
  CardSecrets card_;
  const absl::Time deadline_;
  Done<v1::RegisterCardResponse> done_;
  const storage::v1::RequestFingerprint fingerprint_;
  v1::Cause cause_;
  const Account* account_ = nullptr;
  StoredCard stored_;
  bool replayed_ = false;
};

}  // namespace

void StartRegisterCard(EngineCore* core, Caller caller, v1::RegisterCardRequest request,
                       CardSecrets card, absl::Time deadline, Done<v1::RegisterCardResponse> done) {
  std::make_shared<RegisterCardCase>(core, std::move(caller), std::move(request), std::move(card),
                                     deadline, std::move(done))
      ->Start();
}

}  // namespace payments
