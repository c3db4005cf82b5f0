#include "server/engine/waiters.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/engine/payment_phase.h"

namespace payments {

bool IsSettled(const v1::Card& card) {
  return card.state() != v1::CARD_STATE_PENDING_CONFIRMATION || card.has_next_action();
}

bool ShowsSettled(const v1::Event& event) {
  return event.has_payment() ? IsSettled(event.payment()) : IsSettled(event.card());
}

void Waiters::Wait(const std::string& resource, absl::Time deadline, Done done) {
  const absl::Duration left = std::max(deadline - clock_->Now(), absl::ZeroDuration());
  const Key key{clock_->Monotonic() + left, ++order_};
  by_deadline_.emplace(key, Waiter{resource, std::move(done)});
  by_resource_.emplace(resource, key);
  ArmTimer();
}

void Waiters::OnCommitted(const CommittedEvent& committed) {
  auto [begin, end] = by_resource_.equal_range(committed.event->resource());
  if (begin == end || !ShowsSettled(*committed.event)) return;
  std::vector<Done> ready;
  for (auto it = begin; it != end; ++it) {
    ready.push_back(std::move(by_deadline_.extract(it->second).mapped().done));
  }
  by_resource_.erase(begin, end);
  for (Done& done : ready) std::move(done)(committed.event);
}

// The timer that is on its way may be for a later waiter than the first one.
void Waiters::ArmTimer() {
  if (by_deadline_.empty()) return;
  const absl::Duration first = by_deadline_.begin()->first.first;
  if (armed_ && armed_for_ <= first) return;
  armed_ = true;
  armed_for_ = first;
  const absl::Duration delay = std::max(first - clock_->Monotonic(), absl::ZeroDuration());
  executor_->PostAfter(delay, [this] { OnTimer(); });
}

void Waiters::OnTimer() {
  armed_ = false;
  const absl::Duration now = clock_->Monotonic();
  while (!by_deadline_.empty() && by_deadline_.begin()->first.first <= now) {
    auto node = by_deadline_.extract(by_deadline_.begin());
    auto [begin, end] = by_resource_.equal_range(node.mapped().resource);
    by_resource_.erase(std::find_if(
        begin, end, [&node](const auto& entry) { return entry.second == node.key(); }));
    std::move(node.mapped().done)(nullptr);
  }
  ArmTimer();
}

}  // namespace payments
