#include "server/engine/check_schedule.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/engine/proto_time.h"
#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

constexpr char kName[] = "payments/01j9zq3v";

CheckPolicy Policy() {
  CheckPolicy policy;
  policy.check_interval_min = absl::Seconds(2);
  policy.check_interval_max = absl::Minutes(10);
  policy.check_jitter_percent = 20;
  return policy;
}

TEST(CheckIntervalTest, IsDoubledWithEachCheckUpToTheMaximum) {
  const CheckPolicy policy = Policy();
  absl::Duration plain = policy.check_interval_min;
  for (int checks_done = 0; checks_done < 64; ++checks_done) {
    const absl::Duration interval = CheckInterval(kName, checks_done, policy);
    EXPECT_GE(interval, plain) << checks_done;
    EXPECT_LE(interval, plain * 1.2) << checks_done;
    plain = std::min(2 * plain, policy.check_interval_max);
  }
}

TEST(CheckIntervalTest, IsTheSameForTheSamePaymentAndCount) {
  EXPECT_EQ(CheckInterval(kName, 3, Policy()), CheckInterval(kName, 3, Policy()));
  // Written down, so that no machine and no version disagrees: simulations are replayed.
  EXPECT_EQ(absl::Trunc(CheckInterval(kName, 3, Policy()), absl::Milliseconds(1)),
            absl::Milliseconds(16'841));
}

// Payments that began in the same moment are asked about spread over the whole jitter.
TEST(CheckIntervalTest, SpreadsPaymentsEvenly) {
  constexpr int kPayments = 1000;
  constexpr int kBuckets = 10;
  const absl::Duration jitter = Policy().check_interval_min * 0.2;
  std::vector<int> filled(kBuckets + 1);
  for (int i = 0; i < kPayments; ++i) {
    const absl::Duration extra =
        CheckInterval(absl::StrCat("payments/", i), 0, Policy()) - Policy().check_interval_min;
    ++filled[static_cast<int>(absl::FDivDuration(extra, jitter) * kBuckets)];
  }
  for (int bucket = 0; bucket < kBuckets; ++bucket) {
    EXPECT_GT(filled[bucket], kPayments / kBuckets / 2) << bucket;
    EXPECT_LT(filled[bucket], kPayments / kBuckets * 2) << bucket;
  }
}

// One payment's waits do not keep one share either.
TEST(CheckIntervalTest, DiffersFromCheckToCheck) {
  CheckPolicy policy = Policy();
  policy.check_interval_max = policy.check_interval_min;
  std::set<absl::Duration> waits;
  for (int checks_done = 0; checks_done < 10; ++checks_done) {
    waits.insert(CheckInterval(kName, checks_done, policy));
  }
  EXPECT_EQ(waits.size(), 10);
}

using ScheduleTest = EngineTest;

TEST_F(ScheduleTest, ThePolicyIsThatOfThePaymentsAccount) {
  checks_.check_interval_min = absl::Minutes(7);
  checks_.check_interval_max = absl::Minutes(7);
  Reconfigure({{kAccount, ScriptedCapabilities()}});
  Create(PaymentRequest());
  http_.Answer("authorize", "in_process hold_id=h1");
  Settle();
  const std::string name = PaymentNames().front();
  const absl::Duration wait = ToTime(Stored(name).schedule.due_time()) - executor_.Now();
  EXPECT_GT(wait, absl::Minutes(6));
  EXPECT_LE(wait, absl::Minutes(7) * 1.2);
  http_.Always("check", "status hold=in_process hold_id=h1");
  RunFor(absl::Minutes(6));
  EXPECT_EQ(http_.Count("check"), 0);
  RunFor(absl::Minutes(4));
  EXPECT_EQ(http_.Count("check"), 1);
}

// The account is gone, and with it the margins that would make time evidence.
TEST_F(ScheduleTest, APaymentWithoutItsAccountStaysVisibleAndEndsByNothing) {
  const std::string unknown = Sent("r1");
  http_.Answer("authorize", ScriptedHttp::kLost);
  Settle();
  const std::string running = Sent("r2");
  Reconfigure({});
  RunFor(absl::Hours(3));
  EXPECT_EQ(State(unknown), "UNKNOWN");
  EXPECT_EQ(State(running), "UNKNOWN") << "an orphan is one without its account, too";
  EXPECT_THAT(observer_.troubles, ::testing::Contains("account_not_configured"));
  EXPECT_TRUE(Stored(unknown).schedule.has_due_time()) << "it is looked at again";
  const CheckCallResult call = Check(unknown);
  EXPECT_FALSE(call.value().checked());
  EXPECT_EQ(StateName(call.value().payment().state()), "UNKNOWN");

  Reconfigure({{kAccount, ScriptedCapabilities()}});
  RunFor(absl::Minutes(15));
  EXPECT_EQ(State(unknown), "EXPIRED") << "the account is back";
}

}  // namespace
}  // namespace payments
