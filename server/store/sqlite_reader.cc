#include "server/store/sqlite_reader.h"

#include <utility>

namespace payments {

SqliteReader::SqliteReader(std::unique_ptr<SqliteConnection> connection, int queue_max,
                           Executor* executor)
    : connection_(std::move(connection)),
      executor_(executor),
      tables_(connection_.get()),
      begin_(connection_.get(), "BEGIN"),
      end_(connection_.get(), "COMMIT"),
      queue_(queue_max) {
  thread_ = std::thread(&SqliteReader::Loop, this);
}

SqliteReader::~SqliteReader() {
  queue_.Close();
  thread_.join();
}

void SqliteReader::Loop() {
  for (StoreJobs batch = queue_.Take(kBatchMax); !batch.empty(); batch = queue_.Take(kBatchMax)) {
    ReadBatch(std::move(batch));
  }
}

void SqliteReader::ReadBatch(StoreJobs batch) {
  const absl::Status status = SqliteQuery(&begin_).Run();
  CommitEffects none;
  for (const std::unique_ptr<StoreJob>& job : batch) {
    if (status.ok()) {
      job->Run(&tables_, &none).IgnoreError();  // The job keeps its own result.
    } else {
      job->Fail(status);
    }
  }
  // Some errors have ended the transaction already.
  if (connection_->InTransaction()) SqliteQuery(&end_).Run().IgnoreError();
  PostCompletion(executor_, std::move(batch));
}

}  // namespace payments
