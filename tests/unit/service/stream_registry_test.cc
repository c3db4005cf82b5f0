#include "server/service/stream_registry.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "server/base/error.h"
#include "tests/fakes/simulated_executor.h"

namespace payments {
namespace {

class IdleStream final : public OpenStream {
 public:
  void OnTick() override {}
  void Drain() override {}
  int64_t Lag() const override { return 0; }
  size_t Buffered() const override { return 0; }
};

class StreamRegistryTest : public testing::Test {
 protected:
  // The new stream; null if it was refused.
  std::shared_ptr<IdleStream> Open(const std::string& principal) {
    auto stream = std::make_shared<IdleStream>();
    last_ = registry_.Add(principal, stream);
    return last_.ok() ? stream : nullptr;
  }
  void ExpectRefused(const std::string& message) {
    EXPECT_EQ(last_.code(), absl::StatusCode::kResourceExhausted);
    EXPECT_EQ(ReasonOf(last_), v1::ERROR_REASON_TOO_MANY_OPEN);
    EXPECT_EQ(last_.message(), message);
    EXPECT_EQ(ToRpcStatus(last_).details_size(), 2);  // ErrorInfo and RetryInfo.
  }

  SimulatedExecutor executor_{1};
  StreamRegistry registry_{&executor_, {.streams_max = 3, .streams_per_principal_max = 2}};
  absl::Status last_;
};

TEST_F(StreamRegistryTest, APrincipalHasOnlySoMany) {
  const auto first = Open("shop");
  const auto second = Open("shop");
  ASSERT_TRUE(first && second);
  EXPECT_EQ(Open("shop"), nullptr);
  ExpectRefused(
      "the principal \"shop\" has 2 event streams open, as many as it may "
      "(limits.streams_per_principal_max)");
  EXPECT_EQ(registry_.GetStats().open, 2);
  EXPECT_EQ(registry_.GetStats().refused_of_principal, 1);
  EXPECT_EQ(registry_.GetStats().refused_in_all, 0);
  // Others are not concerned, and one that ends makes room.
  EXPECT_NE(Open("office"), nullptr);
  registry_.Remove(first.get());
  EXPECT_NE(Open("shop"), nullptr);
}

TEST_F(StreamRegistryTest, AllTogetherHaveOnlySoMany) {
  const auto a = Open("a");
  const auto b = Open("b");
  const auto c = Open("c");
  ASSERT_TRUE(a && b && c);
  EXPECT_EQ(Open("d"), nullptr);
  ExpectRefused("the server has 3 event streams open, as many as it may (limits.streams_max)");
  EXPECT_EQ(registry_.GetStats().refused_in_all, 1);
  registry_.Remove(b.get());
  EXPECT_NE(Open("d"), nullptr);
}

TEST_F(StreamRegistryTest, OneThatWasRefusedTakesNoRoomAndGivesNone) {
  const auto first = Open("shop");
  const auto second = Open("shop");
  auto refused = std::make_shared<IdleStream>();
  ASSERT_FALSE(registry_.Add("shop", refused).ok());
  registry_.Remove(refused.get());
  EXPECT_EQ(Open("shop"), nullptr);
  EXPECT_EQ(registry_.GetStats().open, 2);
}

TEST_F(StreamRegistryTest, WhileDrainingNobodyComesIn) {
  registry_.Drain();
  EXPECT_EQ(Open("shop"), nullptr);
  EXPECT_EQ(ReasonOf(last_), v1::ERROR_REASON_DRAINING);
}

}  // namespace
}  // namespace payments
