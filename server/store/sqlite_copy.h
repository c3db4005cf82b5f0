#ifndef PAYMENTS_SERVER_STORE_SQLITE_COPY_H_
#define PAYMENTS_SERVER_STORE_SQLITE_COPY_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/store/new_file.h"
#include "server/store/sqlite_backup.h"
#include "server/store/sqlite_connection.h"

// What a backup and its restoration have in common.
namespace payments {

// Copies the database at `source`, one of this server's, into `copy`, as it is at one
// moment. The copy is one file, not in WAL mode, without free pages; it is not synced.
// Errors are those of BackUpSqlite().
absl::Status CopySqlite(const std::string& source, const NewFile& copy);

// kDataLoss unless everything in the file is where its indexes say.
absl::Status CheckUndamaged(SqliteConnection* connection);

absl::StatusOr<SqliteCopyFigures> ReadFigures(SqliteConnection* connection);

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_SQLITE_COPY_H_
