#ifndef PAYMENTS_SERVER_ENGINE_ENGINE_CORE_H_
#define PAYMENTS_SERVER_ENGINE_ENGINE_CORE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "server/base/error.h"
#include "server/base/id_generator.h"
#include "server/engine/callback_checks.h"
#include "server/engine/check_rates.h"
#include "server/engine/check_sessions.h"
#include "server/engine/engine_policy.h"
#include "server/engine/payment_engine.h"
#include "server/engine/trusted_time.h"
#include "server/engine/waiters.h"

namespace payments {

// What the use cases share: the world, the policy, and what is going on right now.
// Nothing here outlives a restart; what must is in the store. Runs on the executor.
struct EngineCore {
  EngineCore(PaymentEngine::Dependencies dependencies, EnginePolicy engine_policy)
      : deps(dependencies),
        policy(std::move(engine_policy)),
        time(deps.clock),
        ids(deps.clock, deps.random),
        callback_checks(deps.executor, deps.clock),
        waiters(deps.executor, deps.clock) {}

  // For what outlives the process: when holds are over and payments are due. Callers'
  // deadlines are by deps.clock.
  absl::Time Now() { return time.Now(); }

  const Account* FindAccount(absl::string_view tenant, absl::string_view name) const {
    return deps.accounts->Find(tenant, name);
  }
  const CheckPolicy& ChecksOf(const storage::v1::PaymentRecord& record) const {
    const Account* account = FindAccount(record.tenant(), record.payment().account());
    return account != nullptr ? account->checks : policy.checks_without_account;
  }

  // Every write of a payment goes through these two: here, and nowhere else, it is said which
  // numbers its operations may get. As in Store, but if they are used up: NUMBERS_USED_UP, an
  // error of ours; nothing is written.
  void CreatePayment(PaymentWrite write, storage::v1::RequestFingerprint fingerprint,
                     Done<Claim<StoredPayment>> done);
  void CommitPayment(PaymentWrite write, Done<StoredPayment> done);

  const PaymentEngine::Dependencies deps;
  const EnginePolicy policy;
  TrustedTime time;
  IdGenerator ids;

  bool draining = false;
  absl::AnyInvocable<void() &&> on_drained;
  // Use cases that must not be cut off: conversations and the commits after them.
  int work_in_flight = 0;
  // Payments for whose operation's answer this process is waiting.
  std::unordered_map<std::string, int> running;
  // Payments and cards that the reconciler is looking at.
  std::unordered_set<std::string> checking;
  // How soon which account may be asked again.
  CheckRates rates;
  CheckSessions sessions;
  // When a caller last wished the provider to be asked, by payment or card; see
  // asking_limit.h.
  std::unordered_map<std::string, absl::Duration> last_asked;
  // Callbacks that are being handled.
  std::unordered_set<int64_t> callbacks_in_hand;

  // Last: what waits in these two holds marks on what is above.
  CallbackChecks callback_checks;
  Waiters waiters;

 private:
  // Whether an operation in it is to get one.
  bool SetNumbers(PaymentWrite& write) const;
  // Numbers that were given out before are given out again: never silently. (Their very first
  // round is told, too.)
  void TellOfNewRound(const storage::v1::PaymentRecord& record) const;
  std::optional<NumberRange> NumbersOf(const storage::v1::PaymentRecord& record) const;
  // What the store said, or that the numbers are used up.
  absl::Status Translated(const std::string& account, const absl::Status& status);
};

// Held by work that a drain waits for.
class WorkMark {
 public:
  explicit WorkMark(EngineCore* core) : core_(core) { ++core_->work_in_flight; }
  ~WorkMark() {
    if (--core_->work_in_flight == 0 && core_->draining && core_->on_drained != nullptr) {
      core_->deps.executor->Post(std::move(core_->on_drained));
    }
  }
  WorkMark(const WorkMark&) = delete;
  WorkMark& operator=(const WorkMark&) = delete;

 private:
  EngineCore* const core_;
};

// Held while this process waits for the answer of a payment's operation.
class RunningMark {
 public:
  RunningMark(EngineCore* core, std::string name) : core_(core), name_(std::move(name)) {
    ++core_->running[name_];
  }
  ~RunningMark() {
    auto it = core_->running.find(name_);
    if (--it->second == 0) core_->running.erase(it);
  }
  RunningMark(const RunningMark&) = delete;
  RunningMark& operator=(const RunningMark&) = delete;

 private:
  EngineCore* const core_;
  const std::string name_;
};

// Held while a callback is being handled, so that nobody else takes it up.
class CallbackMark {
 public:
  CallbackMark(EngineCore* core, int64_t id) : core_(core), id_(id) {
    core_->callbacks_in_hand.insert(id);
  }
  ~CallbackMark() { core_->callbacks_in_hand.erase(id_); }
  CallbackMark(const CallbackMark&) = delete;
  CallbackMark& operator=(const CallbackMark&) = delete;

 private:
  EngineCore* const core_;
  const int64_t id_;
};

// And while storage is away.
inline constexpr absl::Duration kStoreRetryDelay = absl::Seconds(1);

// Says so if the plugin's tables do not know what the provider answered.
void TellUnlisted(EngineCore* core, absl::string_view resource, const ProviderAnswer& answer);

// UNAVAILABLE for new work while draining.
absl::Status DrainingError();

// Storage did not answer as it should, before anything was sent: what callers are told;
// the detail is for the log.
absl::Status StoreError(const absl::Status& status);
// The same if something may have been sent.
absl::Status StoreErrorAfterSending(const absl::Status& status);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_ENGINE_CORE_H_
