#ifndef PAYMENTS_SERVER_ENGINE_RECONCILER_H_
#define PAYMENTS_SERVER_ENGINE_RECONCILER_H_

#include <cstddef>
#include <memory>
#include <vector>

#include "server/engine/engine_core.h"

namespace payments {

// Looks after everything that does not end by itself (API.md, rule 10): what is
// orphaned, unknown, in process, to be sent again, or past its time. What is due, and
// when, is in the store; so a restart changes nothing. Bounded work a tick, shared
// between the accounts by turns; what gets no turn is postponed (postpone_check.h).
//
// Runs on the executor; ends when the core drains.
class Reconciler : public std::enable_shared_from_this<Reconciler> {
 public:
  static void Start(EngineCore* core);

  explicit Reconciler(EngineCore* core) : core_(core) {}

 private:
  void ScheduleTick();
  void Tick();
  void OnDuePayments(absl::StatusOr<std::vector<StoredPayment>> due);
  void OnDueCards(absl::StatusOr<std::vector<StoredCard>> due);
  bool NeedsProvider(const StoredPayment& stored) const;
  void Check(StoredPayment stored);
  void Postpone(const StoredPayment& stored);
  void ExpireCard(StoredCard stored);

  EngineCore* const core_;
  size_t due_limit_ = 0;  // So many due payments were asked for.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_RECONCILER_H_
