#include "server/app/store_commands.h"

#include "absl/strings/str_cat.h"
#include "server/store/sqlite_backup.h"

namespace payments {
namespace {

constexpr char kAfterRestore[] =
    "Before callers are let in again, see to what happened after the backup was made\n"
    "(docs/operations.md, \"Restoring\"):\n"
    "  - Payments made since are not known here. A request_id of theirs would pay again.\n"
    "  - Watchers are told CURSOR_AHEAD: they list, then watch from that answer's cursor.\n"
    "  - Unfinished payments are asked about once the server runs; ListPayments shows which\n"
    "    need a person (needs_review).\n"
    "  - The numbers of operations jump ahead, by 100,000 where the provider takes few: see\n"
    "    payments_numbers_left.\n";

// "bytes=… schema_version=… payments=… cards=… log_incarnation=…", then a line a tenant.
std::string Describe(const SqliteCopyFigures& figures) {
  std::string text =
      absl::StrCat("bytes=", figures.bytes, " schema_version=", figures.schema_version,
                   " payments=", figures.payments, " cards=", figures.cards,
                   " log_incarnation=", figures.log_incarnation, "\n");
  for (const SqliteCopyFigures::Tenant& tenant : figures.tenants) {
    absl::StrAppend(&text, "tenant=", tenant.tenant, " newest_revision=", tenant.newest_revision,
                    "\n");
  }
  return text;
}

}  // namespace

absl::StatusOr<std::string> RunBackup(const std::string& data_directory,
                                      const std::string& destination) {
  const absl::StatusOr<SqliteCopyFigures> figures = BackUpSqlite(data_directory, destination);
  if (!figures.ok()) return figures.status();
  return absl::StrCat("backed up ", data_directory, " to ", destination, "\n", Describe(*figures));
}

absl::StatusOr<std::string> RunRestore(const std::string& source, const std::string& data_directory,
                                       absl::Time now) {
  const absl::StatusOr<RestoredSqlite> restored = RestoreSqlite(source, data_directory, now);
  if (!restored.ok()) return restored.status();
  return absl::StrCat("restored ", source, " to ", data_directory, "\n",
                      Describe(restored->figures),
                      "unfinished_payments=", restored->unfinished_payments,
                      " restores=", restored->restores, "\n", kAfterRestore);
}

}  // namespace payments
