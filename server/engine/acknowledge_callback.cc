#include <utility>

#include "server/engine/callback_record.h"
#include "server/engine/use_cases.h"

namespace payments {

void StartAcknowledgeCallback(EngineCore* core, const Caller& caller,
                              const v1::AcknowledgeCallbackRequest& request,
                              Done<v1::AcknowledgeCallbackResponse> done) {
  if (core->draining) return std::move(done)(DrainingError());
  const std::optional<int64_t> id = CallbackIdOf(request.name());
  if (!id.has_value()) return std::move(done)(CallbackNotFound(request.name()));
  auto answer = [name = request.name(),
                 done = std::move(done)](absl::StatusOr<CallbackRecord> record) mutable {
    if (!record.ok()) return std::move(done)(CallbackNotFound(name, record.status()));
    v1::AcknowledgeCallbackResponse response;
    *response.mutable_callback() = ToCallback(*record);
    std::move(done)(std::move(response));
  };
  core->deps.store->AcknowledgeCallback(
      caller.tenant, *id, {core->Now(), caller.principal, request.reason()}, std::move(answer));
}

}  // namespace payments
