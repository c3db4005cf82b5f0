#include "providers/epay/amount.h"

#include <limits>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace payments::epay {
namespace {

TEST(AmountTest, IsWrittenAsShortAsItCanBe) {
  EXPECT_EQ(AmountText(10'000), "100");
  EXPECT_EQ(AmountText(10'050), "100.5");
  EXPECT_EQ(AmountText(10'005), "100.05");
  EXPECT_EQ(AmountText(1), "0.01");
  EXPECT_EQ(AmountText(10), "0.1");
  // Where a double would lose the last digits.
  EXPECT_EQ(AmountText(9'007'199'254'740'993), "90071992547409.93");
  EXPECT_EQ(AmountText(std::numeric_limits<int64_t>::max()), "92233720368547758.07");
}

TEST(AmountTest, EverySpellingOfANumberIsReadExactly) {
  const std::vector<std::pair<const char*, int64_t>> cases = {
      {"100", 10'000},
      {"100.5", 10'050},
      {"100.50", 10'050},
      {"100.500000", 10'050},
      {"0100.5", 10'050},
      {"0", 0},
      {"0.00", 0},
      {"0.01", 1},
      {"1.005E2", 10'050},
      {"1.005e+2", 10'050},
      {"10050E-2", 10'050},
      {"1E7", 1'000'000'000},
      {"90071992547409.93", 9'007'199'254'740'993},
      {"9999999999999999.99", 999'999'999'999'999'999},
  };
  for (const auto& [text, expected] : cases) {
    const auto amount_minor = ReadAmountMinor(text);
    ASSERT_TRUE(amount_minor.has_value()) << text;
    EXPECT_EQ(*amount_minor, expected) << text;
  }
}

TEST(AmountTest, WhatIsNoAmountIsNotRead) {
  for (const char* text : {"",
                           "-1",
                           "+1",
                           " 1",
                           "1 ",
                           "1,5",
                           "1.",
                           ".5",
                           "1.005",
                           "100.001",
                           "1e",
                           "1e+",
                           "1e1.5",
                           "1e1000",
                           "1e99",
                           "1e-3",
                           "0x10",
                           "NaN",
                           "Infinity",
                           "1_000",
                           "10000000000000000.00",
                           "99999999999999999999",
                           "1a",
                           "KZT 5"}) {
    EXPECT_FALSE(ReadAmountMinor(text).has_value()) << text;
  }
  EXPECT_FALSE(ReadAmountMinor(std::string(65, '0')).has_value());
}

TEST(AmountTest, WhatIsWrittenIsReadBack) {
  for (int64_t amount_minor = 1; amount_minor < 100'000; amount_minor += 7) {
    EXPECT_EQ(ReadAmountMinor(AmountText(amount_minor)), amount_minor);
  }
}

}  // namespace
}  // namespace payments::epay
