// What pruning the log of events does to a database, and what a database from before knew of.

#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "server/store/sqlite_backup.h"
#include "server/store/sqlite_connection.h"
#include "server/store/sqlite_event_pruning.h"
#include "server/store/sqlite_schema.h"
#include "tests/support/pending.h"
#include "tests/unit/store/sqlite_fixture.h"

namespace payments {
namespace {

constexpr int kAll = 1'000'000;
constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max();

// All but the newest of each tenant.
constexpr EventLimits kNothing = {absl::InfiniteFuture(), 0};
constexpr EventLimits kEverything = {absl::InfinitePast(), kUnlimited};

class SqliteRetentionTest : public SqliteStoreTest {
 protected:
  // All at once: they are committed together, in order.
  static void CreateEvents(Store& store, const std::string& tenant, int first, int last) {
    std::vector<Pending<absl::StatusOr<Claim<StoredPayment>>>> claims(last - first + 1);
    for (int i = first; i <= last; ++i) {
      store.CreatePayment(NewPayment(tenant, absl::StrCat(i), TestTime(i)), {},
                          claims[i - first].done());
    }
    for (const auto& claim : claims) ASSERT_TRUE(claim.Wait().ok());
  }
  static std::vector<int64_t> Kept(BlockingStore& call, const std::string& tenant) {
    std::vector<int64_t> revisions;
    const auto page = call.ReadEvents(tenant, 0, kAll);
    EXPECT_TRUE(page.ok()) << page.status();
    for (const auto& event : page->events) revisions.push_back(event->revision());
    return revisions;
  }
  int64_t Query(const std::string& sql) const {
    const auto connection = SqliteConnection::OpenReadOnly(database_path());
    EXPECT_TRUE(connection.ok()) << connection.status();
    const auto value = (*connection)->QueryInt(sql);
    EXPECT_TRUE(value.ok()) << value.status();
    return value.value_or(-1);
  }
};

TEST_F(SqliteRetentionTest, EventsFromBeforeVersion4AreCounted) {
  {
    std::filesystem::create_directories(path());
    std::ofstream(database_path(), std::ios::app).close();
    const auto connection = SqliteConnection::Open(database_path());
    ASSERT_TRUE(connection.ok()) << connection.status();
    ASSERT_TRUE(MigrateSqliteSchema(connection->get(), SqliteMigrations().first(3)).ok());
    v1::Event event;
    event.set_resource("payments/a");
    for (const char* revision : {"1", "2", "3"}) {
      event.set_revision(revision[0] - '0');
      SqliteStatement insert(connection->get(),
                             absl::StrCat("INSERT INTO events VALUES (", revision, ", 'acme', ",
                                          revision, ", ", revision, "000000, ?)"));
      const std::string bytes = event.SerializeAsString();
      ASSERT_TRUE(SqliteQuery(&insert, SqliteBlob{bytes}).Run().ok());
    }
    ASSERT_TRUE((*connection)->Execute("INSERT INTO tenants VALUES ('acme', 3, 3000000)").ok());
  }
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  EXPECT_EQ(Kept(call, "acme"), (std::vector<int64_t>{1, 2, 3}));
  EXPECT_EQ(call.PruneEvents(kEverything, kAll)->bytes_max, 3 * 14);
  EXPECT_EQ(call.FindRevision("acme", absl::FromUnixSeconds(2))->revision, 1);
  const auto pruned = call.PruneEvents({absl::FromUnixSeconds(3), kUnlimited}, kAll);
  ASSERT_TRUE(pruned.ok()) << pruned.status();
  EXPECT_EQ(pruned->events, 2);
  EXPECT_EQ(pruned->bytes_max, 14);
  EXPECT_EQ(Kept(call, "acme"), (std::vector<int64_t>{3}));
  CreateEvents(*store, "acme", 1, 1);
  EXPECT_EQ(Kept(call, "acme"), (std::vector<int64_t>{3, 4}));
}

TEST_F(SqliteRetentionTest, BytesAreThoseOfTheTable) {
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  CreateEvents(*store, "acme", 1, 300);
  CreateEvents(*store, "other", 1, 10);
  const std::string real = "SELECT sum(length(event)) FROM events WHERE tenant = 'acme'";
  const std::string counted = "SELECT events_bytes FROM tenants WHERE tenant = 'acme'";
  EXPECT_EQ(Query(counted), Query(real));
  ASSERT_EQ(call.PruneEvents(kNothing, 170)->events, 170);
  EXPECT_EQ(Query(counted), Query(real));
  EXPECT_EQ(Query("SELECT oldest_revision FROM tenants WHERE tenant = 'acme'"), 171);
  // What is refused, and rolled back, does not count.
  ASSERT_FALSE(call.CreatePayment(NewPayment("acme", "1"))->created);
  EXPECT_EQ(Query(counted), Query(real));
}

TEST_F(SqliteRetentionTest, ABackupAndARestoreKeepWhereTheLogBegins) {
  const std::string copy = directory_.path() + "/copy.db";
  int64_t bytes = 0;
  {
    const auto store = OpenOrDie();
    BlockingStore call(store.get());
    CreateEvents(*store, "acme", 1, 10);
    bytes = call.PruneEvents({TestTime(8), kUnlimited}, kAll)->bytes_max;
    ASSERT_TRUE(BackUpSqlite(path(), copy).ok());
    CreateEvents(*store, "acme", 11, 12);
  }
  std::filesystem::remove_all(path());
  const auto restored = RestoreSqlite(copy, path(), TestTime(1000));
  ASSERT_TRUE(restored.ok()) << restored.status();
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  const std::vector<int64_t> kept = Kept(call, "acme");
  ASSERT_GE(kept.size(), 3U);  // And what the restore itself has to say.
  EXPECT_EQ(kept.front(), 8);
  EXPECT_TRUE(call.FindRevision("acme", TestTime(5))->pruned);
  EXPECT_FALSE(call.FindRevision("acme", TestTime(7.5))->pruned);
  EXPECT_GE(call.PruneEvents(kEverything, kAll)->bytes_max, bytes);
  EXPECT_EQ(call.PruneEvents(kNothing, kAll)->events, static_cast<int64_t>(kept.size()) - 1);
}

// Whose row says that there are more.
TEST_F(SqliteRetentionTest, AnOddLogIsToldAndStopsNoOthers) {
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  for (const char* tenant : {"a", "b", "c", "d"}) CreateEvents(*store, tenant, 1, 5);
  const auto damage = SqliteConnection::Open(database_path());
  ASSERT_TRUE(damage.ok()) << damage.status();
  ASSERT_TRUE((*damage)
                  ->Execute("DELETE FROM events WHERE tenant = 'a';"
                            "DELETE FROM events WHERE tenant = 'c' AND revision = 3")
                  .ok());
  const auto pruned = call.PruneEvents(kNothing, kAll);
  ASSERT_TRUE(pruned.ok()) << pruned.status();
  EXPECT_THAT(pruned->odd_logs, testing::ElementsAre("the log of tenant a lacks revision 1",
                                                     "the log of tenant c lacks revision 3"));
  EXPECT_EQ(pruned->events, 8);
  EXPECT_FALSE(pruned->more);
  EXPECT_EQ(Kept(call, "b"), (std::vector<int64_t>{5}));
  EXPECT_EQ(Kept(call, "d"), (std::vector<int64_t>{5}));
  EXPECT_EQ(Query("SELECT count(*) FROM events WHERE tenant = 'c'"), 4);
}

TEST_F(SqliteRetentionTest, TenantsTakeTurns) {
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  for (const char* tenant : {"a", "b", "c"}) CreateEvents(*store, tenant, 1, 100);
  std::vector<std::string> turns;
  for (int slice = 0; slice < 5; ++slice) {
    const auto pruned = call.PruneEvents(kNothing, 10);
    ASSERT_TRUE(pruned.ok() && pruned->begins.size() == 1) << pruned.status();
    turns.push_back(pruned->begins.front().tenant);
  }
  EXPECT_THAT(turns, testing::ElementsAre("a", "b", "c", "a", "b"));
}

TEST_F(SqliteRetentionTest, ASliceOfLargeEventsIsAsShort) {
  constexpr int kEvents = 40;
  constexpr int64_t kEventBytes = 100'000;
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  for (int i = 0; i < kEvents; ++i) {
    PaymentWrite write = NewPayment(i % 2 == 0 ? "a" : "b", absl::StrCat(i), TestTime(i));
    write.record.mutable_payment()->set_description(std::string(kEventBytes, 'x'));
    ASSERT_TRUE(call.CreatePayment(std::move(write)).ok());
  }
  const int64_t all = kEvents - 2;
  int64_t gone = 0;
  for (bool more = true; more;) {
    const auto pruned = call.PruneEvents(kNothing, kAll);
    ASSERT_TRUE(pruned.ok()) << pruned.status();
    ASSERT_GT(pruned->events, 0);
    EXPECT_LE((pruned->events - 1) * kEventBytes, SqliteEventPruning::kBytesMax);
    gone += pruned->events;
    more = pruned->more;
  }
  EXPECT_EQ(gone, all);
}

// The room of what was deleted is used again: the file ends to grow.
TEST_F(SqliteRetentionTest, TheFileStaysAsLargeAsWhatIsKept) {
  constexpr int kRounds = 12;
  constexpr int kEvents = 100;
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  const std::string pages =
      "SELECT count(*) FROM dbstat WHERE name IN ('events', 'events_by_revision')";
  CreateEvents(*store, "acme", 1, 2 * kEvents);
  const int64_t pages_of_two_rounds = Query(pages);
  for (int round = 2; round < kRounds; ++round) {
    ASSERT_TRUE(call.PruneEvents(kNothing, kEvents).ok());
    CreateEvents(*store, "acme", round * kEvents + 1, (round + 1) * kEvents);
  }
  // Some pages are not full.
  EXPECT_LE(Query(pages), 2 * pages_of_two_rounds);
  EXPECT_LE(Query("PRAGMA freelist_count"), 2 * pages_of_two_rounds);
}

TEST_F(SqliteRetentionTest, CommitsGoOnBetweenSlices) {
  constexpr int kOld = 1000;
  constexpr int kSlice = 50;
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  CreateEvents(*store, "acme", 1, kOld);
  int64_t newest = kOld;
  int64_t oldest = 1;
  for (bool more = true; more;) {
    // Both wait in the writer's queue together.
    Pending<absl::StatusOr<PrunedEvents>> slice;
    Pending<absl::StatusOr<Claim<StoredPayment>>> commit;
    store->PruneEvents({TestTime(kOld + 1), kUnlimited}, kSlice, slice.done());
    store->CreatePayment(NewPayment("acme", absl::StrCat(newest + 1), TestTime(2.0 * kOld)), {},
                         commit.done());
    const auto pruned = slice.Wait();
    const auto claim = commit.Wait();
    ASSERT_TRUE(pruned.ok() && claim.ok());
    ASSERT_LE(pruned->events, kSlice);
    ASSERT_EQ(claim->stored.revision, ++newest);
    oldest += pruned->events;
    more = pruned->more;
    // No gap behind the first one that is left.
    const std::vector<int64_t> kept = Kept(call, "acme");
    ASSERT_EQ(kept.front(), oldest);
    ASSERT_EQ(static_cast<int64_t>(kept.size()), newest - oldest + 1);
  }
  EXPECT_EQ(oldest, kOld + 1);
  EXPECT_EQ(newest, kOld + kOld / kSlice);
}

}  // namespace
}  // namespace payments
