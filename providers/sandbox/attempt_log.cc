#include "providers/sandbox/attempt_log.h"

namespace payments::sandbox {

void AttemptLog::Count(const v1::Attempt& attempt) {
  const Key key(attempt.method(), attempt.key(), attempt.terminal_id());
  auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    if (attempts_.size() >= kKeysMax) return;
    v1::Attempt& first = attempts_.emplace_back(attempt);
    first.set_received(0);
    found = by_key_.emplace(key, &first).first;
  }
  found->second->set_received(found->second->received() + 1);
}

}  // namespace payments::sandbox
