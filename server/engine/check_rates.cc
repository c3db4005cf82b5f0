#include "server/engine/check_rates.h"

#include <algorithm>

namespace payments {
namespace {

absl::Duration Distance(const Account& account) {
  return absl::Seconds(1) / account.checks.checks_per_second_max;
}

}  // namespace

CheckRates::Turn::Turn(CheckRates* rates, const Account* account, absl::Duration wait)
    : rates_(rates), account_(account), wait_(wait) {
  ++rates_->rates_[account_].running;
}

CheckRates::Turn::~Turn() { --rates_->rates_[account_].running; }

std::unique_ptr<CheckRates::Turn> CheckRates::Take(const Account* account, absl::Duration now,
                                                   absl::Duration ahead_max) {
  Rate& rate = rates_[account];
  if (rate.running >= account->checks.checks_per_second_max) return nullptr;
  const absl::Duration turn = std::max(rate.next_turn, now);
  if (turn - now > ahead_max) return nullptr;
  rate.next_turn = turn + Distance(*account);
  rate.caller_was_last = false;
  return std::make_unique<Turn>(this, account, turn - now);
}

std::unique_ptr<CheckRates::Turn> CheckRates::TakeForCaller(const Account* account,
                                                            absl::Duration now,
                                                            absl::Duration ahead_max) {
  Rate& rate = rates_[account];
  const int running_max = account->checks.checks_per_second_max;
  const bool reserved = running_max > 1 ? rate.running >= running_max - 1
                                        : rate.caller_was_last && rate.next_place > now;
  if (reserved) return nullptr;
  std::unique_ptr<Turn> turn = Take(account, now, ahead_max);
  if (turn != nullptr) rate.caller_was_last = true;
  return turn;
}

absl::Duration CheckRates::Postpone(const Account* account, absl::Duration now) {
  Rate& rate = rates_[account];
  const absl::Duration distance = Distance(*account);
  const absl::Duration last = now + account->checks.check_interval_max;
  const absl::Duration first = std::max(rate.next_turn, now + distance);
  const absl::Duration place = std::min(std::max(rate.next_place, first), last);
  rate.next_place = place + distance;
  return place - now;
}

}  // namespace payments
