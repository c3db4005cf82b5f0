#include "server/engine/callback_checks.h"

#include <utility>
#include <vector>

namespace payments {

CallbackChecks::Answer CallbackChecks::Ask(Wish wish) {
  const std::string payment = wish.payment;
  Line& line = lines_[payment];
  line.account = &accounts_[wish.account];
  for (const Wish& waiting : line.waiting) {
    if (waiting.hinted == wish.hinted) return {Place::kShared, waiting.callback};
  }
  const bool full = line.waiting.size() >= kWaitingPerPaymentMax ||
                    line.account->waiting >= kWaitingPerAccountMax;
  if (full && !CanBeginAtOnce(line)) {
    OnOver(payment);
    return {Place::kNoRoom};
  }
  line.waiting.push_back(std::move(wish));
  ++line.account->waiting;
  if (!line.running && !line.called) CallUp(payment, line);
  return {};
}

bool CallbackChecks::CanBeginAtOnce(const Line& line) const {
  return !line.running && !line.called && line.next_turn <= clock_->Monotonic() &&
         line.account->running < kRunningMax;
}

void CallbackChecks::CallUp(const std::string& payment, Line& line) {
  line.called = true;
  const absl::Duration wait = line.next_turn - clock_->Monotonic();
  if (wait <= absl::ZeroDuration()) return OnTurn(payment);
  executor_->PostAfter(wait, [this, payment] { OnTurn(payment); });
}

void CallbackChecks::OnTurn(const std::string& payment) {
  AccountLine& account = *lines_.at(payment).account;
  account.ripe.push_back(payment);
  Serve(account);
}

void CallbackChecks::Serve(AccountLine& account) {
  while (account.running < kRunningMax && !account.ripe.empty()) {
    const std::string payment = std::move(account.ripe.front());
    account.ripe.pop_front();
    Line& line = lines_.at(payment);
    line.called = false;
    line.waiting.empty() ? OnOver(payment) : Begin(line);  // Empty: dropped.
  }
}

void CallbackChecks::Begin(Line& line) {
  line.running = true;
  ++line.account->running;
  --line.account->waiting;
  Wish wish = std::move(line.waiting.front());
  line.waiting.pop_front();
  std::move(wish.ask)();  // May come back here.
}

// A payment that wants another turn stands behind those whose turn has come.
void CallbackChecks::End(const std::string& payment) {
  Line& line = lines_.at(payment);
  AccountLine& account = *line.account;
  line.running = false;
  --account.running;
  // From its end: it may have asked more than once.
  line.next_turn = clock_->Monotonic() + kInterval;
  if (!line.waiting.empty()) {
    CallUp(payment, line);
  } else {
    // Until then it is remembered when it was asked about last.
    executor_->PostAfter(kInterval, [this, payment] { OnOver(payment); });
  }
  Serve(account);
}

void CallbackChecks::OnOver(const std::string& payment) {
  const auto found = lines_.find(payment);
  if (found == lines_.end()) return;
  const Line& line = found->second;
  const bool idle = !line.running && !line.called && line.waiting.empty();
  if (idle && line.next_turn <= clock_->Monotonic()) lines_.erase(found);
}

void CallbackChecks::DropWaiting() {
  std::vector<Wish> dropped;
  for (auto& [payment, line] : lines_) {
    for (Wish& wish : line.waiting) dropped.push_back(std::move(wish));
    line.account->waiting -= line.waiting.size();
    line.waiting.clear();
  }
}

}  // namespace payments
