#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/engine/asking_limit.h"
#include "server/engine/callback_record.h"
#include "server/engine/callback_resumption.h"
#include "server/engine/steps.h"
#include "server/engine/use_cases.h"

namespace payments {
namespace {

// ReplayCallback, step by step. It has no WorkMark: what it began has one, and a drain does
// not wait until a caller's deadline.
class ReplayCallbackCase : public Steps<ReplayCallbackCase> {
 public:
  ReplayCallbackCase(EngineCore* core, Caller caller, v1::ReplayCallbackRequest request,
                     absl::Time deadline, Done<v1::ReplayCallbackResponse> done)
      : core_(core),
        caller_(std::move(caller)),
        request_(std::move(request)),
        deadline_(deadline),
        done_(std::move(done)) {}

  void Start() {
    if (core_->draining) return Finish(DrainingError());
    const std::optional<int64_t> id = CallbackIdOf(request_.name());
    if (!id.has_value()) return Finish(CallbackNotFound(request_.name()));
    id_ = *id;
    core_->deps.store->GetCallback(caller_.tenant, id_, Then(&ReplayCallbackCase::OnCallback));
  }

 private:
  void OnCallback(absl::StatusOr<CallbackRecord> record) {
    if (!record.ok()) return Finish(CallbackNotFound(request_.name(), record.status()));
    if (record->body_deleted) return Finish(BodyDeleted());
    if (core_->callbacks_in_hand.contains(id_)) return Finish(ToResponse(*record));
    resource_ = record->resource;
    if (absl::Status status = AdmitAsking(core_, resource_); !status.ok()) {
      return Finish(std::move(status));
    }
    core_->deps.executor->PostAfter(deadline_ - core_->deps.clock->Now(),
                                    ThenVoid(&ReplayCallbackCase::Read));
    mark_ = std::make_unique<CallbackMark>(core_, id_);
    core_->deps.store->GetCallback(caller_.tenant, id_, Then(&ReplayCallbackCase::OnMarked));
  }

  // It may have been judged, or deleted, until it was marked.
  void OnMarked(absl::StatusOr<CallbackRecord> record) {
    std::unique_ptr<CallbackMark> mark = std::move(mark_);
    if (!record.ok()) return Finish(CallbackNotFound(request_.name(), record.status()));
    if (record->body_deleted) return Finish(BodyDeleted());
    if (core_->draining) return Finish(DrainingError());
    ResumeCallback(core_, {*std::move(record), std::move(mark), caller_.principal},
                   ThenPlain(&ReplayCallbackCase::OnHandled));
  }

  absl::Status BodyDeleted() const {
    return MakeError(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_CALLBACK_BODY_DELETED,
                     absl::StrCat("the body of ", request_.name(), " is not kept any more"),
                     {{"provider_called", "false"}});
  }

  void OnHandled(const absl::Status& status) {
    if (!status.ok()) return Finish(Translated(status));
    Read();
  }

  // The payment or card may be gone with the backup that was restored.
  absl::Status Translated(const absl::Status& status) const {
    if (absl::IsFailedPrecondition(status)) return status;
    if (!absl::IsNotFound(status)) return StoreError(status);
    return MakeError(absl::StatusCode::kNotFound,
                     absl::StartsWith(resource_, "cards/") ? v1::ERROR_REASON_CARD_NOT_FOUND
                                                           : v1::ERROR_REASON_PAYMENT_NOT_FOUND,
                     absl::StrCat("there is no ", resource_, " any more"),
                     {{"provider_called", "false"}});
  }

  // Once it is judged, or the caller waits no longer.
  void Read() {
    if (done_ == nullptr) return;
    core_->deps.store->GetCallback(caller_.tenant, id_, Then(&ReplayCallbackCase::OnRead));
  }

  void OnRead(absl::StatusOr<CallbackRecord> record) {
    if (!record.ok()) return Finish(CallbackNotFound(request_.name(), record.status()));
    Finish(ToResponse(*record));
  }

  static v1::ReplayCallbackResponse ToResponse(const CallbackRecord& record) {
    v1::ReplayCallbackResponse response;
    *response.mutable_callback() = ToCallback(record);
    return response;
  }

  void Finish(absl::StatusOr<v1::ReplayCallbackResponse> result) {
    if (done_ != nullptr) std::move(done_)(std::move(result));
    done_ = nullptr;
  }

  EngineCore* const core_;
  const Caller caller_;
  const v1::ReplayCallbackRequest request_;
  const absl::Time deadline_;
  Done<v1::ReplayCallbackResponse> done_;
  int64_t id_ = 0;
  std::string resource_;
  std::unique_ptr<CallbackMark> mark_;  // Until it is handed on.
};

}  // namespace

void StartReplayCallback(EngineCore* core, Caller caller, v1::ReplayCallbackRequest request,
                         absl::Time deadline, Done<v1::ReplayCallbackResponse> done) {
  std::make_shared<ReplayCallbackCase>(core, std::move(caller), std::move(request), deadline,
                                       std::move(done))
      ->Start();
}

}  // namespace payments
