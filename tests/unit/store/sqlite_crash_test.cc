// Full disks, failing disks, and processes that are killed.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/pending.h"
#include "tests/unit/store/sqlite_fixture.h"

namespace payments {
namespace {

using SqliteDiskTest = SqliteStoreTest;

TEST_F(SqliteDiskTest, AFullDiskRefusesWritesAndLosesNothing) {
  SqliteStore::Options small = DefaultOptions();
  small.pages_max = 120;
  auto store = OpenOrDie(std::move(small));
  std::vector<PendingOr<Claim<StoredPayment>>> created(2000);
  for (size_t i = 0; i < created.size(); ++i) {
    store->CreatePayment(NewPayment("acme", absl::StrCat(i)), {}, created[i].done());
  }
  std::set<std::string> acknowledged;
  for (const auto& one : created) {
    if (one.Wait().ok()) {
      acknowledged.insert(one.Wait()->stored.record.payment().name());
    } else {
      ASSERT_EQ(one.Wait().status().code(), absl::StatusCode::kUnavailable);
    }
  }
  EXPECT_GT(acknowledged.size(), 0);
  EXPECT_LT(acknowledged.size(), created.size());
  // Reading goes on.
  for (const std::string& name : acknowledged) {
    ASSERT_TRUE(BlockingStore(store.get()).GetPayment("acme", name).ok()) << name;
  }
  store.reset();

  store = OpenOrDie();  // With room again.
  BlockingStore call(store.get());
  const auto events = call.ReadEvents("acme", 0, 5000);
  ASSERT_TRUE(events.ok());
  EXPECT_EQ(events->events.size(), acknowledged.size());
  const auto next = call.CreatePayment(NewPayment("acme", "next"));
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_EQ(next->stored.revision, static_cast<int64_t>(acknowledged.size()) + 1);
}

// Writes until a commit fails: no file may grow any more, which SQLite gets as an I/O error.
[[noreturn]] void WriteToAFailingDisk(const std::string& path) {
  ThreadExecutor executor;
  SqliteStore::Options options;
  options.data_directory = path;
  options.executor = &executor;
  auto store = SqliteStore::Open(std::move(options));
  if (!store.ok()) std::abort();
  constexpr rlim_t kFileBytesMax = 256 * 1024;
  const rlimit limit{kFileBytesMax, kFileBytesMax};
  if (std::signal(SIGXFSZ, SIG_IGN) == SIG_ERR) std::abort();
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) std::abort();
  BlockingStore call(store->get());
  for (int i = 0; i < 1000; ++i) {
    call.CreatePayment(NewPayment("acme", absl::StrCat(i))).IgnoreError();
  }
  std::_Exit(0);
}

TEST_F(SqliteDiskTest, AnIoErrorWhileCommittingEndsTheProcess) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(WriteToAFailingDisk(path()), "event=store_commit_failed.*disk I/O error");
}

// -- kill -9 ---------------------------------------------------------------------

constexpr int kInFlight = 64;

// Creates payments for ever, kInFlight at once, and says each acknowledged one's
// number on a pipe.
class EndlessWriter {
 public:
  EndlessWriter(SqliteStore* store, int pipe) : store_(store), pipe_(pipe) {}

  void CreateNext() {
    const int number = next_++;
    store_->CreatePayment(NewPayment("acme", absl::StrCat(number)), {},
                          [this, number](const absl::StatusOr<Claim<StoredPayment>>& claim) {
                            OnCreated(number, claim.ok());
                          });
  }

 private:
  void OnCreated(int number, bool ok) {
    if (!ok || write(pipe_, &number, sizeof(number)) != sizeof(number)) std::abort();
    CreateNext();
  }

  SqliteStore* store_;
  int pipe_;
  int next_ = 0;
};

[[noreturn]] void RunEndlessWriter(const std::string& path, int pipe) {
  ThreadExecutor executor;
  SqliteStore::Options options;
  options.data_directory = path;
  options.executor = &executor;
  auto store = SqliteStore::Open(std::move(options));
  if (!store.ok()) std::abort();
  EndlessWriter writer(store->get(), pipe);
  executor.Post([&writer] {
    for (int i = 0; i < kInFlight; ++i) writer.CreateNext();
  });
  while (true) pause();
}

// Starts the writer, kills it after `count` acknowledgements, and returns all it gave.
std::set<int> KillWriterAfter(const std::string& path, int count) {
  std::array<int, 2> fds = {};
  EXPECT_EQ(pipe(fds.data()), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(fds[0]);
    RunEndlessWriter(path, fds[1]);
  }
  close(fds[1]);
  std::set<int> acknowledged;
  int number = 0;
  while (read(fds[0], &number, sizeof(number)) == sizeof(number)) {
    acknowledged.insert(number);
    if (static_cast<int>(acknowledged.size()) == count) kill(child, SIGKILL);
  }
  close(fds[0]);
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  return acknowledged;
}

// No executor of the test's own: it forks while it has one thread.
TEST(SqliteKillTest, WhatWasAcknowledgedIsThereAfterKill9) {
  const TempDirectory directory;
  const std::string path = directory.path() + "/data";
  const std::set<int> acknowledged = KillWriterAfter(path, 500);
  ASSERT_GE(acknowledged.size(), 500);

  ThreadExecutor executor;
  SqliteStore::Options options;
  options.data_directory = path;
  options.executor = &executor;
  const auto store = SqliteStore::Open(std::move(options));
  ASSERT_TRUE(store.ok()) << store.status();
  BlockingStore call(store->get());
  for (const int number : acknowledged) {
    ASSERT_TRUE(call.GetPayment("acme", absl::StrCat("payments/", number)).ok()) << number;
  }
  // Each payment has its event, acknowledged or not, and there is no gap.
  constexpr int kEventsMax = 1'000'000;
  const auto events = call.ReadEvents("acme", 0, kEventsMax);
  ASSERT_TRUE(events.ok()) << events.status();
  ASSERT_GE(events->events.size(), acknowledged.size());
  int64_t revision = 0;
  std::set<int64_t> numbers;
  for (const auto& event : events->events) {
    ASSERT_EQ(event->revision(), ++revision);
    const auto stored = call.GetPayment("acme", event->resource());
    ASSERT_TRUE(stored.ok());
    numbers.insert(stored->record.operations(0).number());
  }
  EXPECT_EQ(events->newest_revision, revision);
  // Each has a number of its own, and the next one is nobody's.
  EXPECT_EQ(numbers.size(), events->events.size());
  const auto next = call.CreatePayment(NewPayment("acme", "next"));
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(next->stored.record.operations(0).number(), *numbers.rbegin() + 1);
}

}  // namespace
}  // namespace payments
