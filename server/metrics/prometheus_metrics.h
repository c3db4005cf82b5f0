#ifndef PAYMENTS_SERVER_METRICS_PROMETHEUS_METRICS_H_
#define PAYMENTS_SERVER_METRICS_PROMETHEUS_METRICS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "payments/v1/payment.pb.h"
#include "server/engine/observer.h"

namespace payments {

// What the store holds, as of one scrape.
struct StoreReadings {
  struct PaymentCount {
    std::string account;
    v1::PaymentState state = v1::PAYMENT_STATE_UNSPECIFIED;
    int64_t count = 0;
  };

  struct NumbersLeft {
    std::string account;
    int64_t left = 0;
  };

  std::vector<PaymentCount> payments;
  std::vector<NumbersLeft> numbers_left;
  int64_t needs_review = 0;
  // Since the oldest of those that are UNKNOWN now was created; zero if none is.
  absl::Duration unknown_age_max;
};

// Something the server does not have or cannot do, as of one scrape.
struct ImpairmentReading {
  std::string what;
  std::string of;
};

// The event streams, as of one scrape.
struct StreamReadings {
  int64_t open = 0;
  int64_t lag_events_max = 0;  // How far the slowest is behind the log.
  struct Refused {
    std::string limit;  // The field of the configuration.
    int64_t count = 0;  // Since the start.
  };
  std::vector<Refused> refused;
};

// The event log, as of one scrape.
struct EventLogReadings {
  int64_t pruned = 0;               // Since the start.
  absl::Duration oldest_event_age;  // Zero if there is none.
  int64_t bytes_max = 0;            // Of the tenant whose events take the most.
};

// Counts what the engine tells and shows it in the Prometheus text format. What can
// be read elsewhere is not counted a second time but asked for at each scrape, so
// that it cannot drift. docs/configuration.md lists the families.
//
// Labels take values from the configuration and the code only: a stranger cannot
// make new time series. Thread-safe.
class PrometheusMetrics : public Observer {
 public:
  // Asked at each scrape, on the scraping thread; must not block. One that is empty
  // leaves its families out.
  struct Sources {
    absl::AnyInvocable<StoreReadings()> store;
    absl::AnyInvocable<StreamReadings()> streams;
    absl::AnyInvocable<EventLogReadings()> event_log;
    absl::AnyInvocable<std::vector<ImpairmentReading>()> impairments;
  };

  // `providers` are the names that callbacks are counted under; others are "other".
  static std::unique_ptr<PrometheusMetrics> Create(std::vector<std::string> providers);

  // Before this a scrape shows the counted families only. What the sources refer to
  // must outlive the last scrape.
  virtual void SetSources(Sources sources) = 0;

  // A batch of `items` writes was committed together.
  virtual void OnStoreBatch(int items) = 0;

  // The exposition: "text/plain; version=0.0.4; charset=utf-8".
  virtual std::string Scrape() = 0;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_METRICS_PROMETHEUS_METRICS_H_
