#include "providers/sandbox/epay/epay_tokens.h"

#include <utility>

namespace payments::sandbox {

void EpayTokens::Add(std::string value, EpayToken token) {
  while (oldest_first_.size() >= kTokensMax) {
    tokens_.erase(oldest_first_.front());
    oldest_first_.pop_front();
  }
  oldest_first_.push_back(value);
  tokens_.insert_or_assign(std::move(value), std::move(token));
}

EpayToken* EpayTokens::Find(absl::string_view value, absl::Time now) {
  const auto found = tokens_.find(value);
  if (found == tokens_.end() || found->second.expire_time <= now) return nullptr;
  return &found->second;
}

}  // namespace payments::sandbox
