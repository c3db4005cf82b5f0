// What the store says of itself, and how often.

#include "server/store/store_health.h"

#include <sqlite3.h>

#include <filesystem>
#include <fstream>
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

// Overwrites every page but the first with what is no page.
void Damage(const std::string& path) {
  constexpr std::streamoff kPageBytes = 4096;
  const auto size = static_cast<std::streamoff>(std::filesystem::file_size(path));
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(kPageBytes);
  file << std::string(size - kPageBytes, '\x5a');
}

TEST_F(StoreHealthTest, OfADamagedStoreNothingIsReadOrWritten) {
  {
    const auto store = OpenOrDie();
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(
          BlockingStore(store.get()).CreatePayment(NewPayment("acme", absl::StrCat(i))).ok());
    }
  }
  const auto store = OpenOrDie(WatchedOptions());
  Damage(database_path());
  // What is not in the cache of the connection is found to be damaged.
  for (int i = 0; i < 100 && store->Health().trouble == StoreTrouble::kNone; ++i) {
    BlockingStore(store.get())
        .GetPayment("acme", absl::StrCat("payments/", i))
        .status()
        .IgnoreError();
  }
  EXPECT_EQ(ill_.Wait(), StoreTrouble::kDamaged);
  EXPECT_EQ(BlockingStore(store.get()).CreatePayment(NewPayment("acme", "new")).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(BlockingStore(store.get()).GetPayment("acme", "payments/1").status().code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace payments
