#include "server/app/commit_fan_out.h"

namespace payments {

void CommitFanOut::operator()(const std::vector<CommittedEvent>& events) {
  if (events.empty()) return;
  listeners_.broadcaster->Publish(events);
  PaymentEngine* engine = listeners_.engine;
  listeners_.executor->Post([engine, events] { engine->OnCommitted(events); });
  listeners_.log->OnCommitted(events);
}

}  // namespace payments
