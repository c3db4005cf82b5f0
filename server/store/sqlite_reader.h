#ifndef PAYMENTS_SERVER_STORE_SQLITE_READER_H_
#define PAYMENTS_SERVER_STORE_SQLITE_READER_H_

#include <memory>
#include <thread>

#include "server/base/executor.h"
#include "server/store/sqlite_connection.h"
#include "server/store/sqlite_tables.h"
#include "server/store/store_job.h"
#include "server/store/store_job_queue.h"

namespace payments {

// The thread that reads, beside the writer: what was committed before a job was
// submitted is seen by it. Jobs that wait share one transaction, and so one state of
// the database, and are completed in one task.
class SqliteReader {
 public:
  // Few, so that a long list delays few others.
  static constexpr int kBatchMax = 64;

  // Starts the thread, which owns the connection. `executor` is not owned.
  SqliteReader(std::unique_ptr<SqliteConnection> connection, int queue_max, Executor* executor);
  // Answers what waits, then ends the thread.
  ~SqliteReader();
  SqliteReader(const SqliteReader&) = delete;
  SqliteReader& operator=(const SqliteReader&) = delete;

  // False, and the job stays the caller's, if too many wait.
  bool Submit(std::unique_ptr<StoreJob>* job) { return queue_.Push(job); }

 private:
  void Loop();
  void ReadBatch(StoreJobs batch);

  std::unique_ptr<SqliteConnection> connection_;
  Executor* executor_;
  SqliteTables tables_;
  SqliteStatement begin_;
  SqliteStatement end_;
  StoreJobQueue queue_;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_SQLITE_READER_H_
