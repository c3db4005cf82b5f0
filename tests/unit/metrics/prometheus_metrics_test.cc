#include "server/metrics/prometheus_metrics.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace payments {
namespace {

using testing::HasSubstr;
using testing::Not;

StoreReadings SomeStore() {
  StoreReadings readings;
  readings.payments = {{"accounts/shop", v1::PAYMENT_STATE_SUCCEEDED, 40},
                       {"accounts/shop", v1::PAYMENT_STATE_UNKNOWN, 2}};
  readings.numbers_left = {{"accounts/shop", 999}};
  readings.needs_review = 3;
  readings.unknown_age_max = absl::Milliseconds(90'500);
  return readings;
}

StreamReadings SomeStreams() { return {5, 17, {{"streams_max", 4}}}; }

EventLogReadings SomeEventLog() { return {12, absl::Milliseconds(7500), 4096}; }

TEST(PrometheusMetricsTest, HasWhatHasNoLabelsFromTheStart) {
  const std::string text = PrometheusMetrics::Create({})->Scrape();
  EXPECT_THAT(text, HasSubstr("payments_contradictions_total 0\n"));
  EXPECT_THAT(text, HasSubstr("payments_store_batch_items_count 0\n"));
}

TEST(PrometheusMetricsTest, CountsCallsByAccountMethodAndResult) {
  const auto metrics = PrometheusMetrics::Create({});
  for (const int latency_ms : {40, 200, 45'000}) {
    metrics->OnProviderCall("accounts/shop", "payments/1", "authorize", "succeeded", "OK",
                            absl::Milliseconds(latency_ms));
  }
  metrics->OnProviderCall("accounts/shop", "payments/1", "authorize", "declined", "12",
                          absl::Milliseconds(100));
  const std::string text = metrics->Scrape();
  const std::string labels = "account=\"accounts/shop\",method=\"authorize\",result=\"succeeded\"";
  EXPECT_THAT(text, HasSubstr("payments_provider_call_seconds_count{" + labels + "} 3\n"));
  EXPECT_THAT(text, HasSubstr("payments_provider_call_seconds_sum{" + labels + "} 45.24\n"));
  EXPECT_THAT(text,
              HasSubstr("payments_provider_call_seconds_bucket{" + labels + ",le=\"0.25\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("result=\"declined\"} 1\n"));
}

TEST(PrometheusMetricsTest, AStrangerCannotMakeTimeSeries) {
  const auto metrics = PrometheusMetrics::Create({"upay"});
  metrics->OnCallback("upay", "payments/1", "accepted");
  metrics->OnCallback("x1", "", "unknown_token");
  metrics->OnCallback("x2", "", "unknown_token");
  const std::string text = metrics->Scrape();
  EXPECT_THAT(text,
              HasSubstr("payments_callbacks_total{provider=\"upay\",verdict=\"accepted\"} 1\n"));
  EXPECT_THAT(
      text,
      HasSubstr("payments_callbacks_total{provider=\"other\",verdict=\"unknown_token\"} 2\n"));
  EXPECT_THAT(text, Not(HasSubstr("x1")));
}

TEST(PrometheusMetricsTest, CountsContradictionsTroublesAndBatches) {
  const auto metrics = PrometheusMetrics::Create({});
  metrics->OnContradiction("payments/1", "amounts differ");
  metrics->OnTrouble("store_commit_failed", "payments/1", "disk full");
  metrics->OnTrouble("store_commit_failed", "payments/2", "disk full");
  metrics->OnStoreBatch(3);
  metrics->OnStoreBatch(200);
  const std::string text = metrics->Scrape();
  EXPECT_THAT(text, HasSubstr("payments_contradictions_total 1\n"));
  EXPECT_THAT(text, HasSubstr("payments_troubles_total{what=\"store_commit_failed\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("payments_store_batch_items_count 2\n"));
  EXPECT_THAT(text, HasSubstr("payments_store_batch_items_sum 203\n"));
  EXPECT_THAT(text, HasSubstr("payments_store_batch_items_bucket{le=\"4\"} 1\n"));
}

TEST(PrometheusMetricsTest, AsksItsSourcesAtEachScrape) {
  const auto metrics = PrometheusMetrics::Create({});
  metrics->SetSources({SomeStore, SomeStreams, SomeEventLog, nullptr});
  const std::string text = metrics->Scrape();
  for (const char* line :
       {"payments_streams_refused_total{limit=\"streams_max\"} 4\n",
        "payments_events_pruned_total 12\n", "payments_events_oldest_age_seconds 7.5\n",
        "payments_events_bytes_max 4096\n",
        "payments_stored{account=\"accounts/shop\",state=\"succeeded\"} 40\n",
        "payments_stored{account=\"accounts/shop\",state=\"unknown\"} 2\n",
        "payments_numbers_left{account=\"accounts/shop\"} 999\n", "payments_needs_review 3\n",
        "payments_unknown_age_seconds 90.5\n", "payments_streams_open 5\n",
        "payments_stream_lag_events_max 17\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(PrometheusMetricsTest, LeavesOutWhatHasNoSource) {
  const auto metrics = PrometheusMetrics::Create({});
  metrics->SetSources({nullptr, SomeStreams, nullptr, nullptr});
  const std::string text = metrics->Scrape();
  EXPECT_THAT(text, Not(HasSubstr("payments_stored")));
  EXPECT_THAT(text, Not(HasSubstr("payments_needs_review")));
  EXPECT_THAT(text, HasSubstr("payments_streams_open 5\n"));
}

// A newline in a HELP text breaks the format without any complaint.
TEST(PrometheusMetricsTest, EveryLineIsHelpTypeOrSample) {
  const auto metrics = PrometheusMetrics::Create({"upay"});
  metrics->SetSources({SomeStore, SomeStreams, SomeEventLog, nullptr});
  metrics->OnCallback("upay", "", "accepted");
  metrics->OnTrouble("x", "", "");
  metrics->OnProviderCall("a", "", "check", "unknown", "", absl::Seconds(1));
  int help = 0;
  for (const absl::string_view line : absl::StrSplit(metrics->Scrape(), '\n', absl::SkipEmpty())) {
    if (absl::StartsWith(line, "# HELP payments_")) ++help;
    EXPECT_TRUE(absl::StartsWith(line, "# HELP payments_") ||
                absl::StartsWith(line, "# TYPE payments_") || absl::StartsWith(line, "payments_"))
        << line;
  }
  EXPECT_EQ(help, 15) << "one a family";
}

}  // namespace
}  // namespace payments
