#ifndef PAYMENTS_SERVER_ENGINE_WAITERS_H_
#define PAYMENTS_SERVER_ENGINE_WAITERS_H_

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/engine/store.h"

namespace payments {

// Calls that wait until their payment or card is settled, by the log: so a call
// attaches to what another one started. One timer for all of them. Runs on the
// engine's executor.
class Waiters {
 public:
  // nullptr: the deadline came first.
  using Done = absl::AnyInvocable<void(std::shared_ptr<const v1::Event>) &&>;

  // Neither is owned; both must outlive the timers posted.
  Waiters(Executor* executor, Clock* clock) : executor_(executor), clock_(clock) {}

  // `done` runs with the first event after this call that shows `resource` settled,
  // or at `deadline`; once, and never inside this call.
  void Wait(const std::string& resource, absl::Time deadline, Done done);

  void OnCommitted(const CommittedEvent& committed);

  size_t size() const { return by_deadline_.size(); }

 private:
  struct Waiter {
    std::string resource;
    Done done;
  };
  // Monotonic deadline, then order of arrival.
  using Key = std::pair<absl::Duration, uint64_t>;

  void ArmTimer();
  void OnTimer();

  Executor* const executor_;
  Clock* const clock_;
  uint64_t order_ = 0;
  bool armed_ = false;
  absl::Duration armed_for_;
  std::map<Key, Waiter> by_deadline_;
  std::unordered_multimap<std::string, Key> by_resource_;
};

// Nobody needs to wait for this resource's next event.
bool ShowsSettled(const v1::Event& event);
bool IsSettled(const v1::Card& card);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_WAITERS_H_
