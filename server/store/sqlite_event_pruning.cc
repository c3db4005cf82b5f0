#include "server/store/sqlite_event_pruning.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/store/record_rules.h"

namespace payments {

SqliteEventPruning::SqliteEventPruning(SqliteConnection* connection)
    : tenants_(connection,
               "SELECT tenant, newest_revision, oldest_revision, events_bytes FROM tenants "
               "ORDER BY tenant"),
      oldest_(connection,
              "SELECT newest_time_us, length(event), revision FROM events "
              "WHERE tenant = ? AND revision >= ? ORDER BY revision LIMIT ?"),
      delete_(connection, "DELETE FROM events WHERE tenant = ? AND revision >= ? AND revision < ?"),
      begin_later_(connection,
                   "UPDATE tenants SET oldest_revision = ?, events_bytes = events_bytes - ?, "
                   "pruned_time_us = ? WHERE tenant = ?") {}

absl::StatusOr<PrunedEvents> SqliteEventPruning::Prune(const EventLimits& limits, int events_max) {
  PrunedEvents pruned;
  int64_t bytes = 0;
  const absl::StatusOr<std::vector<Tenant>> tenants = ListTenants();
  if (!tenants.ok()) return tenants.status();
  for (const Tenant& tenant : *tenants) {
    const absl::StatusOr<Cut> cut =
        FindCut(tenant, limits, events_max - pruned.events, kBytesMax - bytes);
    if (!cut.ok()) return cut.status();
    if (!cut->odd.empty()) {
      pruned.odd_logs.push_back(cut->odd);
      continue;
    }
    if (cut->events > 0) {
      if (absl::Status status = Delete(tenant, *cut); !status.ok()) return status;
      last_tenant_ = tenant.name;
      bytes += cut->bytes;
      pruned.events += cut->events;
      pruned.begins.push_back({tenant.name, tenant.oldest_revision + cut->events});
    }
    pruned.more = pruned.more || cut->more;
    if (cut->oldest_time_us.has_value()) {
      const absl::Time oldest = absl::FromUnixMicros(*cut->oldest_time_us);
      pruned.oldest_time = std::min(oldest, pruned.oldest_time.value_or(oldest));
    }
    pruned.bytes_max = std::max(pruned.bytes_max, tenant.events_bytes - cut->bytes);
  }
  return pruned;
}

absl::StatusOr<std::vector<SqliteEventPruning::Tenant>> SqliteEventPruning::ListTenants() {
  std::vector<Tenant> tenants;
  SqliteQuery query(&tenants_);
  absl::StatusOr<bool> row = query.Step();
  for (; row.ok() && *row; row = query.Step()) {
    tenants.push_back({std::string(query.Text(0)), query.Int(1), query.Int(2), query.Int(3)});
  }
  if (!row.ok()) return row.status();
  const auto next = std::find_if(tenants.begin(), tenants.end(), [this](const Tenant& tenant) {
    return tenant.name > last_tenant_;
  });
  std::rotate(tenants.begin(), next, tenants.end());
  return tenants;
}

// Looks at one event more than may go: it is the oldest that stays.
absl::StatusOr<SqliteEventPruning::Cut> SqliteEventPruning::FindCut(const Tenant& tenant,
                                                                    const EventLimits& limits,
                                                                    int64_t events_max,
                                                                    int64_t bytes_max) {
  Cut cut;
  const int64_t oldest_us = ToMicros(limits.oldest);
  SqliteQuery query(&oldest_, tenant.name, tenant.oldest_revision, events_max + 1);
  absl::StatusOr<bool> row = query.Step();
  for (; row.ok() && *row; row = query.Step()) {
    const int64_t time_us = query.Int(0);
    const int64_t revision = tenant.oldest_revision + cut.events;
    if (query.Int(2) != revision) break;
    const bool is_newest = revision >= tenant.newest_revision;
    const bool is_old = time_us < oldest_us;
    cut.more = !is_newest && (is_old || tenant.events_bytes - cut.bytes > limits.bytes_max);
    if (!cut.more || cut.events >= events_max || cut.bytes >= bytes_max) {
      if (!is_newest || !is_old) cut.oldest_time_us = time_us;
      return cut;
    }
    ++cut.events;
    cut.bytes += query.Int(1);
    cut.pruned_time_us = time_us;
  }
  if (!row.ok()) return row.status();
  cut.odd = absl::StrCat("the log of tenant ", tenant.name, " lacks revision ",
                         tenant.oldest_revision + cut.events);
  return cut;
}

absl::Status SqliteEventPruning::Delete(const Tenant& tenant, const Cut& cut) {
  const int64_t oldest_revision = tenant.oldest_revision + cut.events;
  SqliteQuery remove(&delete_, tenant.name, tenant.oldest_revision, oldest_revision);
  if (absl::Status status = remove.Run(); !status.ok()) return status;
  SqliteQuery begin_later(&begin_later_, oldest_revision, cut.bytes, cut.pruned_time_us,
                          tenant.name);
  return begin_later.Run();
}

}  // namespace payments
