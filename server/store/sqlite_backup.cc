#include "server/store/sqlite_backup.h"

#include "absl/strings/str_cat.h"
#include "server/store/data_directory.h"
#include "server/store/sqlite_copy.h"

namespace payments {
namespace {

// A copy that nobody can restore is found out while there is still something to copy.
absl::StatusOr<SqliteCopyFigures> Verify(const std::string& path) {
  const auto connection = SqliteConnection::OpenReadOnly(path);
  if (!connection.ok()) return connection.status();
  if (absl::Status status = CheckUndamaged(connection->get()); !status.ok()) return status;
  return ReadFigures(connection->get());
}

}  // namespace

absl::StatusOr<SqliteCopyFigures> BackUpSqlite(const std::string& data_directory,
                                               const std::string& destination) {
  const std::string source = absl::StrCat(data_directory, "/", kDatabaseFile);
  absl::StatusOr<NewFile> copy = NewFile::Create(destination);
  if (!copy.ok()) return copy.status();
  if (absl::Status status = CopySqlite(source, *copy); !status.ok()) return status;
  absl::StatusOr<SqliteCopyFigures> figures = Verify(copy->partial_path());
  if (!figures.ok()) return WithPath(figures.status(), source);
  if (absl::Status status = copy->Publish(); !status.ok()) return status;
  return figures;
}

}  // namespace payments
