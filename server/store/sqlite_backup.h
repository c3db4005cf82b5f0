#ifndef PAYMENTS_SERVER_STORE_SQLITE_BACKUP_H_
#define PAYMENTS_SERVER_STORE_SQLITE_BACKUP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

// Copies of a whole database: made while a server writes to it, and made into the database
// of a server again. docs/adr/0010-restored-log.md says why so.
namespace payments {

// What a copy holds.
struct SqliteCopyFigures {
  struct Tenant {
    std::string tenant;
    int64_t newest_revision = 0;
  };

  int64_t bytes = 0;
  int64_t schema_version = 0;
  int64_t payments = 0;
  int64_t cards = 0;
  std::string log_incarnation;
  std::vector<Tenant> tenants;
};

// Writes the database in `data_directory`, as it is at one moment, to the new file
// `destination` (mode 0600): on disk, checked, and whole under that name or not there.
// May run beside a server: it takes no lock that a writer waits for, and does not delay
// its commits. Until it ends, the server's write-ahead log is not begun anew.
//
//   kFailedPrecondition  the destination is there already; no database of this server, or of
//                        a newer one.
//   kNotFound            there is no database.
//   kDataLoss            the database is damaged: an earlier copy is needed.
//   kUnavailable         it cannot be read, or the copy not be written.
absl::StatusOr<SqliteCopyFigures> BackUpSqlite(const std::string& data_directory,
                                               const std::string& destination);

struct RestoredSqlite {
  // Of the database as it is now, but for the revisions: those of the source, after which
  // everything is lost.
  SqliteCopyFigures figures;
  int64_t unfinished_payments = 0;  // These have one more event.
  int64_t restores = 0;             // With those that the source had come through.
};

// Makes `source`, a copy or the database file of a server that is gone, the database in
// `data_directory`, which must have none: brought to this schema, with a log incarnation of
// its own, numbers that jump ahead, and unfinished payments as RestoredPayment() makes them.
// There is a database then, or none. The source is only read.
//
//   kFailedPrecondition  a server uses the directory, or there is a database, or a part of
//                        one; the source is not of this server, or of a newer one.
//   kNotFound            there is no source.
//   kDataLoss            the source is damaged.
//   kUnavailable         it cannot be read, or the database not be written.
absl::StatusOr<RestoredSqlite> RestoreSqlite(const std::string& source,
                                             const std::string& data_directory, absl::Time now);

}  // namespace payments

#endif  // PAYMENTS_SERVER_STORE_SQLITE_BACKUP_H_
