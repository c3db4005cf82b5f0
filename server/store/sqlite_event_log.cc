#include "server/store/sqlite_event_log.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/store/record_rules.h"

namespace payments {

SqliteEventLog::SqliteEventLog(SqliteConnection* connection)
    : advance_(connection,
               "INSERT INTO tenants (tenant, newest_revision, newest_time_us, events_bytes) "
               "VALUES (?1, 1, ?2, ?3) "
               "ON CONFLICT (tenant) DO UPDATE SET newest_revision = newest_revision + 1, "
               "newest_time_us = max(newest_time_us, excluded.newest_time_us), "
               "events_bytes = events_bytes + excluded.events_bytes "
               "RETURNING newest_revision, newest_time_us"),
      insert_(connection,
              "INSERT INTO events (tenant, revision, newest_time_us, event) VALUES (?, ?, ?, ?)"),
      newest_(connection, "SELECT newest_revision FROM tenants WHERE tenant = ?"),
      extent_(connection,
              "SELECT newest_revision, oldest_revision, pruned_time_us FROM tenants "
              "WHERE tenant = ?"),
      newest_time_(connection,
                   "SELECT newest_time_us FROM events WHERE tenant = ? AND revision = ?"),
      read_(connection,
            "SELECT revision, event FROM events WHERE tenant = ? AND revision > ? "
            "ORDER BY revision LIMIT ?") {}

absl::StatusOr<int64_t> SqliteEventLog::Append(const PaymentWrite& write,
                                               std::optional<v1::PaymentState> previous,
                                               CommitEffects* effects) {
  return AppendWrite(write, ToMicros(write.record.payment().update_time()), previous, effects);
}

absl::StatusOr<int64_t> SqliteEventLog::Append(const CardWrite& write,
                                               std::optional<v1::CardState> previous,
                                               CommitEffects* effects) {
  return AppendWrite(write, ToMicros(write.record.card().update_time()), previous, effects);
}

template <typename Write, typename State>
absl::StatusOr<int64_t> SqliteEventLog::AppendWrite(const Write& write, int64_t time_us,
                                                    std::optional<State> previous,
                                                    CommitEffects* effects) {
  const std::string& tenant = write.record.tenant();
  std::shared_ptr<v1::Event> event = MakeEvent(write, previous);
  event->SerializeToString(&bytes_);
  int64_t revision = 0;
  int64_t newest_time_us = 0;
  {
    SqliteQuery advance(&advance_, tenant, time_us, static_cast<int64_t>(bytes_.size()));
    if (const auto row = advance.Step(); !row.ok()) return row.status();
    revision = advance.Int(0);
    newest_time_us = advance.Int(1);
  }
  event->set_revision(revision);
  SqliteQuery insert(&insert_, tenant, revision, newest_time_us, SqliteBlob{bytes_});
  if (absl::Status status = insert.Run(); !status.ok()) return status;
  effects->events.push_back({tenant, std::move(event)});
  return revision;
}

absl::StatusOr<int64_t> SqliteEventLog::NewestRevision(const std::string& tenant) {
  SqliteQuery query(&newest_, tenant);
  const absl::StatusOr<bool> row = query.Step();
  if (!row.ok()) return row.status();
  return *row ? query.Int(0) : 0;
}

absl::StatusOr<EventPage> SqliteEventLog::Read(const std::string& tenant, int64_t after_revision,
                                               int limit) {
  EventPage page;
  const absl::StatusOr<int64_t> newest = NewestRevision(tenant);
  if (!newest.ok()) return newest.status();
  page.newest_revision = *newest;
  SqliteQuery query(&read_, tenant, after_revision, static_cast<int64_t>(limit));
  absl::StatusOr<bool> row = query.Step();
  for (; row.ok() && *row; row = query.Step()) {
    auto event = std::make_shared<v1::Event>();
    const absl::string_view bytes = query.Text(1);
    if (!event->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return absl::DataLossError(absl::StrCat("an event after revision ", after_revision,
                                              " of tenant ", tenant, " cannot be read"));
    }
    event->set_revision(query.Int(0));
    page.events.push_back(std::move(event));
  }
  if (!row.ok()) return row.status();
  return page;
}

absl::StatusOr<int64_t> SqliteEventLog::NewestTimeAt(const std::string& tenant, int64_t revision) {
  SqliteQuery query(&newest_time_, tenant, revision);
  const absl::StatusOr<bool> row = query.Step();
  if (!row.ok()) return row.status();
  if (*row) return query.Int(0);
  return absl::DataLossError(
      absl::StrCat("there is no event of revision ", revision, " of tenant ", tenant));
}

absl::StatusOr<FoundRevision> SqliteEventLog::FindRevision(const std::string& tenant,
                                                           absl::Time time) {
  LogExtent log;
  {
    SqliteQuery query(&extent_, tenant);
    const absl::StatusOr<bool> row = query.Step();
    if (!row.ok()) return row.status();
    if (!*row) return FoundRevision();
    log = {query.Int(0), query.Int(1), query.Int(2)};
  }
  absl::Status status;
  const FoundRevision found = FindRevisionIn(log, ToMicros(time), [&](int64_t at) -> int64_t {
    const absl::StatusOr<int64_t> newest_time_us = NewestTimeAt(tenant, at);
    status.Update(newest_time_us.status());
    return newest_time_us.value_or(0);
  });
  if (!status.ok()) return status;
  return found;
}

}  // namespace payments
