#include "server/base/id_generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/base/fixed_parts.h"

namespace payments {
namespace {

using ::testing::StartsWith;

TEST(IdGeneratorTest, IsAUlidInLowerCase) {
  // The time of the example in the ULID specification, "01ARYZ6S41".
  FixedClock clock(absl::FromUnixMillis(1469918176385));
  CountingRandom random;
  // Bytes 00 to 09, five bits a character.
  EXPECT_EQ(IdGenerator(&clock, &random).Next(), "01aryz6s41000g40r40m30e209");
}

TEST(IdGeneratorTest, HasOnlyTheAlphabetsCharacters) {
  FixedClock clock(absl::FromUnixMillis(1469918176385));
  SystemRandom random;
  IdGenerator ids(&clock, &random);
  std::set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = ids.Next();
    ASSERT_EQ(id.size(), IdGenerator::kIdSize);
    ASSERT_EQ(id.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz"), std::string::npos) << id;
    ASSERT_TRUE(seen.insert(id).second) << id;
  }
}

TEST(IdGeneratorTest, SortsByMillisecond) {
  FixedClock clock(absl::FromUnixMillis(1'700'000'000'000));
  SystemRandom random;
  IdGenerator ids(&clock, &random);
  std::string before = ids.Next();
  for (int i = 1; i <= 1000; ++i) {
    clock.Set(absl::FromUnixMillis(1'700'000'000'000 + i));
    std::string id = ids.Next();
    ASSERT_LT(before, id);
    before = std::move(id);
  }
}

TEST(IdGeneratorTest, AWrongClockDoesNotSpoilTheForm) {
  FixedClock clock(absl::InfinitePast());
  CountingRandom random;
  EXPECT_THAT(IdGenerator(&clock, &random).Next(), StartsWith("0000000000"));
  clock.Set(absl::InfiniteFuture());
  EXPECT_THAT(IdGenerator(&clock, &random).Next(), StartsWith("7zzzzzzzzz"));
}

}  // namespace
}  // namespace payments
