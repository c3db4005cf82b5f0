#include "server/store/sqlite_payments.h"

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/store/record_rules.h"
#include "server/store/sqlite_list_query.h"

namespace payments {
namespace {

bool Parse(absl::string_view bytes, google::protobuf::MessageLite* message) {
  return message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

absl::Status UnreadableError(absl::string_view name) {
  return absl::DataLossError(absl::StrCat("the record of ", name, " cannot be read"));
}

// The table, with the index to use where SQLite would rather walk all payments in the
// order of the list than look up the few asked for and sort them.
absl::string_view ChooseTable(const v1::PaymentFilter& filter) {
  if (!filter.names().empty()) return "payments INDEXED BY payments_by_name";
  if (!filter.provider_reference().empty()) return "payments NOT INDEXED";  // By id.
  return "payments";
}

}  // namespace

SqlitePayments::SqlitePayments(SqliteConnection* connection, SqliteEventLog* log)
    : connection_(connection),
      log_(log),
      request_ids_(connection, "payment_request_ids"),
      find_version_(connection,
                    "SELECT id, sequence, state, needs_review, attention_since_us FROM payments "
                    "WHERE tenant = ? AND name = ?"),
      load_(connection, "SELECT name, record, schedule FROM payments WHERE id = ?"),
      find_(connection,
            "SELECT name, record, schedule FROM payments WHERE tenant = ? AND name = ?"),
      insert_(connection,
              "INSERT INTO payments (tenant, name, account, state, needs_review, sequence, "
              "create_time_us, due_time_us, merchant_reference, attention_since_us, schedule, "
              "record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, name) DO "
              "NOTHING"),
      update_(connection,
              "UPDATE payments SET state = ?, needs_review = ?, sequence = ?, due_time_us = ?, "
              "attention_since_us = ?, schedule = ?, record = ? WHERE id = ?"),
      update_schedule_(connection,
                       "UPDATE payments SET due_time_us = ?, schedule = ? WHERE id = ?"),
      list_due_(connection,
                "SELECT name, record, schedule FROM payments WHERE due_time_us <= ? "
                "ORDER BY due_time_us LIMIT ?"),
      list_attention_(connection,
                      "SELECT name, record, schedule, attention_since_us "
                      "FROM payments INDEXED BY payments_by_attention "
                      "WHERE tenant = ? AND attention_since_us IS NOT NULL "
                      "AND (attention_since_us, name) > (?, ?) "
                      "AND (needs_review != 0 OR attention_since_us <= ?) "
                      "ORDER BY attention_since_us, name LIMIT ?"),
      count_restores_(connection, "SELECT value FROM meta WHERE key = 'restores'"),
      find_counter_(connection,
                    "SELECT last_number, restores FROM counters WHERE tenant = ? AND account = ?"),
      set_counter_(connection,
                   "INSERT INTO counters (tenant, account, last_number, restores) "
                   "VALUES (?, ?, ?, ?) ON CONFLICT (tenant, account) DO UPDATE SET "
                   "last_number = excluded.last_number, restores = excluded.restores"),
      read_counters_(connection, "SELECT tenant, account, last_number, restores FROM counters"),
      find_reference_(connection,
                      "SELECT payment_id FROM provider_references "
                      "WHERE tenant = ? AND value = ? AND account = ? AND key = ?"),
      insert_reference_(connection,
                        "INSERT INTO provider_references (tenant, value, account, key, payment_id) "
                        "VALUES (?, ?, ?, ?, ?)"),
      read_all_(connection, "SELECT account, create_time_us, state, needs_review FROM payments") {}

// -- Writes --------------------------------------------------------------------

absl::StatusOr<Claim<StoredPayment>> SqlitePayments::Create(
    PaymentWrite write, const storage::v1::RequestFingerprint& fingerprint,
    CommitEffects* effects) {
  if (absl::Status status = CheckWrite(write); !status.ok()) return status;
  const std::string& tenant = write.record.tenant();
  const v1::Payment& payment = write.record.payment();
  auto holder = request_ids_.Find(tenant, payment.request_id());
  if (!holder.ok()) return holder.status();
  if (holder->has_value()) {
    absl::StatusOr<Claim<StoredPayment>> claim = MakeClaim(**holder);
    if (!claim.ok() || claim->tombstoned) return claim;
    const v1::Payment& earlier = claim->stored.record.payment();
    if (earlier.name() != payment.retry_of() || earlier.cancel_requested()) return claim;
    // Somebody learned meanwhile that it may not have failed.
    if (!claim->stored.record.contradictions().empty()) return claim;
  }
  if (absl::Status status = NumberOperations(&write, effects); !status.ok()) return status;
  Stamp(/*sequence=*/1, &write);
  const absl::StatusOr<int64_t> row = InsertRow(write);
  if (!row.ok()) return row.status();
  absl::Status status = TakeReferences(*row, tenant, payment);
  if (!status.ok()) return status;
  const int64_t create_time_us = ToMicros(payment.create_time());
  status =
      holder->has_value()
          ? request_ids_.HandOver((*holder)->row, create_time_us, *row, fingerprint)
          : request_ids_.Insert(tenant, payment.request_id(), create_time_us, *row, fingerprint);
  if (!status.ok()) return status;
  const absl::StatusOr<int64_t> revision = log_->Append(write, std::nullopt, effects);
  if (!revision.ok()) return revision.status();
  effects->changes.push_back({payment.account(), create_time_us, std::nullopt, payment.state(),
                              false, payment.needs_review()});
  Claim<StoredPayment> claim;
  claim.created = true;
  claim.fingerprint = fingerprint;
  claim.stored = {std::move(write.record), std::move(write.schedule), *revision};
  return claim;
}

absl::StatusOr<StoredPayment> SqlitePayments::Commit(PaymentWrite write, CommitEffects* effects) {
  if (absl::Status status = CheckWrite(write); !status.ok()) return status;
  const std::string& tenant = write.record.tenant();
  const v1::Payment& payment = write.record.payment();
  const absl::StatusOr<Version> old = CheckVersion(tenant, payment.name(), payment.sequence());
  if (!old.ok()) return old.status();
  absl::Status status = TakeReferences(old->row, tenant, payment);
  if (!status.ok()) return status;
  status = NumberOperations(&write, effects);
  if (!status.ok()) return status;
  Stamp(old->sequence + 1, &write);
  status = UpdateRow(*old, write);
  if (!status.ok()) return status;
  const absl::StatusOr<int64_t> revision = log_->Append(write, old->state, effects);
  if (!revision.ok()) return revision.status();
  effects->changes.push_back({payment.account(), ToMicros(payment.create_time()), old->state,
                              payment.state(), old->needs_review, payment.needs_review()});
  return StoredPayment{std::move(write.record), std::move(write.schedule), *revision};
}

absl::Status SqlitePayments::SaveSchedule(const std::string& tenant, const std::string& name,
                                          int64_t sequence,
                                          const storage::v1::CheckSchedule& schedule) {
  const absl::StatusOr<Version> old = CheckVersion(tenant, name, sequence);
  if (!old.ok()) return old.status();
  schedule.SerializeToString(&schedule_bytes_);
  return SqliteQuery(&update_schedule_, DueMicros(schedule), SqliteBlob{schedule_bytes_}, old->row)
      .Run();
}

absl::StatusOr<Claim<StoredPayment>> SqlitePayments::Tombstone(const std::string& tenant,
                                                               const std::string& request_id,
                                                               absl::Time now) {
  auto holder = request_ids_.Find(tenant, request_id);
  if (!holder.ok()) return holder.status();
  if (holder->has_value()) return MakeClaim(**holder);
  absl::Status status = request_ids_.Insert(tenant, request_id, ToMicros(now), std::nullopt, {});
  if (!status.ok()) return status;
  return MakeClaim({});
}

absl::StatusOr<Claim<StoredPayment>> SqlitePayments::MakeClaim(SqliteRequestIds::Holder holder) {
  Claim<StoredPayment> claim;
  claim.tombstoned = !holder.resource_row.has_value();
  if (claim.tombstoned) return claim;
  absl::StatusOr<StoredPayment> stored = Load(*holder.resource_row);
  if (!stored.ok()) return stored.status();
  claim.stored = *std::move(stored);
  claim.fingerprint = std::move(holder.fingerprint);
  return claim;
}

absl::StatusOr<std::optional<SqlitePayments::Version>> SqlitePayments::FindVersion(
    const std::string& tenant, const std::string& name) {
  SqliteQuery query(&find_version_, tenant, name);
  const absl::StatusOr<bool> row = query.Step();
  if (!row.ok()) return row.status();
  if (!*row) return std::nullopt;
  return Version{query.Int(0), query.Int(1), static_cast<v1::PaymentState>(query.Int(2)),
                 query.Int(3) != 0, query.OptionalInt(4)};
}

absl::StatusOr<SqlitePayments::Version> SqlitePayments::CheckVersion(const std::string& tenant,
                                                                     const std::string& name,
                                                                     int64_t sequence) {
  const absl::StatusOr<std::optional<Version>> version = FindVersion(tenant, name);
  if (!version.ok()) return version.status();
  if (!version->has_value()) return NotFoundError(name);
  if ((*version)->sequence != sequence) {
    return ChangedMeanwhileError(name, (*version)->sequence, sequence);
  }
  return **version;
}

absl::Status SqlitePayments::NumberOperations(PaymentWrite* write, CommitEffects* effects) {
  const int count = CountUnnumbered(write->record);
  if (count == 0 || !write->numbers.has_value()) return absl::OkStatus();
  const CounterKey key = CounterOf(*write, *write->numbers);
  const absl::StatusOr<NumberCounter> counter = FindCounter(key);
  if (!counter.ok()) return counter.status();
  const absl::StatusOr<int64_t> restores = CountRestores();
  if (!restores.ok()) return restores.status();
  const absl::StatusOr<NumberCounter> taken =
      TakeNumbers(*write->numbers, *counter, *restores, count);
  if (!taken.ok()) return taken.status();
  SetNumbers(taken->last_number - count + 1, &write->record);
  effects->counters.push_back({key, *taken});
  return SqliteQuery(&set_counter_, key.tenant, key.account, taken->last_number, taken->restores)
      .Run();
}

absl::StatusOr<NumberCounter> SqlitePayments::FindCounter(const CounterKey& key) {
  SqliteQuery query(&find_counter_, key.tenant, key.account);
  const absl::StatusOr<bool> row = query.Step();
  if (!row.ok()) return row.status();
  return *row ? NumberCounter{query.Int(0), query.Int(1)} : NumberCounter();
}

absl::StatusOr<int64_t> SqlitePayments::CountRestores() {
  SqliteQuery query(&count_restores_);
  const absl::StatusOr<bool> row = query.Step();
  if (!row.ok()) return row.status();
  return *row ? query.Int(0) : 0;
}

absl::StatusOr<int64_t> SqlitePayments::InsertRow(const PaymentWrite& write) {
  const v1::Payment& payment = write.record.payment();
  write.record.SerializeToString(&record_bytes_);
  write.schedule.SerializeToString(&schedule_bytes_);
  SqliteQuery query(&insert_, write.record.tenant(), payment.name(), payment.account(),
                    int64_t{payment.state()}, int64_t{payment.needs_review()}, payment.sequence(),
                    ToMicros(payment.create_time()), DueMicros(write.schedule),
                    payment.merchant_reference(), NextAttention({}, payment).since_us,
                    SqliteBlob{schedule_bytes_}, SqliteBlob{record_bytes_});
  if (absl::Status status = query.Run(); !status.ok()) return status;
  if (connection_->RowsChanged() == 0) return NameTakenError(payment.name());
  return connection_->LastInsertedRow();
}

absl::Status SqlitePayments::UpdateRow(const Version& old, const PaymentWrite& write) {
  const v1::Payment& payment = write.record.payment();
  write.record.SerializeToString(&record_bytes_);
  write.schedule.SerializeToString(&schedule_bytes_);
  const AttentionSince before = {AttentionOf(old.state, old.needs_review), old.attention_since_us};
  return SqliteQuery(&update_, int64_t{payment.state()}, int64_t{payment.needs_review()},
                     payment.sequence(), DueMicros(write.schedule),
                     NextAttention(before, payment).since_us, SqliteBlob{schedule_bytes_},
                     SqliteBlob{record_bytes_}, old.row)
      .Run();
}

absl::Status SqlitePayments::TakeReferences(int64_t row, const std::string& tenant,
                                            const v1::Payment& payment) {
  for (const auto& [key, value] : OwnedReferences(payment)) {
    absl::Status status = TakeReference(row, tenant, payment, key, value);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status SqlitePayments::TakeReference(int64_t row, const std::string& tenant,
                                           const v1::Payment& payment, const std::string& key,
                                           const std::string& value) {
  SqliteQuery find(&find_reference_, tenant, value, payment.account(), key);
  const absl::StatusOr<bool> found = find.Step();
  if (!found.ok()) return found.status();
  if (!*found) {
    return SqliteQuery(&insert_reference_, tenant, value, payment.account(), key, row).Run();
  }
  if (find.Int(0) == row) return absl::OkStatus();
  const absl::StatusOr<StoredPayment> owner = Load(find.Int(0));
  if (!owner.ok()) return owner.status();
  return ReferenceTakenError(payment.name(), key, owner->record.payment().name());
}

// -- Reads ---------------------------------------------------------------------

absl::StatusOr<StoredPayment> SqlitePayments::ReadStored(const SqliteQuery& query) {
  StoredPayment stored;
  if (!Parse(query.Text(1), &stored.record) || !Parse(query.Text(2), &stored.schedule)) {
    return UnreadableError(query.Text(0));
  }
  ShowSchedule(stored.schedule, stored.record.mutable_payment());
  const absl::StatusOr<int64_t> revision = log_->NewestRevision(stored.record.tenant());
  if (!revision.ok()) return revision.status();
  stored.revision = *revision;
  return stored;
}

absl::StatusOr<StoredPayment> SqlitePayments::Load(int64_t row) {
  SqliteQuery query(&load_, row);
  const absl::StatusOr<bool> found = query.Step();
  if (!found.ok()) return found.status();
  if (!*found) return absl::DataLossError(absl::StrCat("there is no payment in row ", row));
  return ReadStored(query);
}

absl::StatusOr<StoredPayment> SqlitePayments::Get(const std::string& tenant,
                                                  const std::string& name) {
  SqliteQuery query(&find_, tenant, name);
  const absl::StatusOr<bool> found = query.Step();
  if (!found.ok()) return found.status();
  if (!*found) return NotFoundError(name);
  return ReadStored(query);
}

absl::StatusOr<Claim<StoredPayment>> SqlitePayments::GetByRequestId(const std::string& tenant,
                                                                    const std::string& request_id) {
  const auto holder = request_ids_.Find(tenant, request_id);
  if (!holder.ok()) return holder.status();
  if (!holder->has_value() || !(*holder)->resource_row.has_value()) {
    return NoPaymentOfRequestError();
  }
  return MakeClaim(**holder);
}

absl::StatusOr<Page<v1::Payment>> SqlitePayments::List(const std::string& tenant,
                                                       const PaymentQuery& query) {
  const v1::PaymentFilter& filter = query.filter;
  SqliteListQuery select("name, record, schedule", ChooseTable(filter), tenant);
  select.WhereIn("name", filter.names());
  select.WhereIn("state", filter.states());
  select.WhereIn("account", filter.accounts());
  if (!filter.merchant_reference().empty()) {
    // The second half lets SQLite use the index, which has no empty ones.
    select.Where("merchant_reference = ? AND merchant_reference != ''",
                 filter.merchant_reference());
  }
  if (!filter.provider_reference().empty()) {
    select.Where(
        "id IN (SELECT payment_id FROM provider_references WHERE tenant = ? AND value = ?)", tenant,
        filter.provider_reference());
  }
  // Whole microseconds: Matches() judges what is in between.
  if (filter.has_create_time_min()) {
    select.Where("create_time_us >= ?", ToMicros(filter.create_time_min()));
  }
  if (filter.has_create_time_max()) {
    select.Where("create_time_us <= ?", ToMicros(filter.create_time_max()));
  }
  select.StartBehind(query.after);
  return ReadPage(select, tenant, query);
}

absl::StatusOr<Page<v1::Payment>> SqlitePayments::ReadPage(const SqliteListQuery& select,
                                                           const std::string& tenant,
                                                           const PaymentQuery& query) {
  Page<v1::Payment> page;
  SqliteStatement statement(connection_, select.Sql());
  SqliteQuery rows(&statement);
  select.BindTo(&rows);
  absl::StatusOr<bool> row = rows.Step();
  for (; row.ok() && *row; row = rows.Step()) {
    storage::v1::PaymentRecord record;
    storage::v1::CheckSchedule schedule;
    if (!Parse(rows.Text(1), &record) || !Parse(rows.Text(2), &schedule)) {
      return UnreadableError(rows.Text(0));
    }
    if (!Matches(query.filter, record.payment())) continue;
    page.more = static_cast<int>(page.items.size()) == query.limit;
    if (page.more) break;
    ShowSchedule(schedule, record.mutable_payment());
    page.items.push_back(std::move(*record.mutable_payment()));
  }
  if (!row.ok()) return row.status();
  const absl::StatusOr<int64_t> revision = log_->NewestRevision(tenant);
  if (!revision.ok()) return revision.status();
  page.revision = *revision;
  return page;
}

absl::StatusOr<std::vector<StoredPayment>> SqlitePayments::ListDue(absl::Time now, int limit) {
  std::vector<StoredPayment> due;
  SqliteQuery query(&list_due_, ToMicros(now), int64_t{limit});
  absl::StatusOr<bool> row = query.Step();
  for (; row.ok() && *row; row = query.Step()) {
    absl::StatusOr<StoredPayment> stored = ReadStored(query);
    if (!stored.ok()) return stored.status();
    due.push_back(*std::move(stored));
  }
  if (!row.ok()) return row.status();
  return due;
}

absl::StatusOr<Page<AttentionEntry>> SqlitePayments::ListAttention(const std::string& tenant,
                                                                   const AttentionQuery& query) {
  Page<AttentionEntry> page;
  const int64_t after_us =
      query.after.has_value() ? ToMicros(query.after->time) : std::numeric_limits<int64_t>::min();
  const std::string after_name = query.after.has_value() ? query.after->name : "";
  SqliteQuery rows(&list_attention_, tenant, after_us, after_name, ToMicros(query.unknown_before),
                   int64_t{query.limit} + 1);
  absl::StatusOr<bool> row = rows.Step();
  for (; row.ok() && *row; row = rows.Step()) {
    page.more = static_cast<int>(page.items.size()) == query.limit;
    if (page.more) break;
    storage::v1::CheckSchedule schedule;
    AttentionEntry entry;
    if (!Parse(rows.Text(1), &entry.record) || !Parse(rows.Text(2), &schedule)) {
      return UnreadableError(rows.Text(0));
    }
    ShowSchedule(schedule, entry.record.mutable_payment());
    entry.since = absl::FromUnixMicros(rows.Int(3));
    page.items.push_back(std::move(entry));
  }
  if (!row.ok()) return row.status();
  const absl::StatusOr<int64_t> revision = log_->NewestRevision(tenant);
  if (!revision.ok()) return revision.status();
  page.revision = *revision;
  return page;
}

absl::Status SqlitePayments::VisitCounters(absl::FunctionRef<void(const CounterChange&)> visit) {
  SqliteQuery query(&read_counters_);
  absl::StatusOr<bool> row = query.Step();
  for (; row.ok() && *row; row = query.Step()) {
    visit({{std::string(query.Text(0)), std::string(query.Text(1))}, {query.Int(2), query.Int(3)}});
  }
  return row.status();
}

absl::Status SqlitePayments::VisitAll(absl::FunctionRef<void(const PaymentChange&)> visit) {
  SqliteQuery query(&read_all_);
  absl::StatusOr<bool> row = query.Step();
  for (; row.ok() && *row; row = query.Step()) {
    PaymentChange change;
    change.account = std::string(query.Text(0));
    change.create_time_us = query.Int(1);
    change.to = static_cast<v1::PaymentState>(query.Int(2));
    change.needs_review = query.Int(3) != 0;
    visit(change);
  }
  return row.status();
}

}  // namespace payments
