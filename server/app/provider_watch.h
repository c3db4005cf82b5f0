#ifndef PAYMENTS_SERVER_APP_PROVIDER_WATCH_H_
#define PAYMENTS_SERVER_APP_PROVIDER_WATCH_H_

#include <string>
#include <unordered_map>

#include "server/app/readiness.h"
#include "server/engine/observer.h"

namespace payments {

// Learns from what the engine tells which accounts' providers cannot be reached, tells
// that to Readiness, and everything to `next`. It hampers and does not stop work: another
// server would not reach the provider either. It ends with the next answer.
//
// Called on the engine's executor.
class ProviderWatch : public Observer {
 public:
  // So many conversations in a row without a usable answer: one may be chance.
  static constexpr int kUnansweredMin = 3;

  // Both are not owned.
  ProviderWatch(Readiness* readiness, Observer* next) : readiness_(readiness), next_(next) {}

  void OnProviderCall(absl::string_view account, absl::string_view resource,
                      absl::string_view method, absl::string_view result,
                      absl::string_view provider_code, absl::Duration latency) override;
  void OnCallback(absl::string_view provider, absl::string_view resource,
                  absl::string_view verdict) override {
    next_->OnCallback(provider, resource, verdict);
  }
  void OnContradiction(absl::string_view resource, absl::string_view detail) override {
    next_->OnContradiction(resource, detail);
  }
  void OnCheckPostponed(absl::string_view account) override { next_->OnCheckPostponed(account); }
  void OnTrouble(absl::string_view what, absl::string_view resource,
                 absl::string_view detail) override {
    next_->OnTrouble(what, resource, detail);
  }

 private:
  Readiness* const readiness_;
  Observer* const next_;
  std::unordered_map<std::string, int> unanswered_;  // By account: how many in a row.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_APP_PROVIDER_WATCH_H_
