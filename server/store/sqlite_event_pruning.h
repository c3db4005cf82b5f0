#ifndef PAYMENTS_SERVER_STORE_SQLITE_EVENT_PRUNING_H_
#define PAYMENTS_SERVER_STORE_SQLITE_EVENT_PRUNING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/engine/store.h"
#include "server/store/sqlite_connection.h"

namespace payments {

// Deletes the oldest events of each tenant's log. Used within a transaction, by one thread;
// the connection must outlive it.
class SqliteEventPruning {
 public:
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
    int64_t pruned_time_us = 0;  // Of the newest that goes.
    int64_t oldest_time_us = 0;  // Of the oldest that stays.
    bool more = false;
  };

  absl::StatusOr<std::vector<Tenant>> ListTenants();
  absl::StatusOr<Cut> FindCut(const Tenant& tenant, const EventLimits& limits, int64_t events_max);
  absl::Status Delete(const Tenant& tenant, const Cut& cut);

  SqliteStatement tenants_;
  SqliteStatement oldest_;
  SqliteStatement delete_;
  SqliteStatement begin_later_;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_SQLITE_EVENT_PRUNING_H_
