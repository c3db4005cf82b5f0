// A copy becomes the database of a server again.

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/store/sqlite_backup.h"
#include "server/store/sqlite_connection.h"
#include "server/store/sqlite_schema.h"
#include "tests/unit/store/sqlite_fixture.h"

namespace payments {
namespace {

using testing::HasSubstr;

constexpr int kAll = 1000;

class SqliteRestoreTest : public SqliteStoreTest {
 protected:
  std::string copy_path() const { return directory_.path() + "/copy.db"; }

  // A server with one payment of "acme", whose operation has number 1; a copy of it.
  void MakeCopy() {
    const auto store = OpenOrDie();
    ASSERT_TRUE(BlockingStore(store.get()).CreatePayment(NewPayment("acme", "a")).ok());
    ASSERT_TRUE(BackUpSqlite(path(), copy_path()).ok());
  }
  void LoseDatabase() const { std::filesystem::remove_all(path()); }
  absl::StatusOr<RestoredSqlite> Restore() const {
    return RestoreSqlite(copy_path(), path(), TestTime(1000));
  }
  void ExpectRefused(absl::StatusCode code, const std::string& message) const {
    const absl::Status status = Restore().status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
  }
  void ExpectNoDatabase() const {
    for (const auto& entry : std::filesystem::directory_iterator(path())) {
      EXPECT_EQ(entry.path().filename(), "lock");
    }
  }
  static int64_t NumberOf(const absl::StatusOr<Claim<StoredPayment>>& claim) {
    EXPECT_TRUE(claim.ok()) << claim.status();
    return claim.ok() ? claim->stored.record.operations(0).number() : 0;
  }
};

TEST_F(SqliteRestoreTest, BringsEverythingBackUnderANewLog) {
  MakeCopy();
  const std::string incarnation = OpenOrDie()->LogIncarnation();
  LoseDatabase();
  const auto restored = Restore();
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->figures.payments, 1);
  EXPECT_EQ(restored->unfinished_payments, 1);
  ASSERT_EQ(restored->figures.tenants.size(), 1U);
  EXPECT_EQ(restored->figures.tenants[0].newest_revision, 1) << "the newest that is not lost";

  const auto store = OpenOrDie();
  EXPECT_EQ(store->LogIncarnation(), restored->figures.log_incarnation);
  EXPECT_EQ(store->LogIncarnation().size(), incarnation.size());
  EXPECT_NE(store->LogIncarnation(), incarnation) << "old cursors must be told CURSOR_AHEAD";
  BlockingStore call(store.get());
  EXPECT_TRUE(call.GetPayment("acme", "payments/a").ok());
  EXPECT_TRUE(call.CreatePayment(NewPayment("acme", "b")).ok());
}

TEST_F(SqliteRestoreTest, TwoRestoresOfOneCopyAreTwoLogs) {
  MakeCopy();
  LoseDatabase();
  const auto first = Restore();
  LoseDatabase();
  const auto second = Restore();
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_NE(first->figures.log_incarnation, second->figures.log_incarnation);
}

// By so many if the range is the default one: see operation_numbers_test.cc.
constexpr int64_t kJump = 1'000'100'000;

// From 1,000,000, as an Epay terminal's.
PaymentWrite Numbered(const std::string& name, int64_t last) {
  PaymentWrite write = NewPayment("acme", name);
  write.numbers = {.sequence = "terminal-1", .first = 1'000'000, .last = last};
  return write;
}

TEST_F(SqliteRestoreTest, NumbersJumpAheadForEveryAccount) {
  MakeCopy();
  LoseDatabase();
  ASSERT_TRUE(Restore().ok());
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  EXPECT_EQ(NumberOf(call.CreatePayment(NewPayment("acme", "b"))), kJump + 2);
  EXPECT_EQ(NumberOf(call.CreatePayment(NewPayment("acme", "c"))), kJump + 3);
  // One that had no number when the copy was made may have got some since.
  EXPECT_EQ(NumberOf(call.CreatePayment(NewPayment("late", "d"))), kJump + 1);
  EXPECT_EQ(NumberOf(call.CreatePayment(NewPayment("late", "e"))), kJump + 2);
}

TEST_F(SqliteRestoreTest, ARestoreOfARestoreJumpsAgain) {
  MakeCopy();
  LoseDatabase();
  ASSERT_TRUE(Restore().ok());
  std::filesystem::remove(copy_path());
  ASSERT_TRUE(BackUpSqlite(path(), copy_path()).ok());
  LoseDatabase();
  const auto restored = Restore();
  ASSERT_TRUE(restored.ok());
  EXPECT_EQ(restored->restores, 2);
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  EXPECT_EQ(NumberOf(call.CreatePayment(NewPayment("acme", "b"))), 2 * kJump + 2);
  EXPECT_EQ(NumberOf(call.CreatePayment(NewPayment("late", "c"))), 2 * kJump + 1);
}

TEST_F(SqliteRestoreTest, NumbersOfANarrowRangeStayWithinIt) {
  constexpr int64_t kLast = 1'999'999;
  {
    const auto store = OpenOrDie();
    EXPECT_EQ(NumberOf(BlockingStore(store.get()).CreatePayment(Numbered("a", kLast))), 1'000'000);
    ASSERT_TRUE(BackUpSqlite(path(), copy_path()).ok());
  }
  LoseDatabase();
  ASSERT_TRUE(Restore().ok());
  {
    const auto store = OpenOrDie();
    BlockingStore call(store.get());
    EXPECT_EQ(NumberOf(call.CreatePayment(Numbered("b", kLast))), 1'100'001);
  }
  // It has jumped, and does not with every start.
  const auto store = OpenOrDie();
  EXPECT_EQ(NumberOf(BlockingStore(store.get()).CreatePayment(Numbered("c", kLast))), 1'100'002);
}

TEST_F(SqliteRestoreTest, NumbersThatWouldLeaveTheirRangeAreNotGivenOut) {
  MakeCopy();
  LoseDatabase();
  ASSERT_TRUE(Restore().ok());
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  const absl::Status refused = call.CreatePayment(Numbered("b", 1'099'999)).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kOutOfRange) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("1 restored backups skips 100000"));
  // Another range helps, and has to jump, too: it may have been in use before the loss.
  EXPECT_EQ(NumberOf(call.CreatePayment(Numbered("b", 1'199'999))), 1'100'000);
}

// It would give numbers out again, and end by time what only evidence may end.
TEST_F(SqliteRestoreTest, AProgramThatWouldNotHeedARestoreRefusesTheDatabase) {
  constexpr int kNewestThatWouldNot = 2;
  std::ofstream(copy_path()).close();
  ASSERT_TRUE(MigrateSqliteSchema(SqliteConnection::Open(copy_path())->get(),
                                  SqliteMigrations().first(kNewestThatWouldNot))
                  .ok());
  const auto restored = Restore();
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_GT(restored->figures.schema_version, kNewestThatWouldNot);
  const absl::Status older = MigrateSqliteSchema(SqliteConnection::Open(database_path())->get(),
                                                 SqliteMigrations().first(kNewestThatWouldNot));
  EXPECT_EQ(older.code(), absl::StatusCode::kFailedPrecondition) << older;
}

TEST_F(SqliteRestoreTest, UnfinishedPaymentsAreMarkedWithAnEvent) {
  MakeCopy();
  LoseDatabase();
  ASSERT_TRUE(Restore().ok());
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  const auto stored = call.GetPayment("acme", "payments/a");
  ASSERT_TRUE(stored.ok());
  EXPECT_TRUE(stored->record.restored());
  EXPECT_TRUE(stored->record.payment().needs_review()) << "it has no reference to ask by";
  EXPECT_EQ(store->Stats().needs_review, 1);
  const auto events = call.ReadEvents("acme", 0, kAll);
  ASSERT_TRUE(events.ok());
  ASSERT_EQ(events->events.size(), 2U);
  EXPECT_EQ(events->events[1]->revision(), 2);
  EXPECT_EQ(events->events[1]->sequence(), 2);
  EXPECT_EQ(events->events[1]->cause().kind(), v1::CAUSE_KIND_RECOVERY);
  const auto due = call.ListDuePayments(TestTime(1000), kAll);
  ASSERT_TRUE(due.ok());
  EXPECT_EQ(due->size(), 1U) << "looked at as soon as the server runs";
}

TEST_F(SqliteRestoreTest, TheFileOfAServerThatWasKilledIsRestoredWithItsLog) {
  // What is not checkpointed is in the file beside it.
  const auto store = OpenOrDie();
  ASSERT_TRUE(BlockingStore(store.get()).CreatePayment(NewPayment("acme", "a")).ok());
  const std::string other = directory_.path() + "/other";
  ASSERT_GT(std::filesystem::file_size(database_path() + "-wal"), 0U);
  const auto restored = RestoreSqlite(database_path(), other, TestTime(1000));
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->figures.payments, 1);
}

TEST_F(SqliteRestoreTest, ADirectoryWithADatabaseIsRefused) {
  MakeCopy();
  ExpectRefused(absl::StatusCode::kFailedPrecondition, absl::StrCat("move ", path(), " away"));
  EXPECT_EQ(OpenOrDie()->Stats().needs_review, 0) << "untouched";
}

// SQLite would take it for the new database's own log.
TEST_F(SqliteRestoreTest, ALeftOverLogIsRefused) {
  MakeCopy();
  for (const char* suffix : {"-wal", "-shm", "-journal"}) {
    LoseDatabase();
    std::filesystem::create_directories(path());
    std::ofstream(database_path() + suffix) << "left over";
    ExpectRefused(absl::StatusCode::kFailedPrecondition, absl::StrCat(suffix, " is there"));
  }
}

TEST_F(SqliteRestoreTest, ADirectoryInUseIsRefused) {
  MakeCopy();
  const auto store = OpenOrDie();
  ExpectRefused(absl::StatusCode::kFailedPrecondition, "another server uses");
}

TEST_F(SqliteRestoreTest, ASourceThatIsNotThereIsNamed) {
  ExpectRefused(absl::StatusCode::kNotFound, absl::StrCat(copy_path(), ": there is no such file"));
  ExpectNoDatabase();
}

TEST_F(SqliteRestoreTest, ASourceOfSomebodyElseIsRefused) {
  std::ofstream(copy_path()).close();
  ASSERT_TRUE(
      (*SqliteConnection::Open(copy_path()))->Execute("CREATE TABLE recipes (name TEXT)").ok());
  ExpectRefused(absl::StatusCode::kFailedPrecondition, "no database of this server");
  ExpectNoDatabase();
}

TEST_F(SqliteRestoreTest, ASourceOfANewerServerIsRefused) {
  MakeCopy();
  LoseDatabase();
  ASSERT_TRUE((*SqliteConnection::Open(copy_path()))->Execute("PRAGMA user_version = 72").ok());
  ExpectRefused(absl::StatusCode::kFailedPrecondition, "version 72");
  ExpectNoDatabase();
}

TEST_F(SqliteRestoreTest, ASourceThatIsNoDatabaseIsDataLoss) {
  std::ofstream(copy_path()) << std::string(10000, 'x');
  ExpectRefused(absl::StatusCode::kDataLoss, copy_path());
  ExpectNoDatabase();
}

// As a copy that somebody made with cp, and did not finish.
TEST_F(SqliteRestoreTest, AHalfWrittenSourceIsDataLoss) {
  MakeCopy();
  LoseDatabase();
  std::filesystem::resize_file(copy_path(), std::filesystem::file_size(copy_path()) / 2);
  ExpectRefused(absl::StatusCode::kDataLoss, copy_path());
  ExpectNoDatabase();
}

TEST_F(SqliteRestoreTest, ARecordThatCannotBeReadIsDataLoss) {
  MakeCopy();
  LoseDatabase();
  ASSERT_TRUE(
      (*SqliteConnection::Open(copy_path()))->Execute("UPDATE payments SET record = x'ff'").ok());
  ExpectRefused(absl::StatusCode::kDataLoss, "payments/a");
  ExpectNoDatabase();
}

TEST_F(SqliteRestoreTest, ALogWithoutIncarnationIsDataLoss) {
  MakeCopy();
  LoseDatabase();
  ASSERT_TRUE((*SqliteConnection::Open(copy_path()))->Execute("DELETE FROM meta").ok());
  ExpectRefused(absl::StatusCode::kDataLoss, "incarnation");
  ExpectNoDatabase();
}

}  // namespace
}  // namespace payments
