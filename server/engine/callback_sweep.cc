#include "server/engine/callback_sweep.h"

#include <algorithm>
#include <utility>

#include "server/engine/use_cases.h"

namespace payments {
namespace {

// Callbacks are taken up in steps of this many, one step after the other: each may ask its
// provider, and has its body in memory.
constexpr int kCallbacksPerStep = 64;

// Between two rounds: doubled while there is something to take up, since the provider that did
// not answer may not do so for long.
constexpr absl::Duration kWaitMin = absl::Minutes(1);
constexpr absl::Duration kWaitMax = absl::Hours(1);

}  // namespace

void CallbackSweep::Start(EngineCore* core) {
  const auto self = std::make_shared<CallbackSweep>(core);
  self->wait_ = kWaitMin;
  self->ListStep();
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
  if (!records.ok()) {
    core_->deps.observer->OnTrouble("store_read_failed", "", records.status().message());
    core_->deps.executor->PostAfter(core_->policy.reconcile_tick_interval,
                                    [self = shared_from_this()] { self->ListStep(); });
    return;
  }
  if (core_->draining) return;
  if (records->empty()) return EndRound();
  last_callback_ = records->back().id;
  open_ = 1;  // This step itself, until all of it is begun.
  for (CallbackRecord& record : *records) {
    if (core_->callbacks_in_hand.contains(record.id)) continue;
    any_taken_ = true;
    ++open_;
    ResumeCallback(core_, std::move(record),
                   [self = shared_from_this()](const absl::Status&) { self->OnHandled(); });
  }
  OnHandled();
}

void CallbackSweep::OnHandled() {
  if (--open_ == 0) ListStep();
}

void CallbackSweep::EndRound() {
  last_callback_ = 0;
  wait_ = std::exchange(any_taken_, false) ? std::min(wait_ * 2, kWaitMax) : kWaitMin;
  core_->deps.executor->PostAfter(wait_, [self = shared_from_this()] { self->ListStep(); });
}

}  // namespace payments
