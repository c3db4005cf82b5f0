#include "server/engine/asking_limit.h"

#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace payments {
namespace {

constexpr absl::Duration kAskInterval = absl::Seconds(1);
// So many resources are remembered; beyond it, all that are old are forgotten.
constexpr size_t kRememberedMax = 10000;

void ForgetOld(EngineCore* core, absl::Duration now) {
  for (auto it = core->last_asked.begin(); it != core->last_asked.end();) {
    it = now - it->second > kAskInterval ? core->last_asked.erase(it) : std::next(it);
  }
}

}  // namespace

absl::Status AdmitAsking(EngineCore* core, const std::string& resource) {
  const absl::Duration now = core->deps.clock->Monotonic();
  if (core->last_asked.size() >= kRememberedMax) ForgetOld(core, now);
  auto [it, first] = core->last_asked.try_emplace(resource, now);
  if (first) return absl::OkStatus();
  const absl::Duration wait = it->second + kAskInterval - now;
  if (wait > absl::ZeroDuration()) {
    return AskedTooOften(resource,
                         absl::StrCat("the provider is asked about it at most once in ",
                                      absl::FormatDuration(kAskInterval)),
                         wait);
  }
  it->second = now;
  return absl::OkStatus();
}

absl::Status AskedTooOften(const std::string& resource, absl::string_view why,
                           absl::Duration retry_delay) {
  const std::string key = absl::StartsWith(resource, "cards/") ? "card" : "payment";
  return WithRetryDelay(
      MakeError(absl::StatusCode::kResourceExhausted, v1::ERROR_REASON_RATE_LIMITED, why,
                {{key, resource}, {"provider_called", "false"}}),
      retry_delay);
}

}  // namespace payments
