#include "server/engine/callback_sweep.h"

#include <memory>
#include <utility>

#include "server/engine/callback_resumption.h"

namespace payments {
namespace {

// They are listed in steps of this many, with their bodies.
constexpr int kCallbacksPerStep = 64;

// Of one account so many are handled at once: each may ask its provider.
constexpr int kOpenPerAccountMax = 64;
// And so many wait, as numbers; those beyond wait for another round.
constexpr size_t kQueuedPerAccountMax = 10'000;

constexpr absl::Duration kRoundInterval = absl::Minutes(1);
constexpr absl::Duration kWaitMax = absl::Hours(1);

// When it was last to be taken up, after so long: a minute after it came, two, four and so on,
// then each hour, since the provider that did not answer may not do so for long.
absl::Duration LastTurn(absl::Duration age) {
  if (age < kRoundInterval) return -absl::InfiniteDuration();
  if (age >= kWaitMax) return absl::Floor(age, kWaitMax);
  absl::Duration turn = kRoundInterval;
  while (2 * turn <= age) turn *= 2;
  return turn;
}

// Whether its turn came after the last round; always after a start, or if the clock was set back.
bool IsItsTurn(absl::Time receive_time, absl::Time last_round, absl::Time now) {
  if (last_round == absl::InfinitePast() || now < receive_time) return true;
  return LastTurn(now - receive_time) > last_round - receive_time;
}

}  // namespace

void CallbackSweep::Start(EngineCore* core) { std::make_shared<CallbackSweep>(core)->BeginRound(); }

void CallbackSweep::BeginRound() {
  last_callback_ = 0;
  round_ = core_->Now();
  ListStep();
}

void CallbackSweep::ListStep() {
  if (core_->draining) return;
  core_->deps.store->ListPendingCallbacks(
      last_callback_, kCallbacksPerStep,
      [self = shared_from_this()](absl::StatusOr<std::vector<CallbackRecord>> records) {
        self->OnListed(std::move(records));
      });
}

void CallbackSweep::OnListed(absl::StatusOr<std::vector<CallbackRecord>> records) {
  if (core_->draining) return;
  if (!records.ok()) {
    core_->deps.observer->OnTrouble("store_read_failed", "", records.status().message());
    return core_->deps.executor->PostAfter(core_->policy.reconcile_tick_interval,
                                           [self = shared_from_this()] { self->ListStep(); });
  }
  if (records->empty()) {
    last_round_ = round_;
    return core_->deps.executor->PostAfter(kRoundInterval,
                                           [self = shared_from_this()] { self->BeginRound(); });
  }
  last_callback_ = records->back().id;
  for (const CallbackRecord& record : *records) Queue(record);
  ListStep();
}

void CallbackSweep::Queue(const CallbackRecord& record) {
  if (core_->callbacks_in_hand.contains(record.id)) return;
  if (!IsItsTurn(record.receive_time, last_round_, round_)) return;
  Lane& lane = lanes_[{record.tenant, record.account}];
  if (lane.queued.size() >= kQueuedPerAccountMax) return;
  lane.tenant = record.tenant;
  lane.queued.insert(record.id);
  TakeUp(&lane);
}

void CallbackSweep::TakeUp(Lane* lane) {
  while (!core_->draining && lane->open < kOpenPerAccountMax && !lane->queued.empty()) {
    const int64_t id = *lane->queued.begin();
    lane->queued.erase(lane->queued.begin());
    if (core_->callbacks_in_hand.contains(id)) continue;
    auto mark = std::make_unique<CallbackMark>(core_, id);
    ++lane->open;
    core_->deps.store->GetCallback(
        lane->tenant, id,
        [self = shared_from_this(), lane, id, mark = std::move(mark)](auto record) mutable {
          self->OnRead(lane, std::move(mark), id, std::move(record));
        });
  }
}

// Since it was listed it may have been judged.
void CallbackSweep::OnRead(Lane* lane, std::unique_ptr<CallbackMark> mark, int64_t id,
                           absl::StatusOr<CallbackRecord> record) {
  if (!record.ok() && !absl::IsNotFound(record.status())) {
    core_->deps.observer->OnTrouble("store_read_failed", "", record.status().message());
    lane->queued.insert(id);
    return core_->deps.executor->PostAfter(
        core_->policy.reconcile_tick_interval,
        [self = shared_from_this(), lane] { self->OnHandled(lane); });
  }
  if (!record.ok() || record->judgement.verdict != v1::CALLBACK_VERDICT_PENDING) {
    return OnHandled(lane);
  }
  ResumeCallback(core_, {*std::move(record), std::move(mark)},
                 [self = shared_from_this(), lane](const absl::Status&) { self->OnHandled(lane); });
}

void CallbackSweep::OnHandled(Lane* lane) {
  --lane->open;
  TakeUp(lane);
}

}  // namespace payments
