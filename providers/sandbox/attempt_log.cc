#include "providers/sandbox/attempt_log.h"

namespace payments::sandbox {

void AttemptLog::Count(v1::Method method, absl::string_view key, absl::string_view hold_id) {
  const Key wanted(method, std::string(key));
  auto found = by_key_.find(wanted);
  if (found == by_key_.end()) {
    if (attempts_.size() >= kKeysMax) return;
    v1::Attempt& attempt = attempts_.emplace_back();
    attempt.set_method(method);
    attempt.set_key(wanted.second);
    attempt.set_hold_id(std::string(hold_id));
    found = by_key_.emplace(wanted, &attempt).first;
  }
  found->second->set_received(found->second->received() + 1);
}

}  // namespace payments::sandbox
