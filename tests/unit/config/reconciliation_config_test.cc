#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "server/config/config.h"
#include "tests/unit/config/test_plugin.h"

namespace payments {
namespace {

// Two plugins, "testpay" and "otherpay".
ConfigContext TwoProviders() {
  ConfigContext context = TestContext(/*dev=*/true);
  context.plugins.push_back(TestPlugin());
  context.plugins.back().name = "otherpay";
  return context;
}

// An account of each; "shop" is testpay's, "other" otherpay's.
std::string WithAccounts(const std::string& reconciliation) {
  return absl::StrCat(GoodAccount(), R"(accounts {
    id: "other" provider: "otherpay" preset: "sandbox"
    settings { key: "username" value: "shop" }
    secrets { key: "password" value { environment: "TEST_PASSWORD" } }
  }
  reconciliation {)",
                      reconciliation, "}");
}

std::string Findings(const std::string& reconciliation) {
  return FindingsOf(WithAccounts(reconciliation), TwoProviders());
}

TEST(ReconciliationConfigTest, AProvidersScheduleOverridesTheCommonOneFieldByField) {
  const absl::StatusOr<Config> config = ParseConfig(WithAccounts(R"(
      check_interval_min { seconds: 3 }
      hold_expiry_margin { seconds: 60 }
      release_attempts_max: 7
      providers {
        provider: "otherpay"
        check_interval_min { seconds: 9 }
        check_interval_max { seconds: 90 }
        check_jitter_percent: 50
        negative_check_quiet_period { seconds: 240 }
        orphan_margin { seconds: 15 }
        release_attempts_max: 3
        checks_per_second_max: 5
      })"),
                                                    "test.textproto", TwoProviders());
  ASSERT_TRUE(config.ok()) << config.status();
  const CheckPolicy& common = config->accounts[0].checks;
  EXPECT_EQ(common.check_interval_min, absl::Seconds(3));
  EXPECT_EQ(common.check_interval_max, absl::Minutes(10));
  EXPECT_EQ(common.check_jitter_percent, 20);
  EXPECT_EQ(common.negative_check_quiet_period, absl::Minutes(2));
  EXPECT_EQ(common.hold_expiry_margin, absl::Minutes(1));
  EXPECT_EQ(common.orphan_margin, absl::Seconds(10));
  EXPECT_EQ(common.release_attempts_max, 7);
  EXPECT_EQ(common.checks_per_second_max, 50);
  const CheckPolicy& own = config->accounts[1].checks;
  EXPECT_EQ(own.check_interval_min, absl::Seconds(9));
  EXPECT_EQ(own.check_interval_max, absl::Seconds(90));
  EXPECT_EQ(own.check_jitter_percent, 50);
  EXPECT_EQ(own.negative_check_quiet_period, absl::Minutes(4));
  EXPECT_EQ(own.hold_expiry_margin, absl::Minutes(1)) << "as for all";
  EXPECT_EQ(own.orphan_margin, absl::Seconds(15));
  EXPECT_EQ(own.release_attempts_max, 3);
  EXPECT_EQ(own.checks_per_second_max, 5);
  EXPECT_EQ(config->policy.checks_without_account.check_interval_min, absl::Seconds(3));
}

TEST(ReconciliationConfigTest, AnUnknownProviderIsNamed) {
  EXPECT_EQ(Findings("providers { provider: \"nobody\" }"),
            "reconciliation.providers[0].provider: unknown \"nobody\"; known: testpay, otherpay");
  EXPECT_EQ(Findings("providers { }"),
            "reconciliation.providers[0].provider: is required; known: testpay, otherpay");
}

TEST(ReconciliationConfigTest, AProviderIsThereOnce) {
  EXPECT_EQ(Findings("providers { provider: \"testpay\" } providers { provider: \"testpay\" }"),
            "reconciliation.providers[1].provider: has \"testpay\" a second time");
}

TEST(ReconciliationConfigTest, NumbersAreJudgedByTheFieldsPath) {
  EXPECT_EQ(Findings("check_jitter_percent: 101"),
            "reconciliation.check_jitter_percent: must be from 1 to 100, is 101");
  EXPECT_EQ(Findings("checks_per_second_max: 10001"),
            "reconciliation.checks_per_second_max: must be from 1 to 10000, is 10001");
  EXPECT_EQ(Findings("providers { provider: \"testpay\" check_jitter_percent: -1 }"),
            "reconciliation.providers[0].check_jitter_percent: must be from 1 to 100, is -1");
  EXPECT_EQ(Findings("providers { provider: \"testpay\" orphan_margin { seconds: 3601 } }"),
            "reconciliation.providers[0].orphan_margin: must be from 10ms to 1h, is 1h1s");
}

// The maximum is the common one, but it no longer fits the provider's minimum.
TEST(ReconciliationConfigTest, AnOverrideMustFitWhatItDoesNotOverride) {
  EXPECT_EQ(Findings("providers { provider: \"testpay\" check_interval_min { seconds: 1200 } }"),
            "reconciliation.providers[0].check_interval_max: must be at least "
            "check_interval_min, 20m, is 10m");
}

TEST(ReconciliationConfigTest, AProvidersProofOfNothingMayNotComeTooEarlyEither) {
  const std::string findings =
      FindingsOf(WithAccounts("providers { provider: \"testpay\" negative_check_quiet_period { "
                              "seconds: 1 } hold_expiry_margin { seconds: 1 } }"),
                 [] {
                   ConfigContext context = TwoProviders();
                   context.dev = false;
                   return context;
                 }());
  EXPECT_NE(findings.find("reconciliation.providers[0].negative_check_quiet_period: must be "
                          "from 30s to 24h, is 1s"),
            std::string::npos)
      << findings;
  EXPECT_NE(findings.find("reconciliation.providers[0].hold_expiry_margin: must be from 30s to "
                          "24h, is 1s"),
            std::string::npos)
      << findings;
}

// Otherpay may carry a request out two hours after it was sent.
ConfigContext WithLateExecution(bool dev) {
  ConfigContext context = TwoProviders();
  context.dev = dev;
  context.plugins.back().execution_delay_max = absl::Hours(2);
  return context;
}

TEST(ReconciliationConfigTest, WhereARequestMayBeCarriedOutLateTheQuietPeriodIsLonger) {
  for (const char* other : {"", "providers { provider: \"otherpay\" checks_per_second_max: 5 }"}) {
    const absl::StatusOr<Config> config =
        ParseConfig(WithAccounts(other), "test.textproto", WithLateExecution(/*dev=*/true));
    ASSERT_TRUE(config.ok()) << config.status();
    EXPECT_EQ(config->accounts[0].checks.negative_check_quiet_period, absl::Minutes(2));
    EXPECT_EQ(config->accounts[1].checks.negative_check_quiet_period, absl::Hours(2)) << other;
  }
}

TEST(ReconciliationConfigTest, AQuietPeriodThatALateRequestOutlivesIsForTestsOnly) {
  const std::string shorter = WithAccounts(
      "providers { provider: \"otherpay\" negative_check_quiet_period { seconds: 7199 } }");
  EXPECT_EQ(FindingsOf(shorter, WithLateExecution(/*dev=*/true)), "");
  EXPECT_NE(FindingsOf(shorter, WithLateExecution(/*dev=*/false))
                .find("reconciliation.providers[0].negative_check_quiet_period: must be from 2h to "
                      "24h, is 1h59m59s"),
            std::string::npos);
}

}  // namespace
}  // namespace payments
