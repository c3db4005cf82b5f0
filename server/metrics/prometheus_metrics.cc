#include "server/metrics/prometheus_metrics.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "prometheus/counter.h"
#include "prometheus/histogram.h"
#include "prometheus/metric_family.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"
#include "server/metrics/state_name.h"

namespace payments {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using Labels = std::map<std::string, std::string>;

// Upper bounds. Providers answer in tenths of seconds, and are given up after 30 s.
const std::vector<double>& LatencyBucketsS() {
  static const std::vector<double> buckets = {0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                              1,    2.5,   5,    10,  30,   60};
  return buckets;
}

const std::vector<double>& BatchBucketsItems() {
  static const std::vector<double> buckets = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};
  return buckets;
}

MetricFamily GaugeFamily(const std::string& name, const std::string& help) {
  return MetricFamily{name, help, prometheus::MetricType::Gauge, {}};
}

void AddGauge(MetricFamily& family, const Labels& labels, double value) {
  ClientMetric metric;
  for (const auto& [name, text] : labels) metric.label.push_back({name, text});
  metric.gauge.value = value;
  family.metric.push_back(std::move(metric));
}

MetricFamily CounterFamily(const std::string& name, const std::string& help) {
  return MetricFamily{name, help, prometheus::MetricType::Counter, {}};
}

void AddCounter(MetricFamily& family, const Labels& labels, int64_t value) {
  ClientMetric metric;
  for (const auto& [name, text] : labels) metric.label.push_back({name, text});
  metric.counter.value = static_cast<double>(value);
  family.metric.push_back(std::move(metric));
}

MetricFamily OneGauge(const std::string& name, const std::string& help, double value) {
  MetricFamily family = GaugeFamily(name, help);
  AddGauge(family, {}, value);
  return family;
}

void AppendStore(const StoreReadings& readings, std::vector<MetricFamily>& families) {
  MetricFamily payments = GaugeFamily("payments_stored", "Payments by account and state");
  for (const StoreReadings::PaymentCount& one : readings.payments) {
    AddGauge(payments, {{"account", one.account}, {"state", ShortName(one.state)}},
             static_cast<double>(one.count));
  }
  families.push_back(std::move(payments));
  MetricFamily numbers =
      GaugeFamily("payments_numbers_left", "Operation numbers that the account's range has left");
  for (const StoreReadings::NumbersLeft& one : readings.numbers_left) {
    AddGauge(numbers, {{"account", one.account}}, static_cast<double>(one.left));
  }
  families.push_back(std::move(numbers));
  families.push_back(OneGauge("payments_needs_review", "Payments that a person must look at",
                              static_cast<double>(readings.needs_review)));
  families.push_back(
      OneGauge("payments_unknown_age_seconds",
               "Time since the oldest payment that is UNKNOWN was created; 0 if none is",
               absl::ToDoubleSeconds(readings.unknown_age_max)));
}

void AppendStreams(const StreamReadings& readings, std::vector<MetricFamily>& families) {
  families.push_back(
      OneGauge("payments_streams_open", "Event streams open", static_cast<double>(readings.open)));
  families.push_back(OneGauge("payments_stream_lag_events_max",
                              "Events that the slowest open stream has yet to be sent",
                              static_cast<double>(readings.lag_events_max)));
  MetricFamily refused =
      CounterFamily("payments_streams_refused_total",
                    "Event streams refused because too many were open, by limit");
  for (const StreamReadings::Refused& one : readings.refused) {
    AddCounter(refused, {{"limit", one.limit}}, one.count);
  }
  families.push_back(std::move(refused));
}

void AppendEventLog(const EventLogReadings& readings, std::vector<MetricFamily>& families) {
  MetricFamily pruned = CounterFamily("payments_events_pruned_total",
                                      "Events deleted because of their age or the log's size");
  AddCounter(pruned, {}, readings.pruned);
  families.push_back(std::move(pruned));
  families.push_back(OneGauge("payments_events_oldest_age_seconds",
                              "Time since the oldest event kept; 0 if there is none",
                              absl::ToDoubleSeconds(readings.oldest_event_age)));
  families.push_back(OneGauge("payments_events_bytes_max",
                              "Bytes of the events of the tenant that has the most",
                              static_cast<double>(readings.bytes_max)));
}

void AppendImpairments(const std::vector<ImpairmentReading>& readings,
                       std::vector<MetricFamily>& families) {
  MetricFamily family = GaugeFamily("payments_impaired", "1 for each thing that is impaired now");
  for (const ImpairmentReading& one : readings) {
    AddGauge(family, {{"of", one.of}, {"what", one.what}}, 1);
  }
  families.push_back(std::move(family));
}

class PrometheusMetricsImpl : public PrometheusMetrics {
 public:
  explicit PrometheusMetricsImpl(std::vector<std::string> providers)
      : providers_(std::move(providers)) {}

  void OnProviderCall(absl::string_view account, absl::string_view /*resource*/,
                      absl::string_view method, absl::string_view result,
                      absl::string_view /*provider_code*/, absl::Duration latency) override {
    const Labels labels = {{"account", std::string(account)},
                           {"method", std::string(method)},
                           {"result", std::string(result)}};
    provider_calls_.Add(labels, LatencyBucketsS()).Observe(absl::ToDoubleSeconds(latency));
  }

  void OnCallback(absl::string_view provider, absl::string_view /*resource*/,
                  absl::string_view verdict) override {
    // The name comes out of a stranger's URL.
    const bool known =
        std::find(providers_.begin(), providers_.end(), provider) != providers_.end();
    callbacks_
        .Add({{"provider", known ? std::string(provider) : "other"},
              {"verdict", std::string(verdict)}})
        .Increment();
  }

  void OnContradiction(absl::string_view /*resource*/, absl::string_view /*detail*/) override {
    contradictions_.Increment();
  }

  void OnCheckPostponed(absl::string_view account) override {
    postponed_checks_.Add({{"account", std::string(account)}}).Increment();
  }

  void OnTrouble(absl::string_view what, absl::string_view /*resource*/,
                 absl::string_view /*detail*/) override {
    troubles_.Add({{"what", std::string(what)}}).Increment();
  }

  void OnStoreBatch(int items) override { batches_.Observe(items); }

  void SetSources(Sources sources) override {
    const std::lock_guard<std::mutex> lock(sources_mu_);
    sources_ = std::move(sources);
  }

  std::string Scrape() override {
    std::vector<MetricFamily> families = registry_.Collect();
    {
      const std::lock_guard<std::mutex> lock(sources_mu_);
      if (sources_.store) AppendStore(sources_.store(), families);
      if (sources_.streams) AppendStreams(sources_.streams(), families);
      if (sources_.event_log) AppendEventLog(sources_.event_log(), families);
      if (sources_.impairments) AppendImpairments(sources_.impairments(), families);
    }
    return prometheus::TextSerializer().Serialize(families);
  }

 private:
  const std::vector<std::string> providers_;

  // Help is one line: a newline in it breaks the format.
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Histogram>& provider_calls_ =
      prometheus::BuildHistogram()
          .Name("payments_provider_call_seconds")
          .Help("Conversations with providers by account, method and result")
          .Register(registry_);
  prometheus::Family<prometheus::Counter>& callbacks_ =
      prometheus::BuildCounter()
          .Name("payments_callbacks_total")
          .Help("Callbacks from providers by provider and verdict")
          .Register(registry_);
  prometheus::Counter& contradictions_ =
      prometheus::BuildCounter()
          .Name("payments_contradictions_total")
          .Help("Times that evidence contradicted what is recorded")
          .Register(registry_)
          .Add({});
  prometheus::Family<prometheus::Counter>& postponed_checks_ =
      prometheus::BuildCounter()
          .Name("payments_checks_postponed_total")
          .Help("Checks that were due and had to wait for their account's rate, by account")
          .Register(registry_);
  prometheus::Family<prometheus::Counter>& troubles_ =
      prometheus::BuildCounter()
          .Name("payments_troubles_total")
          .Help("What went wrong and is tried again, by kind")
          .Register(registry_);
  prometheus::Histogram& batches_ = prometheus::BuildHistogram()
                                        .Name("payments_store_batch_items")
                                        .Help("Writes committed to the store together")
                                        .Register(registry_)
                                        .Add({}, BatchBucketsItems());

  std::mutex sources_mu_;  // Also keeps scrapes apart: the sources are called under it.
  Sources sources_;
};

}  // namespace

std::unique_ptr<PrometheusMetrics> PrometheusMetrics::Create(std::vector<std::string> providers) {
  return std::make_unique<PrometheusMetricsImpl>(std::move(providers));
}

}  // namespace payments
