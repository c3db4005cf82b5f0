#include "server/store/sqlite_request_ids.h"

#include "absl/strings/str_cat.h"

namespace payments {

SqliteRequestIds::SqliteRequestIds(SqliteConnection* connection, const std::string& table)
    : find_(connection, absl::StrCat("SELECT id, resource_id, fingerprint FROM ", table,
                                     " WHERE tenant = ? AND request_id = ?")),
      insert_(connection,
              absl::StrCat("INSERT INTO ", table,
                           " (tenant, request_id, create_time_us, resource_id, fingerprint)"
                           " VALUES (?, ?, ?, ?, ?)")),
      hand_over_(connection,
                 absl::StrCat("UPDATE ", table,
                              " SET create_time_us = ?, resource_id = ?, fingerprint = ?"
                              " WHERE id = ?")) {}

absl::StatusOr<std::optional<SqliteRequestIds::Holder>> SqliteRequestIds::Find(
    const std::string& tenant, const std::string& request_id) {
  SqliteQuery query(&find_, tenant, request_id);
  const absl::StatusOr<bool> row = query.Step();
  if (!row.ok()) return row.status();
  if (!*row) return std::nullopt;
  Holder holder;
  holder.row = query.Int(0);
  holder.resource_row = query.OptionalInt(1);
  const absl::string_view bytes = query.Text(2);
  if (!holder.fingerprint.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError(
        absl::StrCat("the fingerprint of request_id ", request_id, " cannot be read"));
  }
  return holder;
}

absl::Status SqliteRequestIds::Insert(const std::string& tenant, const std::string& request_id,
                                      int64_t create_time_us, std::optional<int64_t> resource_row,
                                      const storage::v1::RequestFingerprint& fingerprint) {
  const std::string bytes = fingerprint.SerializeAsString();
  return SqliteQuery(&insert_, tenant, request_id, create_time_us, resource_row, SqliteBlob{bytes})
      .Run();
}

absl::Status SqliteRequestIds::HandOver(int64_t row, int64_t create_time_us, int64_t resource_row,
                                        const storage::v1::RequestFingerprint& fingerprint) {
  const std::string bytes = fingerprint.SerializeAsString();
  return SqliteQuery(&hand_over_, create_time_us, resource_row, SqliteBlob{bytes}, row).Run();
}

}  // namespace payments
