#ifndef PAYMENTS_SERVER_STORE_SQLITE_SCHEMA_H_
#define PAYMENTS_SERVER_STORE_SQLITE_SCHEMA_H_

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "server/store/sqlite_connection.h"

namespace payments {

// The version of the schema that this program writes; kept in PRAGMA user_version.
inline constexpr int kSqliteSchemaVersion = 4;

// Brings the database to kSqliteSchemaVersion, one numbered step after the other,
// each in a transaction. kFailedPrecondition if a newer server has written it, or
// if it holds something else.
absl::Status MigrateSqliteSchema(SqliteConnection* connection);

// The steps that this takes: entry n brings version n to version n + 1. What was
// released never changes; tests/golden/schema holds a database of each version that was.
absl::Span<const char* const> SqliteMigrations();

// As above, by the steps given. For tests, which stop half-way.
absl::Status MigrateSqliteSchema(SqliteConnection* connection,
                                 absl::Span<const char* const> migrations);

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_SQLITE_SCHEMA_H_
