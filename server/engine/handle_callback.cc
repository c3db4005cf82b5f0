#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/engine/callback_body.h"
#include "server/engine/callback_record.h"
#include "server/engine/callback_token.h"
#include "server/engine/steps.h"
#include "server/engine/use_cases.h"

namespace payments {
namespace {

constexpr int kHttpBadRequest = 400;
constexpr int kHttpUnauthorized = 401;
constexpr int kHttpNotFound = 404;
constexpr int kHttpServiceUnavailable = 503;

// Of the header, as it is kept.
constexpr size_t kContentTypeBytesMax = 256;

HttpResponse PlainResponse(int status_code, absl::string_view text) {
  return HttpResponse{
      status_code, {{"Content-Type", "text/plain"}}, Secret(absl::StrCat(text, "\n"))};
}

std::string ContentType(const HttpHeaders& headers) {
  for (const auto& [name, value] : headers) {
    if (absl::EqualsIgnoreCase(name, "content-type")) return value.substr(0, kContentTypeBytesMax);
  }
  return "";
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

  void Resume(int64_t id, v1::CallbackVerdict verdict, CallbackHandled handled) {
    id_ = id;
    verdict_ = verdict;
    handled_ = std::move(handled);
    callback_mark_ = std::make_unique<CallbackMark>(core_, id_);
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
    record.content_type = ContentType(request_.headers);
    record.body_bytes = static_cast<int64_t>(request_.body.size());
    record.body_digest = CallbackBodyDigest(keys, target_.tenant, target_.resource, request_.body);
    record.sealed_body = SealCallbackBody(keys, target_.resource, request_.body);
    core_->deps.store->RecordCallback(std::move(record), Then(&CallbackIntake::OnRecorded));
  }

  void OnRecorded(absl::StatusOr<int64_t> id) {
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
    HandleUnderstood(
        core_, {id_, account_, std::move(resource_), std::move(notice_), std::move(callback_mark_)},
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
    Tell(why);
  }

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
  int64_t id_ = 0;           // 0 until it is stored.
  v1::CallbackVerdict verdict_ = v1::CALLBACK_VERDICT_PENDING;
  std::unique_ptr<CallbackMark> callback_mark_;
  CallbackResource resource_;
  CallbackNotice notice_;
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
  std::make_shared<CallbackIntake>(core, *std::move(target), std::move(request))
      ->Start(std::move(provider), std::move(done));
}

void ResumeCallback(EngineCore* core, CallbackRecord record, CallbackHandled handled) {
  absl::StatusOr<Secret> body = OpenCallbackBody(*core->deps.keys, record);
  if (!body.ok()) {
    core->deps.observer->OnTrouble("callback_not_readable", record.resource,
                                   body.status().message());
    return std::move(handled)(absl::InternalError(
        absl::StrCat("the body of ", CallbackName(record.id), ": ", body.status().message())));
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
  std::make_shared<CallbackIntake>(core, std::move(target), std::move(request))
      ->Resume(record.id, record.judgement.verdict, std::move(handled));
}

}  // namespace payments
