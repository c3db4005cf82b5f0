#ifndef PAYMENTS_SERVER_APP_CALLBACK_PRUNER_H_
#define PAYMENTS_SERVER_APP_CALLBACK_PRUNER_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/app/retention_keeper.h"
#include "server/base/clock.h"
#include "server/engine/store.h"
#include "server/engine/trusted_time.h"

namespace payments {

// Prunes callbacks by age: their bodies, or all that is known of them. PENDING ones stay.
class CallbackPruner final : public Prunable {
 public:
  enum class What { kBodies, kCallbacks };

  // Not owned; outlive the keeper.
  struct Dependencies {
    Store* store;
    const Clock* clock;
  };

  CallbackPruner(Dependencies deps, What what, absl::Duration age_max)
      : deps_(deps), what_(what), age_max_(age_max), time_(deps.clock) {}

  absl::string_view name() const override {
    return what_ == What::kBodies ? "callback_bodies" : "callbacks";
  }
  void PruneSlice(int rows_max, Done<Slice> done) override;

 private:
  const Dependencies deps_;
  const What what_;
  const absl::Duration age_max_;
  TrustedTime time_;  // A clock that somebody sets for a moment must not cost the inbox.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_APP_CALLBACK_PRUNER_H_
