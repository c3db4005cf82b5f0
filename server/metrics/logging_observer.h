#ifndef PAYMENTS_SERVER_METRICS_LOGGING_OBSERVER_H_
#define PAYMENTS_SERVER_METRICS_LOGGING_OBSERVER_H_

#include <cstdint>
#include <string>
#include <unordered_map>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/engine/observer.h"

namespace payments {

// Writes a log line for everything the engine tells, then tells `next`. Of a trouble
// that comes again and again, such as a store that is away, only one line an interval.
// Used by one thread.
class LoggingObserver : public Observer {
 public:
  // Between two lines about the same trouble, whosever it is.
  static constexpr absl::Duration kTroubleInterval = absl::Seconds(10);

  // Not owned.
  LoggingObserver(Logger* logger, Clock* clock, Observer* next)
      : logger_(logger), clock_(clock), next_(next) {}

  void OnProviderCall(absl::string_view account, absl::string_view resource,
                      absl::string_view method, absl::string_view result,
                      absl::string_view provider_code, absl::Duration latency) override;
  void OnCallback(absl::string_view provider, absl::string_view resource,
                  absl::string_view verdict) override;
  void OnContradiction(absl::string_view resource, absl::string_view detail) override;
  // No line each: they come in floods.
  void OnCheckPostponed(absl::string_view account) override { next_->OnCheckPostponed(account); }
  void OnTrouble(absl::string_view what, absl::string_view resource,
                 absl::string_view detail) override;

 private:
  struct Told {
    absl::Duration at = -absl::InfiniteDuration();  // Monotonic.
    int64_t untold = 0;                             // Since then.
  };

  Logger* logger_;
  Clock* clock_;
  Observer* next_;
  std::unordered_map<std::string, Told> told_;  // By trouble; the engine's code knows few.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_METRICS_LOGGING_OBSERVER_H_
