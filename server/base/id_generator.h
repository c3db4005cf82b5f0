#ifndef PAYMENTS_SERVER_BASE_ID_GENERATOR_H_
#define PAYMENTS_SERVER_BASE_ID_GENERATOR_H_

#include <cstddef>
#include <string>

#include "server/base/clock.h"
#include "server/base/random.h"

namespace payments {

// Makes ULIDs: 48 bits of milliseconds since 1970, then 80 random bits, in lower-case
// Crockford base 32. Ids sort by the millisecond they were made in, cannot be guessed,
// and do not collide. Thread-safe as its parts are.
class IdGenerator {
 public:
  static constexpr size_t kIdSize = 26;

  // Both are not owned.
  IdGenerator(Clock* clock, Random* random) : clock_(clock), random_(random) {}

  // kIdSize characters of [0-9a-hjkmnp-tv-z].
  std::string Next();

 private:
  Clock* clock_;
  Random* random_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_BASE_ID_GENERATOR_H_
