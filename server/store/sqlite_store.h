#ifndef PAYMENTS_SERVER_STORE_SQLITE_STORE_H_
#define PAYMENTS_SERVER_STORE_SQLITE_STORE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/executor.h"
#include "server/engine/store.h"
#include "server/store/data_directory.h"
#include "server/store/sqlite_reader.h"
#include "server/store/sqlite_writer.h"
#include "server/store/store_health.h"
#include "server/store/store_job.h"
#include "server/store/store_stats.h"

namespace payments {

// Everything in one SQLite database, `payments.db` in a directory of its own. Start
// here: a call becomes a StoreJob; SqliteWriter commits the waiting writes together,
// SqliteReader answers the reads; SqlitePayments, SqliteCards, SqliteEventLog and
// SqliteCallbacks hold the SQL; record_rules.h is what every store does the same way.
//
// Thread-safe. kUnavailable also if more than queue_max calls wait.
class SqliteStore : public Store {
 public:
  struct Options {
    std::string data_directory;    // Made (mode 0700) if it is not there.
    int batch_max = 512;           // Writes in one transaction.
    int queue_max = 65536;         // Writes that wait, and as many reads.
    int64_t pages_max = 0;         // The size of the database in pages of 4 KiB; 0: no limit.
    Executor* executor = nullptr;  // Where Dones run. Not owned; outlives the store.
    // Told the size of each transaction, in calls, on the writing thread. May be empty.
    absl::AnyInvocable<void(int jobs)> on_batch;
    // Told by Open() before it brings an older database to this program's version of the schema,
    // which can take minutes. May be empty.
    absl::AnyInvocable<void(int from, int to)> on_migration;
    // Told when the store falls ill and when it is well again. May be empty.
    StoreHealthMonitor::Listener on_health;
  };

  // kFailedPrecondition: another server uses the directory, or a newer one has written
  // it. kDataLoss: the file is damaged. kUnavailable: it cannot be opened or made.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(Options options);

  // Commits and answers what waits; the answers are posted to the executor.
  ~SqliteStore() override = default;

  StoreStats Stats() const { return stats_.Snapshot(); }
  // How many numbers of its range the account has left; of a shared one, with the others.
  int64_t NumbersLeft(const std::string& tenant, const std::string& provider,
                      const std::string& account, const NumberRange& range) const {
    return stats_.NumbersLeft(CounterOf(tenant, provider, account, range), range);
  }
  StoreHealth Health() const { return health_.Snapshot(); }

  void CreatePayment(PaymentWrite write, storage::v1::RequestFingerprint fingerprint,
                     Done<Claim<StoredPayment>> done) override;
  void CommitPayment(PaymentWrite write, Done<StoredPayment> done) override;
  void SaveSchedule(std::string tenant, std::string name, int64_t sequence,
                    storage::v1::CheckSchedule schedule, DoneStatus done) override;
  void GetPayment(std::string tenant, std::string name, Done<StoredPayment> done) override;
  void GetPaymentByRequestId(std::string tenant, std::string request_id,
                             Done<Claim<StoredPayment>> done) override;
  void TombstoneRequestId(std::string tenant, std::string request_id, absl::Time now,
                          Done<Claim<StoredPayment>> done) override;
  void ListPayments(std::string tenant, PaymentQuery query, Done<Page<v1::Payment>> done) override;
  void ListDuePayments(absl::Time now, int limit, Done<std::vector<StoredPayment>> done) override;
  void ListAttention(std::string tenant, AttentionQuery query,
                     Done<Page<AttentionEntry>> done) override;

  void CreateCard(CardWrite write, storage::v1::RequestFingerprint fingerprint,
                  Done<Claim<StoredCard>> done) override;
  void CommitCard(CardWrite write, Done<StoredCard> done) override;
  void GetCard(std::string tenant, std::string name, Done<StoredCard> done) override;
  void ListCards(std::string tenant, CardQuery query, Done<Page<v1::Card>> done) override;
  void ListDueCards(absl::Time now, int limit, Done<std::vector<StoredCard>> done) override;

  void ReadEvents(std::string tenant, int64_t after_revision, int limit,
                  Done<EventPage> done) override;
  void FindRevision(std::string tenant, absl::Time time, Done<FoundRevision> done) override;
  void PruneEvents(EventLimits limits, int events_max, Done<PrunedEvents> done) override;
  void SetCommitListener(CommitListener listener) override;
  std::string LogIncarnation() const override { return incarnation_; }

  void RecordCallback(CallbackRecord record, Done<int64_t> done) override;
  void JudgeCallback(int64_t id, CallbackJudgement judgement, DoneStatus done) override;
  void ListPendingCallbacks(int64_t after_id, int limit,
                            Done<std::vector<CallbackRecord>> done) override;
  void GetCallback(std::string tenant, int64_t id, Done<CallbackRecord> done) override;
  void ListCallbacks(std::string tenant, CallbackQuery query,
                     Done<Page<CallbackRecord>> done) override;
  void AcknowledgeCallback(std::string tenant, int64_t id, Acknowledgement acknowledgement,
                           Done<CallbackRecord> done) override;
  void PruneCallbackBodies(absl::Time before, int limit, Done<int> done) override;
  void PruneCallbacks(absl::Time before, int limit, Done<int> done) override;

 private:
  SqliteStore(DataDirectory directory, Executor* executor, StoreHealthMonitor::Listener on_health)
      : directory_(std::move(directory)), executor_(executor), health_(std::move(on_health)) {}

  // Opens the database and starts the threads.
  absl::Status Start(const std::string& path, Options options);
  absl::Status CountPayments(SqliteConnection* connection);

  // `Result` is absl::StatusOr<T> or absl::Status.
  template <typename Result>
  void Write(typename TypedStoreJob<Result>::Work work, typename TypedStoreJob<Result>::Reply done);
  template <typename Result>
  void Read(typename TypedStoreJob<Result>::Work work, typename TypedStoreJob<Result>::Reply done);
  void Refuse(std::unique_ptr<StoreJob> job);

  DataDirectory directory_;
  Executor* executor_;
  std::string incarnation_;
  StoreStatsCounter stats_;
  StoreHealthMonitor health_;
  std::unique_ptr<SqliteReader> reader_;
  std::unique_ptr<SqliteWriter> writer_;  // Ends first.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_SQLITE_STORE_H_
