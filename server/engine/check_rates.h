#ifndef PAYMENTS_SERVER_ENGINE_CHECK_RATES_H_
#define PAYMENTS_SERVER_ENGINE_CHECK_RATES_H_

#include <memory>
#include <optional>
#include <unordered_map>

#include "absl/time/time.h"
#include "server/engine/account_directory.h"

namespace payments {

// Keeps the checks of each account within its checks_per_second_max, one after the other
// at even distances, and at most that many running at once: a provider that hangs holds
// no more than that.
//
// Times are the monotonic clock's: setting the wall clock neither stops nor doubles a
// rate. It begins anew with each process; what waits is in the store. Not thread-safe.
class CheckRates {
 public:
  // A check that may begin: held while the provider is asked.
  class Turn {
   public:
    Turn(CheckRates* rates, const Account* account, absl::Duration wait);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    // How long from its being taken until the check may begin.
    absl::Duration wait() const { return wait_; }

   private:
    CheckRates* const rates_;
    const Account* const account_;
    const absl::Duration wait_;
  };

  // The account's next turn; nullptr if that is more than `ahead_max` away, or too many
  // of the account's checks are running. `now` is Clock::Monotonic().
  std::unique_ptr<Turn> Take(const Account* account, absl::Duration now, absl::Duration ahead_max);

  // The same for a check that a caller wants: leaves one of those that may run to what is due;
  // of a single one, takes no second turn while anybody waits in line.
  std::unique_ptr<Turn> TakeForCaller(const Account* account, absl::Duration now,
                                      absl::Duration ahead_max);

  // For one that got no turn: how long until it has its place in the account's line of
  // those that wait; at most check_interval_max.
  absl::Duration Postpone(const Account* account, absl::Duration now);

 private:
  struct Rate {
    absl::Duration next_turn;   // The first that is not taken.
    absl::Duration next_place;  // The end of the line.
    int running = 0;
    bool caller_was_last = false;
  };

  std::unordered_map<const Account*, Rate> rates_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_CHECK_RATES_H_
