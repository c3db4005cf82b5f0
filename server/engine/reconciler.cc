#include "server/engine/reconciler.h"

#include <algorithm>
#include <utility>

#include "server/engine/commit_card_evidence.h"
#include "server/engine/payment_check.h"
#include "server/engine/use_cases.h"

namespace payments {
namespace {

// Stored callbacks are taken up in steps of this many.
constexpr int kCallbacksPerStep = 64;

}  // namespace

void Reconciler::Start(EngineCore* core) {
  auto self = std::make_shared<Reconciler>(core);
  self->ResumeCallbacks();
  self->ScheduleTick();
}

void Reconciler::ResumeCallbacks() {
  core_->deps.store->ListUnfinishedCallbacks(
      last_callback_, kCallbacksPerStep,
      [self = shared_from_this()](absl::StatusOr<std::vector<CallbackRecord>> records) {
        self->OnCallbacks(std::move(records));
      });
}

void Reconciler::OnCallbacks(absl::StatusOr<std::vector<CallbackRecord>> records) {
  if (!records.ok()) {
    core_->deps.observer->OnTrouble("store_read_failed", "", records.status().message());
    core_->deps.executor->PostAfter(core_->policy.reconcile_tick_interval,
                                    [self = shared_from_this()] { self->ResumeCallbacks(); });
    return;
  }
  if (records->empty() || core_->draining) return;
  last_callback_ = records->back().id;
  for (CallbackRecord& record : *records) ResumeCallback(core_, std::move(record));
  ResumeCallbacks();
}

void Reconciler::ScheduleTick() {
  core_->deps.executor->PostAfter(core_->policy.reconcile_tick_interval,
                                  [self = shared_from_this()] { self->Tick(); });
}

int Reconciler::Room() const {
  return core_->policy.checks_per_tick_max - static_cast<int>(core_->checking.size());
}

void Reconciler::Tick() {
  if (core_->draining) return;
  if (Room() <= 0) return ScheduleTick();
  // What is being looked at is still due: it must not hide what else is.
  const int limit = core_->policy.checks_per_tick_max + static_cast<int>(core_->checking.size());
  core_->deps.store->ListDuePayments(
      core_->Now(), limit,
      [self = shared_from_this()](absl::StatusOr<std::vector<StoredPayment>> due) {
        self->OnDuePayments(std::move(due));
      });
}

void Reconciler::OnDuePayments(absl::StatusOr<std::vector<StoredPayment>> due) {
  if (core_->draining) return;
  if (!due.ok()) {
    core_->deps.observer->OnTrouble("store_read_failed", "", due.status().message());
    return ScheduleTick();
  }
  for (StoredPayment& stored : *due) {
    if (Room() <= 0) break;
    if (!core_->checking.contains(stored.record.payment().name())) Check(std::move(stored));
  }
  core_->deps.store->ListDueCards(
      core_->Now(), core_->policy.checks_per_tick_max,
      [self = shared_from_this()](absl::StatusOr<std::vector<StoredCard>> due_cards) {
        self->OnDueCards(std::move(due_cards));
      });
}

void Reconciler::OnDueCards(absl::StatusOr<std::vector<StoredCard>> due) {
  if (core_->draining) return;
  if (!due.ok()) {
    core_->deps.observer->OnTrouble("store_read_failed", "", due.status().message());
    return ScheduleTick();
  }
  for (StoredCard& stored : *due) ExpireCard(std::move(stored));
  ScheduleTick();
}

void Reconciler::Check(StoredPayment stored) {
  const std::string name = stored.record.payment().name();
  core_->checking.insert(name);
  v1::Cause cause;
  cause.set_kind(v1::CAUSE_KIND_CHECK);
  CheckStored(core_, std::move(stored), {.cause = std::move(cause)},
              [core = core_, name](const CheckDone&) { core->checking.erase(name); });
}

void Reconciler::ExpireCard(StoredCard stored) {
  const std::string name = stored.record.card().name();
  // While the provider's answer is awaited the registration is not orphaned.
  if (core_->running.contains(name) || !core_->checking.insert(name).second) return;
  CardEvidence evidence;
  evidence.learned = CardLearned::kTimeOver;
  evidence.cause.set_kind(v1::CAUSE_KIND_TIMER);
  CommitCardEvidence(core_, std::move(stored), std::move(evidence),
                     [core = core_, name](const StoredCard&) { core->checking.erase(name); });
}

}  // namespace payments
