#include "server/store/store_stats.h"

namespace payments {

void StoreStatsCounter::Count(const PaymentChange& change) {
  const std::lock_guard lock(mutex_);
  CountLocked(change);
}

void StoreStatsCounter::Count(const std::vector<PaymentChange>& changes) {
  const std::lock_guard lock(mutex_);
  for (const PaymentChange& change : changes) CountLocked(change);
}

void StoreStatsCounter::CountLocked(const PaymentChange& change) {
  needs_review_ += static_cast<int>(change.needs_review) - static_cast<int>(change.needed_review);
  if (change.from == change.to) return;
  ++payments_[std::pair(change.account, change.to)];
  if (change.from.has_value()) --payments_[std::pair(change.account, *change.from)];
  if (change.to == v1::PAYMENT_STATE_UNKNOWN) {
    unknown_create_times_us_.insert(change.create_time_us);
  } else if (change.from == v1::PAYMENT_STATE_UNKNOWN) {
    const auto it = unknown_create_times_us_.find(change.create_time_us);
    if (it != unknown_create_times_us_.end()) unknown_create_times_us_.erase(it);
  }
}

StoreStats StoreStatsCounter::Snapshot() const {
  const std::lock_guard lock(mutex_);
  StoreStats stats{payments_, needs_review_, std::nullopt};
  if (!unknown_create_times_us_.empty()) {
    stats.oldest_unknown = absl::FromUnixMicros(*unknown_create_times_us_.begin());
  }
  return stats;
}

}  // namespace payments
