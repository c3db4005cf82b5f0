#ifndef PAYMENTS_SERVER_STORE_SQLITE_READER_H_
#define PAYMENTS_SERVER_STORE_SQLITE_READER_H_

#include <memory>
#include <thread>

#include "server/base/executor.h"
#include "server/store/read_probe.h"
#include "server/store/sqlite_connection.h"
#include "server/store/sqlite_tables.h"
#include "server/store/store_health.h"
#include "server/store/store_job.h"
#include "server/store/store_job_queue.h"

namespace payments {

// The thread that reads, beside the writer: what was committed before a job was
// submitted is seen by it. Jobs that wait share one transaction, and so one state of
// the database, and are completed in one task. While the store is ill, a probe finds out
// when it is well again, also if nobody reads. Of a damaged database nothing is read.
class SqliteReader {
 public:
  // Few, so that a long list delays few others.
  static constexpr int kBatchMax = 64;

  // Starts the thread, which owns the connection. `executor` and `health` are not owned.
  SqliteReader(std::unique_ptr<SqliteConnection> connection, int queue_max, Executor* executor,
               StoreHealthMonitor* health);
  // Answers what waits, then ends the thread.
  ~SqliteReader();
  SqliteReader(const SqliteReader&) = delete;
  SqliteReader& operator=(const SqliteReader&) = delete;

  // False, and the job stays the caller's, if too many wait.
  bool Submit(std::unique_ptr<StoreJob>* job) { return queue_.Push(job); }

 private:
  void Loop();
  void ReadBatch(StoreJobs batch);
  // The first trouble that a job had. Fails all of them if there is no transaction.
  absl::Status RunJobs(const StoreJobs& batch);

  std::unique_ptr<SqliteConnection> connection_;
  Executor* executor_;
  StoreHealthMonitor* health_;
  SqliteTables tables_;
  SqliteStatement begin_;
  SqliteStatement end_;
  ReadProbe probe_;
  StoreJobQueue queue_;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_SQLITE_READER_H_
