#ifndef PAYMENTS_SERVER_STORE_STORE_JOB_H_
#define PAYMENTS_SERVER_STORE_STORE_JOB_H_

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/executor.h"
#include "server/store/commit_effects.h"
#include "server/store/sqlite_tables.h"

namespace payments {

// One call of the store, on its way from the caller to a thread of the store and
// back. Used by one thread at a time.
class StoreJob {
 public:
  virtual ~StoreJob() = default;

  // Does the work, within a transaction. If it fails, the caller undoes it.
  virtual absl::Status Run(SqliteTables* tables, CommitEffects* effects) = 0;
  // Whatever Run() made of it, the answer is `error`.
  virtual void Fail(absl::Status error) = 0;
  // Gives the answer. Once, on the executor.
  virtual void Complete() = 0;
};

using StoreJobs = std::vector<std::unique_ptr<StoreJob>>;

// `Result` is absl::StatusOr<T> or absl::Status.
template <typename Result>
class TypedStoreJob final : public StoreJob {
 public:
  using Work = absl::AnyInvocable<Result(SqliteTables&, CommitEffects*) &&>;
  using Reply = absl::AnyInvocable<void(Result) &&>;

  TypedStoreJob(Work work, Reply reply) : work_(std::move(work)), reply_(std::move(reply)) {}

  absl::Status Run(SqliteTables* tables, CommitEffects* effects) override {
    result_.emplace(std::move(work_)(*tables, effects));
    return StatusOf(*result_);
  }
  void Fail(absl::Status error) override { result_.emplace(std::move(error)); }
  void Complete() override { std::move(reply_)(*std::move(result_)); }

 private:
  static const absl::Status& StatusOf(const absl::Status& status) { return status; }
  template <typename T>
  static const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
    return result.status();
  }

  Work work_;
  Reply reply_;
  std::optional<Result> result_;
};

// Completes all of `jobs` in one task.
inline void PostCompletion(Executor* executor, StoreJobs jobs) {
  executor->Post([jobs = std::move(jobs)]() {
    for (const std::unique_ptr<StoreJob>& job : jobs) job->Complete();
  });
}

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_STORE_JOB_H_
