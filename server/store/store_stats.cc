#include "server/store/store_stats.h"

namespace payments {

void StoreStatsCounter::Count(const PaymentChange& change) {
  const std::lock_guard lock(mutex_);
  CountLocked(change);
}

void StoreStatsCounter::Count(const CounterChange& change) {
  const std::lock_guard lock(mutex_);
  CountLocked(change);
}

void StoreStatsCounter::Count(const CommitEffects& effects) {
  const std::lock_guard lock(mutex_);
  for (const PaymentChange& change : effects.changes) CountLocked(change);
  for (const CounterChange& change : effects.counters) CountLocked(change);
}

void StoreStatsCounter::CountLocked(const CounterChange& change) {
  counters_[std::pair(change.key.tenant, change.key.account)] = change.counter;
}

void StoreStatsCounter::SetRestores(int64_t restores) {
  const std::lock_guard lock(mutex_);
  restores_ = restores;
}

int64_t StoreStatsCounter::NumbersLeft(const CounterKey& key, const NumberRange& range) const {
  const std::lock_guard lock(mutex_);
  const auto it = counters_.find(std::pair(key.tenant, key.account));
  const NumberCounter counter = it == counters_.end() ? NumberCounter() : it->second;
  return payments::NumbersLeft(range, counter, restores_);
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
