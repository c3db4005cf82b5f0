#ifndef PAYMENTS_SERVER_ENGINE_CHECK_SESSIONS_H_
#define PAYMENTS_SERVER_ENGINE_CHECK_SESSIONS_H_

#include <unordered_map>

#include "absl/time/time.h"
#include "providers/provider.h"
#include "server/engine/account_directory.h"

namespace payments {

// What a provider gave to one check for the later ones of the same account, such as an access
// token: in memory only, until its time is over. Times are the monotonic clock's. Not
// thread-safe.
class CheckSessions {
 public:
  // Empty if there is none that still lives.
  Secret Find(const Account* account, absl::Duration now);

  // Replaces the account's earlier one.
  void Keep(const Account* account, Session session, absl::Duration now);

 private:
  struct Kept {
    Secret value;
    absl::Duration expire_time;
  };

  std::unordered_map<const Account*, Kept> kept_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_CHECK_SESSIONS_H_
