// Databases of every released version of the schema, opened by this one.
//
// tests/golden/schema/v1.sql is the database of a real server of version 1; v3.sql is the same
// one brought to version 3 by the steps of its day, with callbacks of the other verdicts.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/engine/payment_phase.h"
#include "server/engine/proto_time.h"
#include "server/store/sqlite_connection.h"
#include "server/store/sqlite_schema.h"
#include "tests/support/source_tree.h"
#include "tests/unit/store/sqlite_fixture.h"

namespace payments {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// Of which there is a dump. What comes after the newest of them may still change.
constexpr std::array<int, 2> kReleasedVersions = {1, 3};
constexpr char kTenant[] = "default";
constexpr int kAll = 1000;
constexpr double kCenturyS = 100.0 * 365 * 24 * 3600;

std::string ReadDump(int version) {
  const std::string path = absl::StrCat(SourceTree(), "/tests/golden/schema/v", version, ".sql");
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << "no dump of the released version: " << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::unique_ptr<SqliteConnection> MakeDatabase(const std::string& path) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::app).close();
  auto connection = SqliteConnection::Open(path);
  EXPECT_TRUE(connection.ok()) << connection.status();
  return *std::move(connection);
}

// What the database is made of, by name. Statements of a dump and of a migration agree
// to the letter, comments included.
std::map<std::string, std::string> SchemaOf(SqliteConnection* connection) {
  std::map<std::string, std::string> schema;
  SqliteStatement statement(connection, "SELECT name, coalesce(sql, '') FROM sqlite_master");
  SqliteQuery query(&statement);
  for (auto row = query.Step(); row.ok() && *row; row = query.Step()) {
    schema[std::string(query.Text(0))] = std::string(query.Text(1));
  }
  return schema;
}

// Of the rows of every version: merchant_reference to the payment.
using Payments = std::multimap<std::string, v1::Payment>;

class SqliteMigrationTest : public SqliteStoreTest, public testing::WithParamInterface<int> {
 protected:
  // A data directory as a server of that version left it.
  void Load(int version) {
    const auto connection = MakeDatabase(database_path());
    ASSERT_TRUE(connection->Execute(ReadDump(version)).ok());
    ASSERT_EQ(connection->QueryInt("PRAGMA user_version").value_or(0), version);
  }

  static Payments ListAll(BlockingStore& call) {
    Payments payments;
    PaymentQuery query;
    query.limit = kAll;
    const auto page = call.ListPayments(kTenant, query);
    EXPECT_TRUE(page.ok()) << page.status();
    for (const v1::Payment& payment : page->items) {
      payments.insert({payment.merchant_reference(), payment});
    }
    return payments;
  }
};

INSTANTIATE_TEST_SUITE_P(EveryReleased, SqliteMigrationTest, testing::ValuesIn(kReleasedVersions));

// Never change a released entry of SqliteMigrations(): databases made by it are out there.
TEST_P(SqliteMigrationTest, TheReleasedStepsHaveNotChanged) {
  ASSERT_LE(GetParam(), kSqliteSchemaVersion);
  const auto dumped = MakeDatabase(directory_.path() + "/dumped.db");
  ASSERT_TRUE(dumped->Execute(ReadDump(GetParam())).ok());
  const auto made = MakeDatabase(directory_.path() + "/made.db");
  ASSERT_TRUE(MigrateSqliteSchema(made.get(), SqliteMigrations().first(GetParam())).ok());
  EXPECT_EQ(SchemaOf(dumped.get()), SchemaOf(made.get()));
}

TEST_P(SqliteMigrationTest, AMigratedSchemaIsThatOfAFreshDatabase) {
  const auto migrated = MakeDatabase(directory_.path() + "/migrated.db");
  ASSERT_TRUE(migrated->Execute(ReadDump(GetParam())).ok());
  ASSERT_TRUE(MigrateSqliteSchema(migrated.get()).ok());
  const auto fresh = MakeDatabase(directory_.path() + "/fresh.db");
  ASSERT_TRUE(MigrateSqliteSchema(fresh.get()).ok());
  EXPECT_EQ(SchemaOf(migrated.get()), SchemaOf(fresh.get()));
  EXPECT_EQ(migrated->QueryInt("PRAGMA user_version").value_or(0), kSqliteSchemaVersion);
  EXPECT_EQ(migrated->QueryText("PRAGMA integrity_check").value_or(""), "ok");
  EXPECT_EQ(migrated->QueryInt("SELECT count(*) FROM pragma_foreign_key_check").value_or(-1), 0);
}

TEST_P(SqliteMigrationTest, EveryPaymentIsThereAndReadable) {
  Load(GetParam());
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  const Payments payments = ListAll(call);
  const std::map<std::string, v1::PaymentState> expected = {
      {"authorized", v1::PAYMENT_STATE_AUTHORIZED},
      {"authorized-capture-refused", v1::PAYMENT_STATE_AUTHORIZED},
      {"succeeded", v1::PAYMENT_STATE_SUCCEEDED},
      {"succeeded-automatic", v1::PAYMENT_STATE_SUCCEEDED},
      {"canceled", v1::PAYMENT_STATE_CANCELED},
      {"declined", v1::PAYMENT_STATE_DECLINED},
      {"processing", v1::PAYMENT_STATE_PROCESSING},
      {"unknown-hold", v1::PAYMENT_STATE_UNKNOWN},
      {"unknown-capture", v1::PAYMENT_STATE_UNKNOWN},
      {"needs-review", v1::PAYMENT_STATE_UNKNOWN}};
  for (const auto& [reference, state] : expected) {
    ASSERT_EQ(payments.count(reference), 1U) << reference;
    const v1::Payment& payment = payments.find(reference)->second;
    EXPECT_EQ(payment.state(), state) << reference;
    EXPECT_EQ(payment.metadata().at("reference"), reference);
    EXPECT_EQ(payment.amount().currency_code(), "UZS");
    EXPECT_EQ(payment.needs_review(), reference == "needs-review");
    const auto stored = call.GetPayment(kTenant, payment.name());
    ASSERT_TRUE(stored.ok()) << stored.status();
    EXPECT_EQ(stored->record.payment().state(), state);
    EXPECT_EQ(stored->record.operations_size(), payment.operations_size());
    EXPECT_FALSE(stored->record.sealed_card_token().empty());
    EXPECT_TRUE(call.GetPaymentByRequestId(kTenant, payment.request_id()).ok()) << reference;
  }
  EXPECT_EQ(payments.count("failed"), 2U) << "the first one, and its retry";
  EXPECT_EQ(store->Stats().needs_review, 1);
}

TEST_P(SqliteMigrationTest, EveryEventIsThereInOrder) {
  Load(GetParam());
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  const auto events = call.ReadEvents(kTenant, 0, kAll);
  ASSERT_TRUE(events.ok()) << events.status();
  ASSERT_THAT(events->events, Not(IsEmpty()));
  std::map<std::string, int64_t> sequences;
  int64_t revision = 0;
  for (const auto& event : events->events) {
    EXPECT_EQ(event->revision(), ++revision);
    EXPECT_EQ(event->sequence(), ++sequences[event->resource()]) << event->resource();
  }
  EXPECT_EQ(events->newest_revision, revision);
  for (const auto& [reference, payment] : ListAll(call)) {
    EXPECT_EQ(sequences[payment.name()], payment.sequence()) << reference;
  }
}

TEST_P(SqliteMigrationTest, WhatIsDueIsStillDue) {
  Load(GetParam());
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  std::vector<std::string> due;
  const auto listed = call.ListDuePayments(TestTime(kCenturyS), kAll);
  ASSERT_TRUE(listed.ok()) << listed.status();
  for (const StoredPayment& stored : *listed) {
    EXPECT_FALSE(IsFinal(stored.record.payment().state())) << stored.record.payment().name();
    due.push_back(stored.record.payment().merchant_reference());
  }
  for (const char* reference : {"authorized", "authorized-capture-refused", "processing",
                                "unknown-hold", "unknown-capture"}) {
    EXPECT_THAT(due, Contains(reference));
  }
  EXPECT_THAT(call.ListPendingCallbacks(0, kAll).value_or(std::vector<CallbackRecord>()),
              SizeIs(1));
}

TEST_P(SqliteMigrationTest, WhatNeedsAPersonIsListed) {
  Load(GetParam());
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  const auto listed = call.ListAttention(kTenant, {.unknown_before = TestTime(kCenturyS)});
  ASSERT_TRUE(listed.ok()) << listed.status();
  std::vector<std::string> waiting;
  for (const AttentionEntry& entry : listed->items) {
    if (entry.callback.has_value()) continue;
    const v1::Payment& payment = entry.record.payment();
    waiting.push_back(payment.merchant_reference());
    EXPECT_GE(entry.since, ToTime(payment.create_time()) - absl::Microseconds(1));
    EXPECT_LE(entry.since, ToTime(payment.update_time()));
  }
  EXPECT_THAT(waiting,
              testing::UnorderedElementsAre("unknown-hold", "unknown-capture", "needs-review"));
}

TEST_P(SqliteMigrationTest, CardsAndRequestIdsAreThere) {
  Load(GetParam());
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  CardQuery query;
  query.show_deleted = true;
  const auto cards = call.ListCards(kTenant, query);
  ASSERT_TRUE(cards.ok()) << cards.status();
  std::multiset<v1::CardState> states;
  for (const v1::Card& card : cards->items) {
    states.insert(card.state());
    EXPECT_TRUE(call.GetCard(kTenant, card.name()).ok()) << card.name();
  }
  EXPECT_EQ(states, (std::multiset<v1::CardState>{v1::CARD_STATE_ACTIVE, v1::CARD_STATE_ACTIVE,
                                                  v1::CARD_STATE_DELETED, v1::CARD_STATE_FAILED,
                                                  v1::CARD_STATE_PENDING_CONFIRMATION}));
  const auto claim = call.TombstoneRequestId(kTenant, "canceled-before-it-came", TestTime(0));
  ASSERT_TRUE(claim.ok()) << claim.status();
  EXPECT_TRUE(claim->tombstoned);
}

TEST_P(SqliteMigrationTest, WritingGoesOnWhereItWas) {
  Load(GetParam());
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  const Payments payments = ListAll(call);
  const auto stored = call.GetPayment(kTenant, payments.find("authorized")->second.name());
  ASSERT_TRUE(stored.ok());
  int64_t newest_number = 0;
  for (const auto& [reference, payment] : payments) {
    const auto one = call.GetPayment(kTenant, payment.name());
    for (const auto& operation : one->record.operations()) {
      newest_number = std::max(newest_number, operation.number());
    }
  }

  PaymentWrite change = ChangedPayment(*stored, v1::PAYMENT_STATE_PROCESSING);
  AddOperation(v1::OPERATION_KIND_CAPTURE, &change);
  const auto committed = call.CommitPayment(std::move(change));
  ASSERT_TRUE(committed.ok()) << committed.status();
  EXPECT_EQ(committed->revision, stored->revision + 1);
  EXPECT_EQ(committed->record.payment().sequence(), stored->record.payment().sequence() + 1);
  EXPECT_EQ(committed->record.operations().rbegin()->number(), newest_number + 1);

  // A provider's reference still belongs to its payment.
  PaymentWrite thief = NewPayment(kTenant, "thief");
  thief.record.mutable_payment()->set_account(stored->record.payment().account());
  *thief.record.mutable_payment()->mutable_provider_references() =
      stored->record.payment().provider_references();
  EXPECT_EQ(call.CreatePayment(std::move(thief)).status().code(), absl::StatusCode::kAlreadyExists);
}

// Version 2 had every counter jump at the restore itself.
TEST_F(SqliteStoreTest, RestoresBeforeVersion3AreNotJumpedForAgain) {
  constexpr int64_t kJump = 1'000'100'000;
  {
    const auto connection = MakeDatabase(database_path());
    ASSERT_TRUE(MigrateSqliteSchema(connection.get(), SqliteMigrations().first(2)).ok());
    ASSERT_TRUE(connection
                    ->Execute("INSERT INTO counters VALUES ('acme', 'accounts/shop', 2000200007); "
                              "INSERT INTO meta VALUES ('numbers_skipped', 2000200000)")
                    .ok());
  }
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  PaymentWrite old_account = NewPayment("acme", "a");
  old_account.record.mutable_payment()->set_account("accounts/shop");
  const auto a = call.CreatePayment(std::move(old_account));
  ASSERT_TRUE(a.ok()) << a.status();
  EXPECT_EQ(a->stored.record.operations(0).number(), 2 * kJump + 8);
  PaymentWrite new_account = NewPayment("acme", "b");
  new_account.record.mutable_payment()->set_account("accounts/other");
  const auto b = call.CreatePayment(std::move(new_account));
  ASSERT_TRUE(b.ok()) << b.status();
  EXPECT_EQ(b->stored.record.operations(0).number(), 2 * kJump + 1);
}

// Version 3 had a word for each verdict, and nothing else.
TEST_F(SqliteStoreTest, CallbacksOfBeforeVersion4HaveTheirVerdicts) {
  constexpr int kBodyBytes = 10;
  {
    const auto connection = MakeDatabase(database_path());
    ASSERT_TRUE(MigrateSqliteSchema(connection.get(), SqliteMigrations().first(3)).ok());
    // Sealed as KeyRing does it: two bytes, the key's id, a nonce of 12, the body, a tag of 16.
    for (const char* verdict : {"'accepted'", "'repeated'", "'mismatch'", "'refused_signature'",
                                "'unintelligible'", "NULL"}) {
      const absl::Status status = connection->Execute(absl::StrCat(
          "INSERT INTO callbacks (tenant, resource, account, receive_time_us, content_type, "
          "sealed_body, verdict) VALUES ('acme', 'payments/a', 'accounts/shop', 7000000, "
          "'text/plain', CAST(x'0105' || 'dev-1' || zeroblob(38) AS BLOB), ",
          verdict, ")"));
      ASSERT_TRUE(status.ok()) << status;
    }
  }
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  const auto page = call.ListCallbacks("acme", {});
  ASSERT_TRUE(page.ok()) << page.status();
  std::map<int64_t, v1::CallbackVerdict> verdicts;
  for (const CallbackRecord& record : page->items) {
    verdicts[record.id] = record.judgement.verdict;
    EXPECT_EQ(record.body_bytes, kBodyBytes);
    EXPECT_FALSE(record.body_deleted);
    EXPECT_EQ(record.receive_time, absl::FromUnixSeconds(7));
    EXPECT_EQ(call.GetCallback("acme", record.id)->sealed_body.size(), 45U);
  }
  EXPECT_EQ(verdicts,
            (std::map<int64_t, v1::CallbackVerdict>{{1, v1::CALLBACK_VERDICT_ACCEPTED},
                                                    {2, v1::CALLBACK_VERDICT_REPEATED},
                                                    {3, v1::CALLBACK_VERDICT_MISMATCH},
                                                    {4, v1::CALLBACK_VERDICT_REFUSED_SIGNATURE},
                                                    {5, v1::CALLBACK_VERDICT_UNINTELLIGIBLE},
                                                    {6, v1::CALLBACK_VERDICT_PENDING}}));
  EXPECT_THAT(call.ListPendingCallbacks(0, kAll).value_or(std::vector<CallbackRecord>()),
              SizeIs(1));
  EXPECT_THAT(call.ListAttention("acme", {})->items, SizeIs(3)) << "nobody has acknowledged them";
  EXPECT_EQ(call.RecordCallback({}).value_or(0), 7) << "ids go on";
}

using Told = std::vector<std::pair<int, int>>;

// Before anybody is served, and so that the writer has nothing of it to copy later.
TEST_P(SqliteMigrationTest, OpeningTellsOfItAndLeavesNoLog) {
  Load(GetParam());
  Told told;
  for (int start = 0; start < 2; ++start) {
    SqliteStore::Options options = DefaultOptions();
    options.on_migration = [&](int from, int to) { told.emplace_back(from, to); };
    const auto store = SqliteStore::Open(std::move(options));
    ASSERT_TRUE(store.ok()) << store.status();
    EXPECT_EQ(told, (Told{{GetParam(), kSqliteSchemaVersion}}));
    if (start == 0) {
      EXPECT_EQ(std::filesystem::file_size(database_path() + "-wal"), 0U);
    }
  }
}

TEST_F(SqliteStoreTest, ANewDatabaseIsNoMigration) {
  SqliteStore::Options options = DefaultOptions();
  bool told = false;
  options.on_migration = [&](int /*from*/, int /*to*/) { told = true; };
  ASSERT_TRUE(SqliteStore::Open(std::move(options)).ok());
  EXPECT_FALSE(told);
}

TEST_F(SqliteStoreTest, Version3sCallbacksAreAnInbox) {
  {
    const auto connection = MakeDatabase(database_path());
    ASSERT_TRUE(connection->Execute(ReadDump(3)).ok());
  }
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  const auto page = call.ListCallbacks(kTenant, {});
  ASSERT_TRUE(page.ok()) << page.status();
  std::map<v1::CallbackVerdict, int> verdicts;
  for (const CallbackRecord& record : page->items) {
    ++verdicts[record.judgement.verdict];
    EXPECT_FALSE(call.GetCallback(kTenant, record.id)->sealed_body.empty());
  }
  EXPECT_EQ(verdicts,
            (std::map<v1::CallbackVerdict, int>{{v1::CALLBACK_VERDICT_ACCEPTED, 12},
                                                {v1::CALLBACK_VERDICT_REPEATED, 1},
                                                {v1::CALLBACK_VERDICT_MISMATCH, 1},
                                                {v1::CALLBACK_VERDICT_REFUSED_SIGNATURE, 1},
                                                {v1::CALLBACK_VERDICT_UNINTELLIGIBLE, 1},
                                                {v1::CALLBACK_VERDICT_PENDING, 1}}));
}

// -- Interrupted ------------------------------------------------------------------

constexpr char kHalf[] = "CREATE TABLE half (a TEXT); DELETE FROM payments;";

// Every released version, then a step that this test adds.
std::vector<const char*> WithStep(const char* sql) {
  const auto released = SqliteMigrations();
  std::vector<const char*> steps(released.begin(), released.end());
  steps.push_back(sql);
  return steps;
}

void ExpectUntouched(SqliteConnection* connection) {
  EXPECT_EQ(connection->QueryInt("PRAGMA user_version").value_or(0), kSqliteSchemaVersion);
  EXPECT_THAT(SchemaOf(connection), Not(Contains(testing::Key("half"))));
  EXPECT_EQ(connection->QueryInt("SELECT count(*) FROM payments").value_or(0), 12);
}

TEST_P(SqliteMigrationTest, AStepThatFailsLeavesTheVersionBeforeIt) {
  Load(GetParam());
  const std::string step = absl::StrCat(kHalf, "INSERT INTO nowhere VALUES (1);");
  {
    const auto connection = MakeDatabase(database_path());
    const absl::Status status = MigrateSqliteSchema(connection.get(), WithStep(step.c_str()));
    EXPECT_THAT(std::string(status.message()), HasSubstr("nowhere"));
    ExpectUntouched(connection.get());
  }
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  EXPECT_THAT(ListAll(call), SizeIs(12));
}

void KillThisProcess(sqlite3_context* /*context*/, int /*count*/, sqlite3_value** /*values*/) {
  kill(getpid(), SIGKILL);
}

[[noreturn]] void MigrateUntilKilled(const std::string& path) {
  const auto connection = MakeDatabase(path);
  sqlite3_create_function(connection->handle(), "kill_this_process", 0, SQLITE_UTF8, nullptr,
                          &KillThisProcess, nullptr, nullptr);
  // Small, so that half of the step reaches the disk before the process ends.
  connection->Execute("PRAGMA journal_mode = WAL; PRAGMA cache_size = 1").IgnoreError();
  const std::string step = absl::StrCat(kHalf, "SELECT kill_this_process();");
  MigrateSqliteSchema(connection.get(), WithStep(step.c_str())).IgnoreError();
  std::_Exit(0);
}

// No executor of the test's own: it forks while it has one thread.
TEST(SqliteMigrationKillTest, KilledWithinAStepTheVersionBeforeItIsThere) {
  const TempDirectory directory;
  const std::string path = directory.path() + "/payments.db";
  ASSERT_TRUE(MakeDatabase(path)->Execute(ReadDump(kReleasedVersions.back())).ok());
  ASSERT_TRUE(MigrateSqliteSchema(MakeDatabase(path).get()).ok());
  const pid_t child = fork();
  if (child == 0) MigrateUntilKilled(path);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  const auto connection = MakeDatabase(path);
  ExpectUntouched(connection.get());
  EXPECT_EQ(connection->QueryText("PRAGMA integrity_check").value_or(""), "ok");
}

}  // namespace
}  // namespace payments
