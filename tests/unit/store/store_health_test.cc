// What the store says of itself, and how often.

#include "server/store/store_health.h"

#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/pending.h"
#include "tests/unit/store/sqlite_fixture.h"

namespace payments {
namespace {

using testing::ElementsAre;
using Side = StoreHealthMonitor::Side;

absl::Status Trouble(StoreTrouble trouble) {
  return WithTrouble(absl::UnavailableError("why"), trouble);
}

TEST(StoreHealthMonitorTest, TellsOnceWhenItChanges) {
  std::vector<StoreTrouble> told;
  StoreHealthMonitor monitor(
      [&told](const StoreHealth& health) { told.push_back(health.trouble); });
  monitor.Report(Side::kWriting, absl::OkStatus());
  for (int i = 0; i < 3; ++i) monitor.Report(Side::kWriting, Trouble(StoreTrouble::kDiskFull));
  monitor.Report(Side::kReading, absl::OkStatus());  // It can still be read.
  EXPECT_TRUE(monitor.IsIll(Side::kWriting));
  EXPECT_FALSE(monitor.IsIll(Side::kReading));
  monitor.Report(Side::kWriting, Trouble(StoreTrouble::kLocked));
  monitor.Report(Side::kWriting, absl::OkStatus());
  EXPECT_THAT(told,
              ElementsAre(StoreTrouble::kDiskFull, StoreTrouble::kLocked, StoreTrouble::kNone));
}

// What is read may be in memory, and what is locked says nothing of the disk.
TEST(StoreHealthMonitorTest, AFailingDiskIsWellWhenAProbeSaysSo) {
  std::vector<StoreTrouble> told;
  StoreHealthMonitor monitor(
      [&told](const StoreHealth& health) { told.push_back(health.trouble); });
  for (const Side side : {Side::kReading, Side::kWriting}) {
    told.clear();
    monitor.Report(side, Trouble(StoreTrouble::kInputOutput));
    EXPECT_TRUE(monitor.NeedsProbe(side));
    monitor.Report(side, absl::OkStatus());
    monitor.Report(side, Trouble(StoreTrouble::kLocked));
    monitor.Report(side, absl::OkStatus());
    monitor.ReportProbe(side, Trouble(StoreTrouble::kInputOutput));
    EXPECT_THAT(told, ElementsAre(StoreTrouble::kInputOutput));
    monitor.ReportProbe(side, absl::OkStatus());
    EXPECT_FALSE(monitor.NeedsProbe(side));
    EXPECT_THAT(told, ElementsAre(StoreTrouble::kInputOutput, StoreTrouble::kNone));
  }
}

TEST(StoreHealthMonitorTest, AnErrorOfACallIsNoTrouble) {
  StoreHealthMonitor monitor(nullptr);
  monitor.Report(Side::kWriting, absl::AbortedError("somebody was faster"));
  EXPECT_EQ(monitor.Snapshot().trouble, StoreTrouble::kNone);
}

TEST(StoreHealthMonitorTest, DamageStays) {
  StoreHealthMonitor monitor(nullptr);
  monitor.Report(Side::kReading, WithTrouble(absl::DataLossError("torn"), StoreTrouble::kDamaged));
  monitor.Report(Side::kReading, absl::OkStatus());
  monitor.Report(Side::kWriting, Trouble(StoreTrouble::kDiskFull));
  EXPECT_EQ(monitor.Snapshot().trouble, StoreTrouble::kDamaged);
  EXPECT_EQ(monitor.Snapshot().detail, "torn");
  EXPECT_TRUE(absl::IsDataLoss(monitor.Damage()));
}

TEST(StoreHealthMonitorTest, EveryTroubleHasAName) {
  for (const StoreTrouble trouble :
       {StoreTrouble::kLocked, StoreTrouble::kInputOutput, StoreTrouble::kReadOnly,
        StoreTrouble::kDiskFull, StoreTrouble::kDamaged}) {
    EXPECT_EQ(TroubleOf(WithTrouble(absl::UnavailableError("x"), trouble)), trouble)
        << StoreTroubleName(trouble);
  }
}

class StoreHealthTest : public SqliteStoreTest {
 protected:
  SqliteStore::Options WatchedOptions() {
    SqliteStore::Options options = DefaultOptions();
    options.on_health = [this](const StoreHealth& health) { OnHealth(health); };
    return options;
  }
  void OnHealth(const StoreHealth& health) {
    if (health.trouble == StoreTrouble::kNone) return well_.done()(true);
    ill_.done()(health.trouble);
  }

  Pending<StoreTrouble> ill_;
  Pending<bool> well_;
};

TEST_F(StoreHealthTest, ALockedStoreRecoversByItselfWithoutTraffic) {
  const auto store = OpenOrDie(WatchedOptions());
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(database_path().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto refused = BlockingStore(store.get()).CreatePayment(NewPayment("acme", "a"));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ill_.Wait(), StoreTrouble::kLocked);
  EXPECT_EQ(store->Health().trouble, StoreTrouble::kLocked);
  sqlite3_close(other);
  EXPECT_TRUE(well_.Wait());
  EXPECT_TRUE(BlockingStore(store.get()).CreatePayment(NewPayment("acme", "a")).ok());
}

// Retention looks every few seconds, and mostly finds nothing to delete.
TEST_F(StoreHealthTest, AWriteThatHasNothingToWriteIsNoRecovery) {
  SqliteStore::Options options = WatchedOptions();
  options.pages_max = 200;
  const auto store = OpenOrDie(std::move(options));
  BlockingStore call(store.get());
  absl::Status written;
  for (int i = 0; written.ok(); ++i) {
    PaymentWrite large = NewPayment("acme", absl::StrCat(i));
    large.record.mutable_payment()->set_description(std::string(10'000, 'x'));
    written = call.CreatePayment(std::move(large)).status();
  }
  ASSERT_EQ(ill_.Wait(), StoreTrouble::kDiskFull);
  const EventLimits everything = {absl::InfinitePast(), int64_t{1} << 40};
  ASSERT_TRUE(call.PruneEvents(everything, 100).ok());
  EXPECT_EQ(store->Health().trouble, StoreTrouble::kDiskFull);
}

// Overwrites every page but the first with what is no page.
void Damage(const std::string& path) {
  constexpr std::streamoff kPageBytes = 4096;
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path));
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(kPageBytes);
  file << std::string(size - kPageBytes, '\x5a');
}

std::string Bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class DamagedStoreTest : public StoreHealthTest {
 protected:
  static constexpr int kPayments = 100;

  // A database whose pages are not in its log.
  void MakeDatabase() {
    const auto store = OpenOrDie();
    for (int i = 0; i < kPayments; ++i) {
      ASSERT_TRUE(
          BlockingStore(store.get()).CreatePayment(NewPayment("acme", absl::StrCat(i))).ok());
    }
  }
  // Reads until what is not in the cache of the connection is found to be damaged.
  void FindDamage(SqliteStore* store) {
    for (int i = 0; i < kPayments && store->Health().trouble == StoreTrouble::kNone; ++i) {
      Pending<absl::StatusOr<StoredPayment>> read;
      store->GetPayment("acme", absl::StrCat("payments/", i), read.done());
      read.Wait().status().IgnoreError();
    }
    EXPECT_EQ(ill_.Wait(), StoreTrouble::kDamaged);
  }
};

TEST_F(DamagedStoreTest, NothingIsReadOrWritten) {
  MakeDatabase();
  const auto store = OpenOrDie(WatchedOptions());
  Damage(database_path());
  FindDamage(store.get());
  EXPECT_EQ(BlockingStore(store.get()).CreatePayment(NewPayment("acme", "new")).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(BlockingStore(store.get()).GetPayment("acme", "payments/1").status().code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(DamagedStoreTest, ItsFilesStayAsTheyAre) {
  MakeDatabase();
  auto store = OpenOrDie(WatchedOptions());
  ASSERT_TRUE(BlockingStore(store.get()).CreatePayment(NewPayment("acme", "logged")).ok());
  Damage(database_path());
  const std::string database = Bytes(database_path());
  const std::string log = Bytes(database_path() + "-wal");
  EXPECT_FALSE(log.empty());
  FindDamage(store.get());
  store.reset();
  EXPECT_TRUE(Bytes(database_path()) == database);
  EXPECT_TRUE(Bytes(database_path() + "-wal") == log);

  // Nor does a start change them that finds the damage out.
  EXPECT_EQ(TryOpen().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_TRUE(Bytes(database_path()) == database);
  EXPECT_TRUE(Bytes(database_path() + "-wal") == log);
}

// The writer comes to know of it when the log is due to be copied into the database.
TEST_F(DamagedStoreTest, ItsLogIsNotCopiedIntoIt) {
  MakeDatabase();
  SqliteStore::Options options = WatchedOptions();
  SqliteStore* reading = nullptr;
  std::string database;
  options.on_batch = [this, &reading, &database](int) {
    Damage(database_path());
    database = Bytes(database_path());
    FindDamage(reading);
  };
  auto store = OpenOrDie(std::move(options));
  reading = store.get();
  // In the log twice, with its event: more than the 16 MiB after which that is copied.
  constexpr size_t kHalfTheLog = 10 << 20;
  PaymentWrite large = NewPayment("acme", "large");
  large.record.mutable_payment()->set_description(std::string(kHalfTheLog, 'x'));
  ASSERT_TRUE(BlockingStore(store.get()).CreatePayment(std::move(large)).ok());
  store.reset();
  EXPECT_TRUE(Bytes(database_path()) == database);
}

// What was done beside it in one transaction relies on what is in the file.
TEST_F(DamagedStoreTest, NothingIsCommittedBesideWhatFindsTheDamage) {
  MakeDatabase();
  SqliteStore::Options options = WatchedOptions();
  SqliteStore* store_of_hook = nullptr;
  std::string log;
  PendingOr<Claim<StoredPayment>> beside;
  PendingOr<Claim<StoredCard>> finder;
  options.on_batch = [&, first = true](int) mutable {
    if (!std::exchange(first, false)) return;
    Damage(database_path());
    log = Bytes(database_path() + "-wal");
    store_of_hook->CreatePayment(NewPayment("acme", "beside"), {}, beside.done());
    store_of_hook->CreateCard(NewCard("acme", "finder"), {}, finder.done());  // Read by nobody yet.
  };
  auto store = OpenOrDie(std::move(options));
  store_of_hook = store.get();
  ASSERT_TRUE(BlockingStore(store.get()).CreatePayment(NewPayment("acme", "first")).ok());
  EXPECT_EQ(beside.Wait().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(finder.Wait().status().code(), absl::StatusCode::kDataLoss);
  store.reset();
  EXPECT_TRUE(Bytes(database_path() + "-wal") == log);
}

}  // namespace
}  // namespace payments
