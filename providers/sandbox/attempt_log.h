#ifndef PAYMENTS_PROVIDERS_SANDBOX_ATTEMPT_LOG_H_
#define PAYMENTS_PROVIDERS_SANDBOX_ATTEMPT_LOG_H_

#include <cstddef>
#include <deque>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "payments/sandbox/v1/ledger.pb.h"

namespace payments::sandbox {

// How often each request that moves money was received, whatever became of it: what the
// ledger cannot show, since it never does the same thing twice. Thread-compatible.
class AttemptLog {
 public:
  // Keys, not calls; what would be one more is not counted.
  static constexpr size_t kKeysMax = 8'000'000;

  // `hold_id` is kept from the first call of this key.
  void Count(v1::Method method, absl::string_view key, absl::string_view hold_id);

  // In the order they were first received.
  const std::deque<v1::Attempt>& attempts() const { return attempts_; }

 private:
  using Key = std::pair<v1::Method, std::string>;

  std::deque<v1::Attempt> attempts_;  // They stay where they are.
  absl::flat_hash_map<Key, v1::Attempt*> by_key_;
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_ATTEMPT_LOG_H_
