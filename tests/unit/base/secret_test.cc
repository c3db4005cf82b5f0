#include "providers/secret.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <type_traits>

namespace payments {
namespace {

using ::testing::Each;

template <typename T, typename = void>
struct IsPrintable : std::false_type {};
template <typename T>
struct IsPrintable<T, std::void_t<decltype(std::declval<std::ostream&>() << std::declval<T>())>>
    : std::true_type {};

static_assert(!std::is_convertible_v<Secret, std::string>);
static_assert(!std::is_convertible_v<Secret, absl::string_view>);
static_assert(!std::is_convertible_v<std::string, Secret>);
static_assert(!IsPrintable<Secret>::value);

constexpr char kShort[] = "4111";                                   // In the string's own buffer.
constexpr char kLong[] = "4111111111111111 4111111111111111 4111";  // On the heap.

class SecretTest : public ::testing::TestWithParam<const char*> {};

TEST_P(SecretTest, MovingLeavesTheSourceEmpty) {
  Secret from(GetParam());
  Secret to(std::move(from));
  EXPECT_TRUE(to.EqualsInConstantTime(GetParam()));
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): what is tested.
  Secret assigned("before");
  assigned = std::move(to);
  EXPECT_TRUE(assigned.EqualsInConstantTime(GetParam()));
  EXPECT_TRUE(to.empty());  // NOLINT(bugprone-use-after-move): what is tested.
}

TEST_P(SecretTest, CopiesAreEqualAndTheirOwn) {
  Secret from(GetParam());
  const Secret copy(from);
  Secret assigned("before");
  assigned = from;
  from = Secret("other");
  EXPECT_TRUE(copy.EqualsInConstantTime(GetParam()));
  EXPECT_TRUE(assigned.EqualsInConstantTime(GetParam()));
}

TEST_P(SecretTest, AssigningToItselfChangesNothing) {
  Secret secret(GetParam());
  Secret& same = secret;
  secret = same;
  EXPECT_TRUE(secret.EqualsInConstantTime(GetParam()));
  secret = std::move(same);
  EXPECT_TRUE(secret.EqualsInConstantTime(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Sizes, SecretTest, ::testing::Values(kShort, kLong));

TEST(SecretCompareTest, ComparesAllBytes) {
  const Secret secret("4111111111111111");
  EXPECT_TRUE(secret.EqualsInConstantTime("4111111111111111"));
  EXPECT_FALSE(secret.EqualsInConstantTime("4111111111111112"));
  EXPECT_FALSE(secret.EqualsInConstantTime("5111111111111111"));
  EXPECT_FALSE(secret.EqualsInConstantTime("411111111111111"));
  EXPECT_FALSE(secret.EqualsInConstantTime("41111111111111111"));
  EXPECT_FALSE(secret.EqualsInConstantTime(""));
  EXPECT_TRUE(Secret().EqualsInConstantTime(""));
}

TEST(WipeStringTest, OverwritesTheWholeBuffer) {
  std::string text(kLong);
  text.resize(8);  // The rest is still in the buffer.
  const char* const bytes = text.data();
  const size_t capacity = text.capacity();
  WipeString(text);
  EXPECT_TRUE(text.empty());
  ASSERT_EQ(text.data(), bytes);
  text.resize(capacity, '\0');
  EXPECT_THAT(text, Each('\0'));
}

}  // namespace
}  // namespace payments
