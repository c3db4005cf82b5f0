#include "server/store/sqlite_callbacks.h"

#include <utility>

#include "server/store/record_rules.h"

namespace payments {

SqliteCallbacks::SqliteCallbacks(SqliteConnection* connection)
    : connection_(connection),
      insert_(connection,
              "INSERT INTO callbacks (tenant, resource, account, receive_time_us, content_type, "
              "sealed_body) VALUES (?, ?, ?, ?, ?, ?)"),
      finish_(connection, "UPDATE callbacks SET verdict = coalesce(verdict, ?) WHERE id = ?"),
      list_unfinished_(connection,
                       "SELECT id, tenant, resource, account, receive_time_us, content_type, "
                       "sealed_body FROM callbacks WHERE verdict IS NULL AND id > ? "
                       "ORDER BY id LIMIT ?") {}

absl::StatusOr<int64_t> SqliteCallbacks::Record(const CallbackRecord& record) {
  SqliteQuery query(&insert_, record.tenant, record.resource, record.account,
                    ToMicros(record.receive_time), record.content_type,
                    SqliteBlob{record.sealed_body});
  if (absl::Status status = query.Run(); !status.ok()) return status;
  return connection_->LastInsertedRow();
}

absl::Status SqliteCallbacks::Finish(int64_t id, const std::string& verdict) {
  if (absl::Status status = SqliteQuery(&finish_, verdict, id).Run(); !status.ok()) return status;
  return connection_->RowsChanged() == 0 ? NoCallbackError(id) : absl::OkStatus();
}

absl::StatusOr<std::vector<CallbackRecord>> SqliteCallbacks::ListUnfinished(int64_t after_id,
                                                                            int limit) {
  std::vector<CallbackRecord> unfinished;
  SqliteQuery query(&list_unfinished_, after_id, int64_t{limit});
  absl::StatusOr<bool> row = query.Step();
  for (; row.ok() && *row; row = query.Step()) {
    CallbackRecord record;
    record.id = query.Int(0);
    record.tenant = std::string(query.Text(1));
    record.resource = std::string(query.Text(2));
    record.account = std::string(query.Text(3));
    record.receive_time = absl::FromUnixMicros(query.Int(4));
    record.content_type = std::string(query.Text(5));
    record.sealed_body = std::string(query.Text(6));
    unfinished.push_back(std::move(record));
  }
  if (!row.ok()) return row.status();
  return unfinished;
}

}  // namespace payments
