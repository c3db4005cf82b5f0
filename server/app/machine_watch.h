#ifndef PAYMENTS_SERVER_APP_MACHINE_WATCH_H_
#define PAYMENTS_SERVER_APP_MACHINE_WATCH_H_

#include <memory>
#include <optional>

#include "absl/time/time.h"
#include "server/app/readiness.h"
#include "server/base/clock.h"
#include "server/base/executor.h"
#include "server/base/log.h"

namespace payments {

// Looks once a second at what the machine does to everyone on it: whether the wall clock
// was set, and whether there are descriptors left. Runs on its executor until destroyed
// there, or with it.
class MachineWatch : public std::enable_shared_from_this<MachineWatch> {
 public:
  static constexpr absl::Duration kInterval = absl::Seconds(1);
  // A correction that is slewed stays far below; what is stepped by less does not matter.
  static constexpr absl::Duration kClockStepMin = absl::Seconds(1);
  // So long /readyz mentions a step.
  static constexpr absl::Duration kClockStepShown = absl::Minutes(10);

  // Nothing is owned.
  struct Dependencies {
    Executor* executor;
    Clock* clock;
    Logger* logger;
    Readiness* readiness;
    // Whether callers can still connect; called on the executor.
    bool (*has_descriptors)();
  };

  static void Start(Dependencies deps);
  explicit MachineWatch(Dependencies deps);

  // Once; Start() has it done again and again.
  void Look();

 private:
  void LookAndGoOn();
  void LookAtClock();
  void LookAtDescriptors();

  const Dependencies deps_;
  absl::Time wall_;
  absl::Duration monotonic_;
  std::optional<absl::Duration> stepped_at_;  // Monotonic; while the step is shown.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_APP_MACHINE_WATCH_H_
