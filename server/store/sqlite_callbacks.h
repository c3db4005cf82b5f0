#ifndef PAYMENTS_SERVER_STORE_SQLITE_CALLBACKS_H_
#define PAYMENTS_SERVER_STORE_SQLITE_CALLBACKS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/engine/store.h"
#include "server/store/record_rules.h"
#include "server/store/sqlite_connection.h"

namespace payments {

// The tables of providers' calls and of their bodies. The methods are those of Store, used
// within a transaction, by one thread; the connection must outlive it.
class SqliteCallbacks {
 public:
  explicit SqliteCallbacks(SqliteConnection* connection);

  // A body that is kept already is not kept twice.
  absl::StatusOr<int64_t> Record(const CallbackRecord& record);
  absl::Status Judge(int64_t id, const CallbackJudgement& judgement);
  absl::StatusOr<CallbackRecord> Acknowledge(const std::string& tenant, int64_t id,
                                             const Acknowledgement& acknowledgement);
  absl::StatusOr<int> PruneBodies(absl::Time before, int limit);
  absl::StatusOr<int> Prune(absl::Time before, int limit);

  absl::StatusOr<std::vector<CallbackRecord>> ListPending(int64_t after_id, int limit);
  absl::StatusOr<CallbackRecord> Get(const std::string& tenant, int64_t id);
  absl::StatusOr<Page<CallbackRecord>> List(const std::string& tenant, const CallbackQuery& query);
  // AttentionQuery::unknown_before means nothing here.
  absl::StatusOr<Page<AttentionEntry>> ListAttention(const std::string& tenant,
                                                     const AttentionQuery& query);

 private:
  // kNotFound unless the tenant has it. Without its body.
  absl::StatusOr<CallbackRecord> Find(const std::string& tenant, int64_t id);
  absl::Status ReadBody(CallbackRecord* record);
  // Those that have the same digest.
  struct Same {
    int64_t first = 0;               // 0 if there is none.
    std::optional<int64_t> body_id;  // Nothing if none has its body still.
  };
  absl::StatusOr<Same> FindSame(const CallbackRecord& record);
  // kResourceExhausted if the resource had too many before (record_rules.h).
  absl::Status CheckRoom(SqliteStatement* count, const CallbackRecord& record, int max);
  // Of one that is PENDING and waits for a person.
  absl::Status EndAsking(int64_t id, absl::Time now);
  // Those of one verdict, or of any.
  absl::StatusOr<std::vector<CallbackRecord>> ListOf(const std::string& tenant,
                                                     const CallbackQuery& query,
                                                     std::optional<int> verdict);
  // Those that are not PENDING, were received before, and have a body, or have none.
  struct Old {
    int64_t id = 0;
    std::optional<int64_t> body_id;
  };
  absl::StatusOr<std::vector<Old>> FindOld(bool body_deleted, absl::Time before, int limit);
  // No callback refers to it, or that was the last.
  absl::Status DeleteUnusedBody(const std::optional<int64_t>& body_id);

  SqliteConnection* connection_;
  SqliteStatement insert_;
  SqliteStatement insert_body_;
  SqliteStatement find_same_;
  SqliteStatement count_recent_;
  SqliteStatement count_different_;
  SqliteStatement find_judgement_;
  SqliteStatement judge_;
  SqliteStatement take_back_acknowledgement_;
  SqliteStatement acknowledge_;
  SqliteStatement end_asking_;
  SqliteStatement find_;
  SqliteStatement read_body_;
  SqliteStatement list_pending_;
  SqliteStatement list_attention_;
  SqliteStatement find_old_;
  SqliteStatement delete_body_;
  SqliteStatement mark_body_deleted_;
  SqliteStatement delete_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_SQLITE_CALLBACKS_H_
