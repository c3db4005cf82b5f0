#include "server/app/numbers_watch.h"

#include <memory>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/simulated_executor.h"
#include "tests/unit/engine/scripted_provider.h"
#include "tests/unit/metrics/recording_logger.h"

namespace payments {
namespace {

class NumbersWatchTest : public testing::Test {
 protected:
  // An account with so many numbers, all of them left.
  void Start(int64_t size, NumberRange::AtEnd at_end = NumberRange::AtEnd::kRefuse) {
    Account account;
    account.name = "accounts/shop";
    account.provider = MakeScriptedProvider(
        v1::Capabilities(), {.sequence = "", .first = 101, .last = 100 + size, .at_end = at_end});
    std::vector<Account> accounts;
    accounts.push_back(std::move(account));
    accounts_ = std::make_unique<AccountDirectory>(std::move(accounts));
    left_ = size;
    watch_ = NumbersWatch::Start({&executor_, &logger_, accounts_.get(),
                                  [this](const Account& /*account*/) { return left_; }});
  }
  // How many lines it takes to tell.
  size_t LinesAt(int64_t left) {
    const size_t before = logger_.lines().size();
    left_ = left;
    executor_.RunFor(2 * NumbersWatch::kInterval);
    return logger_.lines().size() - before;
  }

  SimulatedExecutor executor_{1};
  RecordingLogger logger_;
  std::unique_ptr<AccountDirectory> accounts_;
  int64_t left_ = 0;
  std::shared_ptr<NumbersWatch> watch_;
};

TEST_F(NumbersWatchTest, ManyAreNotWorthALine) {
  Start(1000);
  EXPECT_EQ(LinesAt(1000), 0U);
  EXPECT_EQ(LinesAt(100), 0U);
}

TEST_F(NumbersWatchTest, FewAreToldOnceForEachPercent) {
  Start(1000);
  EXPECT_EQ(LinesAt(99), 1U);
  EXPECT_EQ(LinesAt(98), 0U);
  EXPECT_EQ(LinesAt(89), 1U);
  EXPECT_EQ(LinesAt(0), 1U);
  EXPECT_EQ(LinesAt(0), 0U);
}

TEST_F(NumbersWatchTest, FewAreToldAtTheStart) {
  Start(1000);
  left_ = 5;
  NumbersWatch::Start({&executor_, &logger_, accounts_.get(),
                       [this](const Account& /*account*/) { return left_; }});
  EXPECT_EQ(logger_.lines().size(), 1U);
}

TEST_F(NumbersWatchTest, StoppedItLooksNoMore) {
  Start(1000);
  watch_->Stop();
  EXPECT_EQ(LinesAt(5), 0U);
}

}  // namespace
}  // namespace payments
