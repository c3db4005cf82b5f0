#ifndef PAYMENTS_SERVER_METRICS_LOGGING_OBSERVER_H_
#define PAYMENTS_SERVER_METRICS_LOGGING_OBSERVER_H_

#include "server/base/log.h"
#include "server/engine/observer.h"

namespace payments {

// Writes a log line for everything the engine tells, then tells `next`.
// Thread-safe if both are.
class LoggingObserver : public Observer {
 public:
  // Both are not owned.
  LoggingObserver(Logger* logger, Observer* next) : logger_(logger), next_(next) {}

  void OnProviderCall(absl::string_view account, absl::string_view resource,
                      absl::string_view method, absl::string_view result,
                      absl::string_view provider_code, absl::Duration latency) override;
  void OnCallback(absl::string_view provider, absl::string_view resource,
                  absl::string_view verdict) override;
  void OnContradiction(absl::string_view resource, absl::string_view detail) override;
  void OnTrouble(absl::string_view what, absl::string_view resource,
                 absl::string_view detail) override;

 private:
  Logger* logger_;
  Observer* next_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_METRICS_LOGGING_OBSERVER_H_
