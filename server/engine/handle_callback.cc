#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/engine/callback_record.h"
#include "server/engine/callback_token.h"
#include "server/engine/commit_card_evidence.h"
#include "server/engine/commit_evidence.h"
#include "server/engine/engine_core.h"
#include "server/engine/payment_check.h"
#include "server/engine/payment_phase.h"
#include "server/engine/steps.h"
#include "server/engine/use_cases.h"

namespace payments {
namespace {

constexpr int kHttpBadRequest = 400;
constexpr int kHttpUnauthorized = 401;
constexpr int kHttpNotFound = 404;
constexpr int kHttpServiceUnavailable = 503;

// What the body is sealed for: the resource it came to.
std::string SealContext(absl::string_view resource) { return absl::StrCat("callback/", resource); }

HttpResponse PlainResponse(int status_code, absl::string_view text) {
  return HttpResponse{
      status_code, {{"Content-Type", "text/plain"}}, Secret(absl::StrCat(text, "\n"))};
}

std::string ContentType(const HttpHeaders& headers) {
  for (const auto& [name, value] : headers) {
    if (absl::EqualsIgnoreCase(name, "content-type")) return value;
  }
  return "";
}

// What the callback's resource is, as stored; one of the two is set.
struct CallbackResource {
  std::optional<StoredPayment> payment;
  std::optional<StoredCard> card;

  const std::string& account() const {
    return payment.has_value() ? payment->record.payment().account()
                               : card->record.card().account();
  }
};

// Told when a callback from the store is done with; nullptr for one from the wire.
using Handled = absl::AnyInvocable<void() &&>;

// Understood, and on its way into the payment or card. Owed to the provider's call
// once it is stored; after a crash it is begun again from what is stored.
class CallbackHandling : public Steps<CallbackHandling> {
 public:
  CallbackHandling(EngineCore* core, int64_t id, std::string provider, CallbackResource resource,
                   CallbackNotice notice, Handled handled)
      : core_(core),
        mark_(core),
        id_(id),
        provider_(std::move(provider)),
        resource_(std::move(resource)),
        notice_(std::move(notice)),
        handled_(std::move(handled)) {
    cause_.set_kind(v1::CAUSE_KIND_CALLBACK);
    cause_.set_id(absl::StrCat("callbacks/", id));
  }

  void Start() { resource_.payment.has_value() ? StartPayment() : StartCard(); }

 private:
  // Rule: the token of a hint covers neither status nor amount. The provider is asked,
  // and only its answer moves the state.
  void StartPayment() {
    name_ = resource_.payment->record.payment().name();
    sequence_ = resource_.payment->record.payment().sequence();
    if (NamesAnotherReference()) return CommitMismatch();
    CheckStored(core_, *std::move(resource_.payment),
                {.trigger = CheckTrigger::kCallback, .hinted = notice_.references, .cause = cause_},
                ThenPlain(&CallbackHandling::OnChecked));
  }

  // The signature proves that the provider said this reference, and it is not ours.
  bool NamesAnotherReference() const {
    const auto& known = resource_.payment->record.payment().provider_references();
    return std::any_of(notice_.references.begin(), notice_.references.end(),
                       [&known](const auto& named) {
                         const auto ours = known.find(named.first);
                         return ours != known.end() && ours->second != named.second;
                       });
  }

  void CommitMismatch() {
    Evidence evidence;
    evidence.learned = Learned::kHoldReference;
    evidence.references = notice_.references;
    evidence.cause = cause_;
    CommitEvidence(core_, *std::move(resource_.payment), std::move(evidence),
                   ThenPlain(&CallbackHandling::OnMismatchCommitted));
  }

  void OnMismatchCommitted(const EvidenceCommitted& /*committed*/) {
    Finish(v1::CALLBACK_VERDICT_MISMATCH);
  }

  void OnChecked(const CheckDone& check) {
    // Nobody else will ask about it, or not for long: the next start does.
    if (!check.conclusive && IsAtRest(PhaseOf(check.stored.record))) {
      core_->deps.observer->OnCallback(provider_, name_, "unanswered");
      return Tell();
    }
    const bool changed = check.stored.record.payment().sequence() != sequence_;
    Finish(changed ? v1::CALLBACK_VERDICT_ACCEPTED : v1::CALLBACK_VERDICT_REPEATED);
  }

  // No check is due soon.
  static bool IsAtRest(Phase phase) {
    return IsFinal(phase) || phase == Phase::kAuthorized || phase == Phase::kActionRequired ||
           phase == Phase::kDisputed;
  }

  void StartCard() {
    const StoredCard& stored = *resource_.card;
    name_ = stored.record.card().name();
    sequence_ = stored.record.card().sequence();
    if (IsAnotherToken(stored, notice_.card_token, *core_->deps.keys)) {
      core_->deps.observer->OnContradiction(name_, "the callback names another card token");
      return Finish(v1::CALLBACK_VERDICT_MISMATCH);
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
    Finish(changed ? v1::CALLBACK_VERDICT_ACCEPTED : v1::CALLBACK_VERDICT_REPEATED);
  }

  void Finish(v1::CallbackVerdict verdict) {
    core_->deps.observer->OnCallback(provider_, name_, VerdictWord(verdict));
    core_->deps.store->JudgeCallback(id_, {.verdict = verdict, .time = core_->Now()},
                                     ThenStatus(&CallbackHandling::OnFinished));
  }

  // If it stays unfinished it is handled again at the next start, and changes nothing.
  void OnFinished(const absl::Status& status) {
    if (!status.ok()) {
      core_->deps.observer->OnTrouble("callback_not_finished", name_, status.message());
    }
    Tell();
  }

  void Tell() {
    if (handled_ != nullptr) std::move(handled_)();
  }

  EngineCore* const core_;
  const WorkMark mark_;
  const int64_t id_;
  const std::string provider_;
  CallbackResource resource_;
  const CallbackNotice notice_;
  Handled handled_;
  v1::Cause cause_;
  std::string name_;
  int64_t sequence_ = 0;
};

// A provider's call, from the wire or from what is stored: find what it is about,
// store it, answer, understand it, hand it over.
class CallbackIntake : public Steps<CallbackIntake> {
 public:
  using Reply = absl::AnyInvocable<void(HttpResponse) &&>;

  CallbackIntake(EngineCore* core, std::string provider, CallbackTarget target, HttpRequest request,
                 Reply reply, Handled handled)
      : core_(core),
        mark_(core),
        provider_(std::move(provider)),
        target_(std::move(target)),
        request_(std::move(request)),
        reply_(std::move(reply)),
        handled_(std::move(handled)) {}

  // `id` is that of the stored callback, or 0 if it is not stored yet.
  void Start(int64_t id) {
    id_ = id;
    if (target_.subject == CallbackSubject::kPayment) {
      core_->deps.store->GetPayment(target_.tenant, target_.resource,
                                    Then(&CallbackIntake::OnPayment));
    } else {
      core_->deps.store->GetCard(target_.tenant, target_.resource, Then(&CallbackIntake::OnCard));
    }
  }

 private:
  void OnPayment(absl::StatusOr<StoredPayment> stored) {
    if (!stored.ok()) return OnNotLoaded(stored.status());
    resource_.payment = *std::move(stored);
    OnLoaded();
  }

  void OnCard(absl::StatusOr<StoredCard> stored) {
    if (!stored.ok()) return OnNotLoaded(stored.status());
    resource_.card = *std::move(stored);
    OnLoaded();
  }

  void OnNotLoaded(const absl::Status& status) {
    // We did give this token out, and do not have what it is for: the store was restored
    // from a backup made before, or is another one. Not acknowledged, so that the provider
    // tells it again: the right store may be back by then.
    if (absl::IsNotFound(status)) return Refuse(kHttpNotFound, "unknown_resource");
    Refuse(kHttpServiceUnavailable, "not_stored");
  }

  // The URL is ours, but what came to it cannot be judged: let the provider come again.
  void OnNoAccount() {
    core_->deps.observer->OnTrouble("account_not_configured", target_.resource,
                                    resource_.account());
    Refuse(kHttpServiceUnavailable, "not_stored");
  }

  void OnLoaded() {
    account_ = core_->FindAccount(target_.tenant, resource_.account());
    if (account_ == nullptr) return OnNoAccount();
    if (!provider_.empty() && account_->provider_name != provider_) {
      return Refuse(kHttpNotFound, "unknown_token");
    }
    provider_ = account_->provider_name;
    if (id_ != 0) return Understand();
    CallbackRecord record;
    record.tenant = target_.tenant;
    record.resource = target_.resource;
    record.account = resource_.account();
    record.receive_time = core_->Now();
    record.content_type = ContentType(request_.headers);
    record.sealed_body = core_->deps.keys->Seal(request_.body, SealContext(target_.resource));
    core_->deps.store->RecordCallback(std::move(record), Then(&CallbackIntake::OnRecorded));
  }

  void OnRecorded(absl::StatusOr<int64_t> id) {
    if (!id.ok()) {
      core_->deps.observer->OnTrouble("callback_not_stored", target_.resource,
                                      id.status().message());
      return Refuse(kHttpServiceUnavailable, "not_stored");
    }
    id_ = *id;
    Understand();
  }

  void Understand() {
    absl::StatusOr<CallbackNotice> notice =
        account_->provider->ReadCallback(target_.subject, request_);
    if (absl::IsUnauthenticated(notice.status())) {
      return Close(kHttpUnauthorized, v1::CALLBACK_VERDICT_REFUSED_SIGNATURE);
    }
    if (!notice.ok()) return Close(kHttpBadRequest, v1::CALLBACK_VERDICT_UNINTELLIGIBLE);
    Answer(account_->provider->AcknowledgeCallback());
    // While draining it is only kept: it is handled at the next start.
    if (core_->draining) return;
    std::make_shared<CallbackHandling>(core_, id_, provider_, std::move(resource_),
                                       *std::move(notice), std::move(handled_))
        ->Start();
  }

  // Stored, refused, and done with.
  void Close(int status_code, v1::CallbackVerdict verdict) {
    core_->deps.store->JudgeCallback(id_, {.verdict = verdict, .time = core_->Now()},
                                     ThenStatus(&CallbackIntake::OnClosed));
    Refuse(status_code, VerdictWord(verdict));
  }

  void OnClosed(const absl::Status& status) {
    if (status.ok()) return;
    core_->deps.observer->OnTrouble("callback_not_finished", target_.resource, status.message());
  }

  void Refuse(int status_code, absl::string_view verdict) {
    core_->deps.observer->OnCallback(provider_, target_.resource, verdict);
    Answer(PlainResponse(status_code, verdict));
    if (handled_ != nullptr) std::move(handled_)();
  }

  void Answer(HttpResponse response) {
    if (reply_ != nullptr) std::move(reply_)(std::move(response));
    reply_ = nullptr;
  }

  EngineCore* const core_;
  const WorkMark mark_;
  std::string provider_;  // Of the URL; empty for one from the store.
  const CallbackTarget target_;
  const HttpRequest request_;
  Reply reply_;  // nullptr for one from the store.
  Handled handled_;
  int64_t id_ = 0;
  CallbackResource resource_;
  const Account* account_ = nullptr;
};

}  // namespace

void StartHandleCallback(EngineCore* core, std::string provider, const std::string& token,
                         HttpRequest request, absl::AnyInvocable<void(HttpResponse) &&> done) {
  absl::StatusOr<CallbackTarget> target = ReadCallbackToken(*core->deps.keys, token);
  if (!target.ok()) {
    core->deps.observer->OnCallback(provider, "", "unknown_token");
    return std::move(done)(PlainResponse(kHttpNotFound, "unknown_token"));
  }
  std::make_shared<CallbackIntake>(core, std::move(provider), *std::move(target),
                                   std::move(request), std::move(done), nullptr)
      ->Start(0);
}

void ResumeCallback(EngineCore* core, CallbackRecord record, Handled handled) {
  absl::StatusOr<Secret> body =
      core->deps.keys->Open(record.sealed_body, SealContext(record.resource));
  if (!body.ok()) {
    core->deps.observer->OnTrouble("callback_not_readable", record.resource,
                                   body.status().message());
    return std::move(handled)();
  }
  CallbackTarget target;
  target.subject = absl::StartsWith(record.resource, "payments/")
                       ? CallbackSubject::kPayment
                       : CallbackSubject::kCardRegistration;
  target.tenant = record.tenant;
  target.resource = record.resource;
  HttpRequest request;
  request.effect = HttpRequest::Effect::kReadOnly;
  request.headers = {{"Content-Type", record.content_type}};
  request.body = *std::move(body);
  std::make_shared<CallbackIntake>(core, "", std::move(target), std::move(request), nullptr,
                                   std::move(handled))
      ->Start(record.id);
}

}  // namespace payments
