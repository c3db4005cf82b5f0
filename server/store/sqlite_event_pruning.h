#ifndef PAYMENTS_SERVER_STORE_SQLITE_EVENT_PRUNING_H_
#define PAYMENTS_SERVER_STORE_SQLITE_EVENT_PRUNING_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/engine/store.h"
#include "server/store/sqlite_connection.h"

namespace payments {

// Deletes the oldest events of each tenant's log. What a call may delete goes to the tenants
// by name, beginning behind the one who got the last of it before. A log that is not as its
// tenant's row says is left alone, and told. Used within a transaction, by one thread; the
// connection must outlive it.
class SqliteEventPruning {
 public:
  // A call deletes no more once it has deleted so much: large rows take the writer longer.
  static constexpr int64_t kBytesMax = int64_t{1} << 20;

  explicit SqliteEventPruning(SqliteConnection* connection);

  // As Store::PruneEvents().
  absl::StatusOr<PrunedEvents> Prune(const EventLimits& limits, int events_max);

 private:
  struct Tenant {
    std::string name;
    int64_t newest_revision = 0;
    int64_t oldest_revision = 0;
    int64_t events_bytes = 0;
  };
  // What goes of a tenant's log, and what is left.
  struct Cut {
    int64_t events = 0;
    int64_t bytes = 0;
    int64_t pruned_time_us = 0;             // Of the newest that goes.
    std::optional<int64_t> oldest_time_us;  // Of the oldest that stays, as in PrunedEvents.
    bool more = false;
    std::string odd;  // Why nothing goes; empty if all is well.
  };

  // Those who are next first.
  absl::StatusOr<std::vector<Tenant>> ListTenants();
  absl::StatusOr<Cut> FindCut(const Tenant& tenant, const EventLimits& limits, int64_t events_max,
                              int64_t bytes_max);
  absl::Status Delete(const Tenant& tenant, const Cut& cut);

  SqliteStatement tenants_;
  SqliteStatement oldest_;
  SqliteStatement delete_;
  SqliteStatement begin_later_;
  std::string last_tenant_;  // From whom something was deleted.
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_SQLITE_EVENT_PRUNING_H_
