#include <gtest/gtest.h>

#include <array>

#include "server/base/random.h"
#include "server/base/system_clock.h"

namespace payments {
namespace {

TEST(SystemClockTest, MonotonicNeverGoesBack) {
  const SystemClock clock;
  absl::Duration before = clock.Monotonic();
  for (int i = 0; i < 1000; ++i) {
    const absl::Duration now = clock.Monotonic();
    ASSERT_GE(now, before);
    before = now;
  }
}

TEST(SystemClockTest, TellsAPlausibleTime) {
  EXPECT_GT(SystemClock().Now(), absl::FromUnixSeconds(1'700'000'000));
}

TEST(SystemRandomTest, FillsEveryByte) {
  SystemRandom random;
  std::array<bool, 32> was_set = {};
  // A byte is 0 by chance once in 256; not in each of 20 draws.
  for (int i = 0; i < 20; ++i) {
    std::array<uint8_t, 32> bytes = {};
    random.Fill(absl::MakeSpan(bytes));
    for (size_t j = 0; j < bytes.size(); ++j) was_set[j] = was_set[j] || bytes[j] != 0;
  }
  for (const bool set : was_set) EXPECT_TRUE(set);
  random.Fill({});
}

}  // namespace
}  // namespace payments
