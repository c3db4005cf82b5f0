#include "server/engine/reconciler.h"

#include <map>
#include <string>
#include <utility>

#include "server/engine/commit_card_evidence.h"
#include "server/engine/payment_check.h"
#include "server/engine/postpone_check.h"

namespace payments {
namespace {

// So many due payments are looked at in one tick: asked about, postponed, or ended.
constexpr size_t kDuePerTickMax = 512;
// So many are looked at at once, whoever hangs.
constexpr size_t kCheckingMax = 2048;

// The first of each account, then the second of each, and so on: no account's flood comes
// before another's first.
std::vector<StoredPayment> ByTurns(std::vector<StoredPayment> due) {
  std::map<std::pair<std::string, std::string>, size_t> counts;
  std::multimap<size_t, StoredPayment> turns;
  for (StoredPayment& stored : due) {
    const size_t turn = counts[{stored.record.tenant(), stored.record.payment().account()}]++;
    turns.emplace(turn, std::move(stored));
  }
  std::vector<StoredPayment> ordered;
  ordered.reserve(turns.size());
  for (auto& [turn, stored] : turns) ordered.push_back(std::move(stored));
  return ordered;
}

}  // namespace

void Reconciler::Start(EngineCore* core) { std::make_shared<Reconciler>(core)->ScheduleTick(); }

void Reconciler::ScheduleTick() {
  core_->deps.executor->PostAfter(core_->policy.reconcile_tick_interval,
                                  [self = shared_from_this()] { self->Tick(); });
}

void Reconciler::Tick() {
  if (core_->draining) return;
  if (core_->checking.size() >= kCheckingMax) return ScheduleTick();
  // What is being looked at is still due: it must not hide what else is.
  due_limit_ = kDuePerTickMax + core_->checking.size();
  core_->deps.store->ListDuePayments(
      core_->Now(), static_cast<int>(due_limit_),
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
  // Whoever gets no turn now stays due, unless he might hide somebody.
  const bool more = due->size() >= due_limit_;
  int room = core_->policy.checks_per_tick_max;
  for (StoredPayment& stored : ByTurns(*std::move(due))) {
    if (core_->checking.contains(stored.record.payment().name())) continue;
    if (core_->checking.size() >= kCheckingMax) break;
    const bool asks = NeedsProvider(stored);
    if (!asks || room > 0) {
      room -= asks ? 1 : 0;
      Check(std::move(stored));
    } else if (more) {
      Postpone(stored);
    }
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

bool Reconciler::NeedsProvider(const StoredPayment& stored) const {
  const bool running = core_->running.contains(stored.record.payment().name());
  return payments::NeedsProvider(PlanCheck(stored, CheckTrigger::kTimer, running,
                                           core_->ChecksOf(stored.record), core_->Now()));
}

void Reconciler::Postpone(const StoredPayment& stored) {
  const std::string name = stored.record.payment().name();
  core_->checking.insert(name);
  PostponeCheck(core_, stored, [core = core_, name] { core->checking.erase(name); });
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
