#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

// API.md, rules 3 and 5: what was heard before a change says nothing against what came after
// it. The provider is asked again; what contradicts is told, and nothing is dropped.
class OvertakenTest : public EngineTest {
 protected:
  static constexpr char kHeld[] = "status hold=held hold_id=h-r1";
  static constexpr char kClosed[] = "status hold=closed hold_id=h-r1";
  // Until a reading is judged that could not be at once, and the provider is asked again.
  static constexpr absl::Duration kAskedAgain = absl::Seconds(3);

  // A callback's check and a caller's: one hears `first`, but the store is away; the other hears
  // that the hold is over, and ends the payment. Then the one is judged.
  std::string HeardBeforeTheEnd(const std::string& first) {
    std::string name = Authorized();
    Callback(PaymentUrl(), "notice status=0 hold_id=h-r1");
    Check(name);
    faults_ = {MemoryStore::Fault::kFailBefore};
    http_.Answer("check", first);
    Settle();
    EXPECT_EQ(observer_.troubles, std::vector<std::string>{"store_read_failed"});
    http_.Answer("check", kClosed);
    Settle();
    EXPECT_EQ(State(name), "EXPIRED");
    EXPECT_FALSE(Payment(name).needs_review());
    return name;
  }
};

TEST_F(OvertakenTest, AHoldThatIsOverByNowIsNoContradiction) {
  const std::string name = HeardBeforeTheEnd(kHeld);
  RunFor(kAskedAgain);
  EXPECT_EQ(http_.Count("check"), 3) << "nobody knows how it stands unless somebody asks";
  http_.Answer("check", kClosed);
  Settle();
  EXPECT_FALSE(Payment(name).needs_review());
  EXPECT_EQ(observer_.contradictions, std::vector<std::string>());
  EXPECT_EQ(observer_.callbacks, std::vector<std::string>{"accepted"});
}

TEST_F(OvertakenTest, AHoldThatIsStillThereIsTold) {
  const std::string name = HeardBeforeTheEnd(kHeld);
  http_.Always("check", kHeld);
  RunFor(kAskedAgain);
  EXPECT_EQ(http_.Count("check"), 3);
  EXPECT_EQ(State(name), "EXPIRED");
  EXPECT_TRUE(Payment(name).needs_review());
  EXPECT_EQ(observer_.contradictions, std::vector<std::string>{"contradicts EXPIRED: held"});
}

// Whoever would be asked does not answer, or says nothing: the first word stands.
TEST_F(OvertakenTest, WhatNobodyUnsaysIsTold) {
  const std::string name = HeardBeforeTheEnd(kHeld);
  http_.Always("check", ScriptedHttp::kLost);
  RunFor(kAskedAgain);
  EXPECT_FALSE(Payment(name).needs_review());
  http_.Always("check", "status hold=silent hold_id=h-r1");
  RunFor(absl::Minutes(2));
  EXPECT_EQ(http_.Count("check"), 2 + 6);
  EXPECT_TRUE(Payment(name).needs_review());
  EXPECT_EQ(observer_.contradictions, std::vector<std::string>{"contradicts EXPIRED: held"});
  EXPECT_EQ(observer_.callbacks, std::vector<std::string>{"accepted"});
}

// What is so for good is told at once, whenever it was heard.
TEST_F(OvertakenTest, AnotherAmountIsTold) {
  const std::string name = HeardBeforeTheEnd("status hold=held hold_id=h-r1 amount=999");
  RunFor(kAskedAgain);
  EXPECT_EQ(http_.Count("check"), 2);
  EXPECT_TRUE(Payment(name).needs_review());
  EXPECT_EQ(observer_.contradictions, std::vector<std::string>{"the provider states 999 UZS"});
}

TEST_F(OvertakenTest, ACaptureIsTold) {
  const std::string name = HeardBeforeTheEnd("status hold=closed capture=captured hold_id=h-r1");
  RunFor(kAskedAgain);
  EXPECT_EQ(http_.Count("check"), 2);
  EXPECT_TRUE(Payment(name).needs_review());
  EXPECT_EQ(observer_.contradictions, std::vector<std::string>{"contradicts EXPIRED: captured"});
}

// The one was judged in time, and lost the compare-and-set.
TEST_F(OvertakenTest, WhatIsCommittedTooLateIsAskedAgain) {
  const std::string name = Sent();
  http_.Answer("authorize", "in_process hold_id=h-r1");
  Settle();
  Callback(PaymentUrl(), "notice status=0 hold_id=h-r1");
  Check(name);
  faults_ = {MemoryStore::Fault::kNone, MemoryStore::Fault::kFailBefore};
  http_.Answer("check", kHeld);
  RunFor(absl::Milliseconds(10));  // Less than the commit waits to be tried again.
  http_.Answer("check", kClosed);
  Settle();
  EXPECT_EQ(observer_.troubles, std::vector<std::string>{"store_commit_failed"});
  EXPECT_EQ(State(name), "DECLINED");
  RunFor(kAskedAgain);
  http_.Answer("check", kClosed);
  Settle();
  EXPECT_FALSE(Payment(name).needs_review());
  EXPECT_EQ(observer_.contradictions, std::vector<std::string>());
}

// "Never reached", and yet it works on it: not given up, as it would be of an open payment.
TEST_F(OvertakenTest, AHoldInProcessOfWhatFailedIsTold) {
  const std::string name = Sent();
  Callback(PaymentUrl(), "notice status=0 hold_id=h-r1");
  faults_ = {MemoryStore::Fault::kFailBefore};
  http_.Answer("check", "status hold=in_process hold_id=h-r1");
  Settle();
  http_.Answer("authorize", ScriptedHttp::kRefused);
  Settle();
  ASSERT_EQ(State(name), "FAILED");
  http_.Always("check", "status hold=in_process hold_id=h-r1");
  RunFor(kAskedAgain);
  EXPECT_EQ(http_.Count("check"), 2);
  EXPECT_TRUE(Payment(name).needs_review());
  EXPECT_EQ(observer_.contradictions,
            std::vector<std::string>{"contradicts FAILED: hold in process"});
}

}  // namespace
}  // namespace payments
