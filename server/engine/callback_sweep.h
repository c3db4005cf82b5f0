#ifndef PAYMENTS_SERVER_ENGINE_CALLBACK_SWEEP_H_
#define PAYMENTS_SERVER_ENGINE_CALLBACK_SWEEP_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/engine/engine_core.h"

namespace payments {

// Takes up callbacks that are PENDING in the store and that nobody is handling: at the start
// those that a crash left, and later those that found no room, or whose provider said nothing
// when asked; the older one is, the less often. Accounts do not wait for each other: of each
// some are handled at once, and when one is done with, the next is begun. Runs on the executor;
// ends when the core drains.
class CallbackSweep : public std::enable_shared_from_this<CallbackSweep> {
 public:
  static void Start(EngineCore* core);

  explicit CallbackSweep(EngineCore* core) : core_(core) {}

 private:
  // Of one account.
  struct Lane {
    std::string tenant;
    int open = 0;
    std::set<int64_t> queued;
  };

  void BeginRound();
  void ListStep();
  void OnListed(absl::StatusOr<std::vector<CallbackRecord>> records);
  void Queue(const CallbackRecord& record);
  void TakeUp(Lane* lane);
  void OnRead(Lane* lane, std::unique_ptr<CallbackMark> mark, int64_t id,
              absl::StatusOr<CallbackRecord> record);
  void OnHandled(Lane* lane);

  EngineCore* const core_;
  std::map<std::pair<std::string, std::string>, Lane> lanes_;  // By tenant and account.
  int64_t last_callback_ = 0;
  absl::Time last_round_ = absl::InfinitePast();
  absl::Time round_;  // When this round began.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_CALLBACK_SWEEP_H_
