#include "server/service/unary_calls.h"

#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace payments {
namespace {

constexpr absl::Duration kRateLimitedRetryDelay = absl::Seconds(1);
constexpr char kOperatorRole[] = "operator";

}  // namespace

UnaryCalls::UnaryCalls(Options options, Dependencies deps, Audience audience)
    : options_(options), deps_(deps), audience_(audience), limit_(options.calls_in_flight_max) {}

absl::StatusOr<Caller> UnaryCalls::Authenticate(const Context& context) const {
  absl::StatusOr<Caller> caller = deps_.authenticator->Authenticate(context.client_metadata());
  if (!caller.ok() || audience_ == Audience::kEveryCaller || caller->is_operator) return caller;
  return MakeError(absl::StatusCode::kPermissionDenied, v1::ERROR_REASON_ROLE_REQUIRED,
                   absl::StrCat("the principal \"", caller->principal, "\" has not the role \"",
                                kOperatorRole, "\""),
                   {{"role", kOperatorRole}});
}

absl::Time UnaryCalls::AnswerDeadline(const Context& context) const {
  const absl::Time now = deps_.clock->Now();
  const absl::Time callers = absl::FromChrono(context.deadline()) - options_.answer_margin;
  return std::clamp(callers, now, now + options_.call_timeout_default);
}

absl::Status UnaryCalls::EnterLimit() {
  if (limit_.TryEnter()) return absl::OkStatus();
  return WithRetryDelay(
      MakeError(absl::StatusCode::kResourceExhausted, v1::ERROR_REASON_RATE_LIMITED,
                absl::StrCat("the server is working on ", limit_.calls_max(),
                             " calls, as many as it may")),
      kRateLimitedRetryDelay);
}

grpc::ServerUnaryReactor* UnaryCalls::Finish(Context* context, const absl::Status& status) const {
  Reactor* reactor = context->DefaultReactor();
  reactor->Finish(deps_.errors->Encode(status));
  return reactor;
}

}  // namespace payments
