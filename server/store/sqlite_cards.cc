#include "server/store/sqlite_cards.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "server/store/record_rules.h"

namespace payments {
namespace {

// Columns: name, record.
absl::StatusOr<storage::v1::CardRecord> ParseRecord(const SqliteQuery& query) {
  storage::v1::CardRecord record;
  const absl::string_view bytes = query.Text(1);
  if (record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return record;
  return absl::DataLossError(absl::StrCat("the record of ", query.Text(0), " cannot be read"));
}

}  // namespace

SqliteCards::SqliteCards(SqliteConnection* connection, SqliteEventLog* log)
    : connection_(connection),
      log_(log),
      request_ids_(connection, "card_request_ids"),
      find_version_(connection,
                    "SELECT id, sequence, state FROM cards WHERE tenant = ? AND name = ?"),
      load_(connection, "SELECT name, record FROM cards WHERE id = ?"),
      find_(connection, "SELECT name, record FROM cards WHERE tenant = ? AND name = ?"),
      insert_(connection,
              "INSERT INTO cards (tenant, name, account, state, sequence, create_time_us, "
              "due_time_us, merchant_customer_id, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
              "ON CONFLICT (tenant, name) DO NOTHING"),
      update_(connection,
              "UPDATE cards SET state = ?, sequence = ?, due_time_us = ?, record = ? "
              "WHERE id = ?"),
      list_due_(connection,
                "SELECT name, record FROM cards WHERE due_time_us <= ? "
                "ORDER BY due_time_us LIMIT ?") {}

// -- Writes --------------------------------------------------------------------

absl::StatusOr<Claim<StoredCard>> SqliteCards::Create(
    CardWrite write, const storage::v1::RequestFingerprint& fingerprint, CommitEffects* effects) {
  if (absl::Status status = CheckWrite(write); !status.ok()) return status;
  const std::string& tenant = write.record.tenant();
  const v1::Card& card = write.record.card();
  Claim<StoredCard> claim;
  auto holder = request_ids_.Find(tenant, card.request_id());
  if (!holder.ok()) return holder.status();
  if (holder->has_value()) {
    absl::StatusOr<StoredCard> stored = Load((*holder)->resource_row.value_or(0));
    if (!stored.ok()) return stored.status();
    if (stored->record.card().name() != card.retry_of()) {
      claim.stored = *std::move(stored);
      claim.fingerprint = std::move((*holder)->fingerprint);
      return claim;
    }
  }
  Stamp(/*sequence=*/1, &write);
  const absl::StatusOr<int64_t> row = InsertRow(write);
  if (!row.ok()) return row.status();
  const int64_t create_time_us = ToMicros(card.create_time());
  absl::Status status =
      holder->has_value()
          ? request_ids_.HandOver((*holder)->row, create_time_us, *row, fingerprint)
          : request_ids_.Insert(tenant, card.request_id(), create_time_us, *row, fingerprint);
  if (!status.ok()) return status;
  const absl::StatusOr<int64_t> revision = log_->Append(write, std::nullopt, effects);
  if (!revision.ok()) return revision.status();
  claim.created = true;
  claim.fingerprint = fingerprint;
  claim.stored = {std::move(write.record), *revision};
  return claim;
}

absl::StatusOr<StoredCard> SqliteCards::Commit(CardWrite write, CommitEffects* effects) {
  if (absl::Status status = CheckWrite(write); !status.ok()) return status;
  const v1::Card& card = write.record.card();
  const absl::StatusOr<Version> old = FindVersion(write.record.tenant(), card.name());
  if (!old.ok()) return old.status();
  if (old->sequence != card.sequence()) {
    return ChangedMeanwhileError(card.name(), old->sequence, card.sequence());
  }
  Stamp(old->sequence + 1, &write);
  write.record.SerializeToString(&record_bytes_);
  absl::Status status = SqliteQuery(&update_, int64_t{card.state()}, card.sequence(),
                                    DueMicros(write.due_time), SqliteBlob{record_bytes_}, old->row)
                            .Run();
  if (!status.ok()) return status;
  const absl::StatusOr<int64_t> revision = log_->Append(write, old->state, effects);
  if (!revision.ok()) return revision.status();
  return StoredCard{std::move(write.record), *revision};
}

absl::StatusOr<SqliteCards::Version> SqliteCards::FindVersion(const std::string& tenant,
                                                              const std::string& name) {
  SqliteQuery query(&find_version_, tenant, name);
  const absl::StatusOr<bool> row = query.Step();
  if (!row.ok()) return row.status();
  if (!*row) return NotFoundError(name);
  return Version{query.Int(0), query.Int(1), static_cast<v1::CardState>(query.Int(2))};
}

absl::StatusOr<int64_t> SqliteCards::InsertRow(const CardWrite& write) {
  const v1::Card& card = write.record.card();
  write.record.SerializeToString(&record_bytes_);
  SqliteQuery query(&insert_, write.record.tenant(), card.name(), card.account(),
                    int64_t{card.state()}, card.sequence(), ToMicros(card.create_time()),
                    DueMicros(write.due_time), card.merchant_customer_id(),
                    SqliteBlob{record_bytes_});
  if (absl::Status status = query.Run(); !status.ok()) return status;
  if (connection_->RowsChanged() == 0) return NameTakenError(card.name());
  return connection_->LastInsertedRow();
}

// -- Reads ---------------------------------------------------------------------

absl::StatusOr<StoredCard> SqliteCards::ReadStored(const SqliteQuery& query) {
  absl::StatusOr<storage::v1::CardRecord> record = ParseRecord(query);
  if (!record.ok()) return record.status();
  const absl::StatusOr<int64_t> revision = log_->NewestRevision(record->tenant());
  if (!revision.ok()) return revision.status();
  return StoredCard{*std::move(record), *revision};
}

absl::StatusOr<StoredCard> SqliteCards::Load(int64_t row) {
  SqliteQuery query(&load_, row);
  const absl::StatusOr<bool> found = query.Step();
  if (!found.ok()) return found.status();
  if (!*found) return absl::DataLossError(absl::StrCat("there is no card in row ", row));
  return ReadStored(query);
}

absl::StatusOr<StoredCard> SqliteCards::Get(const std::string& tenant, const std::string& name) {
  SqliteQuery query(&find_, tenant, name);
  const absl::StatusOr<bool> found = query.Step();
  if (!found.ok()) return found.status();
  if (!*found) return NotFoundError(name);
  return ReadStored(query);
}

absl::StatusOr<Page<v1::Card>> SqliteCards::List(const std::string& tenant,
                                                 const CardQuery& query) {
  SqliteListQuery select("name, record", "cards", tenant);
  if (!query.account.empty()) select.Where("account = ?", query.account);
  if (!query.merchant_customer_id.empty()) {
    // The second half lets SQLite use the index, which has no empty ones.
    select.Where("merchant_customer_id = ? AND merchant_customer_id != ''",
                 query.merchant_customer_id);
  }
  if (!query.show_deleted) select.Where("state != ?", int64_t{v1::CARD_STATE_DELETED});
  select.StartBehind(query.after);
  return ReadPage(select, tenant, query);
}

absl::StatusOr<Page<v1::Card>> SqliteCards::ReadPage(const SqliteListQuery& select,
                                                     const std::string& tenant,
                                                     const CardQuery& query) {
  Page<v1::Card> page;
  SqliteStatement statement(connection_, select.Sql());
  SqliteQuery rows(&statement);
  select.BindTo(&rows);
  absl::StatusOr<bool> row = rows.Step();
  for (; row.ok() && *row; row = rows.Step()) {
    absl::StatusOr<storage::v1::CardRecord> record = ParseRecord(rows);
    if (!record.ok()) return record.status();
    if (!Matches(query, record->card())) continue;
    page.more = static_cast<int>(page.items.size()) == query.limit;
    if (page.more) break;
    page.items.push_back(std::move(*record->mutable_card()));
  }
  if (!row.ok()) return row.status();
  const absl::StatusOr<int64_t> revision = log_->NewestRevision(tenant);
  if (!revision.ok()) return revision.status();
  page.revision = *revision;
  return page;
}

absl::StatusOr<std::vector<StoredCard>> SqliteCards::ListDue(absl::Time now, int limit) {
  std::vector<StoredCard> due;
  SqliteQuery query(&list_due_, ToMicros(now), int64_t{limit});
  absl::StatusOr<bool> row = query.Step();
  for (; row.ok() && *row; row = query.Step()) {
    absl::StatusOr<StoredCard> stored = ReadStored(query);
    if (!stored.ok()) return stored.status();
    due.push_back(*std::move(stored));
  }
  if (!row.ok()) return row.status();
  return due;
}

}  // namespace payments
