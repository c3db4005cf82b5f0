#ifndef PAYMENTS_SERVER_ENGINE_CALLBACK_CHECKS_H_
#define PAYMENTS_SERVER_ENGINE_CALLBACK_CHECKS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "providers/provider.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/engine/account_directory.h"

namespace payments {

// Paces what callbacks ask the providers: anybody who can repeat a callback could otherwise
// have the server ask as often as he likes. A payment is asked about again kInterval
// after it was answered for at the earliest, and of an account at most kRunningMax questions run at
// once. What comes sooner waits; what would ask the same as one that waits already is answered for
// by it. Every callback gets a question that begins after it came, since an earlier one may have
// been answered before what it tells of happened.
//
// Nothing here outlives the process: a callback is PENDING in the store until its question is
// answered, and is taken up again from there. Times are the monotonic clock's. Not
// thread-safe; runs on the executor, whose tasks it must outlive.
class CallbackChecks {
 public:
  static constexpr absl::Duration kInterval = absl::Seconds(1);
  static constexpr int kRunningMax = 256;
  // Of one payment: as many as name different references.
  static constexpr size_t kWaitingPerPaymentMax = 8;
  // Of one account: one whose provider is away takes no room from others. Each holds a stored
  // payment, and no body.
  static constexpr size_t kWaitingPerAccountMax = 1000;

  // A callback that wants its payment asked about.
  struct Wish {
    int64_t callback = 0;
    const Account* account = nullptr;
    std::string payment;
    ProviderReferences hinted;
    // Begins the question, and calls End() when it is over. Called at most once; dropped by
    // DropWaiting().
    absl::AnyInvocable<void() &&> ask;
  };
  enum class Place {
    kTaken,   // `ask` was called, or will be.
    kShared,  // Another callback waits with the same question; `ask` was dropped.
    kNoRoom,  // It cannot be asked at once, and too many wait; `ask` was dropped.
  };
  struct Answer {
    Place place = Place::kTaken;
    int64_t shared_with = 0;  // The callback; of kShared.
  };

  // Not owned.
  CallbackChecks(Executor* executor, Clock* clock) : executor_(executor), clock_(clock) {}
  CallbackChecks(const CallbackChecks&) = delete;
  CallbackChecks& operator=(const CallbackChecks&) = delete;

  Answer Ask(Wish wish);
  // The payment's running question is over.
  void End(const std::string& payment);
  // For a drain: what waits stays PENDING in the store.
  void DropWaiting();

 private:
  struct AccountLine {
    int running = 0;
    size_t waiting = 0;            // Wishes of all its payments.
    std::deque<std::string> ripe;  // Payments whose turn has come, but for the account's.
  };
  struct Line {
    AccountLine* account = nullptr;
    absl::Duration next_turn;
    bool running = false;
    bool called = false;  // Its turn is on its way, or it is ripe.
    std::deque<Wish> waiting;
  };

  bool CanBeginAtOnce(const Line& line) const;
  void CallUp(const std::string& payment, Line& line);
  void OnTurn(const std::string& payment);
  void Serve(AccountLine& account);
  void Begin(Line& line);
  void OnOver(const std::string& payment);

  Executor* const executor_;
  Clock* const clock_;
  std::unordered_map<const Account*, AccountLine> accounts_;
  std::unordered_map<std::string, Line> lines_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_CALLBACK_CHECKS_H_
