#include "providers/secret.h"

#include <openssl/crypto.h>

namespace payments {

void WipeString(std::string& text) {
  text.resize(text.capacity());
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

// A moved-from std::string may keep its bytes in its own buffer, so they are wiped.
Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.Wipe(); }

Secret& Secret::operator=(const Secret& other) {
  if (this == &other) return *this;
  Wipe();
  value_ = other.value_;
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  Wipe();
  value_ = std::move(other.value_);
  other.Wipe();
  return *this;
}

bool Secret::EqualsInConstantTime(absl::string_view other) const {
  return value_.size() == other.size() &&
         CRYPTO_memcmp(value_.data(), other.data(), other.size()) == 0;
}

void Secret::Wipe() { WipeString(value_); }

}  // namespace payments
