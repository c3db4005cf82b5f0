#include "server/store/sqlite_schema.h"

#include <array>
#include <string>

#include "absl/strings/str_cat.h"

namespace payments {
namespace {

// Every time is in microseconds since 1970. Blobs are the messages of
// payments/storage/v1/records.proto and payments.v1.Event; columns beside them are
// what the database must compare or search. Tables whose rows are large keep a rowid
// and a separate index, so that rows are appended and only small entries are sorted in.
constexpr char kVersion1[] = R"sql(
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO meta VALUES ('log_incarnation', lower(hex(randomblob(16))));

-- The newest revision of each tenant's log. newest_time_us is the newest time of all
-- its events: it never goes back, whatever the clock did.
CREATE TABLE tenants (
  tenant TEXT PRIMARY KEY,
  newest_revision INTEGER NOT NULL,
  newest_time_us INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  revision INTEGER NOT NULL,
  newest_time_us INTEGER NOT NULL,  -- Of all events up to this one.
  event BLOB NOT NULL
);
CREATE UNIQUE INDEX events_by_revision ON events (tenant, revision, newest_time_us);

-- The last number given to an operation of the account.
CREATE TABLE counters (
  tenant TEXT NOT NULL,
  account TEXT NOT NULL,
  last_number INTEGER NOT NULL,
  PRIMARY KEY (tenant, account)
) WITHOUT ROWID;

CREATE TABLE payments (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  account TEXT NOT NULL,
  state INTEGER NOT NULL,
  needs_review INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL,
  due_time_us INTEGER,
  merchant_reference TEXT NOT NULL,
  schedule BLOB NOT NULL,
  record BLOB NOT NULL
);
CREATE UNIQUE INDEX payments_by_name ON payments (tenant, name);
CREATE INDEX payments_by_create_time ON payments (tenant, create_time_us, name);
CREATE INDEX payments_by_due_time ON payments (due_time_us) WHERE due_time_us IS NOT NULL;
CREATE INDEX payments_by_merchant_reference
  ON payments (tenant, merchant_reference, create_time_us, name) WHERE merchant_reference != '';

-- Who a provider's id belongs to, for good.
CREATE TABLE provider_references (
  tenant TEXT NOT NULL,
  value TEXT NOT NULL,
  account TEXT NOT NULL,
  key TEXT NOT NULL,
  payment_id INTEGER NOT NULL REFERENCES payments (id),
  PRIMARY KEY (tenant, value, account, key)
) WITHOUT ROWID;

CREATE TABLE payment_request_ids (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  request_id TEXT NOT NULL,
  create_time_us INTEGER NOT NULL,
  resource_id INTEGER REFERENCES payments (id),  -- NULL: canceled before it came.
  fingerprint BLOB NOT NULL
);
CREATE UNIQUE INDEX payment_request_ids_by_id ON payment_request_ids (tenant, request_id);

CREATE TABLE cards (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  account TEXT NOT NULL,
  state INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL,
  due_time_us INTEGER,
  merchant_customer_id TEXT NOT NULL,
  record BLOB NOT NULL
);
CREATE UNIQUE INDEX cards_by_name ON cards (tenant, name);
CREATE INDEX cards_by_create_time ON cards (tenant, create_time_us, name);
CREATE INDEX cards_by_due_time ON cards (due_time_us) WHERE due_time_us IS NOT NULL;
CREATE INDEX cards_by_merchant_customer
  ON cards (tenant, merchant_customer_id, create_time_us, name) WHERE merchant_customer_id != '';

CREATE TABLE card_request_ids (
  id INTEGER PRIMARY KEY,
  tenant TEXT NOT NULL,
  request_id TEXT NOT NULL,
  create_time_us INTEGER NOT NULL,
  resource_id INTEGER REFERENCES cards (id),
  fingerprint BLOB NOT NULL
);
CREATE UNIQUE INDEX card_request_ids_by_id ON card_request_ids (tenant, request_id);

-- verdict is NULL until the call needs no more handling.
CREATE TABLE callbacks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant TEXT NOT NULL,
  resource TEXT NOT NULL,
  account TEXT NOT NULL,
  receive_time_us INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  sealed_body BLOB NOT NULL,
  verdict TEXT
);
CREATE INDEX callbacks_unfinished ON callbacks (id) WHERE verdict IS NULL;
)sql";

// Since when a payment waits for a person; NULL if it does not. Of what version 1 held,
// only the creation is known: it may be listed as waiting longer than it has, never shorter.
constexpr char kVersion2[] = R"sql(
ALTER TABLE payments ADD COLUMN attention_since_us INTEGER;
UPDATE payments SET attention_since_us = create_time_us
  WHERE needs_review != 0 OR state = 4;  -- PAYMENT_STATE_UNKNOWN.
CREATE INDEX payments_by_attention
  ON payments (tenant, attention_since_us, name, needs_review)
  WHERE attention_since_us IS NOT NULL;
)sql";

// How many restores of a backup there were in all, and for how many of them each counter has
// jumped: how far it jumps depends on the range of its numbers, which is known when one is
// taken. Version 2 had all counters jump at once, and the sum of the jumps in `meta`.
constexpr char kVersion3[] = R"sql(
ALTER TABLE counters ADD COLUMN restores INTEGER NOT NULL DEFAULT 0;
UPDATE counters SET restores =
  coalesce((SELECT value / 1000100000 FROM meta WHERE key = 'numbers_skipped'), 0);
UPDATE meta SET key = 'restores', value = value / 1000100000 WHERE key = 'numbers_skipped';
)sql";

// The callbacks' inbox: verdicts are those of payments.v1.CallbackVerdict, 1 is PENDING. Bodies
// have a table of their own: they are large, deleted earlier, not read with a list, and the same
// one is not kept twice; it is deleted with the last that has it. What earlier versions held has
// no digest, and of a sealed body is subtracted what sealing adds.
//
// The log of events knows where it begins, and what it takes. The revision is left out of an
// event from now on, so that its size is known before its revision is; reading takes it from its
// column, also of older ones.
constexpr char kVersion4[] = R"sql(
DROP INDEX callbacks_unfinished;
ALTER TABLE callbacks RENAME TO old_callbacks;
CREATE TABLE callbacks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant TEXT NOT NULL,
  resource TEXT NOT NULL,
  account TEXT NOT NULL,
  receive_time_us INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  body_bytes INTEGER NOT NULL,
  body_digest BLOB NOT NULL,
  body_deleted INTEGER NOT NULL DEFAULT 0,
  body_id INTEGER REFERENCES callback_bodies (id),  -- NULL once it was deleted.
  duplicate_of INTEGER NOT NULL,  -- 0: of none.
  verdict INTEGER NOT NULL,
  last_verdict INTEGER NOT NULL DEFAULT 1,  -- The last that was not PENDING, or that.
  verdict_detail TEXT NOT NULL DEFAULT '',
  verdict_time_us INTEGER,      -- NULL while it is PENDING.
  attention_since_us INTEGER,   -- NULL if no person needs to look at it.
  acknowledge_time_us INTEGER,  -- NULL if no operator has taken note of it.
  acknowledged_by TEXT NOT NULL DEFAULT '',
  acknowledge_reason TEXT NOT NULL DEFAULT ''
);
CREATE TABLE callback_bodies (
  id INTEGER PRIMARY KEY,
  sealed_body BLOB NOT NULL
);
INSERT INTO callback_bodies SELECT id, sealed_body FROM old_callbacks;
INSERT INTO callbacks (id, tenant, resource, account, receive_time_us, content_type, body_bytes,
    body_digest, body_id, duplicate_of, verdict, verdict_time_us)
  SELECT id, tenant, resource, account, receive_time_us, content_type,
    max(0, length(sealed_body) - 30 - unicode(CAST(substr(sealed_body, 2, 1) AS TEXT))), x'', id, 0,
    CASE verdict WHEN 'accepted' THEN 2 WHEN 'repeated' THEN 3 WHEN 'mismatch' THEN 4
      WHEN 'refused_signature' THEN 5 WHEN 'unintelligible' THEN 6 ELSE 1 END,
    iif(verdict IS NULL, NULL, receive_time_us)
  FROM old_callbacks;
UPDATE callbacks SET last_verdict = verdict;
UPDATE callbacks SET attention_since_us = receive_time_us WHERE verdict IN (4, 5, 6);
DROP TABLE old_callbacks;
CREATE INDEX callbacks_by_time ON callbacks (tenant, receive_time_us);
CREATE INDEX callbacks_by_resource ON callbacks (tenant, resource, receive_time_us);
CREATE INDEX callbacks_by_verdict ON callbacks (tenant, verdict, receive_time_us);
CREATE INDEX callbacks_by_digest ON callbacks (body_digest) WHERE body_digest != x'';
CREATE INDEX callbacks_by_body ON callbacks (body_id) WHERE body_id IS NOT NULL;
CREATE INDEX callbacks_by_attention ON callbacks (tenant, attention_since_us)
  WHERE attention_since_us IS NOT NULL;
CREATE INDEX callbacks_pending ON callbacks (id) WHERE verdict = 1;
CREATE INDEX callbacks_to_prune ON callbacks (body_deleted, receive_time_us) WHERE verdict != 1;

-- Where each tenant's log of events begins, and what it takes: the sum of length(event).
ALTER TABLE tenants ADD COLUMN oldest_revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE tenants ADD COLUMN events_bytes INTEGER NOT NULL DEFAULT 0;
-- The newest time of all events that were deleted; means nothing if none was.
ALTER TABLE tenants ADD COLUMN pruned_time_us INTEGER NOT NULL DEFAULT 0;
UPDATE tenants SET events_bytes =
  (SELECT coalesce(sum(length(event)), 0) FROM events WHERE events.tenant = tenants.tenant);
)sql";

// Entry n brings version n to version n + 1. Never change one that was released.
constexpr std::array<const char*, kSqliteSchemaVersion> kMigrations = {kVersion1, kVersion2,
                                                                       kVersion3, kVersion4};

// From version `from` to the next one, or not at all.
absl::Status Migrate(SqliteConnection* connection, int from, const char* migration) {
  const std::string version = absl::StrCat("PRAGMA user_version = ", from + 1);
  for (const std::string& sql :
       {std::string("BEGIN IMMEDIATE"), std::string(migration), version, std::string("COMMIT")}) {
    if (absl::Status status = connection->Execute(sql); !status.ok()) {
      if (connection->InTransaction()) connection->Execute("ROLLBACK").IgnoreError();
      return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Span<const char* const> SqliteMigrations() { return kMigrations; }

absl::Status MigrateSqliteSchema(SqliteConnection* connection) {
  return MigrateSqliteSchema(connection, SqliteMigrations());
}

absl::Status MigrateSqliteSchema(SqliteConnection* connection,
                                 absl::Span<const char* const> migrations) {
  const int newest = static_cast<int>(migrations.size());
  const absl::StatusOr<int64_t> version = connection->QueryInt("PRAGMA user_version");
  if (!version.ok()) return version.status();
  if (*version > newest || *version < 0) {
    return absl::FailedPreconditionError(absl::StrCat("the schema has version ", *version,
                                                      ", this server knows versions up to ", newest,
                                                      ": a newer server has written it"));
  }
  const absl::StatusOr<int64_t> tables = connection->QueryInt("SELECT count(*) FROM sqlite_master");
  if (!tables.ok()) return tables.status();
  if (*version == 0 && *tables > 0) {
    return absl::FailedPreconditionError("it is a database, but not of this server");
  }
  for (int from = static_cast<int>(*version); from < newest; ++from) {
    if (absl::Status status = Migrate(connection, from, migrations[from]); !status.ok())
      return status;
  }
  return absl::OkStatus();
}

}  // namespace payments
