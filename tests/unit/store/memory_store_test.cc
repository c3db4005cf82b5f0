// What the fakes add to a Store: crashes and faults.

#include "tests/fakes/memory_store.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/simulated_executor.h"
#include "tests/support/store_records.h"

namespace payments {
namespace {

class MemoryStoreTest : public testing::Test {
 protected:
  MemoryStoreTest() { Start(); }

  void Start() { store_ = std::make_unique<MemoryStore>(disk_, &executor_); }
  void CrashAndRestart() {
    executor_.DropAll();
    Start();
  }
  void CreateA() {
    store_->CreatePayment(NewPayment("acme", "a"), {},
                          [this](auto claim) { created_ = std::move(claim); });
  }
  bool IsOnDisk() const { return disk_->GetPayment("acme", "payments/a").ok(); }

  SimulatedExecutor executor_{1};
  std::shared_ptr<MemoryStore::Disk> disk_ = std::make_shared<MemoryStore::Disk>();
  std::unique_ptr<MemoryStore> store_;
  std::optional<absl::StatusOr<Claim<StoredPayment>>> created_;
};

TEST_F(MemoryStoreTest, ACrashBeforeTheWorkLosesIt) {
  CreateA();
  EXPECT_FALSE(IsOnDisk());
  CrashAndRestart();
  executor_.Run();
  EXPECT_FALSE(IsOnDisk());
  EXPECT_FALSE(created_.has_value());
}

TEST_F(MemoryStoreTest, ACrashBeforeTheDoneKeepsTheWork) {
  CreateA();
  executor_.RunOne();
  EXPECT_TRUE(IsOnDisk());
  EXPECT_FALSE(created_.has_value());
  CrashAndRestart();
  executor_.Run();
  EXPECT_TRUE(IsOnDisk());
  EXPECT_FALSE(created_.has_value());
}

// Replicas share the disk, and so the counters.
TEST_F(MemoryStoreTest, TwoStoresOnADiskGiveNoNumberOutTwice) {
  MemoryStore other(disk_, &executor_);
  const NumberRange range = {.sequence = "terminal-1", .first = 100'000, .last = 100'003};
  std::vector<int64_t> numbers;
  int refused = 0;
  for (int i = 0; i < 6; ++i) {
    PaymentWrite write = NewPayment("acme", absl::StrCat(i));
    write.numbers = range;
    (i % 2 == 0 ? *store_ : other)
        .CreatePayment(std::move(write), {}, [&](absl::StatusOr<Claim<StoredPayment>> claim) {
          refused += claim.ok() ? 0 : 1;
          if (claim.ok()) numbers.push_back(claim->stored.record.operations(0).number());
        });
  }
  executor_.Run();
  EXPECT_THAT(numbers, testing::UnorderedElementsAre(100'000, 100'001, 100'002, 100'003));
  EXPECT_EQ(refused, 2);
}

TEST_F(MemoryStoreTest, WithoutACrashTheDoneComes) {
  CreateA();
  executor_.Run();
  ASSERT_TRUE(created_.has_value());
  EXPECT_TRUE(created_->ok());
}

TEST_F(MemoryStoreTest, AFaultBeforeTheWorkWritesNothing) {
  store_->SetFaults([] { return MemoryStore::Fault::kFailBefore; });
  CreateA();
  executor_.Run();
  ASSERT_TRUE(created_.has_value());
  EXPECT_EQ(created_->status().code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(IsOnDisk());
}

TEST_F(MemoryStoreTest, ALostReplyIsWrittenAndHeardOf) {
  int heard = 0;
  store_->SetCommitListener([&](const auto&) { ++heard; });
  store_->SetFaults([] { return MemoryStore::Fault::kLoseReply; });
  CreateA();
  executor_.Run();
  ASSERT_TRUE(created_.has_value());
  EXPECT_EQ(created_->status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(IsOnDisk());
  EXPECT_EQ(heard, 1);
}

TEST(SimulatedExecutorTest, TimeJumpsToTheNextTask) {
  SimulatedExecutor executor(1);
  const absl::Time start = executor.Now();
  absl::Time ran;
  executor.PostAfter(absl::Hours(1), [&] { ran = executor.Now(); });
  executor.Run();
  EXPECT_GE(ran - start, absl::Hours(1));
  EXPECT_LT(ran - start, absl::Hours(1) + absl::Milliseconds(1));
}

TEST(SimulatedExecutorTest, RunForRunsWhatIsDueAndLetsTimePass) {
  SimulatedExecutor executor(1);
  int ran = 0;
  executor.PostAfter(absl::Seconds(1), [&] { ++ran; });
  executor.PostAfter(absl::Seconds(10), [&] { ++ran; });
  executor.RunFor(absl::Seconds(5));
  EXPECT_EQ(ran, 1);
  EXPECT_EQ(executor.Monotonic(), absl::Seconds(5));
  EXPECT_EQ(executor.pending(), 1);
}

TEST(SimulatedExecutorTest, TheWallClockJumpsAloneWhenItIsSet) {
  SimulatedExecutor executor(1);
  const absl::Time before = executor.Now();
  executor.SetWallOffset(-absl::Hours(2));
  EXPECT_EQ(executor.Now(), before - absl::Hours(2));
  EXPECT_EQ(executor.Monotonic(), absl::ZeroDuration());
}

TEST(SimulatedExecutorTest, OneSeedIsOneOrder) {
  const auto order_of = [](uint64_t seed) {
    SimulatedExecutor executor(seed);
    std::vector<int> order;
    for (int i = 0; i < 20; ++i) executor.Post([&order, i] { order.push_back(i); });
    executor.Run();
    return order;
  };
  EXPECT_EQ(order_of(7), order_of(7));
  EXPECT_NE(order_of(7), order_of(8));
}

}  // namespace
}  // namespace payments
