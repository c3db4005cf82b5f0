#ifndef PAYMENTS_PROVIDERS_SANDBOX_ATTEMPT_LOG_H_
#define PAYMENTS_PROVIDERS_SANDBOX_ATTEMPT_LOG_H_

#include <cstddef>
#include <deque>
#include <string>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "payments/sandbox/v1/ledger.pb.h"

namespace payments::sandbox {

// How often each request that moves money was received, whatever became of it: what the
// ledger cannot show, since it never does the same thing twice. Thread-compatible.
class AttemptLog {
 public:
  // Keys, not calls; what would be one more is not counted.
  static constexpr size_t kKeysMax = 8'000'000;

  // Method, key and terminal tell it from others; the rest is kept from the first call.
  void Count(const v1::Attempt& attempt);

  // In the order they were first received.
  const std::deque<v1::Attempt>& attempts() const { return attempts_; }

 private:
  using Key = std::tuple<v1::Method, std::string, std::string>;

  std::deque<v1::Attempt> attempts_;  // They stay where they are.
  absl::flat_hash_map<Key, v1::Attempt*> by_key_;
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_ATTEMPT_LOG_H_
