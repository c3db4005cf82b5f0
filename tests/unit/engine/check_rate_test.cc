#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/engine/check_rates.h"
#include "server/engine/proto_time.h"
#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

constexpr char kOther[] = "accounts/other";

TEST(CheckRatesTest, TurnsKeepTheirDistance) {
  Account account;
  account.checks.checks_per_second_max = 4;
  CheckRates rates;
  std::vector<std::unique_ptr<CheckRates::Turn>> turns;
  for (int i = 0; i < 4; ++i) {
    turns.push_back(rates.Take(&account, absl::Seconds(10), absl::Seconds(2)));
    ASSERT_NE(turns.back(), nullptr);
    EXPECT_EQ(turns.back()->wait(), i * absl::Milliseconds(250));
  }
  EXPECT_EQ(rates.Take(&account, absl::Seconds(10), absl::Seconds(2)), nullptr) << "4 run";
  turns.clear();
  EXPECT_EQ(rates.Take(&account, absl::Seconds(10), absl::Milliseconds(999)), nullptr);
  EXPECT_NE(rates.Take(&account, absl::Seconds(10), absl::Seconds(1)), nullptr);
}

TEST(CheckRatesTest, TheLineIsBehindTheTurnsAndNotLongerThanAnInterval) {
  Account account;
  account.checks.checks_per_second_max = 2;
  account.checks.check_interval_max = absl::Seconds(3);
  CheckRates rates;
  rates.Take(&account, absl::ZeroDuration(), absl::Seconds(1));
  EXPECT_EQ(rates.Postpone(&account, absl::ZeroDuration()), absl::Milliseconds(500));
  EXPECT_EQ(rates.Postpone(&account, absl::ZeroDuration()), absl::Seconds(1));
  for (int i = 0; i < 100; ++i) rates.Postpone(&account, absl::ZeroDuration());
  EXPECT_EQ(rates.Postpone(&account, absl::ZeroDuration()), absl::Seconds(3));
}

TEST(CheckRatesTest, AccountsDoNotShareARate) {
  Account one;
  Account other;
  one.checks.checks_per_second_max = other.checks.checks_per_second_max = 1;
  CheckRates rates;
  const auto turn = rates.Take(&one, absl::ZeroDuration(), absl::ZeroDuration());
  EXPECT_NE(turn, nullptr);
  EXPECT_EQ(rates.Take(&one, absl::ZeroDuration(), absl::ZeroDuration()), nullptr);
  EXPECT_NE(rates.Take(&other, absl::ZeroDuration(), absl::ZeroDuration()), nullptr);
}

TEST(CheckRatesTest, CallersLeaveOneThatMayRunToWhatIsDue) {
  Account account;
  account.checks.checks_per_second_max = 2;
  CheckRates rates;
  const auto caller = rates.TakeForCaller(&account, absl::Seconds(10), absl::Seconds(9));
  EXPECT_NE(caller, nullptr);
  EXPECT_EQ(rates.TakeForCaller(&account, absl::Seconds(20), absl::Seconds(9)), nullptr);
  EXPECT_NE(rates.Take(&account, absl::Seconds(20), absl::Seconds(9)), nullptr);
}

TEST(CheckRatesTest, OfASingleTurnCallersTakeNoSecondWhileOthersWait) {
  Account account;
  account.checks.checks_per_second_max = 1;
  CheckRates rates;
  const absl::Duration now = absl::Seconds(10);
  EXPECT_NE(rates.TakeForCaller(&account, now, absl::Seconds(9)), nullptr);
  EXPECT_NE(rates.TakeForCaller(&account, now, absl::Seconds(9)), nullptr) << "nobody waits";
  rates.Postpone(&account, now);
  EXPECT_EQ(rates.TakeForCaller(&account, now, absl::Seconds(9)), nullptr);
  EXPECT_NE(rates.Take(&account, now, absl::Seconds(9)), nullptr);
  EXPECT_NE(rates.TakeForCaller(&account, now, absl::Seconds(9)), nullptr);
}

// Payments of two accounts, in process at the provider, all due at once.
class CheckRateTest : public EngineTest {
 protected:
  static constexpr int kRate = 5;

  CheckRateTest() {
    checks_.checks_per_second_max = kRate;
    checks_.check_interval_min = checks_.check_interval_max = absl::Minutes(5);
    checks_.check_jitter_percent = 1;
    Reconfigure();
    http_.Always("check", "status hold=in_process");
    http_.SetSpy([this](const ScriptedMessage& message) {
      if (message.verb == "check") asked_.push_back({executor_.Monotonic(), message});
    });
  }

  void Reconfigure() {
    EngineTest::Reconfigure({{kAccount, ScriptedCapabilities()}, {kOther, ScriptedCapabilities()}});
  }

  // Puts payments of `account` on the disk, due for `since`, the first the longest.
  void SaveDue(const std::string& account, int count, absl::Duration since = absl::Hours(1)) {
    for (int i = 0; i < count; ++i) {
      PaymentWrite write;
      const std::string id = absl::StrCat(account == kAccount ? "a" : "b", i);
      write.record.set_tenant(kTenant);
      *write.record.mutable_hold_start_time() = ToTimestamp(executor_.Now());
      v1::Payment& payment = *write.record.mutable_payment();
      payment.set_name(absl::StrCat("payments/", id));
      payment.set_account(account);
      payment.set_request_id(id);
      payment.set_state(v1::PAYMENT_STATE_PROCESSING);
      payment.mutable_amount()->set_currency_code("UZS");
      payment.mutable_amount()->set_amount_minor(1000);
      *payment.mutable_hold_duration() = ToDurationProto(absl::Hours(10));
      (*payment.mutable_provider_references())["hold_id"] = id;
      v1::Operation& operation = *payment.add_operations();
      operation.set_kind(v1::OPERATION_KIND_AUTHORIZE);
      operation.set_dispatch(v1::OPERATION_DISPATCH_ANSWERED);
      operation.set_result(v1::OPERATION_RESULT_PENDING);
      write.record.add_operations();
      *write.schedule.mutable_due_time() =
          ToTimestamp(executor_.Now() - since + absl::Milliseconds(i));
      MemoryStore::Disk::Log log;
      ASSERT_TRUE(disk_->CreatePayment(std::move(write), {}, &log).ok());
    }
  }

  // How many holds of the account whose ids begin with `letter` were asked about, and in
  // how short a time the fullest second was.
  int Asked(char letter) const {
    return static_cast<int>(std::count_if(
        asked_.begin(), asked_.end(),
        [letter](const Asking& one) { return one.message.Field("hold_id").front() == letter; }));
  }
  int AskedInTheFullestSecond(char letter) const {
    int fullest = 0;
    for (const Asking& first : asked_) {
      const int count =
          static_cast<int>(std::count_if(asked_.begin(), asked_.end(), [&](const Asking& one) {
            return one.message.Field("hold_id").front() == letter && one.time >= first.time &&
                   one.time < first.time + absl::Milliseconds(990);
          }));
      fullest = std::max(fullest, count);
    }
    return fullest;
  }

  struct Asking {
    absl::Duration time;
    ScriptedMessage message;
  };
  std::vector<Asking> asked_;
};

TEST_F(CheckRateTest, AFloodKeepsItsAccountsRateAndUsesIt) {
  SaveDue(kAccount, 100);
  RunFor(absl::Seconds(10));
  EXPECT_LE(AskedInTheFullestSecond('a'), kRate);
  EXPECT_GE(Asked('a'), 8 * kRate);
  RunFor(absl::Seconds(20));
  EXPECT_EQ(Asked('a'), 100) << "each once, and none forgotten";
  EXPECT_THAT(observer_.postponed, ::testing::Contains(kAccount));
}

TEST_F(CheckRateTest, AFloodDoesNotStarveAnotherAccount) {
  SaveDue(kAccount, 3000);  // More than a tick lists, and all longer due.
  RunFor(absl::Milliseconds(100));
  SaveDue(kOther, 5, absl::Minutes(1));
  RunFor(absl::Seconds(5));
  EXPECT_EQ(Asked('b'), 5);
  EXPECT_LE(AskedInTheFullestSecond('a'), kRate);
  EXPECT_GE(Asked('a'), 3 * kRate);
}

TEST_F(CheckRateTest, ARestartNeitherForgetsThoseThatWaitNorHurries) {
  SaveDue(kAccount, 50);
  RunFor(absl::Seconds(3));
  const int before = Asked('a');
  EXPECT_LT(before, 50);
  Crash();
  Restart();
  const absl::Duration restarted = executor_.Monotonic();
  RunFor(absl::Minutes(1));
  std::set<std::string> holds;
  int at_once = 0;
  for (const Asking& one : asked_) {
    holds.insert(one.message.Field("hold_id"));
    at_once += one.time >= restarted && one.time < restarted + absl::Milliseconds(990) ? 1 : 0;
  }
  EXPECT_EQ(holds.size(), 50);
  EXPECT_LE(at_once, kRate);
}

// A postponed payment shows when its turn is, and is no event.
TEST_F(CheckRateTest, APostponedPaymentSaysWhenItIsAskedAbout) {
  SaveDue(kAccount, 30);
  RunFor(absl::Seconds(1));
  const StoredPayment last = Stored("payments/a29");
  EXPECT_EQ(last.schedule.checks_done(), 0);
  EXPECT_GT(ToTime(last.schedule.due_time()), executor_.Now() + absl::Seconds(2));
  EXPECT_LT(ToTime(last.schedule.due_time()), executor_.Now() + absl::Seconds(10));
  EXPECT_EQ(last.record.payment().sequence(), 1);
}

// Each of its checks hangs until it times out.
TEST_F(CheckRateTest, AProviderThatHangsHoldsNoMoreThanASecondsChecks) {
  http_.Always("check", "");
  SaveDue(kAccount, 100);
  RunFor(absl::Seconds(20));
  EXPECT_EQ(Asked('a'), kRate);
  SaveDue(kOther, 3);
  RunFor(absl::Seconds(2));
  EXPECT_EQ(Asked('b'), 3);
}

TEST_F(CheckRateTest, ACallersChecksCountAndAreRefusedBeyondTheRate) {
  SaveDue(kAccount, 30);
  Crash();  // Nobody but callers asks.
  policy_.reconcile_tick_interval = absl::Seconds(60);
  Restart();
  for (int i = 0; i < kRate; ++i) {
    EXPECT_TRUE(Check(absl::StrCat("payments/a", i)).value().checked()) << i;
    RunFor(absl::Seconds(1) / kRate);
  }
  std::vector<CheckCallResult> calls;
  int refused = 0;
  for (int i = kRate; i < 20; ++i) {
    calls.push_back(Check(absl::StrCat("payments/a", i)));
    if (calls.back().answered() && !calls.back().status().ok()) {
      EXPECT_THAT(calls.back().status(),
                  IsError(absl::StatusCode::kResourceExhausted, "RATE_LIMITED"));
      EXPECT_EQ(Metadata(calls.back().status(), "provider_called"), "false");
      ++refused;
    }
  }
  EXPECT_GT(refused, 0);
  RunFor(absl::Seconds(5));
  EXPECT_LE(AskedInTheFullestSecond('a'), kRate);
}

TEST_F(CheckRateTest, SettingTheClockBackDoesNotStopTheChecks) {
  SaveDue(kAccount, 3);
  RunFor(absl::Seconds(2));
  EXPECT_EQ(Asked('a'), 3);
  executor_.SetWallOffset(-absl::Hours(1));
  SaveDue(kOther, 3);
  RunFor(absl::Seconds(2));
  EXPECT_EQ(Asked('b'), 3);
}

}  // namespace
}  // namespace payments
