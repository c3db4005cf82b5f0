#ifndef PAYMENTS_SERVER_STORE_SQLITE_EVENT_LOG_H_
#define PAYMENTS_SERVER_STORE_SQLITE_EVENT_LOG_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "payments/v1/event.pb.h"
#include "server/engine/store.h"
#include "server/store/commit_effects.h"
#include "server/store/sqlite_connection.h"

namespace payments {

// The table of events, and that of how far each tenant's log goes. Used within a
// transaction, by one thread; the connection must outlive it.
class SqliteEventLog {
 public:
  explicit SqliteEventLog(SqliteConnection* connection);

  // Appends the event of a stamped write, and returns its revision. One writer at a
  // time holds the tenant's row until its commit, so revisions are dense.
  absl::StatusOr<int64_t> Append(const PaymentWrite& write,
                                 std::optional<v1::PaymentState> previous, CommitEffects* effects);
  absl::StatusOr<int64_t> Append(const CardWrite& write, std::optional<v1::CardState> previous,
                                 CommitEffects* effects);

  // 0 if the tenant has no events.
  absl::StatusOr<int64_t> NewestRevision(const std::string& tenant);
  absl::StatusOr<EventPage> Read(const std::string& tenant, int64_t after_revision, int limit);
  absl::StatusOr<FoundRevision> FindRevision(const std::string& tenant, absl::Time time);

 private:
  template <typename Write, typename State>
  absl::StatusOr<int64_t> AppendWrite(const Write& write, int64_t time_us,
                                      std::optional<State> previous, CommitEffects* effects);
  absl::StatusOr<int64_t> NewestTimeAt(const std::string& tenant, int64_t revision);

  SqliteStatement advance_;
  SqliteStatement insert_;
  SqliteStatement newest_;
  SqliteStatement extent_;
  SqliteStatement newest_time_;
  SqliteStatement read_;
  std::string bytes_;  // Reused.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_SQLITE_EVENT_LOG_H_
