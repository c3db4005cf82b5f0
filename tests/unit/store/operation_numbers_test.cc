// Which numbers operations get: at the edges of a range, and after a restore.

#include "server/store/operation_numbers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "tests/support/store_records.h"

namespace payments {
namespace {

using testing::HasSubstr;

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr auto kRefuse = NumberRange::AtEnd::kRefuse;
constexpr auto kStartAgain = NumberRange::AtEnd::kStartAgain;

NumberRange Range(int64_t first, int64_t last, NumberRange::AtEnd at_end = kRefuse) {
  return {.sequence = "", .first = first, .last = last, .at_end = at_end};
}

// The number given out; 0 if none is.
int64_t Take(const NumberRange& range, NumberCounter counter, int64_t restores = 0) {
  const auto taken = TakeNumbers(range, counter, restores, 1);
  if (taken.ok()) return taken->last_number;
  EXPECT_EQ(taken.status().code(), absl::StatusCode::kOutOfRange);
  return 0;
}

std::string Refusal(const NumberRange& range, NumberCounter counter, int64_t restores = 0) {
  return std::string(TakeNumbers(range, counter, restores, 1).status().message());
}

TEST(OperationNumbersTest, CountFromTheFirstToTheLast) {
  const NumberRange range = Range(100'000, 100'002);
  EXPECT_EQ(Take(range, {}), 100'000);
  EXPECT_EQ(Take(range, {100'000}), 100'001);
  EXPECT_EQ(Take(range, {100'001}), 100'002);
  EXPECT_EQ(Take(range, {100'002}), 0);
  EXPECT_THAT(Refusal(range, {100'002}), HasSubstr("100000 to 100002 are used up"));
  EXPECT_THAT(Refusal(range, {100'002}), HasSubstr("an operator must configure another range"));
}

TEST(OperationNumbersTest, SeveralAreTakenTogetherOrNotAtAll) {
  const NumberRange range = Range(1, 5);
  EXPECT_EQ(TakeNumbers(range, {2}, 0, 3)->last_number, 5);
  EXPECT_FALSE(TakeNumbers(range, {3}, 0, 3).ok());
  // A round that has not room for all of them is left early.
  EXPECT_EQ(TakeNumbers(Range(1, 5, kStartAgain), {3}, 0, 3)->last_number, 3);
  EXPECT_FALSE(TakeNumbers(Range(1, 2, kStartAgain), {0}, 0, 3).ok());
}

TEST(OperationNumbersTest, OneThatMayStartsAgainAndNotBefore) {
  const NumberRange range = Range(7, 8, kStartAgain);
  EXPECT_EQ(Take(range, {7}), 8);
  EXPECT_EQ(Take(range, {8}), 7);
}

TEST(OperationNumbersTest, AnotherRangeGoesOnAboveAndNeverBelow) {
  EXPECT_EQ(Take(Range(500, 600), {10}), 500);
  EXPECT_EQ(Take(Range(500, 600), {550}), 551);
  EXPECT_EQ(Take(Range(500, 600), {700}), 0);
  EXPECT_THAT(Refusal(Range(500, 600), {700}), HasSubstr("the last one given out is 700"));
  EXPECT_EQ(Take(Range(500, 600, kStartAgain), {700}), 500);
}

TEST(OperationNumbersTest, TheLargestNumbersDoNotOverflow) {
  EXPECT_EQ(Take({}, {kMax - 1}), kMax);
  EXPECT_EQ(Take({}, {kMax}), 0);
  EXPECT_EQ(Take({}, {kMax - 1}, /*restores=*/kMax), 0);
  EXPECT_EQ(Take(Range(1, kMax, kStartAgain), {kMax}), 1);
  EXPECT_EQ(Take(Range(kMax, kMax), {}), kMax);
}

TEST(OperationNumbersTest, ARestoreIsJumpedForOnce) {
  const NumberRange range = Range(1'000'000, 1'999'999);
  const auto taken = TakeNumbers(range, {1'000'041, 0}, /*restores=*/1, 1);
  ASSERT_TRUE(taken.ok());
  EXPECT_EQ(taken->last_number, 1'100'042);
  EXPECT_EQ(taken->restores, 1);
  EXPECT_EQ(Take(range, *taken, /*restores=*/1), 1'100'043);
  EXPECT_EQ(Take(range, *taken, /*restores=*/2), 1'200'043);
}

TEST(OperationNumbersTest, ACounterThatIsNotThereHasMissedEveryRestore) {
  EXPECT_EQ(Take(Range(1'000'000, 1'999'999), {}, /*restores=*/3), 1'300'000);
  EXPECT_EQ(Take({}, {}, /*restores=*/2), 2 * 1'000'100'000 + 1);
}

TEST(OperationNumbersTest, AWideRangeJumpsFar) {
  constexpr int64_t kFifteenDigits = 999'999'999'999'999;
  EXPECT_EQ(JumpOf(Range(1, kFifteenDigits)), 1'000'100'000);
  EXPECT_EQ(JumpOf({}), 1'000'100'000);
  EXPECT_EQ(JumpOf(Range(1, 1'000'100'000'000)), 1'000'100'000);
  EXPECT_EQ(JumpOf(Range(1, 1'000'099'999'999)), 100'000);
}

// Providers that compare the last six digits only must see new ones, too.
TEST(OperationNumbersTest, EveryJumpShowsInTheLastSixDigits) {
  constexpr int64_t kLastSixDigits = 1'000'000;
  constexpr int64_t kOperationsSinceTheBackup = 100'000;
  for (const NumberRange& range : {Range(1, 1'000'000), Range(1, kMax), Range(1, 2'000'000)}) {
    EXPECT_GE(JumpOf(range) % kLastSixDigits, kOperationsSinceTheBackup);
  }
}

TEST(OperationNumbersTest, AJumpPastTheEndGivesNoneOut) {
  const NumberRange range = Range(1'000'000, 1'999'999);
  EXPECT_EQ(Take(range, {1'899'998}, 1), 1'999'999);
  EXPECT_EQ(Take(range, {1'899'999}, 1), 0);
  EXPECT_EQ(Take(range, {1'950'000}, 1), 0);
  EXPECT_THAT(Refusal(range, {1'950'000}, 1), HasSubstr("skips 100000"));
  EXPECT_EQ(Take(Range(1, 50'000), {}, 1), 0) << "narrower than the jump";
}

TEST(OperationNumbersTest, AJumpPastTheEndOfOneThatMayStartAgainGoesRound) {
  const NumberRange range = Range(1'000'000, 1'999'999, kStartAgain);
  EXPECT_EQ(Take(range, {1'949'999}, 1), 1'050'000);
}

// So that a few restores do not lead back to where the numbers in use are.
TEST(OperationNumbersTest, TenRestoresOfANarrowRangeThatStartsAgainAreTenPlaces) {
  const NumberRange range = Range(1'000, 1'999, kStartAgain);
  std::set<int64_t> places;
  for (int64_t restores = 0; restores < 10; ++restores) {
    places.insert(Take(range, {1'500}, restores));
  }
  EXPECT_EQ(places.size(), 10U);
  EXPECT_EQ(JumpOf(Range(1, 3, kStartAgain)), 1);
}

TEST(OperationNumbersTest, WhatIsLeftIsWhatCanBeTaken) {
  const NumberRange range = Range(1'000'000, 1'999'999);
  EXPECT_EQ(NumbersLeft(range, {}, 0), 1'000'000);
  EXPECT_EQ(NumbersLeft(range, {1'999'998}, 0), 1);
  EXPECT_EQ(NumbersLeft(range, {1'999'999}, 0), 0);
  EXPECT_EQ(NumbersLeft(range, {2'500'000}, 0), 0);
  EXPECT_EQ(NumbersLeft(range, {1'099'999}, 1), 800'000);
  EXPECT_EQ(NumbersLeft(Range(1, 10, kStartAgain), {10}, 0), 0) << "of this round";
}

TEST(OperationNumbersTest, OnlyWhatIsAboutToBeSentAndIsToldItsOwnGetsOne) {
  storage::v1::PaymentRecord record;
  const auto add = [&record](v1::OperationKind kind, v1::OperationDispatch dispatch) {
    v1::Operation* operation = record.mutable_payment()->add_operations();
    operation->set_kind(kind);
    operation->set_dispatch(dispatch);
    operation->set_result(dispatch == v1::OPERATION_DISPATCH_SENT ? v1::OPERATION_RESULT_PENDING
                                                                  : v1::OPERATION_RESULT_NOT_DONE);
    record.add_operations();
  };
  add(v1::OPERATION_KIND_AUTHORIZE, v1::OPERATION_DISPATCH_SENT);
  add(v1::OPERATION_KIND_CONFIRM, v1::OPERATION_DISPATCH_SENT);
  add(v1::OPERATION_KIND_CAPTURE, v1::OPERATION_DISPATCH_NOT_SENT);
  add(v1::OPERATION_KIND_CAPTURE, v1::OPERATION_DISPATCH_SENT);
  EXPECT_EQ(CountUnnumbered(record), 2);
  SetNumbers(41, &record);
  EXPECT_EQ(record.operations(0).number(), 41);
  EXPECT_EQ(record.operations(1).number(), 0);
  EXPECT_EQ(record.operations(2).number(), 0);
  EXPECT_EQ(record.operations(3).number(), 42);
  EXPECT_EQ(CountUnnumbered(record), 0);
}

TEST(OperationNumbersTest, ASequenceIsOfItsProvider) {
  PaymentWrite write = NewPayment("acme", "a");
  EXPECT_EQ(CounterOf(write, {}).tenant, "acme");
  EXPECT_EQ(CounterOf(write, {}).account, kTestAccount);
  const NumberRange shared = {.sequence = "terminal-1"};
  EXPECT_EQ(CounterOf(write, shared).tenant, "");
  EXPECT_EQ(CounterOf(write, shared).account, "upay/terminal-1");
  write.record.mutable_payment()->set_provider("other");
  EXPECT_EQ(CounterOf(write, shared).account, "other/terminal-1");
}

}  // namespace
}  // namespace payments
