#include "server/app/callback_pruner.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/fakes/memory_store.h"
#include "tests/fakes/simulated_executor.h"
#include "tests/unit/metrics/recording_logger.h"

namespace payments {
namespace {

constexpr char kTenant[] = "acme";

class CallbackPrunerTest : public testing::Test {
 protected:
  void Start(absl::Duration bodies_age_max, absl::Duration age_max) {
    const CallbackPruner::Dependencies deps{&store_, &executor_};
    std::vector<std::unique_ptr<Prunable>> prunables;
    prunables.push_back(
        std::make_unique<CallbackPruner>(deps, CallbackPruner::What::kBodies, bodies_age_max));
    prunables.push_back(
        std::make_unique<CallbackPruner>(deps, CallbackPruner::What::kCallbacks, age_max));
    keeper_ = RetentionKeeper::Start({&executor_, &logger_}, std::move(prunables));
  }
  // Received now.
  int64_t Record(v1::CallbackVerdict verdict) {
    CallbackRecord record;
    record.tenant = kTenant;
    // Of one payment only so many are taken.
    record.resource = absl::StrCat("payments/", disk_->callbacks());
    record.receive_time = executor_.Now();
    record.sealed_body = "sealed";
    const int64_t id = disk_->RecordCallback(std::move(record)).value_or(0);
    EXPECT_TRUE(disk_->JudgeCallback(id, {verdict, "", executor_.Now()}).ok());
    return id;
  }
  bool HasBody(int64_t id) const {
    const auto record = disk_->GetCallback(kTenant, id);
    return record.ok() && !record->body_deleted;
  }

  SimulatedExecutor executor_{1};
  RecordingLogger logger_;
  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  MemoryStore store_{disk_, &executor_};
  std::shared_ptr<RetentionKeeper> keeper_;
};

TEST_F(CallbackPrunerTest, BodiesGoFirstThenTheRest) {
  const int64_t refused = Record(v1::CALLBACK_VERDICT_REFUSED_SIGNATURE);
  const int64_t pending = Record(v1::CALLBACK_VERDICT_PENDING);
  Start(absl::Hours(1), absl::Hours(3));
  executor_.RunFor(absl::Minutes(59));
  EXPECT_TRUE(HasBody(refused));
  executor_.RunFor(absl::Minutes(2));
  EXPECT_FALSE(HasBody(refused));
  EXPECT_EQ(disk_->ListAttention(kTenant, {}).items.size(), 1U);
  executor_.RunFor(absl::Hours(2));
  EXPECT_FALSE(disk_->GetCallback(kTenant, refused).ok());
  EXPECT_TRUE(disk_->ListAttention(kTenant, {}).items.empty());
  EXPECT_TRUE(HasBody(pending)) << "it is still to be handled";
}

TEST_F(CallbackPrunerTest, AFullSliceIsFollowedByAnother) {
  constexpr int kMany = 2 * RetentionKeeper::kSliceRowsMax + 1;
  for (int i = 0; i < kMany; ++i) Record(v1::CALLBACK_VERDICT_ACCEPTED);
  executor_.RunFor(absl::Hours(2));
  Start(absl::Hours(1), absl::Hours(1));
  executor_.RunFor(RetentionKeeper::kPause * 10);
  EXPECT_EQ(disk_->callbacks(), 0);
}

TEST_F(CallbackPrunerTest, AnIllStoreIsSurvived) {
  Record(v1::CALLBACK_VERDICT_ACCEPTED);
  executor_.RunFor(absl::Hours(2));
  bool ill = true;
  store_.SetFaults(
      [&] { return ill ? MemoryStore::Fault::kFailBefore : MemoryStore::Fault::kNone; });
  Start(absl::Hours(1), absl::Hours(1));
  executor_.RunFor(absl::Minutes(1));
  EXPECT_EQ(disk_->callbacks(), 1);
  ill = false;
  executor_.RunFor(absl::Minutes(1));
  EXPECT_EQ(disk_->callbacks(), 0);
}

}  // namespace
}  // namespace payments
