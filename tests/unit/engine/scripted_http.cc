#include "tests/unit/engine/scripted_http.h"

#include <algorithm>
#include <utility>

#include "gtest/gtest.h"

namespace payments {
namespace {

HttpClient::Result ResultOf(const std::string& reply) {
  constexpr int kHttpOk = 200;
  if (reply == ScriptedHttp::kRefused) {
    return HttpFailure{false, absl::UnavailableError("connection refused")};
  }
  if (reply == ScriptedHttp::kLost) {
    return HttpFailure{true, absl::DeadlineExceededError("no answer")};
  }
  return HttpResponse{kHttpOk, {}, Secret(reply)};
}

}  // namespace

void ScriptedHttp::Send(HttpRequest request, absl::Duration timeout, DoneHttp done) {
  const ScriptedMessage message = ParseScripted(request.body.Reveal());
  if (spy_) spy_(message);
  sent_.push_back(message);
  const uint64_t id = ++next_id_;
  waiting_.emplace(id, Waiting{message.verb, std::move(done)});
  executor_->PostAfter(timeout, [this, id] { Reply(id, kLost); });
  const std::string reply = replies_[message.verb];
  if (!reply.empty()) executor_->Post([this, id, reply] { Reply(id, reply); });
}

void ScriptedHttp::Reply(uint64_t id, const std::string& reply) {
  auto node = waiting_.extract(id);
  if (!node.empty()) std::move(node.mapped().done)(ResultOf(reply));
}

void ScriptedHttp::Answer(const std::string& verb, const std::string& reply) {
  const auto it = std::find_if(waiting_.begin(), waiting_.end(),
                               [&verb](const auto& entry) { return entry.second.verb == verb; });
  ASSERT_NE(it, waiting_.end()) << "no " << verb << " waits for an answer";
  executor_->Post([this, id = it->first, reply] { Reply(id, reply); });
}

bool ScriptedHttp::IsWaiting(const std::string& verb) const {
  return std::any_of(waiting_.begin(), waiting_.end(),
                     [&verb](const auto& entry) { return entry.second.verb == verb; });
}

int ScriptedHttp::Count(const std::string& verb) const {
  return static_cast<int>(
      std::count_if(sent_.begin(), sent_.end(),
                    [&verb](const ScriptedMessage& message) { return message.verb == verb; }));
}

ScriptedMessage ScriptedHttp::Last(const std::string& verb) const {
  const auto it =
      std::find_if(sent_.rbegin(), sent_.rend(),
                   [&verb](const ScriptedMessage& message) { return message.verb == verb; });
  return it == sent_.rend() ? ScriptedMessage() : *it;
}

}  // namespace payments
