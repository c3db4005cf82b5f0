#ifndef PAYMENTS_SERVER_APP_RETENTION_KEEPER_H_
#define PAYMENTS_SERVER_APP_RETENTION_KEEPER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/done.h"
#include "server/base/executor.h"
#include "server/base/log.h"

namespace payments {

// One kind of thing that is not kept for ever. On the keeper's executor.
class Prunable {
 public:
  struct Slice {
    bool more = false;    // There is more to delete now.
    std::string skipped;  // What was left as it is, and why; empty if nothing was.
  };

  virtual ~Prunable() = default;

  // For the log: "events".
  virtual absl::string_view name() const = 0;
  // Deletes at most `rows_max`, in one transaction. It outlives the answer.
  virtual void PruneSlice(int rows_max, Done<Slice> done) = 0;
};

// Deletes what was kept for long enough, without being in anybody's way: a slice is one
// small job of the store, the next one comes only after it was committed and a pause, in
// which others write. What cannot be deleted now, because the store is ill, is deleted
// later; what stands in its own way does not stand in the way of others. Runs on its executor
// until stopped there.
class RetentionKeeper : public std::enable_shared_from_this<RetentionKeeper> {
 public:
  // Rows of a slice: some milliseconds of the store's writer.
  static constexpr int kSliceRowsMax = 500;
  // Between slices: with it, ten thousand rows a second go at most.
  static constexpr absl::Duration kPause = absl::Milliseconds(50);
  // From when all was pruned to the next look; and after the store has failed.
  static constexpr absl::Duration kInterval = absl::Seconds(2);
  static constexpr absl::Duration kTroubleInterval = absl::Seconds(10);

  // Not owned.
  struct Dependencies {
    Executor* executor;
    Logger* logger;
  };

  static std::shared_ptr<RetentionKeeper> Start(Dependencies deps,
                                                std::vector<std::unique_ptr<Prunable>> prunables);
  RetentionKeeper(Dependencies deps, std::vector<std::unique_ptr<Prunable>> prunables)
      : deps_(deps), prunables_(std::move(prunables)), skipped_(prunables_.size()) {}

  // Nothing is pruned any more, but what the store has begun.
  void Stop() { stopped_ = true; }

 private:
  void PruneNext();
  void OnSlice(absl::StatusOr<Prunable::Slice> slice);
  void Warn(absl::string_view what, absl::string_view detail);
  // Once, and again if it has become something else.
  void WarnOfSkipped(std::string skipped);
  void MoveOn() { current_ = (current_ + 1) % prunables_.size(); }
  // One after the other: each until there is nothing to prune of it, or it has failed.
  void GoOnAfter(absl::Duration delay);

  const Dependencies deps_;
  const std::vector<std::unique_ptr<Prunable>> prunables_;
  size_t current_ = 0;
  std::vector<std::string> skipped_;  // Of each, what was told last.
  bool stopped_ = false;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_APP_RETENTION_KEEPER_H_
