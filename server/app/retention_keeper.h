#ifndef PAYMENTS_SERVER_APP_RETENTION_KEEPER_H_
#define PAYMENTS_SERVER_APP_RETENTION_KEEPER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
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
    int64_t deleted = 0;
    bool more = false;  // There is more to delete now.
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
// later. Runs on its executor until stopped there.
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
      : deps_(deps), prunables_(std::move(prunables)) {}

  // Nothing is pruned any more, but what the store has begun.
  void Stop() { stopped_ = true; }

 private:
  void PruneNext();
  void OnSlice(absl::StatusOr<Prunable::Slice> slice);
  // One after the other: each until there is nothing to prune of it.
  void GoOnAfter(absl::Duration delay);

  const Dependencies deps_;
  const std::vector<std::unique_ptr<Prunable>> prunables_;
  size_t current_ = 0;
  bool stopped_ = false;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_APP_RETENTION_KEEPER_H_
