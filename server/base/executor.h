#ifndef PAYMENTS_SERVER_BASE_EXECUTOR_H_
#define PAYMENTS_SERVER_BASE_EXECUTOR_H_

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace payments {

// Runs tasks one at a time, in the order they were posted.
//
// This is the seam between the engine and real threads: production posts to the
// loop thread (server/http/event_loop.h), tests post to SimulatedExecutor, which
// runs everything on the test's own thread in an order drawn from a seed.
class Executor {
 public:
  using Task = absl::AnyInvocable<void() &&>;

  virtual ~Executor() = default;

  // Runs `task` soon. Thread-safe; never runs it inside this call. Tasks posted
  // after shutdown are destroyed without running.
  virtual void Post(Task task) = 0;

  // Runs `task` once `delay` has passed, never earlier. Thread-safe.
  virtual void PostAfter(absl::Duration delay, Task task) = 0;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_BASE_EXECUTOR_H_
