// Group commit: what is committed together, and what fails alone.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/pending.h"
#include "tests/unit/store/sqlite_fixture.h"

namespace payments {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Holds the writer after its first batch, so that what is submitted meanwhile waits.
class SqliteBatchTest : public SqliteStoreTest {
 protected:
  // Opens a store whose writer is held.
  void OpenHeld(SqliteStore::Options options) {
    options.on_batch = [this](int jobs) { OnBatch(jobs); };
    store_ = OpenOrDie(std::move(options));
    store_->CreatePayment(NewPayment("acme", "first"), {}, first_.done());
    held_.Wait();
  }
  // Lets the writer go on, and waits until it is done.
  void ReleaseAndClose() {
    Release();
    store_.reset();
  }
  void Release() { release_.done()(true); }

  void OnBatch(int jobs) {
    batches_.push_back(jobs);
    if (batches_.size() > 1) return;
    held_.done()(true);
    release_.Wait();
  }

  PendingOr<Claim<StoredPayment>> first_;
  Pending<bool> held_;
  Pending<bool> release_;
  std::vector<int> batches_;  // The writer's until it has ended.
  std::unique_ptr<SqliteStore> store_;
};

TEST_F(SqliteBatchTest, WhatWaitsIsCommittedTogether) {
  OpenHeld(DefaultOptions());
  std::vector<PendingOr<Claim<StoredPayment>>> created(100);
  for (size_t i = 0; i < created.size(); ++i) {
    store_->CreatePayment(NewPayment("acme", absl::StrCat(i)), {}, created[i].done());
  }
  ReleaseAndClose();
  for (const auto& one : created) EXPECT_TRUE(one.Wait().ok());
  EXPECT_THAT(batches_, ElementsAre(1, 100));
}

TEST_F(SqliteBatchTest, ABatchHasALimit) {
  SqliteStore::Options options = DefaultOptions();
  options.batch_max = 4;
  OpenHeld(std::move(options));
  std::vector<PendingOr<int64_t>> recorded(10);
  for (auto& one : recorded) store_->RecordCallback({}, one.done());
  ReleaseAndClose();
  for (const auto& one : recorded) EXPECT_TRUE(one.Wait().ok());
  EXPECT_THAT(batches_, ElementsAre(1, 4, 4, 2));
}

TEST_F(SqliteBatchTest, AJobThatFailsFailsAlone) {
  OpenHeld(DefaultOptions());
  // Fails after it has taken a number and before it is whole.
  PaymentWrite same_name = NewPayment("acme", "first");
  same_name.record.mutable_payment()->set_request_id("another");
  PendingOr<Claim<StoredPayment>> before;
  PendingOr<Claim<StoredPayment>> failing;
  PendingOr<Claim<StoredPayment>> after;
  store_->CreatePayment(NewPayment("acme", "before"), {}, before.done());
  store_->CreatePayment(std::move(same_name), {}, failing.done());
  store_->CreatePayment(NewPayment("acme", "after"), {}, after.done());
  ReleaseAndClose();
  EXPECT_THAT(batches_, ElementsAre(1, 3));
  EXPECT_EQ(failing.Wait().status().code(), absl::StatusCode::kAlreadyExists);
  ASSERT_TRUE(before.Wait().ok());
  ASSERT_TRUE(after.Wait().ok());
  EXPECT_EQ(before.Wait()->stored.revision, 2);
  EXPECT_EQ(after.Wait()->stored.revision, 3);
  EXPECT_EQ(after.Wait()->stored.record.operations(0).number(), 3);

  const auto reopened = OpenOrDie();
  const auto events = BlockingStore(reopened.get()).ReadEvents("acme", 0, 10);
  ASSERT_TRUE(events.ok());
  EXPECT_EQ(events->events.size(), 3);
}

TEST_F(SqliteBatchTest, ACommitLosesToAnotherInTheSameBatch) {
  OpenHeld(DefaultOptions());
  ASSERT_TRUE(first_.Wait().ok());
  PendingOr<StoredPayment> winner;
  PendingOr<StoredPayment> loser;
  store_->CommitPayment(ChangedPayment(first_.Wait()->stored, v1::PAYMENT_STATE_SUCCEEDED),
                        winner.done());
  store_->CommitPayment(ChangedPayment(first_.Wait()->stored, v1::PAYMENT_STATE_DECLINED),
                        loser.done());
  ReleaseAndClose();
  EXPECT_TRUE(winner.Wait().ok());
  EXPECT_EQ(loser.Wait().status().code(), absl::StatusCode::kAborted);
}

TEST_F(SqliteBatchTest, BeyondTheQueueLimitCallsAreRefused) {
  SqliteStore::Options options = DefaultOptions();
  options.queue_max = 3;
  OpenHeld(std::move(options));
  std::vector<PendingOr<int64_t>> recorded(4);
  for (auto& one : recorded) store_->RecordCallback({}, one.done());
  EXPECT_EQ(recorded[3].Wait().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(recorded[3].Wait().status().message()), HasSubstr("too many"));
  Release();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(recorded[i].Wait().ok());
  // There is room again.
  EXPECT_TRUE(BlockingStore(store_.get()).RecordCallback({}).ok());
  store_.reset();
}

TEST_F(SqliteBatchTest, ClosingAnswersWhatWaits) {
  OpenHeld(DefaultOptions());
  PendingOr<int64_t> write;
  PendingOr<StoredPayment> read;
  store_->RecordCallback({}, write.done());
  store_->GetPayment("acme", "payments/first", read.done());
  ReleaseAndClose();
  EXPECT_TRUE(write.Wait().ok());
  EXPECT_TRUE(read.Wait().ok());
}

}  // namespace
}  // namespace payments
