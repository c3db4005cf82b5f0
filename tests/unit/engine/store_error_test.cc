// What callers are told when the store fails.

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/engine/engine_core.h"
#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

// Of google.rpc's details; unset if there is none.
struct Details {
  google::rpc::ErrorInfo info;
  bool has_retry = false;
};

Details DetailsOf(const absl::Status& error) {
  Details details;
  google::rpc::RetryInfo retry;
  const google::rpc::Status rpc = ToRpcStatus(error);
  for (const auto& any : rpc.details()) {
    any.UnpackTo(&details.info);
    details.has_retry |= any.UnpackTo(&retry);
  }
  return details;
}

TEST(StoreErrorTest, BeforeAnythingIsSentItSaysSo) {
  const absl::Status error = StoreError(absl::UnavailableError("disk full"));
  EXPECT_THAT(error, IsError(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_EQ(DetailsOf(error).info.metadata().at("provider_called"), "false");
  EXPECT_TRUE(DetailsOf(error).has_retry);
}

TEST(StoreErrorTest, AfterSendingItPromisesNothing) {
  const absl::Status error = StoreErrorAfterSending(absl::UnavailableError("disk full"));
  EXPECT_THAT(error, IsError(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_EQ(DetailsOf(error).info.metadata().count("provider_called"), 0U);
  EXPECT_TRUE(DetailsOf(error).has_retry);
}

TEST(StoreErrorTest, DamageIsNotToBeTriedAgain) {
  const absl::Status error = StoreError(absl::DataLossError("malformed"));
  EXPECT_THAT(error, IsError(absl::StatusCode::kDataLoss, "STORE_DAMAGED"));
  EXPECT_FALSE(DetailsOf(error).has_retry);
}

TEST(StoreErrorTest, AnErrorOfOursStaysAsItIs) {
  const absl::Status ours = DrainingError();
  EXPECT_EQ(StoreError(ours), ours);
}

}  // namespace
}  // namespace payments
