#ifndef PAYMENTS_SERVER_APP_READINESS_H_
#define PAYMENTS_SERVER_APP_READINESS_H_

#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/http/admin_endpoint.h"
#include "server/metrics/prometheus_metrics.h"
#include "server/store/store_health.h"

namespace payments {

// Whether the server can do its work, and what hampers it: what /readyz, gRPC's health
// and the metric payments_impaired say. Each impairment is logged when it begins and when
// it ends, however often it is reported between. Thread-safe.
class Readiness {
 public:
  // What is impaired, and of what; both from the configuration and the code only.
  struct Impairment {
    std::string what;  // "store_disk_full"
    std::string of;    // "accounts/shop"; empty if there is one only.
    friend bool operator<(const Impairment& a, const Impairment& b) {
      return std::tie(a.what, a.of) < std::tie(b.what, b.of);
    }
  };
  enum class Effect {
    kStopsWork,  // Not ready: a balancer sends work elsewhere.
    kHampers,    // Still ready; /readyz mentions it.
  };

  // Both are not owned.
  Readiness(Clock* clock, Logger* logger) : clock_(clock), logger_(logger) {}

  // `set_serving` is called now, and whenever the answer changes, until the drain or
  // Detach(); must not block, nor call back.
  void Attach(absl::AnyInvocable<void(bool serving)> set_serving);
  void Detach();

  void SetStarted();
  void SetDraining();

  void Impair(const Impairment& impairment, Effect effect, absl::string_view detail);
  // Nothing happens if it is not impaired.
  void Recover(const Impairment& impairment);

  // The store's health is an impairment, one at a time.
  void OnStoreHealth(const StoreHealth& health);

  ReadinessReport Report() const;
  std::vector<ImpairmentReading> Readings() const;

 private:
  struct Lasting {
    Effect effect;
    absl::Time since;
    absl::Duration since_monotonic;
  };

  void TellServingLocked();
  bool IsReadyLocked() const;

  Clock* const clock_;
  Logger* const logger_;

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  absl::AnyInvocable<void(bool)> set_serving_;
  bool serving_ = false;
  bool started_ = false;
  bool draining_ = false;
  std::map<Impairment, Lasting> impairments_;
  StoreTrouble store_trouble_ = StoreTrouble::kNone;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_APP_READINESS_H_
