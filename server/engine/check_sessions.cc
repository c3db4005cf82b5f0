#include "server/engine/check_sessions.h"

#include <utility>

namespace payments {

Secret CheckSessions::Find(const Account* account, absl::Duration now) {
  const auto kept = kept_.find(account);
  if (kept == kept_.end()) return Secret();
  if (now < kept->second.expire_time) return kept->second.value;
  kept_.erase(kept);
  return Secret();
}

void CheckSessions::Keep(const Account* account, Session session, absl::Duration now) {
  kept_[account] = {std::move(session.value), now + session.lifetime};
}

}  // namespace payments
