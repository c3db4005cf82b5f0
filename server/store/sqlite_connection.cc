#include "server/store/sqlite_connection.h"

#include <cerrno>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "server/store/store_health.h"

namespace payments {
namespace {

constexpr int kPrimaryCodeMask = 0xff;

// The database's file, or its log's; null if it is not open.
sqlite3_file* FileOf(sqlite3* handle, int which) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(handle, "main", which, &file);
  return file == nullptr || file->pMethods == nullptr ? nullptr : file;
}

// What the file's last call of the system that failed has failed with.
int LastErrorOfFile(sqlite3_file* file) {
  int system_error = 0;
  if (file != nullptr) file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &system_error);
  return system_error;
}

// What the last write to the log failed with. SQLite does not tell that of a COMMIT.
int LastErrorOfLog(sqlite3* handle) {
  return LastErrorOfFile(FileOf(handle, SQLITE_FCNTL_JOURNAL_POINTER));
}

// Statements call it damage when the disk cannot be read. It is none: nothing was seen.
int UnlessUnreadable(int code, sqlite3* handle) {
  if ((code & kPrimaryCodeMask) != SQLITE_CORRUPT) return code;
  for (const int which : {SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER}) {
    const int error = LastErrorOfFile(FileOf(handle, which));
    if (error == EIO || error == ENXIO || error == ERANGE) return SQLITE_IOERR_CORRUPTFS;
  }
  return code;
}

// What a call of the system said, if it is the reason for the error; 0 if unknown.
int SystemErrorOf(int code, sqlite3* handle) {
  const int primary = code & kPrimaryCodeMask;
  if (primary != SQLITE_IOERR && primary != SQLITE_CANTOPEN) return 0;
  const int system_error = sqlite3_system_errno(handle);
  return system_error == 0 && code == SQLITE_IOERR_WRITE ? LastErrorOfLog(handle) : system_error;
}

// SQLite knows a full disk by ENOSPC only.
bool IsFull(int system_error) { return system_error == ENOSPC || system_error == EDQUOT; }

StoreTrouble TroubleOfError(int code, int system_error) {
  switch (code & kPrimaryCodeMask) {
    case SQLITE_FULL:
      return StoreTrouble::kDiskFull;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return StoreTrouble::kLocked;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return StoreTrouble::kReadOnly;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return StoreTrouble::kDamaged;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      if (IsFull(system_error)) return StoreTrouble::kDiskFull;
      return system_error == EROFS ? StoreTrouble::kReadOnly : StoreTrouble::kInputOutput;
    case SQLITE_NOMEM:
      return StoreTrouble::kInputOutput;
    default:
      return StoreTrouble::kNone;
  }
}

absl::Status ErrorWithoutTrouble(int code, const std::string& message) {
  switch (code & kPrimaryCodeMask) {
    case SQLITE_FULL:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_TOOBIG:
    case SQLITE_INTERRUPT:
    case SQLITE_ABORT:
      return absl::UnavailableError(message);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(message);
    default:
      return absl::InternalError(message);
  }
}

absl::Status MakeError(int code, int system_error, absl::string_view detail) {
  std::string message =
      absl::StrCat("SQLite: ", sqlite3_errstr(code), " (code ", code, "): ", detail);
  if (system_error != 0) {
    absl::StrAppend(&message, ": ", std::generic_category().message(system_error));
  }
  return WithTrouble(ErrorWithoutTrouble(code, message), TroubleOfError(code, system_error));
}

}  // namespace

absl::Status WithPath(const absl::Status& status, absl::string_view path) {
  if (status.ok()) return status;
  return {status.code(), absl::StrCat(path, ": ", status.message())};
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path) {
  return OpenAs(SQLITE_OPEN_READWRITE, path);
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::OpenReadOnly(
    const std::string& path) {
  return OpenAs(SQLITE_OPEN_READONLY, path);
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::OpenAs(
    int mode, const std::string& path) {
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection());
  sqlite3* handle = nullptr;
  const int flags = mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  connection->handle_.reset(handle);  // There is one even after most errors.
  if (code != SQLITE_OK) return MakeError(code, SystemErrorOf(code, handle), path);
  connection->SetCheckpointOnClose(false);
  return connection;
}

void SqliteConnection::SetCheckpointOnClose(bool enabled) {
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, enabled ? 0 : 1, nullptr);
}

absl::Status SqliteConnection::LastError() const {
  const int said = sqlite3_extended_errcode(handle_.get());
  const int code = UnlessUnreadable(said, handle_.get());
  if (code != said) return MakeError(code, EIO, "reading the file");
  return MakeError(code, SystemErrorOf(code, handle_.get()), sqlite3_errmsg(handle_.get()));
}

void SqliteConnection::ForgetReads() {
  sqlite3_db_release_memory(handle_.get());
  constexpr sqlite3_int64 kBehindTheEnd = int64_t{1} << 40;  // A file of SQLite's forgets by this.
  for (const int which : {SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER}) {
    char byte = 0;
    sqlite3_file* const file = FileOf(handle_.get(), which);
    if (file != nullptr) file->pMethods->xRead(file, &byte, 1, kBehindTheEnd);
  }
}

bool SqliteConnection::LastErrorWroteNothing() const {
  const int code = UnlessUnreadable(sqlite3_extended_errcode(handle_.get()), handle_.get());
  if (code == SQLITE_FULL) return true;
  // A commit whose transaction could not read something fails before it writes.
  if (code == SQLITE_IOERR_CORRUPTFS || code == SQLITE_IOERR_READ) return true;
  const int system_error = SystemErrorOf(code, handle_.get());
  return code == SQLITE_IOERR_WRITE && (IsFull(system_error) || system_error == EROFS);
}

absl::Status SqliteConnection::Execute(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : LastError();
}

absl::StatusOr<int64_t> SqliteConnection::QueryInt(const std::string& sql) {
  SqliteStatement statement(this, sql);
  SqliteQuery query(&statement);
  const absl::StatusOr<bool> row = query.Step();
  if (!row.ok()) return row.status();
  return query.Int(0);
}

absl::StatusOr<std::string> SqliteConnection::QueryText(const std::string& sql) {
  SqliteStatement statement(this, sql);
  SqliteQuery query(&statement);
  const absl::StatusOr<bool> row = query.Step();
  if (!row.ok()) return row.status();
  return std::string(query.Text(0));
}

absl::Status SqliteStatement::Prepare() {
  if (handle_ != nullptr) return absl::OkStatus();
  sqlite3_stmt* handle = nullptr;
  const int code =
      sqlite3_prepare_v3(connection_->handle(), sql_.data(), static_cast<int>(sql_.size()),
                         SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return connection_->LastError();
  handle_.reset(handle);
  return absl::OkStatus();
}

SqliteQuery::~SqliteQuery() {
  if (handle_ == nullptr) return;  // It could not be prepared.
  // sqlite3_reset() repeats the error of the last step, which Step() has returned.
  sqlite3_reset(handle_);
  sqlite3_clear_bindings(handle_);
}

void SqliteQuery::Check(int code) {
  if (code != SQLITE_OK && status_.ok()) status_ = connection_->LastError();
}

void SqliteQuery::Bind(int64_t value) {
  if (status_.ok()) Check(sqlite3_bind_int64(handle_, ++bound_, value));
}

void SqliteQuery::Bind(std::optional<int64_t> value) {
  if (value.has_value()) {
    Bind(*value);
  } else {
    ++bound_;  // Parameters that are not bound are NULL.
  }
}

void SqliteQuery::Bind(absl::string_view text) {
  if (!status_.ok()) return;
  // A null pointer would bind NULL.
  const char* data = text.data() == nullptr ? "" : text.data();
  Check(sqlite3_bind_text(handle_, ++bound_, data, static_cast<int>(text.size()), SQLITE_STATIC));
}

void SqliteQuery::Bind(SqliteBlob blob) {
  if (!status_.ok()) return;
  const char* data = blob.bytes.data() == nullptr ? "" : blob.bytes.data();
  Check(sqlite3_bind_blob(handle_, ++bound_, data, static_cast<int>(blob.bytes.size()),
                          SQLITE_STATIC));
}

absl::StatusOr<bool> SqliteQuery::Step() {
  if (!status_.ok()) return status_;
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Check(code);
  return status_;
}

absl::Status SqliteQuery::Run() { return Step().status(); }

std::optional<int64_t> SqliteQuery::OptionalInt(int column) const {
  if (sqlite3_column_type(handle_, column) == SQLITE_NULL) return std::nullopt;
  return Int(column);
}

absl::string_view SqliteQuery::Text(int column) const {
  const void* data = sqlite3_column_blob(handle_, column);
  const int size = sqlite3_column_bytes(handle_, column);
  return data == nullptr ? absl::string_view()
                         : absl::string_view(static_cast<const char*>(data), size);
}

}  // namespace payments
