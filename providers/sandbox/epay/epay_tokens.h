#ifndef PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_TOKENS_H_
#define PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_TOKENS_H_

#include <cstddef>
#include <deque>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "providers/sandbox/epay/epay_requests.h"

namespace payments::sandbox {

struct EpayToken {
  EpayTokenRequest bound_to;
  absl::Time expire_time;
  bool used = false;  // By a transfer, or by a confirm.
};

// The tokens that were given out and are still good. Thread-compatible.
class EpayTokens {
 public:
  static constexpr size_t kTokensMax = 200'000;  // More: the oldest is forgotten.

  // `value` is new.
  void Add(std::string value, EpayToken token);

  // Null if it was never given out, or is past. Valid until the next Add().
  EpayToken* Find(absl::string_view value, absl::Time now);

 private:
  absl::flat_hash_map<std::string, EpayToken> tokens_;
  std::deque<std::string> oldest_first_;
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_TOKENS_H_
