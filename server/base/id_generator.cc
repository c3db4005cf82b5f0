#include "server/base/id_generator.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace payments {
namespace {

constexpr absl::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr int kBitsPerCharacter = 5;
constexpr size_t kTimeCharacters = 10;  // 50 bits, the upper two of them 0.
constexpr size_t kRandomBytes = 10;
constexpr int64_t kTimeMsMax = (int64_t{1} << 48) - 1;

}  // namespace

std::string IdGenerator::Next() {
  std::string id(kIdSize, '0');
  // A clock before 1970 or after 10889 is wrong, but must not spoil the id's form.
  auto time_ms =
      static_cast<uint64_t>(std::clamp<int64_t>(absl::ToUnixMillis(clock_->Now()), 0, kTimeMsMax));
  for (size_t i = kTimeCharacters; i-- > 0; time_ms >>= kBitsPerCharacter) {
    id[i] = kAlphabet[time_ms & (kAlphabet.size() - 1)];
  }

  std::array<uint8_t, kRandomBytes> random = {};
  random_->Fill(absl::MakeSpan(random));
  uint32_t bits = 0;
  int bit_count = 0;
  size_t at = kTimeCharacters;
  for (const uint8_t byte : random) {
    bits = (bits << 8) | byte;
    bit_count += 8;
    for (; bit_count >= kBitsPerCharacter; ++at) {
      bit_count -= kBitsPerCharacter;
      id[at] = kAlphabet[(bits >> bit_count) & (kAlphabet.size() - 1)];
    }
  }
  return id;
}

}  // namespace payments
