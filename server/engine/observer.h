#ifndef PAYMENTS_SERVER_ENGINE_OBSERVER_H_
#define PAYMENTS_SERVER_ENGINE_OBSERVER_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace payments {

// What the engine tells operators besides the event log: metrics and log lines.
// Must not block. Called on the engine's executor.
class Observer {
 public:
  virtual ~Observer() = default;

  // A conversation with a provider ended. `method` and `result` are snake_case:
  // "authorize", "succeeded" | "declined" | "in_process" | "unknown" | "not_sent" | ….
  virtual void OnProviderCall(absl::string_view account, absl::string_view resource,
                              absl::string_view method, absl::string_view result,
                              absl::string_view provider_code, absl::Duration latency) = 0;

  // A callback was judged: "accepted", "repeated", "refused_signature", "unintelligible",
  // "unknown_token", "unknown_resource" (lost by a restore), "mismatch", "not_stored", "too_many".
  virtual void OnCallback(absl::string_view provider, absl::string_view resource,
                          absl::string_view verdict) = 0;

  // Late evidence contradicts what is recorded, or amounts differ: needs_review was set.
  virtual void OnContradiction(absl::string_view resource, absl::string_view detail) = 0;

  // A payment was due, and its account's checks_per_second_max let nobody ask: it has its
  // turn later. Under load there are many: count them.
  virtual void OnCheckPostponed(absl::string_view account) = 0;

  // Something went wrong that the engine will try again: "store_commit_failed", ….
  virtual void OnTrouble(absl::string_view what, absl::string_view resource,
                         absl::string_view detail) = 0;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_OBSERVER_H_
