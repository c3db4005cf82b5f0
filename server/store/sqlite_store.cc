#include "server/store/sqlite_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/store/record_rules.h"
#include "server/store/sqlite_connection.h"
#include "server/store/sqlite_schema.h"
#include "server/store/sqlite_tables.h"

namespace payments {
namespace {

// How both connections are used. temp_store: savepoints keep old pages in memory.
// cache_size: 8 MiB; the kernel keeps more. Checkpoints are SqliteWriter's.
constexpr char kConnectionSettings[] =
    "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; "
    "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 0;";

constexpr char kWhatToDoAboutDamage[] =
    "; the database is damaged: keep the file, and restore a backup as docs/operations.md says";

absl::Status Migrate(SqliteConnection* connection, SqliteStore::Options* options) {
  const absl::StatusOr<int64_t> version = connection->QueryInt("PRAGMA user_version");
  if (!version.ok()) return version.status();
  const bool is_older = *version > 0 && *version < kSqliteSchemaVersion;
  if (is_older && options->on_migration) {
    options->on_migration(static_cast<int>(*version), kSqliteSchemaVersion);
  }
  absl::Status status = MigrateSqliteSchema(connection);
  if (!status.ok() || !is_older) return status;
  // All of it is in the write-ahead log. Copied by the writer it would make calls wait.
  return connection->Execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> OpenForWriting(const std::string& path,
                                                                 SqliteStore::Options* options) {
  auto connection = SqliteConnection::Open(path);
  if (!connection.ok()) return connection.status();
  const absl::StatusOr<std::string> mode = (*connection)->QueryText("PRAGMA journal_mode = WAL");
  if (!mode.ok()) return mode.status();
  if (*mode != "wal") {
    return absl::UnavailableError(
        absl::StrCat("the file system does not allow a write-ahead log (journal_mode ", *mode,
                     "): is it a network file system?"));
  }
  absl::Status status = (*connection)->Execute(kConnectionSettings);
  if (!status.ok()) return status;
  status = Migrate(connection->get(), options);
  if (!status.ok()) return status;
  if (options->pages_max > 0) {
    status = (*connection)->Execute(absl::StrCat("PRAGMA max_page_count = ", options->pages_max));
  }
  if (!status.ok()) return status;
  return connection;
}

// Of both tables, as they are in the one transaction.
absl::StatusOr<Page<AttentionEntry>> ReadAttention(SqliteTables& tables, const std::string& tenant,
                                                   const AttentionQuery& query) {
  auto payments = tables.payments.ListAttention(tenant, query);
  if (!payments.ok()) return payments;
  auto callbacks = tables.callbacks.ListAttention(tenant, query);
  if (!callbacks.ok()) return callbacks;
  return MergeAttention(*std::move(payments), *std::move(callbacks), query.limit);
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> OpenForReading(const std::string& path) {
  auto connection = SqliteConnection::Open(path);
  if (!connection.ok()) return connection.status();
  absl::Status status = (*connection)->Execute(kConnectionSettings);
  if (status.ok()) status = (*connection)->Execute("PRAGMA query_only = ON");
  if (!status.ok()) return status;
  return connection;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteStore>> SqliteStore::Open(Options options) {
  absl::StatusOr<DataDirectory> directory = DataDirectory::Open(options.data_directory);
  if (!directory.ok()) return directory.status();
  const absl::StatusOr<std::string> path = directory->EnsureFile(kDatabaseFile);
  if (!path.ok()) return path.status();
  std::unique_ptr<SqliteStore> store(
      new SqliteStore(*std::move(directory), options.executor, std::move(options.on_health)));
  absl::Status status = store->Start(*path, std::move(options));
  if (absl::IsDataLoss(status)) {
    return absl::DataLossError(absl::StrCat(*path, ": ", status.message(), kWhatToDoAboutDamage));
  }
  if (!status.ok()) return WithPath(status, *path);
  return store;
}

absl::Status SqliteStore::Start(const std::string& path, Options options) {
  auto writing = OpenForWriting(path, &options);
  if (!writing.ok()) return writing.status();
  absl::StatusOr<std::string> incarnation =
      (*writing)->QueryText("SELECT value FROM meta WHERE key = 'log_incarnation'");
  if (!incarnation.ok()) return incarnation.status();
  incarnation_ = *std::move(incarnation);
  absl::Status status = CountPayments(writing->get());
  if (!status.ok()) return status;
  auto reading = OpenForReading(path);
  if (!reading.ok()) return reading.status();
  reader_ =
      std::make_unique<SqliteReader>(*std::move(reading), options.queue_max, executor_, &health_);
  SqliteWriter::Options writer_options{options.batch_max, options.queue_max, executor_,
                                       std::move(options.on_batch)};
  writer_ = std::make_unique<SqliteWriter>(*std::move(writing), std::move(writer_options), &stats_,
                                           &health_);
  return absl::OkStatus();
}

absl::Status SqliteStore::CountPayments(SqliteConnection* connection) {
  SqliteTables tables(connection);
  const absl::StatusOr<int64_t> restores = tables.payments.CountRestores();
  if (!restores.ok()) return restores.status();
  stats_.SetRestores(*restores);
  absl::Status status =
      tables.payments.VisitCounters([this](const CounterChange& change) { stats_.Count(change); });
  if (!status.ok()) return status;
  return tables.payments.VisitAll([this](const PaymentChange& change) { stats_.Count(change); });
}

template <typename Result>
void SqliteStore::Write(typename TypedStoreJob<Result>::Work work,
                        typename TypedStoreJob<Result>::Reply done) {
  std::unique_ptr<StoreJob> job =
      std::make_unique<TypedStoreJob<Result>>(std::move(work), std::move(done));
  if (!writer_->Submit(&job)) Refuse(std::move(job));
}

template <typename Result>
void SqliteStore::Read(typename TypedStoreJob<Result>::Work work,
                       typename TypedStoreJob<Result>::Reply done) {
  std::unique_ptr<StoreJob> job =
      std::make_unique<TypedStoreJob<Result>>(std::move(work), std::move(done));
  if (!reader_->Submit(&job)) Refuse(std::move(job));
}

void SqliteStore::Refuse(std::unique_ptr<StoreJob> job) {
  job->Fail(absl::UnavailableError("too many calls wait for the store"));
  StoreJobs jobs;
  jobs.push_back(std::move(job));
  PostCompletion(executor_, std::move(jobs));
}

void SqliteStore::SetCommitListener(CommitListener listener) {
  writer_->SetCommitListener(std::move(listener));
}

// Each method below is a table's method, made a job.

void SqliteStore::CreatePayment(PaymentWrite write, storage::v1::RequestFingerprint fingerprint,
                                Done<Claim<StoredPayment>> done) {
  Write<absl::StatusOr<Claim<StoredPayment>>>(
      [write = std::move(write), print = std::move(fingerprint)](SqliteTables& tables,
                                                                 CommitEffects* effects) mutable {
        return tables.payments.Create(std::move(write), print, effects);
      },
      std::move(done));
}

void SqliteStore::CommitPayment(PaymentWrite write, Done<StoredPayment> done) {
  Write<absl::StatusOr<StoredPayment>>(
      [write = std::move(write)](SqliteTables& tables, CommitEffects* effects) mutable {
        return tables.payments.Commit(std::move(write), effects);
      },
      std::move(done));
}

void SqliteStore::SaveSchedule(std::string tenant, std::string name, int64_t sequence,
                               storage::v1::CheckSchedule schedule, DoneStatus done) {
  Write<absl::Status>(
      [=, schedule = std::move(schedule)](SqliteTables& tables, CommitEffects*) {
        return tables.payments.SaveSchedule(tenant, name, sequence, schedule);
      },
      std::move(done));
}

void SqliteStore::GetPayment(std::string tenant, std::string name, Done<StoredPayment> done) {
  Read<absl::StatusOr<StoredPayment>>(
      [tenant = std::move(tenant), name = std::move(name)](SqliteTables& tables, CommitEffects*) {
        return tables.payments.Get(tenant, name);
      },
      std::move(done));
}

void SqliteStore::GetPaymentByRequestId(std::string tenant, std::string request_id,
                                        Done<Claim<StoredPayment>> done) {
  Read<absl::StatusOr<Claim<StoredPayment>>>(
      [tenant = std::move(tenant), id = std::move(request_id)](SqliteTables& tables,
                                                               CommitEffects*) {
        return tables.payments.GetByRequestId(tenant, id);
      },
      std::move(done));
}

void SqliteStore::TombstoneRequestId(std::string tenant, std::string request_id, absl::Time now,
                                     Done<Claim<StoredPayment>> done) {
  Write<absl::StatusOr<Claim<StoredPayment>>>(
      [tenant = std::move(tenant), id = std::move(request_id), now](SqliteTables& tables,
                                                                    CommitEffects*) {
        return tables.payments.Tombstone(tenant, id, now);
      },
      std::move(done));
}

void SqliteStore::ListPayments(std::string tenant, PaymentQuery query,
                               Done<Page<v1::Payment>> done) {
  Read<absl::StatusOr<Page<v1::Payment>>>(
      [tenant = std::move(tenant), query = std::move(query)](SqliteTables& tables, CommitEffects*) {
        return tables.payments.List(tenant, query);
      },
      std::move(done));
}

void SqliteStore::ListDuePayments(absl::Time now, int limit,
                                  Done<std::vector<StoredPayment>> done) {
  Read<absl::StatusOr<std::vector<StoredPayment>>>(
      [now, limit](SqliteTables& tables, CommitEffects*) {
        return tables.payments.ListDue(now, limit);
      },
      std::move(done));
}

void SqliteStore::ListAttention(std::string tenant, AttentionQuery query,
                                Done<Page<AttentionEntry>> done) {
  Read<absl::StatusOr<Page<AttentionEntry>>>(
      [tenant = std::move(tenant), query = std::move(query)](SqliteTables& tables, CommitEffects*) {
        return ReadAttention(tables, tenant, query);
      },
      std::move(done));
}

void SqliteStore::CreateCard(CardWrite write, storage::v1::RequestFingerprint fingerprint,
                             Done<Claim<StoredCard>> done) {
  Write<absl::StatusOr<Claim<StoredCard>>>(
      [write = std::move(write), print = std::move(fingerprint)](SqliteTables& tables,
                                                                 CommitEffects* effects) mutable {
        return tables.cards.Create(std::move(write), print, effects);
      },
      std::move(done));
}

void SqliteStore::CommitCard(CardWrite write, Done<StoredCard> done) {
  Write<absl::StatusOr<StoredCard>>(
      [write = std::move(write)](SqliteTables& tables, CommitEffects* effects) mutable {
        return tables.cards.Commit(std::move(write), effects);
      },
      std::move(done));
}

void SqliteStore::GetCard(std::string tenant, std::string name, Done<StoredCard> done) {
  Read<absl::StatusOr<StoredCard>>(
      [tenant = std::move(tenant), name = std::move(name)](SqliteTables& tables, CommitEffects*) {
        return tables.cards.Get(tenant, name);
      },
      std::move(done));
}

void SqliteStore::ListCards(std::string tenant, CardQuery query, Done<Page<v1::Card>> done) {
  Read<absl::StatusOr<Page<v1::Card>>>(
      [tenant = std::move(tenant), query = std::move(query)](SqliteTables& tables, CommitEffects*) {
        return tables.cards.List(tenant, query);
      },
      std::move(done));
}

void SqliteStore::ListDueCards(absl::Time now, int limit, Done<std::vector<StoredCard>> done) {
  Read<absl::StatusOr<std::vector<StoredCard>>>(
      [now, limit](SqliteTables& tables, CommitEffects*) {
        return tables.cards.ListDue(now, limit);
      },
      std::move(done));
}

void SqliteStore::ReadEvents(std::string tenant, int64_t after_revision, int limit,
                             Done<EventPage> done) {
  Read<absl::StatusOr<EventPage>>(
      [=, tenant = std::move(tenant)](SqliteTables& tables, CommitEffects*) {
        return tables.log.Read(tenant, after_revision, limit);
      },
      std::move(done));
}

void SqliteStore::FindRevision(std::string tenant, absl::Time time, Done<FoundRevision> done) {
  Read<absl::StatusOr<FoundRevision>>(
      [tenant = std::move(tenant), time](SqliteTables& tables, CommitEffects*) {
        return tables.log.FindRevision(tenant, time);
      },
      std::move(done));
}

void SqliteStore::PruneEvents(EventLimits limits, int events_max, Done<PrunedEvents> done) {
  Write<absl::StatusOr<PrunedEvents>>(
      [limits, events_max](SqliteTables& tables, CommitEffects*) {
        return tables.event_pruning.Prune(limits, events_max);
      },
      std::move(done));
}

void SqliteStore::RecordCallback(CallbackRecord record, Done<int64_t> done) {
  Write<absl::StatusOr<int64_t>>(
      [record = std::move(record)](SqliteTables& tables, CommitEffects*) {
        return tables.callbacks.Record(record);
      },
      std::move(done));
}

void SqliteStore::JudgeCallback(int64_t id, CallbackJudgement judgement, DoneStatus done) {
  Write<absl::Status>(
      [id, judgement = std::move(judgement)](SqliteTables& tables, CommitEffects*) {
        return tables.callbacks.Judge(id, judgement);
      },
      std::move(done));
}

void SqliteStore::ListPendingCallbacks(int64_t after_id, int limit,
                                       Done<std::vector<CallbackRecord>> done) {
  Read<absl::StatusOr<std::vector<CallbackRecord>>>(
      [after_id, limit](SqliteTables& tables, CommitEffects*) {
        return tables.callbacks.ListPending(after_id, limit);
      },
      std::move(done));
}

void SqliteStore::GetCallback(std::string tenant, int64_t id, Done<CallbackRecord> done) {
  Read<absl::StatusOr<CallbackRecord>>(
      [tenant = std::move(tenant), id](SqliteTables& tables, CommitEffects*) {
        return tables.callbacks.Get(tenant, id);
      },
      std::move(done));
}

void SqliteStore::ListCallbacks(std::string tenant, CallbackQuery query,
                                Done<Page<CallbackRecord>> done) {
  Read<absl::StatusOr<Page<CallbackRecord>>>(
      [tenant = std::move(tenant), query = std::move(query)](SqliteTables& tables, CommitEffects*) {
        return tables.callbacks.List(tenant, query);
      },
      std::move(done));
}

void SqliteStore::AcknowledgeCallback(std::string tenant, int64_t id,
                                      Acknowledgement acknowledgement, Done<CallbackRecord> done) {
  Write<absl::StatusOr<CallbackRecord>>(
      [tenant = std::move(tenant), id, acknowledgement = std::move(acknowledgement)](
          SqliteTables& tables, CommitEffects*) {
        return tables.callbacks.Acknowledge(tenant, id, acknowledgement);
      },
      std::move(done));
}

void SqliteStore::PruneCallbackBodies(absl::Time before, int limit, Done<int> done) {
  Write<absl::StatusOr<int>>(
      [before, limit](SqliteTables& tables, CommitEffects*) {
        return tables.callbacks.PruneBodies(before, limit);
      },
      std::move(done));
}

void SqliteStore::PruneCallbacks(absl::Time before, int limit, Done<int> done) {
  Write<absl::StatusOr<int>>(
      [before, limit](SqliteTables& tables, CommitEffects*) {
        return tables.callbacks.Prune(before, limit);
      },
      std::move(done));
}

}  // namespace payments
