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
  // Of all. Each holds a stored payment, and no body.
  static constexpr size_t kWaitingMax = 10'000;

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
    kNoRoom,  // Too many wait; `ask` was dropped.
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
  struct Line {
    const Account* account = nullptr;
    absl::Duration next_turn;
    bool running = false;
    bool called = false;  // Its turn is on its way.
    std::deque<Wish> waiting;
  };
  struct AccountLine {
    int running = 0;
    std::deque<std::string> ripe;  // Payments whose turn has come, but for the account's.
  };

  void CallUp(const std::string& payment, Line& line);
  void OnTurn(const std::string& payment);
  void OnOver(const std::string& payment);
  void Begin(Line& line);

  Executor* const executor_;
  Clock* const clock_;
  std::unordered_map<std::string, Line> lines_;
  std::unordered_map<const Account*, AccountLine> accounts_;
  size_t waiting_ = 0;  // Of all lines.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_CALLBACK_CHECKS_H_
