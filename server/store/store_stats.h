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
  void Count(const std::vector<PaymentChange>& changes);
  StoreStats Snapshot() const;

 private:
  void CountLocked(const PaymentChange& change);

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  std::map<std::pair<std::string, v1::PaymentState>, int64_t> payments_;
  int64_t needs_review_ = 0;
  std::multiset<int64_t> unknown_create_times_us_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_STORE_STATS_H_
