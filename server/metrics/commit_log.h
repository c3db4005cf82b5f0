#ifndef PAYMENTS_SERVER_METRICS_COMMIT_LOG_H_
#define PAYMENTS_SERVER_METRICS_COMMIT_LOG_H_

#include <vector>

#include "server/base/log.h"
#include "server/engine/store.h"

namespace payments {

// Writes one log line for each committed event: payment_changed or card_changed, with
// the resource's name, its request_id, state, previous state, cause and sequence.
// Thread-safe if the logger is.
class CommitLog {
 public:
  // Not owned.
  explicit CommitLog(Logger* logger) : logger_(logger) {}

  void OnCommitted(const std::vector<CommittedEvent>& events) const;

 private:
  Logger* logger_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_METRICS_COMMIT_LOG_H_
