#include "server/store/sqlite_callbacks.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/engine/callback_record.h"
#include "server/store/sqlite_list_query.h"

namespace payments {
namespace {

// All of a row, in the order in which ReadRow() takes it.
constexpr char kColumns[] =
    "id, tenant, resource, account, receive_time_us, content_type, body_bytes, body_deleted, "
    "duplicate_of, verdict, verdict_detail, verdict_time_us, acknowledge_time_us, "
    "acknowledged_by, acknowledge_reason";
// What a query adds comes behind them.
constexpr int kColumnsCount = 15;

CallbackRecord ReadRow(const SqliteQuery& query) {
  int column = 0;
  CallbackRecord record;
  record.id = query.Int(column++);
  record.tenant = std::string(query.Text(column++));
  record.resource = std::string(query.Text(column++));
  record.account = std::string(query.Text(column++));
  record.receive_time = absl::FromUnixMicros(query.Int(column++));
  record.content_type = std::string(query.Text(column++));
  record.body_bytes = query.Int(column++);
  record.body_deleted = query.Int(column++) != 0;
  record.duplicate_of = query.Int(column++);
  record.judgement.verdict = static_cast<v1::CallbackVerdict>(query.Int(column++));
  record.judgement.detail = std::string(query.Text(column++));
  record.judgement.time = absl::FromUnixMicros(query.Int(column++));
  const std::optional<int64_t> acknowledge_time_us = query.OptionalInt(column++);
  if (acknowledge_time_us.has_value()) {
    record.acknowledgement = {.time = absl::FromUnixMicros(*acknowledge_time_us),
                              .by = std::string(query.Text(column)),
                              .reason = std::string(query.Text(column + 1))};
  }
  return record;
}

// The order of the list: newest first.
bool IsNewer(const CallbackRecord& a, const CallbackRecord& b) {
  return std::pair(a.receive_time, a.id) > std::pair(b.receive_time, b.id);
}

// The table, with the index by which the fewest rows are looked at, in the order of the list.
absl::string_view ChooseTable(const v1::CallbackFilter& filter, bool by_verdict) {
  if (!filter.resource().empty()) return "callbacks INDEXED BY callbacks_by_resource";
  if (by_verdict) return "callbacks INDEXED BY callbacks_by_verdict";
  return "callbacks INDEXED BY callbacks_by_time";
}

}  // namespace

SqliteCallbacks::SqliteCallbacks(SqliteConnection* connection)
    : connection_(connection),
      insert_(connection,
              "INSERT INTO callbacks (tenant, resource, account, receive_time_us, content_type, "
              "body_bytes, body_digest, body_id, duplicate_of, verdict) "
              "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1)"),
      insert_body_(connection, "INSERT INTO callback_bodies (sealed_body) VALUES (?)"),
      find_same_(connection,
                 "SELECT min(id), max(body_id) FROM callbacks WHERE body_digest = ? "
                 "AND body_digest != x'' AND tenant = ? AND resource = ?"),
      count_recent_(connection,
                    "SELECT count(*) FROM (SELECT 1 FROM callbacks INDEXED BY "
                    "callbacks_by_resource WHERE tenant = ? AND resource = ? "
                    "AND receive_time_us > ? LIMIT ?)"),
      count_different_(connection,
                       "SELECT count(*) FROM (SELECT 1 FROM callbacks INDEXED BY "
                       "callbacks_by_resource WHERE tenant = ? AND resource = ? "
                       "AND receive_time_us > ? AND duplicate_of = 0 LIMIT ?)"),
      find_judgement_(connection,
                      "SELECT verdict, last_verdict, (SELECT first.verdict FROM callbacks first "
                      "WHERE first.id = callbacks.duplicate_of), receive_time_us, "
                      "attention_since_us, acknowledge_time_us FROM callbacks WHERE id = ?"),
      judge_(connection,
             "UPDATE callbacks SET verdict = ?, last_verdict = ?, verdict_detail = ?, "
             "verdict_time_us = ?, attention_since_us = ? WHERE id = ?"),
      take_back_acknowledgement_(
          connection,
          "UPDATE callbacks SET acknowledge_time_us = NULL, acknowledged_by = '', "
          "acknowledge_reason = '' WHERE id = ?"),
      acknowledge_(connection,
                   "UPDATE callbacks SET acknowledge_time_us = ?, acknowledged_by = ?, "
                   "acknowledge_reason = ?, attention_since_us = NULL "
                   "WHERE id = ? AND acknowledge_time_us IS NULL"),
      end_asking_(connection,
                  "UPDATE callbacks SET verdict = ?, last_verdict = ?, verdict_detail = ?, "
                  "verdict_time_us = ? "
                  "WHERE id = ? AND verdict = 1 AND attention_since_us IS NOT NULL"),
      find_(connection,
            absl::StrCat("SELECT ", kColumns, " FROM callbacks WHERE id = ? AND tenant = ?")),
      read_body_(connection,
                 "SELECT sealed_body FROM callbacks JOIN callback_bodies b ON b.id = body_id "
                 "WHERE callbacks.id = ?"),
      list_pending_(connection,
                    absl::StrCat("SELECT ", kColumns, ", sealed_body FROM callbacks ",
                                 "JOIN (SELECT id AS kept_id, sealed_body FROM callback_bodies) ",
                                 "ON kept_id = body_id ",
                                 "WHERE verdict = 1 AND id > ? ORDER BY id LIMIT ?")),
      list_attention_(connection,
                      absl::StrCat("SELECT ", kColumns, ", attention_since_us FROM callbacks ",
                                   "INDEXED BY callbacks_by_attention WHERE tenant = ? ",
                                   "AND attention_since_us IS NOT NULL ",
                                   "AND (attention_since_us, id) > (?, ?) ",
                                   "ORDER BY attention_since_us, id LIMIT ?")),
      find_old_(connection,
                "SELECT id, body_id FROM callbacks WHERE verdict != 1 AND body_deleted = ? "
                "AND receive_time_us < ? ORDER BY receive_time_us, id LIMIT ?"),
      delete_body_(connection,
                   "DELETE FROM callback_bodies WHERE id = ?1 "
                   "AND NOT EXISTS (SELECT 1 FROM callbacks WHERE body_id = ?1)"),
      mark_body_deleted_(connection,
                         "UPDATE callbacks SET body_deleted = 1, body_id = NULL WHERE id = ?"),
      delete_(connection, "DELETE FROM callbacks WHERE id = ?") {}

// -- Writes --------------------------------------------------------------------

absl::Status SqliteCallbacks::CheckRoom(SqliteStatement* count, const CallbackRecord& record,
                                        int max) {
  SqliteQuery query(count, record.tenant, record.resource,
                    ToMicros(record.receive_time - kCallbacksPerResourceInterval), int64_t{max});
  const absl::StatusOr<bool> row = query.Step();
  if (!row.ok()) return row.status();
  return query.Int(0) < max ? absl::OkStatus() : TooManyCallbacksError(max);
}

absl::StatusOr<SqliteCallbacks::Same> SqliteCallbacks::FindSame(const CallbackRecord& record) {
  if (record.body_digest.empty()) return Same();
  SqliteQuery query(&find_same_, SqliteBlob{record.body_digest}, record.tenant, record.resource);
  const absl::StatusOr<bool> row = query.Step();
  if (!row.ok()) return row.status();
  return Same{query.Int(0), query.OptionalInt(1)};  // NULL is 0.
}

absl::StatusOr<int64_t> SqliteCallbacks::Record(const CallbackRecord& record) {
  absl::Status status = CheckRoom(&count_recent_, record, kCallbacksPerResourceMax);
  if (!status.ok()) return status;
  absl::StatusOr<Same> same = FindSame(record);
  if (!same.ok()) return same.status();
  if (!same->body_id.has_value()) {
    status = CheckRoom(&count_different_, record, kCallbackBodiesPerResourceMax);
    if (!status.ok()) return status;
    status = SqliteQuery(&insert_body_, SqliteBlob{record.sealed_body}).Run();
    if (!status.ok()) return status;
    same->body_id = connection_->LastInsertedRow();
  }
  status = SqliteQuery(&insert_, record.tenant, record.resource, record.account,
                       ToMicros(record.receive_time), record.content_type, record.body_bytes,
                       SqliteBlob{record.body_digest}, same->body_id, same->first)
               .Run();
  if (!status.ok()) return status;
  return connection_->LastInsertedRow();
}

absl::Status SqliteCallbacks::Judge(int64_t id, const CallbackJudgement& judgement) {
  CallbackAttention before;
  {
    SqliteQuery query(&find_judgement_, id);
    const absl::StatusOr<bool> row = query.Step();
    if (!row.ok()) return row.status();
    if (!*row) return NoCallbackError(id);
    before = {.verdict = static_cast<v1::CallbackVerdict>(query.Int(0)),
              .last_verdict = static_cast<v1::CallbackVerdict>(query.Int(1)),
              .first_verdict = static_cast<v1::CallbackVerdict>(query.Int(2)),
              .receive_time_us = query.Int(3),
              .acknowledged = query.OptionalInt(5).has_value(),
              .since_us = query.OptionalInt(4)};
  }
  if (IsOvertaken(before, judgement)) return absl::OkStatus();
  const CallbackAttention after = NextAttention(before, judgement);
  std::optional<int64_t> time_us;
  if (judgement.verdict != v1::CALLBACK_VERDICT_PENDING) time_us = ToMicros(judgement.time);
  absl::Status status = SqliteQuery(&judge_, int64_t{after.verdict}, int64_t{after.last_verdict},
                                    judgement.detail, time_us, after.since_us, id)
                            .Run();
  if (!status.ok() || after.acknowledged == before.acknowledged) return status;
  return SqliteQuery(&take_back_acknowledgement_, id).Run();
}

absl::Status SqliteCallbacks::EndAsking(int64_t id, absl::Time now) {
  return SqliteQuery(&end_asking_, int64_t{v1::CALLBACK_VERDICT_REPEATED},
                     int64_t{v1::CALLBACK_VERDICT_REPEATED}, kAskingEnded, ToMicros(now), id)
      .Run();
}

absl::StatusOr<CallbackRecord> SqliteCallbacks::Acknowledge(
    const std::string& tenant, int64_t id, const Acknowledgement& acknowledgement) {
  absl::StatusOr<CallbackRecord> found = Find(tenant, id);
  if (!found.ok() || found->acknowledgement.has_value()) return found;
  absl::Status status = EndAsking(id, acknowledgement.time);
  if (!status.ok()) return status;
  status = SqliteQuery(&acknowledge_, ToMicros(acknowledgement.time), acknowledgement.by,
                       acknowledgement.reason, id)
               .Run();
  if (!status.ok()) return status;
  return Find(tenant, id);
}

absl::StatusOr<std::vector<SqliteCallbacks::Old>> SqliteCallbacks::FindOld(bool body_deleted,
                                                                           absl::Time before,
                                                                           int limit) {
  std::vector<Old> old;
  SqliteQuery query(&find_old_, int64_t{body_deleted}, ToMicros(before), int64_t{limit});
  absl::StatusOr<bool> row = query.Step();
  for (; row.ok() && *row; row = query.Step()) {
    old.push_back({query.Int(0), query.OptionalInt(1)});
  }
  if (!row.ok()) return row.status();
  return old;
}

absl::Status SqliteCallbacks::DeleteUnusedBody(const std::optional<int64_t>& body_id) {
  return body_id.has_value() ? SqliteQuery(&delete_body_, *body_id).Run() : absl::OkStatus();
}

absl::StatusOr<int> SqliteCallbacks::PruneBodies(absl::Time before, int limit) {
  const auto old = FindOld(/*body_deleted=*/false, before, limit);
  if (!old.ok()) return old.status();
  for (const auto& [id, body_id] : *old) {
    absl::Status status = SqliteQuery(&mark_body_deleted_, id).Run();
    if (status.ok()) status = DeleteUnusedBody(body_id);
    if (!status.ok()) return status;
  }
  return static_cast<int>(old->size());
}

absl::StatusOr<int> SqliteCallbacks::Prune(absl::Time before, int limit) {
  auto old = FindOld(/*body_deleted=*/true, before, limit);
  if (!old.ok()) return old.status();
  const auto with_body =
      FindOld(/*body_deleted=*/false, before, limit - static_cast<int>(old->size()));
  if (!with_body.ok()) return with_body.status();
  old->insert(old->end(), with_body->begin(), with_body->end());
  for (const auto& [id, body_id] : *old) {
    absl::Status status = SqliteQuery(&delete_, id).Run();
    if (status.ok()) status = DeleteUnusedBody(body_id);
    if (!status.ok()) return status;
  }
  return static_cast<int>(old->size());
}

// -- Reads ---------------------------------------------------------------------

absl::StatusOr<CallbackRecord> SqliteCallbacks::Find(const std::string& tenant, int64_t id) {
  SqliteQuery query(&find_, id, tenant);
  const absl::StatusOr<bool> row = query.Step();
  if (!row.ok()) return row.status();
  if (!*row) return NoCallbackError(id);
  return ReadRow(query);
}

absl::Status SqliteCallbacks::ReadBody(CallbackRecord* record) {
  SqliteQuery query(&read_body_, record->id);
  const absl::StatusOr<bool> row = query.Step();
  if (row.ok() && *row) record->sealed_body = std::string(query.Text(0));
  return row.status();
}

absl::StatusOr<CallbackRecord> SqliteCallbacks::Get(const std::string& tenant, int64_t id) {
  absl::StatusOr<CallbackRecord> record = Find(tenant, id);
  if (!record.ok() || record->body_deleted) return record;
  if (absl::Status status = ReadBody(&*record); !status.ok()) return status;
  return record;
}

absl::StatusOr<std::vector<CallbackRecord>> SqliteCallbacks::ListPending(int64_t after_id,
                                                                         int limit) {
  std::vector<CallbackRecord> pending;
  SqliteQuery query(&list_pending_, after_id, int64_t{limit});
  absl::StatusOr<bool> row = query.Step();
  for (; row.ok() && *row; row = query.Step()) {
    pending.push_back(ReadRow(query));
    pending.back().sealed_body = std::string(query.Text(kColumnsCount));
  }
  if (!row.ok()) return row.status();
  return pending;
}

absl::StatusOr<std::vector<CallbackRecord>> SqliteCallbacks::ListOf(const std::string& tenant,
                                                                    const CallbackQuery& query,
                                                                    std::optional<int> verdict) {
  const v1::CallbackFilter& filter = query.filter;
  SqliteListQuery select(kColumns, ChooseTable(filter, verdict.has_value()), tenant);
  if (verdict.has_value()) select.Where("verdict = ?", int64_t{*verdict});
  if (!filter.resource().empty()) select.Where("resource = ?", filter.resource());
  select.WhereIn("account", filter.accounts());
  if (filter.has_receive_time_min()) {
    select.Where("receive_time_us >= ?", CeilMicros(filter.receive_time_min()));
  }
  if (filter.has_receive_time_max()) {
    select.Where("receive_time_us < ?", CeilMicros(filter.receive_time_max()));
  }
  if (query.after.has_value()) {
    select.Where("(receive_time_us, id) < (?, ?)", ToMicros(query.after->time),
                 LastCallbackBefore(*query.after));
  }
  SqliteStatement statement(
      connection_, absl::StrCat(select.Conditions(), " ORDER BY receive_time_us DESC, id DESC ",
                                "LIMIT ", query.limit + 1));
  SqliteQuery rows(&statement);
  select.BindTo(&rows);
  std::vector<CallbackRecord> records;
  absl::StatusOr<bool> row = rows.Step();
  for (; row.ok() && *row; row = rows.Step()) records.push_back(ReadRow(rows));
  if (!row.ok()) return row.status();
  return records;
}

absl::StatusOr<Page<CallbackRecord>> SqliteCallbacks::List(const std::string& tenant,
                                                           const CallbackQuery& query) {
  // One verdict after the other, so that rare ones are found without looking at all others.
  std::set<std::optional<int>> verdicts(query.filter.verdicts().begin(),
                                        query.filter.verdicts().end());
  if (verdicts.empty()) verdicts.insert(std::nullopt);
  Page<CallbackRecord> page;
  for (const std::optional<int> verdict : verdicts) {
    auto records = ListOf(tenant, query, verdict);
    if (!records.ok()) return records.status();
    std::move(records->begin(), records->end(), std::back_inserter(page.items));
  }
  std::sort(page.items.begin(), page.items.end(), IsNewer);
  page.more = page.items.size() > static_cast<size_t>(query.limit);
  if (page.more) page.items.resize(static_cast<size_t>(query.limit));
  return page;
}

absl::StatusOr<Page<AttentionEntry>> SqliteCallbacks::ListAttention(const std::string& tenant,
                                                                    const AttentionQuery& query) {
  Page<AttentionEntry> page;
  const int64_t after_us =
      query.after.has_value() ? ToMicros(query.after->time) : std::numeric_limits<int64_t>::min();
  const int64_t after_id = query.after.has_value() ? LastCallbackBefore(*query.after) : 0;
  SqliteQuery rows(&list_attention_, tenant, after_us, after_id, int64_t{query.limit} + 1);
  absl::StatusOr<bool> row = rows.Step();
  for (; row.ok() && *row; row = rows.Step()) {
    page.more = static_cast<int>(page.items.size()) == query.limit;
    if (page.more) break;
    page.items.push_back({.record = {},
                          .since = absl::FromUnixMicros(rows.Int(kColumnsCount)),
                          .callback = ReadRow(rows)});
  }
  if (!row.ok()) return row.status();
  return page;
}

}  // namespace payments
