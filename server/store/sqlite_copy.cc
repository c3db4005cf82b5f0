#include "server/store/sqlite_copy.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/store/sqlite_schema.h"

namespace payments {
namespace {

// A writer holds what readers wait for only for moments, at its start and its end.
constexpr char kConnectionSettings[] = "PRAGMA busy_timeout = 5000";

// The database is one of this server's, and of a version that it knows.
absl::Status CheckOurs(SqliteConnection* connection) {
  const absl::StatusOr<int64_t> version = connection->QueryInt("PRAGMA user_version");
  if (!version.ok()) return version.status();
  const absl::StatusOr<int64_t> ours = connection->QueryInt(
      "SELECT count(*) FROM sqlite_master WHERE name IN ('meta', 'tenants', 'events', 'payments')");
  if (!ours.ok()) return ours.status();
  constexpr int kTables = 4;
  if (*version <= 0 || *ours != kTables) {
    return absl::FailedPreconditionError("it holds no database of this server");
  }
  if (*version <= kSqliteSchemaVersion) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the schema has version ", *version, ", this program knows versions up to ",
                   kSqliteSchemaVersion, ": a newer server has written it"));
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> OpenSource(const std::string& source) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(source, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    return absl::NotFoundError("there is no such file");
  }
  auto connection = SqliteConnection::OpenReadOnly(source);
  if (!connection.ok()) return connection.status();
  if (absl::Status set = (*connection)->Execute(kConnectionSettings); !set.ok()) return set;
  if (absl::Status ours = CheckOurs(connection->get()); !ours.ok()) return ours;
  return connection;
}

}  // namespace

absl::Status CopySqlite(const std::string& source, const NewFile& copy) {
  const auto connection = OpenSource(source);
  if (!connection.ok()) return WithPath(connection.status(), source);
  // An absolute path is never taken for a URI.
  const std::string target = std::filesystem::absolute(copy.partial_path());
  SqliteStatement statement(connection->get(), "VACUUM INTO ?");
  return WithPath(SqliteQuery(&statement, target).Run(),
                  absl::StrCat("copying ", source, " to ", copy.partial_path()));
}

absl::Status CheckUndamaged(SqliteConnection* connection) {
  const absl::StatusOr<std::string> verdict = connection->QueryText("PRAGMA integrity_check(1)");
  if (!verdict.ok()) return verdict.status();
  if (*verdict == "ok") return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the database is damaged: ", *verdict));
}

absl::StatusOr<SqliteCopyFigures> ReadFigures(SqliteConnection* connection) {
  SqliteCopyFigures figures;
  for (const auto& [sql, number] :
       {std::pair{"PRAGMA user_version", &figures.schema_version},
        std::pair{"SELECT count(*) FROM payments", &figures.payments},
        std::pair{"SELECT count(*) FROM cards", &figures.cards},
        std::pair{"SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
                  &figures.bytes}}) {
    const absl::StatusOr<int64_t> read = connection->QueryInt(sql);
    if (!read.ok()) return read.status();
    *number = *read;
  }
  absl::StatusOr<std::string> incarnation =
      connection->QueryText("SELECT value FROM meta WHERE key = 'log_incarnation'");
  if (!incarnation.ok()) return incarnation.status();
  figures.log_incarnation = *std::move(incarnation);
  SqliteStatement statement(connection,
                            "SELECT tenant, newest_revision FROM tenants ORDER BY tenant");
  SqliteQuery query(&statement);
  absl::StatusOr<bool> row = query.Step();
  for (; row.ok() && *row; row = query.Step()) {
    figures.tenants.push_back({std::string(query.Text(0)), query.Int(1)});
  }
  if (!row.ok()) return row.status();
  return figures;
}

}  // namespace payments
