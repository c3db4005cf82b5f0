#ifndef PAYMENTS_SERVER_APP_COMMIT_FAN_OUT_H_
#define PAYMENTS_SERVER_APP_COMMIT_FAN_OUT_H_

#include <vector>

#include "server/base/executor.h"
#include "server/engine/payment_engine.h"
#include "server/engine/store.h"
#include "server/events/broadcaster.h"
#include "server/metrics/commit_log.h"

namespace payments {

// The store's commit listener: whoever wants to know of a commit is told from here.
// Called on the store's writer thread.
class CommitFanOut {
 public:
  // Not owned; outlive the store. `engine` is told on `executor`.
  struct Listeners {
    Broadcaster* broadcaster;
    const CommitLog* log;
    Executor* executor;
    PaymentEngine* engine;
  };

  explicit CommitFanOut(Listeners listeners) : listeners_(listeners) {}

  void operator()(const std::vector<CommittedEvent>& events);

 private:
  Listeners listeners_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_APP_COMMIT_FAN_OUT_H_
