#ifndef PAYMENTS_SERVER_STORE_SQLITE_CONNECTION_H_
#define PAYMENTS_SERVER_STORE_SQLITE_CONNECTION_H_

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace payments {

// The same error, with the file it is about in front. SQLite does not say it.
absl::Status WithPath(const absl::Status& status, absl::string_view path);

// Bytes to bind as a BLOB.
struct SqliteBlob {
  absl::string_view bytes;
};

// A connection to a database file. Owns it; one thread at a time.
//
// Errors carry what they mean for operators (store_health.h): kUnavailable (full, busy, input or
// output failed: what was written since the last savepoint is to be rolled back), kDataLoss (the
// file is damaged or is no database), kInternal (a defect of ours).
class SqliteConnection {
 public:
  // The file must exist: the caller creates it, with the mode it wants.
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(const std::string& path);
  // Never changes the file. Beside a database in WAL mode it may make the files that its
  // readers share.
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> OpenReadOnly(const std::string& path);

  // Whether closing the last connection to a database copies the log into it, and deletes
  // the log. Not so at first: what does not know the database to be well changes nothing.
  void SetCheckpointOnClose(bool enabled);
  // Forgets the pages in memory, and the errors of reading: what is read next comes from
  // the file.
  void ForgetReads();

  // Runs statements that return nothing and have no parameters.
  absl::Status Execute(const char* sql);
  absl::Status Execute(const std::string& sql) { return Execute(sql.c_str()); }

  // The first column of the first row, as a number or text.
  absl::StatusOr<int64_t> QueryInt(const std::string& sql);
  absl::StatusOr<std::string> QueryText(const std::string& sql);

  // Whether a transaction is open: SQLite ends one by itself after some errors.
  bool InTransaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

  // The last error: SQLite's code without the extended part.
  int LastErrorCode() const { return sqlite3_errcode(handle_.get()) & 0xff; }
  absl::Status LastError() const;
  // Whether the last error was that nothing could be written, and so nothing was: the disk
  // is full, read-only or cannot be read. Not so if data was written and its fate is unknown.
  bool LastErrorWroteNothing() const;

  // Of the last INSERT, UPDATE or DELETE.
  int64_t RowsChanged() const { return sqlite3_changes64(handle_.get()); }
  int64_t LastInsertedRow() const { return sqlite3_last_insert_rowid(handle_.get()); }

  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Closer {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };

  SqliteConnection() = default;
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> OpenAs(int mode,
                                                                  const std::string& path);

  std::unique_ptr<sqlite3, Closer> handle_;
};

// A statement that is run again and again. Prepared when first used. Not thread-safe;
// the connection must outlive it.
class SqliteStatement {
 public:
  SqliteStatement(SqliteConnection* connection, std::string sql)
      : connection_(connection), sql_(std::move(sql)) {}

 private:
  friend class SqliteQuery;
  struct Finalizer {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };

  absl::Status Prepare();

  SqliteConnection* connection_;
  std::string sql_;
  std::unique_ptr<sqlite3_stmt, Finalizer> handle_;
};

// One run of a statement, from its parameters to its last row. Text and blobs are
// not copied: they must outlive the query. Column values live until the next Step().
class SqliteQuery {
 public:
  template <typename... Values>
  explicit SqliteQuery(SqliteStatement* statement, Values&&... values)
      : connection_(statement->connection_), status_(statement->Prepare()) {
    handle_ = statement->handle_.get();
    (Bind(std::forward<Values>(values)), ...);
  }
  ~SqliteQuery();
  SqliteQuery(const SqliteQuery&) = delete;
  SqliteQuery& operator=(const SqliteQuery&) = delete;

  // Binds the next parameter.
  void Bind(int64_t value);
  void Bind(std::optional<int64_t> value);
  void Bind(absl::string_view text);
  void Bind(SqliteBlob blob);
  void Bind(std::string&& temporary) = delete;  // Would be gone before the query runs.

  // Whether there is a (further) row.
  absl::StatusOr<bool> Step();
  // For statements that return no rows.
  absl::Status Run();

  int64_t Int(int column) const { return sqlite3_column_int64(handle_, column); }
  std::optional<int64_t> OptionalInt(int column) const;
  absl::string_view Text(int column) const;  // Or the bytes of a blob.

 private:
  void Check(int code);

  SqliteConnection* connection_;
  absl::Status status_;  // The first error so far.
  sqlite3_stmt* handle_ = nullptr;
  int bound_ = 0;
};

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_SQLITE_CONNECTION_H_
