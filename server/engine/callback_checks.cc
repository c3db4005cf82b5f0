#include "server/engine/callback_checks.h"

#include <utility>
#include <vector>

namespace payments {

CallbackChecks::Answer CallbackChecks::Ask(Wish wish) {
  const std::string payment = wish.payment;
  const auto found = lines_.find(payment);
  if (found != lines_.end()) {
    for (const Wish& waiting : found->second.waiting) {
      if (waiting.hinted == wish.hinted) return {Place::kShared, waiting.callback};
    }
    if (found->second.waiting.size() >= kWaitingPerPaymentMax) return {Place::kNoRoom};
  }
  if (waiting_ >= kWaitingMax) return {Place::kNoRoom};
  Line& line = lines_[payment];
  line.account = wish.account;
  line.waiting.push_back(std::move(wish));
  ++waiting_;
  if (!line.running && !line.called) CallUp(payment, line);
  return {};
}

void CallbackChecks::CallUp(const std::string& payment, Line& line) {
  line.called = true;
  const absl::Duration wait = line.next_turn - clock_->Monotonic();
  if (wait <= absl::ZeroDuration()) return OnTurn(payment);
  executor_->PostAfter(wait, [this, payment] { OnTurn(payment); });
}

void CallbackChecks::OnTurn(const std::string& payment) {
  const auto found = lines_.find(payment);
  if (found == lines_.end()) return;
  Line& line = found->second;
  if (line.waiting.empty()) {  // Dropped.
    line.called = false;
    return OnOver(payment);
  }
  AccountLine& account = accounts_[line.account];
  if (account.running >= kRunningMax) return account.ripe.push_back(payment);
  ++account.running;
  Begin(line);
}

void CallbackChecks::Begin(Line& line) {
  line.called = false;
  line.running = true;
  Wish wish = std::move(line.waiting.front());
  line.waiting.pop_front();
  --waiting_;
  std::move(wish.ask)();  // May come back here.
}

void CallbackChecks::End(const std::string& payment) {
  Line& line = lines_.at(payment);
  line.running = false;
  // From its end: it may have asked more than once.
  line.next_turn = clock_->Monotonic() + kInterval;
  AccountLine& account = accounts_[line.account];
  --account.running;
  if (!line.waiting.empty()) {
    CallUp(payment, line);
  } else {
    // Until then it is remembered when it was asked about last.
    executor_->PostAfter(kInterval, [this, payment] { OnOver(payment); });
  }
  if (account.ripe.empty() || account.running >= kRunningMax) return;
  const std::string next = std::move(account.ripe.front());
  account.ripe.pop_front();
  OnTurn(next);
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
    line.waiting.clear();
  }
  waiting_ = 0;
}

}  // namespace payments
