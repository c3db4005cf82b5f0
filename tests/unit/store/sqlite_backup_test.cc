// Copies of the database of a running server.

#include "server/store/sqlite_backup.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <array>
#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/store/new_file.h"
#include "server/store/sqlite_connection.h"
#include "tests/unit/store/sqlite_fixture.h"

namespace payments {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SqliteBackupTest : public SqliteStoreTest {
 protected:
  std::string copy_path() const { return directory_.path() + "/copy.db"; }
  absl::StatusOr<SqliteCopyFigures> BackUp() const { return BackUpSqlite(path(), copy_path()); }

  // What lies in a folder besides what is expected there.
  std::vector<std::string> LeftOvers() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      const std::string name = entry.path().filename();
      if (name != "data" && name != "copy.db") names.push_back(name);
    }
    return names;
  }

  void ExpectRefused(const absl::Status& status, absl::StatusCode code,
                     const std::string& message) const {
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
    EXPECT_THAT(LeftOvers(), IsEmpty());
  }
};

TEST_F(SqliteBackupTest, HoldsWhatWasAcknowledgedWhileTheServerRuns) {
  const auto store = OpenOrDie();
  BlockingStore call(store.get());
  ASSERT_TRUE(call.CreatePayment(NewPayment("acme", "a")).ok());
  ASSERT_TRUE(call.CreatePayment(NewPayment("other", "b")).ok());
  ASSERT_TRUE(call.CreateCard(NewCard("acme", "c")).ok());
  const auto figures = BackUp();
  ASSERT_TRUE(figures.ok()) << figures.status();
  EXPECT_EQ(figures->payments, 2);
  EXPECT_EQ(figures->cards, 1);
  EXPECT_EQ(figures->log_incarnation, store->LogIncarnation());
  EXPECT_EQ(figures->bytes, static_cast<int64_t>(std::filesystem::file_size(copy_path())));
  ASSERT_THAT(figures->tenants, SizeIs(2));
  EXPECT_EQ(figures->tenants[0].tenant, "acme");
  EXPECT_EQ(figures->tenants[0].newest_revision, 2);
  EXPECT_TRUE(call.CreatePayment(NewPayment("acme", "later")).ok()) << "the server goes on";
  EXPECT_THAT(LeftOvers(), IsEmpty());
}

TEST_F(SqliteBackupTest, IsForItsOwnerOnlyAndOneFile) {
  const auto store = OpenOrDie();
  ASSERT_TRUE(BackUp().ok());
  struct stat info = {};
  ASSERT_EQ(stat(copy_path().c_str(), &info), 0);
  constexpr unsigned kModeBits = 0777;
  EXPECT_EQ(info.st_mode & kModeBits, 0600U);
  // Not in WAL mode: it can be read where nothing can be written.
  EXPECT_EQ(
      (*SqliteConnection::OpenReadOnly(copy_path()))->QueryText("PRAGMA journal_mode").value(),
      "delete");
}

// Creates payments, some at a time, until it goes. Thread-safe.
class EndlessWrites {
 public:
  explicit EndlessWrites(Store* store) : store_(store) {
    const std::lock_guard lock(mutex_);
    while (submitted_ < kAtOnce) SubmitLocked();
  }
  ~EndlessWrites() {
    std::unique_lock lock(mutex_);
    over_ = true;
    changed_.wait(lock, [this] { return acknowledged_ == submitted_; });
  }
  EndlessWrites(const EndlessWrites&) = delete;
  EndlessWrites& operator=(const EndlessWrites&) = delete;

  int64_t acknowledged() const {
    const std::lock_guard lock(mutex_);
    return acknowledged_;
  }
  // Waits until there are more than `count`.
  void WaitForMoreThan(int64_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, count] { return acknowledged_ > count; });
  }

 private:
  static constexpr int kAtOnce = 8;

  void SubmitLocked() {
    store_->CreatePayment(NewPayment("acme", absl::StrCat(submitted_++)), {},
                          [this](const auto& created) { OnCreated(created.status()); });
  }
  void OnCreated(const absl::Status& status) {
    EXPECT_TRUE(status.ok()) << status;
    const std::lock_guard lock(mutex_);
    ++acknowledged_;
    if (!over_) SubmitLocked();
    changed_.notify_all();
  }

  Store* store_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  int64_t submitted_ = 0;
  int64_t acknowledged_ = 0;
  bool over_ = false;
};

// Payments are created all the time; each copy is of one moment, and nobody waits for it.
TEST_F(SqliteBackupTest, UnderWritesEachCopyIsOfOneMoment) {
  auto store = OpenOrDie();
  EndlessWrites writes(store.get());
  // Copies take longer and longer, so some fall among the writes.
  constexpr int kCopiesAmongWrites = 3;
  int64_t before = 0;
  for (int among = 0; among < kCopiesAmongWrites;) {
    writes.WaitForMoreThan(before);
    const int64_t first = writes.acknowledged();
    const auto figures = BackUp();
    ASSERT_TRUE(figures.ok()) << figures.status();
    if (writes.acknowledged() > first) ++among;
    EXPECT_GT(figures->payments, before) << "what was written since the last copy is not in it";
    EXPECT_GE(figures->payments, first);
    before = figures->payments;
    const auto connection = SqliteConnection::OpenReadOnly(copy_path());
    ASSERT_TRUE(connection.ok());
    EXPECT_EQ((*connection)->QueryInt("SELECT count(*) FROM events").value(), figures->payments);
    EXPECT_EQ((*connection)->QueryInt("SELECT coalesce(max(revision), 0) FROM events").value(),
              figures->payments);
    std::filesystem::remove(copy_path());
  }
}

TEST_F(SqliteBackupTest, AStoppedServersDatabaseIsCopiedAndLeftAsItIs) {
  {
    const auto store = OpenOrDie();
    ASSERT_TRUE(BlockingStore(store.get()).CreatePayment(NewPayment("acme", "a")).ok());
  }
  const auto before = std::filesystem::last_write_time(database_path());
  const auto figures = BackUp();
  ASSERT_TRUE(figures.ok()) << figures.status();
  EXPECT_EQ(figures->payments, 1);
  EXPECT_EQ(std::filesystem::last_write_time(database_path()), before);
}

TEST_F(SqliteBackupTest, OverwritesNothing) {
  const auto store = OpenOrDie();
  std::ofstream(copy_path()) << "precious";
  ExpectRefused(BackUp().status(), absl::StatusCode::kFailedPrecondition, "never overwritten");
  std::string text;
  std::ifstream(copy_path()) >> text;
  EXPECT_EQ(text, "precious");
}

TEST_F(SqliteBackupTest, FollowsNoLinkThatIsThere) {
  const auto store = OpenOrDie();
  std::filesystem::create_symlink("nowhere", copy_path());
  ExpectRefused(BackUp().status(), absl::StatusCode::kFailedPrecondition, "never overwritten");
}

TEST_F(SqliteBackupTest, WhereNothingCanBeWrittenIsNamed) {
  const auto store = OpenOrDie();
  const absl::Status status = BackUpSqlite(path(), directory_.path() + "/no/copy.db").status();
  ExpectRefused(status, absl::StatusCode::kUnavailable, "/no/copy.db");
}

TEST_F(SqliteBackupTest, WithoutADatabaseThereIsNothingToCopy) {
  ExpectRefused(BackUp().status(), absl::StatusCode::kNotFound, "payments.db: there is no");
}

TEST_F(SqliteBackupTest, SomebodyElsesDatabaseIsRefused) {
  std::filesystem::create_directories(path());
  std::ofstream(database_path()).close();
  ExpectRefused(BackUp().status(), absl::StatusCode::kFailedPrecondition, "no database of this");
  ASSERT_TRUE((*SqliteConnection::Open(database_path()))
                  ->Execute("CREATE TABLE meta (a); PRAGMA user_version = 1")
                  .ok());
  ExpectRefused(BackUp().status(), absl::StatusCode::kFailedPrecondition, "no database of this");
}

TEST_F(SqliteBackupTest, ANewerServersDatabaseIsRefused) {
  OpenOrDie().reset();
  ASSERT_TRUE((*SqliteConnection::Open(database_path()))->Execute("PRAGMA user_version = 72").ok());
  ExpectRefused(BackUp().status(), absl::StatusCode::kFailedPrecondition, "version 72");
}

// Overwrites some of the file's bytes from `offset` on.
void Damage(const std::string& path, int64_t offset, size_t bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(offset);
  file << std::string(bytes, '\xff');
}

TEST_F(SqliteBackupTest, ADamagedDatabaseMakesNoCopy) {
  {
    const auto store = OpenOrDie();
    BlockingStore call(store.get());
    constexpr int kPayments = 50;
    for (int i = 0; i < kPayments; ++i) {
      ASSERT_TRUE(call.CreatePayment(NewPayment("acme", absl::StrCat(i))).ok());
    }
  }
  constexpr int64_t kPageBytes = 4096;
  Damage(database_path(), 4 * kPageBytes, 30 * kPageBytes);
  ExpectRefused(BackUp().status(), absl::StatusCode::kDataLoss, database_path());
}

// A table and its index may each be well, and not belong together.
TEST_F(SqliteBackupTest, AnIndexThatDoesNotFitItsTableIsFoundOut) {
  OpenOrDie().reset();
  // The index is put aside while its table changes.
  for (const char* sql :
       {"INSERT INTO events VALUES (1, 'acme', 1, 1, x''), (2, 'acme', 2, 2, x'');"
        "CREATE TABLE aside AS SELECT * FROM sqlite_master WHERE name = 'events_by_revision';"
        "PRAGMA writable_schema = ON;"
        "DELETE FROM sqlite_master WHERE name = 'events_by_revision'",
        "DELETE FROM events WHERE id = 1; PRAGMA writable_schema = ON;"
        "INSERT INTO sqlite_master SELECT * FROM aside"}) {
    ASSERT_TRUE((*SqliteConnection::Open(database_path()))->Execute(sql).ok());
  }
  ExpectRefused(BackUp().status(), absl::StatusCode::kDataLoss, "damaged");
}

// No file may grow beyond `bytes`, which SQLite gets as an I/O error.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    before_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    static_cast<void>(std::signal(SIGXFSZ, before_handler_));
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*before_handler_)(int) = nullptr;
};

TEST_F(SqliteBackupTest, AFullDiskLeavesNoHalfCopy) {
  OpenOrDie().reset();
  absl::Status status;
  {
    constexpr rlim_t kHalf = 32 * 1024;
    const FileSizeLimit limit(kHalf);
    status = BackUp().status();
  }
  ExpectRefused(status, absl::StatusCode::kUnavailable, "copying");
  EXPECT_TRUE(BackUp().ok()) << "with room again";
}

// -- NewFile ---------------------------------------------------------------------

TEST(NewFileTest, AppearsWholeOrNotAtAll) {
  const TempDirectory directory;
  const std::string path = directory.path() + "/file";
  {
    const auto given_up = NewFile::Create(path);
    ASSERT_TRUE(given_up.ok());
    EXPECT_TRUE(std::filesystem::exists(given_up->partial_path()));
  }
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
  auto file = NewFile::Create(path);
  ASSERT_TRUE(file.ok());
  std::ofstream(file->partial_path()) << "whole";
  EXPECT_FALSE(std::filesystem::exists(path));
  ASSERT_TRUE(file->Publish().ok());
  EXPECT_EQ(std::filesystem::file_size(path), 5U);
  EXPECT_FALSE(std::filesystem::exists(file->partial_path()));
}

// Two at once: one gets the name.
TEST(NewFileTest, TakesNobodysPlaceThatCameMeanwhile) {
  const TempDirectory directory;
  const std::string path = directory.path() + "/file";
  auto first = NewFile::Create(path);
  auto second = NewFile::Create(path);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_TRUE(first->Publish().ok());
  EXPECT_EQ(second->Publish().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(NewFileTest, WhatIsGoneCannotBePublished) {
  const TempDirectory directory;
  auto file = NewFile::Create(directory.path() + "/file");
  ASSERT_TRUE(file.ok());
  std::filesystem::remove(file->partial_path());
  EXPECT_EQ(file->Publish().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace payments
