#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/engine/callback_body.h"
#include "server/engine/callback_record.h"
#include "server/engine/callback_resumption.h"
#include "server/engine/callback_token.h"
#include "server/engine/steps.h"
#include "server/engine/use_cases.h"

namespace payments {
namespace {

constexpr int kHttpBadRequest = 400;
constexpr int kHttpUnauthorized = 401;
constexpr int kHttpNotFound = 404;
constexpr int kHttpServiceUnavailable = 503;

HttpResponse PlainResponse(int status_code, absl::string_view text) {
  return HttpResponse{
      status_code, {{"Content-Type", "text/plain"}}, Secret(absl::StrCat(text, "\n"))};
}

// All that is kept of a request, and all that a plugin sees of it: the same when it is handled
// again.
HttpRequest AsItIsKept(absl::string_view content_type, Secret body) {
  HttpRequest kept;
  kept.effect = HttpRequest::Effect::kReadOnly;
  kept.headers = {{"Content-Type", std::string(content_type)}};
  kept.body = std::move(body);
  return kept;
}

HttpRequest AsItIsKept(HttpRequest request) {
  const auto found = std::find_if(
      request.headers.begin(), request.headers.end(),
      [](const auto& header) { return absl::EqualsIgnoreCase(header.first, "content-type"); });
  return AsItIsKept(found == request.headers.end() ? "" : KeptContentType(found->second),
                    std::move(request.body));
}

// A provider's call, from the wire or from what is stored: find what it is about,
// store it, answer, understand it, hand it over (callback_handling.h).
class CallbackIntake : public Steps<CallbackIntake> {
 public:
  using Reply = absl::AnyInvocable<void(HttpResponse) &&>;

  CallbackIntake(EngineCore* core, CallbackTarget target, HttpRequest request)
      : core_(core), mark_(core), target_(std::move(target)), request_(std::move(request)) {}

  void Start(std::string provider, Reply reply) {
    provider_ = std::move(provider);
    reply_ = std::move(reply);
    Load();
  }

  void Resume(ResumedCallback resumed, CallbackHandled handled) {
    id_ = resumed.record.id;
    verdict_ = resumed.record.judgement.verdict;
    callback_mark_ = std::move(resumed.mark);
    replayed_by_ = std::move(resumed.replayed_by);
    handled_ = std::move(handled);
    Load();
  }

 private:
  void Load() {
    if (target_.subject == CallbackSubject::kPayment) {
      core_->deps.store->GetPayment(target_.tenant, target_.resource,
                                    Then(&CallbackIntake::OnPayment));
    } else {
      core_->deps.store->GetCard(target_.tenant, target_.resource, Then(&CallbackIntake::OnCard));
    }
  }

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
    if (absl::IsNotFound(status)) return Refuse(kHttpNotFound, "unknown_resource", status);
    Refuse(kHttpServiceUnavailable, "not_stored", status);
  }

  // The URL is ours, but what came to it cannot be judged: let the provider come again.
  void OnNoAccount() {
    core_->deps.observer->OnTrouble("account_not_configured", target_.resource,
                                    resource_.account());
    Refuse(kHttpServiceUnavailable, "not_stored",
           MakeError(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_ACCOUNT_NOT_FOUND,
                     absl::StrCat(resource_.account(), " is no longer configured"),
                     {{"provider_called", "false"}}));
  }

  void OnLoaded() {
    account_ = core_->FindAccount(target_.tenant, resource_.account());
    if (account_ == nullptr) return OnNoAccount();
    if (!provider_.empty() && account_->provider_name != provider_) {
      return Refuse(kHttpNotFound, "unknown_token", absl::OkStatus());
    }
    provider_ = account_->provider_name;
    if (id_ != 0) return Understand();
    const KeyRing& keys = *core_->deps.keys;
    CallbackRecord record;
    record.tenant = target_.tenant;
    record.resource = target_.resource;
    record.account = resource_.account();
    record.receive_time = core_->Now();
    record.content_type = request_.headers.front().second;
    record.body_bytes = static_cast<int64_t>(request_.body.size());
    record.body_digest = CallbackBodyDigest(keys, target_.tenant, target_.resource, request_.body);
    record.sealed_body = SealCallbackBody(keys, target_.resource, request_.body);
    core_->deps.store->RecordCallback(std::move(record), Then(&CallbackIntake::OnRecorded));
  }

  void OnRecorded(absl::StatusOr<int64_t> id) {
    if (absl::IsResourceExhausted(id.status())) {
      core_->deps.observer->OnTrouble("too_many_callbacks", target_.resource,
                                      id.status().message());
      return Refuse(kHttpServiceUnavailable, "too_many", id.status());
    }
    if (!id.ok()) {
      core_->deps.observer->OnTrouble("callback_not_stored", target_.resource,
                                      id.status().message());
      return Refuse(kHttpServiceUnavailable, "not_stored", id.status());
    }
    id_ = *id;
    callback_mark_ = std::make_unique<CallbackMark>(core_, id_);
    Understand();
  }

  void Understand() {
    absl::StatusOr<CallbackNotice> notice =
        account_->provider->ReadCallback(target_.subject, request_);
    if (absl::IsUnauthenticated(notice.status())) {
      return Close(kHttpUnauthorized, v1::CALLBACK_VERDICT_REFUSED_SIGNATURE, notice.status());
    }
    if (!notice.ok()) {
      return Close(kHttpBadRequest, v1::CALLBACK_VERDICT_UNINTELLIGIBLE, notice.status());
    }
    notice_ = *std::move(notice);
    Answer(account_->provider->AcknowledgeCallback());
    // While draining it is only kept: it is handled at the next start.
    if (core_->draining) return Tell(DrainingError());
    if (verdict_ == v1::CALLBACK_VERDICT_PENDING) return Handle();
    // What was judged before is PENDING again: a crash from here on does not forget it.
    core_->deps.store->JudgeCallback(id_, {.verdict = v1::CALLBACK_VERDICT_PENDING},
                                     ThenStatus(&CallbackIntake::OnReopened));
  }

  void OnReopened(const absl::Status& status) {
    if (!status.ok()) return Tell(status);
    Handle();
  }

  void Handle() {
    HandleUnderstood(core_,
                     {id_, account_, std::move(resource_), std::move(notice_),
                      std::move(callback_mark_), std::move(replayed_by_)},
                     std::move(handled_));
  }

  // Stored, refused, and done with. The plugin's reason quotes nothing of the body.
  void Close(int status_code, v1::CallbackVerdict verdict, const absl::Status& why) {
    core_->deps.observer->OnCallback(provider_, target_.resource, VerdictWord(verdict));
    core_->deps.store->JudgeCallback(id_, {verdict, std::string(why.message()), core_->Now()},
                                     ThenStatus(&CallbackIntake::OnClosed));
    Answer(PlainResponse(status_code, VerdictWord(verdict)));
  }

  void OnClosed(const absl::Status& status) {
    if (!status.ok()) {
      core_->deps.observer->OnTrouble("callback_not_finished", target_.resource, status.message());
    }
    Tell(status);
  }

  void Refuse(int status_code, absl::string_view word, const absl::Status& why) {
    core_->deps.observer->OnCallback(provider_, target_.resource, word);
    Answer(PlainResponse(status_code, word));
    if (id_ == 0) return Tell(why);
    // It stays PENDING, and says why: a person may have to see it.
    why_ = why;
    core_->deps.store->JudgeCallback(
        id_, {v1::CALLBACK_VERDICT_PENDING, std::string(why.message()), core_->Now()},
        ThenStatus(&CallbackIntake::OnLeft));
  }

  void OnLeft(const absl::Status& /*status*/) { Tell(why_); }

  void Answer(HttpResponse response) {
    if (reply_ != nullptr) std::move(reply_)(std::move(response));
    reply_ = nullptr;
  }

  void Tell(const absl::Status& status) {
    if (handled_ != nullptr) std::move(handled_)(status);
    handled_ = nullptr;
  }

  EngineCore* const core_;
  const WorkMark mark_;
  const CallbackTarget target_;
  const HttpRequest request_;
  std::string provider_;     // Of the URL; empty for one from the store.
  Reply reply_;              // nullptr for one from the store.
  CallbackHandled handled_;  // nullptr for one from the wire.
  std::string replayed_by_;
  int64_t id_ = 0;  // 0 until it is stored.
  v1::CallbackVerdict verdict_ = v1::CALLBACK_VERDICT_PENDING;
  std::unique_ptr<CallbackMark> callback_mark_;
  CallbackResource resource_;
  CallbackNotice notice_;
  absl::Status why_;  // It cannot be handled.
  const Account* account_ = nullptr;
};

// What is sealed under a key that is gone cannot be handled: it says so while it is PENDING, so
// that a person sees it.
void LeaveUnreadable(EngineCore* core, const CallbackRecord& record, absl::string_view why,
                     CallbackHandled handled) {
  core->deps.observer->OnTrouble("callback_not_readable", record.resource, why);
  absl::Status status =
      MakeError(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_CALLBACK_BODY_DELETED,
                absl::StrCat("the body of ", CallbackName(record.id), " cannot be opened: ", why),
                {{"provider_called", "false"}});
  core->deps.store->JudgeCallback(
      record.id, {v1::CALLBACK_VERDICT_PENDING, std::string(status.message()), core->Now()},
      [status, handled = std::move(handled)](const absl::Status&) mutable {
        std::move(handled)(std::move(status));
      });
}

}  // namespace

void StartHandleCallback(EngineCore* core, std::string provider, const std::string& token,
                         HttpRequest request, absl::AnyInvocable<void(HttpResponse) &&> done) {
  absl::StatusOr<CallbackTarget> target = ReadCallbackToken(*core->deps.keys, token);
  if (!target.ok()) {
    core->deps.observer->OnCallback(provider, "", "unknown_token");
    return std::move(done)(PlainResponse(kHttpNotFound, "unknown_token"));
  }
  std::make_shared<CallbackIntake>(core, *std::move(target), AsItIsKept(std::move(request)))
      ->Start(std::move(provider), std::move(done));
}

void ResumeCallback(EngineCore* core, ResumedCallback resumed, CallbackHandled handled) {
  const CallbackRecord& record = resumed.record;
  absl::StatusOr<Secret> body = OpenCallbackBody(*core->deps.keys, record);
  if (!body.ok()) {
    return LeaveUnreadable(core, record, body.status().message(), std::move(handled));
  }
  CallbackTarget target;
  target.subject = absl::StartsWith(record.resource, "payments/")
                       ? CallbackSubject::kPayment
                       : CallbackSubject::kCardRegistration;
  target.tenant = record.tenant;
  target.resource = record.resource;
  HttpRequest request = AsItIsKept(record.content_type, *std::move(body));
  std::make_shared<CallbackIntake>(core, std::move(target), std::move(request))
      ->Resume(std::move(resumed), std::move(handled));
}

}  // namespace payments
