#ifndef PAYMENTS_SERVER_ENGINE_CALLBACK_SWEEP_H_
#define PAYMENTS_SERVER_ENGINE_CALLBACK_SWEEP_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "server/engine/engine_core.h"

namespace payments {

// Takes up callbacks that are PENDING in the store and that nobody is handling: at the start
// those that a crash left, and later those that found no room, or whose provider said nothing
// when asked. It goes through all of them in steps, then waits; the longer, the longer there
// are any. Runs on the executor; ends when the core drains.
class CallbackSweep : public std::enable_shared_from_this<CallbackSweep> {
 public:
  static void Start(EngineCore* core);

  explicit CallbackSweep(EngineCore* core) : core_(core) {}

 private:
  void ListStep();
  void OnListed(absl::StatusOr<std::vector<CallbackRecord>> records);
  void OnHandled();
  void EndRound();

  EngineCore* const core_;
  int64_t last_callback_ = 0;
  size_t open_ = 0;         // Of this step.
  bool any_taken_ = false;  // In this round.
  absl::Duration wait_;     // Until the next round.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_CALLBACK_SWEEP_H_
