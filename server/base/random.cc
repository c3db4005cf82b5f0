#include "server/base/random.h"

#include <openssl/rand.h>

#include <cstdlib>

namespace payments {

void SystemRandom::Fill(absl::Span<uint8_t> bytes) {
  // Ids and keys without randomness would collide or be guessed: nothing can go on.
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) std::abort();
}

}  // namespace payments
