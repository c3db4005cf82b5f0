#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/engine/restored_payment.h"
#include "server/store/data_directory.h"
#include "server/store/sqlite_backup.h"
#include "server/store/sqlite_copy.h"
#include "server/store/sqlite_schema.h"
#include "server/store/sqlite_tables.h"

namespace payments {
namespace {

struct PaymentKey {
  std::string tenant;
  std::string name;
};

// A part of a database, left by itself, would be taken for a part of the new one.
absl::Status CheckEmpty(const DataDirectory& directory) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    const std::string path = absl::StrCat(directory.path(), "/", kDatabaseFile, suffix);
    std::error_code error;
    const auto type = std::filesystem::symlink_status(path, error).type();
    if (type == std::filesystem::file_type::not_found) continue;
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is there, and a restore overwrites nothing: move ", directory.path(),
                     " away, and keep it until the restored server is known to be well"));
  }
  return absl::OkStatus();
}

// Makes a copy of a database the beginning of another one. Used once, within a transaction
// of the caller's.
class Restoration {
 public:
  Restoration(SqliteConnection* connection, absl::Time now)
      : connection_(connection), now_(now), tables_(connection) {}

  absl::Status Run() {
    if (absl::Status status = BeginNewLog(); !status.ok()) return status;
    if (absl::Status status = CountRestore(); !status.ok()) return status;
    return MarkPayments();
  }

  int64_t unfinished_payments() const { return unfinished_payments_; }

 private:
  // Cursors behind what the copy does not have must not be taken for places in what is
  // written from now on.
  absl::Status BeginNewLog() {
    absl::Status status = connection_->Execute(
        "UPDATE meta SET value = lower(hex(randomblob(16))) WHERE key = 'log_incarnation'");
    if (!status.ok()) return status;
    if (connection_->RowsChanged() == 1) return absl::OkStatus();
    return absl::DataLossError("its log has no incarnation");
  }

  // Every counter jumps for it when the next number is taken, as TakeNumbers() says: also
  // those that are not there yet, as they may have got one after the copy was made.
  absl::Status CountRestore() {
    return connection_->Execute(
        "INSERT INTO meta VALUES ('restores', 1) ON CONFLICT (key) DO UPDATE SET value = value + "
        "1");
  }

  absl::Status MarkPayments() {
    const absl::StatusOr<std::vector<PaymentKey>> unfinished = ListUnfinished();
    if (!unfinished.ok()) return unfinished.status();
    for (const PaymentKey& key : *unfinished) {
      if (absl::Status status = Mark(key); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<PaymentKey>> ListUnfinished() {
    std::vector<PaymentKey> keys;
    SqliteStatement statement(
        connection_,
        absl::StrCat("SELECT tenant, name FROM payments WHERE state IN (",
                     absl::StrJoin({v1::PAYMENT_STATE_PROCESSING, v1::PAYMENT_STATE_ACTION_REQUIRED,
                                    v1::PAYMENT_STATE_AUTHORIZED, v1::PAYMENT_STATE_UNKNOWN},
                                   ", "),
                     ") ORDER BY id"));
    SqliteQuery query(&statement);
    absl::StatusOr<bool> row = query.Step();
    for (; row.ok() && *row; row = query.Step()) {
      keys.push_back({std::string(query.Text(0)), std::string(query.Text(1))});
    }
    if (!row.ok()) return row.status();
    return keys;
  }

  absl::Status Mark(const PaymentKey& key) {
    absl::StatusOr<StoredPayment> stored = tables_.payments.Get(key.tenant, key.name);
    if (!stored.ok()) return stored.status();
    ++unfinished_payments_;
    std::optional<PaymentWrite> write = RestoredPayment(*std::move(stored), now_);
    if (!write.has_value()) return absl::OkStatus();
    CommitEffects ignored;  // Nobody listens yet.
    return tables_.payments.Commit(*std::move(write), &ignored).status();
  }

  SqliteConnection* const connection_;
  const absl::Time now_;
  SqliteTables tables_;
  int64_t unfinished_payments_ = 0;
};

absl::StatusOr<RestoredSqlite> Prepare(const std::string& path, absl::Time now) {
  const auto connection = SqliteConnection::Open(path);
  if (!connection.ok()) return connection.status();
  absl::Status status = CheckUndamaged(connection->get());
  if (status.ok()) status = MigrateSqliteSchema(connection->get());
  if (status.ok()) status = (*connection)->Execute("PRAGMA foreign_keys = ON; BEGIN IMMEDIATE");
  if (!status.ok()) return status;
  absl::StatusOr<SqliteCopyFigures> before = ReadFigures(connection->get());
  if (!before.ok()) return before.status();
  Restoration restoration(connection->get(), now);
  status = restoration.Run();  // An error ends the connection, and with it the transaction.
  if (status.ok()) status = (*connection)->Execute("COMMIT");
  if (!status.ok()) return status;
  absl::StatusOr<SqliteCopyFigures> figures = ReadFigures(connection->get());
  if (!figures.ok()) return figures.status();
  figures->tenants = std::move(before->tenants);
  const absl::StatusOr<int64_t> restores =
      (*connection)->QueryInt("SELECT value FROM meta WHERE key = 'restores'");
  if (!restores.ok()) return restores.status();
  return RestoredSqlite{*std::move(figures), restoration.unfinished_payments(), *restores};
}

}  // namespace

absl::StatusOr<RestoredSqlite> RestoreSqlite(const std::string& source,
                                             const std::string& data_directory, absl::Time now) {
  const absl::StatusOr<DataDirectory> directory = DataDirectory::Open(data_directory);
  if (!directory.ok()) return directory.status();
  if (absl::Status status = CheckEmpty(*directory); !status.ok()) return status;
  absl::StatusOr<NewFile> database =
      NewFile::Create(absl::StrCat(directory->path(), "/", kDatabaseFile));
  if (!database.ok()) return database.status();
  if (absl::Status status = CopySqlite(source, *database); !status.ok()) return status;
  absl::StatusOr<RestoredSqlite> restored = Prepare(database->partial_path(), now);
  if (!restored.ok()) return WithPath(restored.status(), source);
  if (absl::Status status = database->Publish(); !status.ok()) return status;
  return restored;
}

}  // namespace payments
