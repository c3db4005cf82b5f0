#ifndef PAYMENTS_SERVER_STORE_SQLITE_SCHEMA_H_
#define PAYMENTS_SERVER_STORE_SQLITE_SCHEMA_H_

#include "absl/status/status.h"
#include "server/store/sqlite_connection.h"

namespace payments {

// The version of the schema that this program writes; kept in PRAGMA user_version.
inline constexpr int kSqliteSchemaVersion = 1;

// Brings the database to kSqliteSchemaVersion, one numbered step after the other,
// each in a transaction. kFailedPrecondition if a newer server has written it, or
// if it holds something else.
absl::Status MigrateSqliteSchema(SqliteConnection* connection);

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_SQLITE_SCHEMA_H_
