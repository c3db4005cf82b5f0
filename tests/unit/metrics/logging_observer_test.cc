#include "server/metrics/logging_observer.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/metrics/prometheus_metrics.h"
#include "tests/unit/base/fixed_parts.h"
#include "tests/unit/metrics/recording_logger.h"

namespace payments {
namespace {

TEST(LoggingObserverTest, WritesALineForEach) {
  RecordingLogger logger;
  FixedClock clock(absl::UnixEpoch());
  const std::unique_ptr<PrometheusMetrics> next = PrometheusMetrics::Create({"upay"});
  LoggingObserver observer(&logger, &clock, next.get());
  observer.OnProviderCall("accounts/shop", "payments/1", "authorize", "succeeded", "OK",
                          absl::Milliseconds(250));
  observer.OnProviderCall("accounts/shop", "payments/1", "capture", "unknown", "",
                          absl::Seconds(30));
  observer.OnCallback("upay", "payments/1", "accepted");
  observer.OnCallback("upay", "payments/1", "repeated");
  observer.OnCallback("upay", "", "unknown_token");
  observer.OnContradiction("payments/1", "amounts differ");
  observer.OnTrouble("store_commit_failed", "payments/1", "disk full");
  EXPECT_THAT(logger.lines(),
              testing::ElementsAre(
                  "info provider_call resource=payments/1 account=accounts/shop method=authorize "
                  "result=succeeded provider_code=OK latency_ms=250",
                  "warning provider_call resource=payments/1 account=accounts/shop method=capture "
                  "result=unknown provider_code= latency_ms=30000",
                  "info callback resource=payments/1 provider=upay verdict=accepted",
                  "info callback resource=payments/1 provider=upay verdict=repeated",
                  "warning callback resource= provider=upay verdict=unknown_token",
                  "error contradiction resource=payments/1 detail=amounts differ",
                  "warning trouble what=store_commit_failed resource=payments/1 detail=disk full "
                  "untold=0"));
}

TEST(LoggingObserverTest, ATroubleThatComesAgainAndAgainHasALineAnInterval) {
  RecordingLogger logger;
  FixedClock clock(absl::UnixEpoch());
  const std::unique_ptr<PrometheusMetrics> next = PrometheusMetrics::Create({"upay"});
  LoggingObserver observer(&logger, &clock, next.get());
  for (int i = 0; i < 1000; ++i) observer.OnTrouble("store_commit_failed", "payments/1", "full");
  observer.OnTrouble("store_read_failed", "", "full");
  clock.Set(absl::UnixEpoch() + LoggingObserver::kTroubleInterval);
  observer.OnTrouble("store_commit_failed", "payments/2", "full");
  EXPECT_THAT(
      logger.lines(),
      testing::ElementsAre(
          "warning trouble what=store_commit_failed resource=payments/1 detail=full untold=0",
          "warning trouble what=store_read_failed resource= detail=full untold=0",
          "warning trouble what=store_commit_failed resource=payments/2 detail=full untold=999"));
  EXPECT_THAT(next->Scrape(),
              testing::HasSubstr("payments_troubles_total{what=\"store_commit_failed\"} 1001\n"));
}

TEST(LoggingObserverTest, TellsTheNext) {
  RecordingLogger logger;
  FixedClock clock(absl::UnixEpoch());
  const std::unique_ptr<PrometheusMetrics> next = PrometheusMetrics::Create({"upay"});
  LoggingObserver observer(&logger, &clock, next.get());
  observer.OnProviderCall("accounts/shop", "", "check", "unknown", "", absl::ZeroDuration());
  observer.OnCallback("upay", "", "accepted");
  observer.OnContradiction("", "");
  observer.OnTrouble("store_commit_failed", "", "");
  observer.OnCheckPostponed("accounts/shop");
  const std::string text = next->Scrape();
  for (const char* line :
       {"payments_provider_call_seconds_count{account=\"accounts/shop\",method=\"check\","
        "result=\"unknown\"} 1\n",
        "payments_callbacks_total{provider=\"upay\",verdict=\"accepted\"} 1\n",
        "payments_contradictions_total 1\n",
        "payments_checks_postponed_total{account=\"accounts/shop\"} 1\n",
        "payments_troubles_total{what=\"store_commit_failed\"} 1\n"}) {
    EXPECT_THAT(text, testing::HasSubstr(line));
  }
}

}  // namespace
}  // namespace payments
