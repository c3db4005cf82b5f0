#include "server/store/sqlite_reader.h"

#include <chrono>
#include <utility>

namespace payments {
namespace {

// How often a store that is ill is asked whether it is well again while nobody reads.
constexpr std::chrono::milliseconds kProbeInterval(500);

}  // namespace

SqliteReader::SqliteReader(std::unique_ptr<SqliteConnection> connection, int queue_max,
                           Executor* executor, StoreHealthMonitor* health)
    : connection_(std::move(connection)),
      executor_(executor),
      health_(health),
      tables_(connection_.get()),
      begin_(connection_.get(), "BEGIN"),
      end_(connection_.get(), "COMMIT"),
      probe_(connection_.get()),
      queue_(queue_max) {
  thread_ = std::thread(&SqliteReader::Loop, this);
}

SqliteReader::~SqliteReader() {
  queue_.Close();
  thread_.join();
  connection_->SetCheckpointOnClose(health_->Damage().ok());
}

void SqliteReader::Loop() {
  constexpr auto kReading = StoreHealthMonitor::Side::kReading;
  while (!queue_.IsOver()) {
    const bool probing = health_->IsIll(kReading) && health_->Damage().ok();
    StoreJobs batch =
        probing ? queue_.TakeWithin(kProbeInterval, kBatchMax) : queue_.Take(kBatchMax);
    const bool idle = batch.empty();
    if (!idle) ReadBatch(std::move(batch));
    if (probing && (idle || health_->NeedsProbe(kReading))) {
      health_->ReportProbe(kReading, probe_.Run());
    }
  }
}

void SqliteReader::ReadBatch(StoreJobs batch) {
  const absl::Status damage = health_->Damage();
  if (damage.ok()) {
    health_->Report(StoreHealthMonitor::Side::kReading, RunJobs(batch));
  } else {
    for (const std::unique_ptr<StoreJob>& job : batch) job->Fail(damage);
  }
  PostCompletion(executor_, std::move(batch));
}

absl::Status SqliteReader::RunJobs(const StoreJobs& batch) {
  absl::Status trouble = SqliteQuery(&begin_).Run();
  if (!trouble.ok()) {
    for (const std::unique_ptr<StoreJob>& job : batch) job->Fail(trouble);
    return trouble;
  }
  CommitEffects none;
  for (const std::unique_ptr<StoreJob>& job : batch) {
    const absl::Status status = job->Run(&tables_, &none);  // The job keeps its own result.
    if (trouble.ok() && TroubleOf(status) != StoreTrouble::kNone) trouble = status;
  }
  // Some errors have ended the transaction already.
  if (connection_->InTransaction()) SqliteQuery(&end_).Run().IgnoreError();
  return trouble;
}

}  // namespace payments
