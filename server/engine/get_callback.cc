#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/engine/callback_body.h"
#include "server/engine/callback_record.h"
#include "server/engine/steps.h"
#include "server/engine/use_cases.h"

namespace payments {
namespace {

// GetCallback, step by step.
class GetCallbackCase : public Steps<GetCallbackCase> {
 public:
  GetCallbackCase(EngineCore* core, Caller caller, v1::GetCallbackRequest request,
                  Done<v1::GetCallbackResponse> done)
      : core_(core),
        caller_(std::move(caller)),
        request_(std::move(request)),
        done_(std::move(done)) {}

  void Start() {
    const std::optional<int64_t> id = CallbackIdOf(request_.name());
    if (!id.has_value()) return std::move(done_)(CallbackNotFound(request_.name()));
    core_->deps.store->GetCallback(caller_.tenant, *id, Then(&GetCallbackCase::OnCallback));
  }

 private:
  void OnCallback(absl::StatusOr<CallbackRecord> record) {
    if (!record.ok()) return std::move(done_)(CallbackNotFound(request_.name(), record.status()));
    v1::GetCallbackResponse response;
    *response.mutable_callback() = ToCallback(*record);
    if (!record->body_deleted) response.mutable_callback()->set_body(ShownBody(*record));
    std::move(done_)(std::move(response));
  }

  // Only the plugin knows what of it may be shown.
  std::string ShownBody(const CallbackRecord& record) const {
    const Account* account = core_->FindAccount(record.tenant, record.account);
    if (account == nullptr) {
      return NotShown(record, absl::StrCat(record.account, " is no longer configured"));
    }
    const absl::StatusOr<Secret> body = OpenCallbackBody(*core_->deps.keys, record);
    if (!body.ok()) return NotShown(record, "it is sealed under another key");
    absl::StatusOr<std::string> shown = account->provider->RedactCallback(body->Reveal());
    return shown.ok() ? *std::move(shown) : NotShown(record, "it cannot be read");
  }

  static std::string NotShown(const CallbackRecord& record, absl::string_view why) {
    return absl::StrCat("[", record.body_bytes, " bytes, not shown: ", why, "]");
  }

  EngineCore* const core_;
  const Caller caller_;
  const v1::GetCallbackRequest request_;
  Done<v1::GetCallbackResponse> done_;
};

}  // namespace

void StartGetCallback(EngineCore* core, Caller caller, v1::GetCallbackRequest request,
                      Done<v1::GetCallbackResponse> done) {
  std::make_shared<GetCallbackCase>(core, std::move(caller), std::move(request), std::move(done))
      ->Start();
}

}  // namespace payments
