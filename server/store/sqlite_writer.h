#ifndef PAYMENTS_SERVER_STORE_SQLITE_WRITER_H_
#define PAYMENTS_SERVER_STORE_SQLITE_WRITER_H_

#include <memory>
#include <thread>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "server/base/executor.h"
#include "server/engine/store.h"
#include "server/store/commit_effects.h"
#include "server/store/read_probe.h"
#include "server/store/sqlite_connection.h"
#include "server/store/sqlite_tables.h"
#include "server/store/store_health.h"
#include "server/store/store_job.h"
#include "server/store/store_job_queue.h"
#include "server/store/store_stats.h"

namespace payments {

// The thread that writes. It puts everything that waits into one transaction, so that
// one fsync serves many callers, and then completes all of them in one task. A job
// that fails is rolled back to its savepoint and fails alone.
//
// A disk that is full or read-only, and a lock of another process, fail the transaction
// and nothing else; while nobody writes, a probe finds out when that is over. Any other
// error while committing ends the process: after a failed fsync nobody knows what is on
// disk, and asking again may lie. Recovery at the next start finds out. Once the database
// is known to be damaged nothing is written any more.
class SqliteWriter {
 public:
  struct Options {
    int batch_max = 0;
    int queue_max = 0;
    Executor* executor = nullptr;
    absl::AnyInvocable<void(int jobs)> on_batch;  // May be empty.
  };

  // Starts the thread, which owns the connection. `stats` and `health` are not owned.
  SqliteWriter(std::unique_ptr<SqliteConnection> connection, Options options,
               StoreStatsCounter* stats, StoreHealthMonitor* health);
  // Commits what waits, then ends the thread.
  ~SqliteWriter();
  SqliteWriter(const SqliteWriter&) = delete;
  SqliteWriter& operator=(const SqliteWriter&) = delete;

  // False, and the job stays the caller's, if too many wait.
  bool Submit(std::unique_ptr<StoreJob>* job) { return queue_.Push(job); }

  // Before the first job.
  void SetCommitListener(Store::CommitListener listener) { listener_ = std::move(listener); }

 private:
  void Loop();
  void CommitBatch(StoreJobs batch);
  // Runs the jobs in one transaction. An error is that of the whole transaction: none
  // of it was written.
  absl::Status WriteBatch(const StoreJobs& batch);
  void RunJob(StoreJob* job);
  // Reads, and commits something of no meaning, to learn whether the store works again.
  absl::Status Probe();
  absl::Status RunInSavepoint(StoreJob* job);
  absl::Status EndTransaction();
  void CheckpointIfDue();
  static int OnWalGrown(void* self, sqlite3* connection, const char* database, int pages);

  std::unique_ptr<SqliteConnection> connection_;
  Options options_;
  StoreStatsCounter* stats_;
  StoreHealthMonitor* health_;
  Store::CommitListener listener_;
  SqliteTables tables_;
  SqliteStatement begin_;
  SqliteStatement commit_;
  SqliteStatement savepoint_;
  SqliteStatement release_;
  SqliteStatement roll_back_to_;
  ReadProbe read_probe_;
  SqliteStatement write_probe_;
  CommitEffects effects_;   // Of the current batch.
  absl::Status trouble_;    // The first trouble of a job of the current batch.
  bool wal_grown_ = false;  // By the current batch.
  int wal_pages_ = 0;
  int next_checkpoint_pages_;
  StoreJobQueue queue_;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_SQLITE_WRITER_H_
