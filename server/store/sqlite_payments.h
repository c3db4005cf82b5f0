#ifndef PAYMENTS_SERVER_STORE_SQLITE_PAYMENTS_H_
#define PAYMENTS_SERVER_STORE_SQLITE_PAYMENTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/engine/store.h"
#include "server/store/commit_effects.h"
#include "server/store/operation_numbers.h"
#include "server/store/sqlite_connection.h"
#include "server/store/sqlite_event_log.h"
#include "server/store/sqlite_list_query.h"
#include "server/store/sqlite_request_ids.h"

namespace payments {

// The tables of payments, their request_ids, references and operation numbers. The
// methods are those of Store, within a transaction of the caller's: if one fails,
// the caller rolls back to where it began. One thread; the connection and the log
// must outlive it.
class SqlitePayments {
 public:
  SqlitePayments(SqliteConnection* connection, SqliteEventLog* log);

  absl::StatusOr<Claim<StoredPayment>> Create(PaymentWrite write,
                                              const storage::v1::RequestFingerprint& fingerprint,
                                              CommitEffects* effects);
  absl::StatusOr<StoredPayment> Commit(PaymentWrite write, CommitEffects* effects);
  absl::Status SaveSchedule(const std::string& tenant, const std::string& name, int64_t sequence,
                            const storage::v1::CheckSchedule& schedule);
  absl::StatusOr<Claim<StoredPayment>> Tombstone(const std::string& tenant,
                                                 const std::string& request_id, absl::Time now);

  absl::StatusOr<StoredPayment> Get(const std::string& tenant, const std::string& name);
  absl::StatusOr<Claim<StoredPayment>> GetByRequestId(const std::string& tenant,
                                                      const std::string& request_id);
  absl::StatusOr<Page<v1::Payment>> List(const std::string& tenant, const PaymentQuery& query);
  absl::StatusOr<std::vector<StoredPayment>> ListDue(absl::Time now, int limit);
  absl::StatusOr<Page<AttentionEntry>> ListAttention(const std::string& tenant,
                                                     const AttentionQuery& query);

  // Of a backup, that this database has come through.
  absl::StatusOr<int64_t> CountRestores();
  // Every counter of operation numbers.
  absl::Status VisitCounters(absl::FunctionRef<void(const CounterChange&)> visit);
  // Every payment, as a change from nothing, for counting.
  absl::Status VisitAll(absl::FunctionRef<void(const PaymentChange&)> visit);

 private:
  // What a commit compares.
  struct Version {
    int64_t row = 0;
    int64_t sequence = 0;
    v1::PaymentState state = v1::PAYMENT_STATE_UNSPECIFIED;
    bool needs_review = false;
    std::optional<int64_t> attention_since_us;
  };

  absl::StatusOr<std::optional<Version>> FindVersion(const std::string& tenant,
                                                     const std::string& name);
  // kAborted or kNotFound unless the stored payment has this sequence.
  absl::StatusOr<Version> CheckVersion(const std::string& tenant, const std::string& name,
                                       int64_t sequence);
  // What the row holds, with the tenant's newest revision.
  absl::StatusOr<StoredPayment> Load(int64_t row);
  absl::StatusOr<StoredPayment> ReadStored(const SqliteQuery& query);
  absl::StatusOr<Page<v1::Payment>> ReadPage(const SqliteListQuery& select,
                                             const std::string& tenant, const PaymentQuery& query);
  absl::StatusOr<Claim<StoredPayment>> MakeClaim(SqliteRequestIds::Holder holder);

  absl::Status NumberOperations(PaymentWrite* write, CommitEffects* effects);
  absl::StatusOr<NumberCounter> FindCounter(const CounterKey& key);
  absl::StatusOr<int64_t> InsertRow(const PaymentWrite& write);
  absl::Status UpdateRow(const Version& old, const PaymentWrite& write);
  absl::Status TakeReferences(int64_t row, const std::string& tenant, const v1::Payment& payment);
  absl::Status TakeReference(int64_t row, const std::string& tenant, const v1::Payment& payment,
                             const std::string& key, const std::string& value);

  SqliteConnection* connection_;
  SqliteEventLog* log_;
  SqliteRequestIds request_ids_;
  SqliteStatement find_version_;
  SqliteStatement load_;
  SqliteStatement find_;
  SqliteStatement insert_;
  SqliteStatement update_;
  SqliteStatement update_schedule_;
  SqliteStatement list_due_;
  SqliteStatement list_attention_;
  SqliteStatement count_restores_;
  SqliteStatement find_counter_;
  SqliteStatement set_counter_;
  SqliteStatement read_counters_;
  SqliteStatement find_reference_;
  SqliteStatement insert_reference_;
  SqliteStatement read_all_;
  std::string record_bytes_;    // Reused.
  std::string schedule_bytes_;  // Reused.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_SQLITE_PAYMENTS_H_
