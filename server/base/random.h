#ifndef PAYMENTS_SERVER_BASE_RANDOM_H_
#define PAYMENTS_SERVER_BASE_RANDOM_H_

#include <cstdint>

#include "absl/types/span.h"

namespace payments {

// Where random bytes come from, so that tests can draw them from a seed.
// Implementations are thread-safe.
class Random {
 public:
  virtual ~Random() = default;

  // Fills `bytes`; unpredictable in production (RAND_bytes).
  virtual void Fill(absl::Span<uint8_t> bytes) = 0;
};

// The operating system's randomness, through OpenSSL. Ends the process if there is none.
class SystemRandom : public Random {
 public:
  void Fill(absl::Span<uint8_t> bytes) override;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_BASE_RANDOM_H_
