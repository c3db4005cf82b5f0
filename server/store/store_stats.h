#ifndef PAYMENTS_SERVER_STORE_STORE_STATS_H_
#define PAYMENTS_SERVER_STORE_STORE_STATS_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "payments/v1/payment.pb.h"
#include "server/store/commit_effects.h"

namespace payments {

// How many payments there are, for metrics.
struct StoreStats {
  std::map<std::pair<std::string, v1::PaymentState>, int64_t> payments;  // By account, state.
  int64_t needs_review = 0;
  // When the oldest of those that are UNKNOWN now was created.
  std::optional<absl::Time> oldest_unknown;
};

// Keeps StoreStats up to date from the changes that are committed. Thread-safe.
class StoreStatsCounter {
 public:
  void Count(const PaymentChange& change);
  void Count(const CounterChange& change);
  void Count(const CommitEffects& effects);
  // How many the database has come through; once, before it is read.
  void SetRestores(int64_t restores);
  StoreStats Snapshot() const;
  int64_t NumbersLeft(const CounterKey& key, const NumberRange& range) const;

 private:
  void CountLocked(const PaymentChange& change);
  void CountLocked(const CounterChange& change);

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::map<std::pair<std::string, v1::PaymentState>, int64_t> payments_;
  int64_t needs_review_ = 0;
  std::multiset<int64_t> unknown_create_times_us_;
  std::map<std::pair<std::string, std::string>, NumberCounter> counters_;  // As CounterKey.
  int64_t restores_ = 0;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_STORE_STATS_H_
