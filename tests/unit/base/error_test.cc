#include "server/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace payments {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

absl::Status Mismatch() {
  return MakeError(absl::StatusCode::kAborted, v1::ERROR_REASON_ETAG_MISMATCH, "read again",
                   {{"payment", "payments/01j"}, {"safe_to_retry", "true"}});
}

TEST(ErrorTest, CarriesCodeMessageReasonAndMetadata) {
  const google::rpc::Status rpc = ToRpcStatus(Mismatch());
  EXPECT_EQ(rpc.code(), static_cast<int>(absl::StatusCode::kAborted));
  EXPECT_EQ(rpc.message(), "read again");
  ASSERT_EQ(rpc.details_size(), 1);
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(rpc.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "ETAG_MISMATCH");
  EXPECT_EQ(info.domain(), "payments.v1");
  EXPECT_EQ(info.metadata().at("payment"), "payments/01j");
  EXPECT_EQ(info.metadata().at("safe_to_retry"), "true");
}

TEST(ErrorTest, EveryReasonIsFoundAgain) {
  for (int i = v1::ErrorReason_MIN; i <= v1::ErrorReason_MAX; ++i) {
    const auto reason = static_cast<v1::ErrorReason>(i);
    EXPECT_EQ(ReasonOf(MakeError(absl::StatusCode::kUnavailable, reason, "x")), reason);
  }
}

TEST(ErrorTest, ReasonOfAnythingElseIsUnspecified) {
  EXPECT_EQ(ReasonOf(absl::OkStatus()), v1::ERROR_REASON_UNSPECIFIED);
  EXPECT_EQ(ReasonOf(absl::NotFoundError("x")), v1::ERROR_REASON_UNSPECIFIED);
  absl::Status garbled = absl::NotFoundError("x");
  garbled.SetPayload("type.googleapis.com/google.rpc.ErrorInfo", absl::Cord("\xff\xff"));
  EXPECT_EQ(ReasonOf(garbled), v1::ERROR_REASON_UNSPECIFIED);
  google::rpc::ErrorInfo foreign;
  foreign.set_reason("ETAG_MISMATCH");
  foreign.set_domain("example.com");
  absl::Status other = absl::NotFoundError("x");
  other.SetPayload("type.googleapis.com/google.rpc.ErrorInfo",
                   absl::Cord(foreign.SerializeAsString()));
  EXPECT_EQ(ReasonOf(other), v1::ERROR_REASON_UNSPECIFIED);
}

TEST(ErrorTest, DetailsComeInTheDocumentedOrder) {
  const absl::Status error = WithMetadata(
      WithRetryDelay(InvalidFields({{"amount.units", "must be positive"}, {"card", "is empty"}}),
                     absl::Milliseconds(1500)),
      {{"payment", "payments/01j"}});
  const google::rpc::Status rpc = ToRpcStatus(error);
  ASSERT_EQ(rpc.details_size(), 3);
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad_request;
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(rpc.details(0).UnpackTo(&info));
  ASSERT_TRUE(rpc.details(1).UnpackTo(&bad_request));
  ASSERT_TRUE(rpc.details(2).UnpackTo(&retry));
  EXPECT_EQ(info.reason(), "INVALID_FIELD");
  EXPECT_EQ(info.metadata().at("payment"), "payments/01j");
  ASSERT_EQ(bad_request.field_violations_size(), 2);
  EXPECT_EQ(bad_request.field_violations(0).field(), "amount.units");
  EXPECT_EQ(bad_request.field_violations(0).description(), "must be positive");
  EXPECT_EQ(bad_request.field_violations(1).field(), "card");
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
  EXPECT_EQ(rpc.message(), "amount.units: must be positive (and 1 more)");
}

TEST(ErrorTest, OneInvalidField) {
  const absl::Status error = InvalidField("page_size", "at most 1000");
  EXPECT_EQ(error.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(error.message(), "page_size: at most 1000");
  EXPECT_EQ(ReasonOf(error), v1::ERROR_REASON_INVALID_FIELD);
}

TEST(ErrorTest, MetadataIsAddedAndReplaced) {
  google::rpc::ErrorInfo info;
  const absl::Status error =
      WithMetadata(Mismatch(), {{"safe_to_retry", "false"}, {"state", "HELD"}});
  ASSERT_TRUE(ToRpcStatus(error).details(0).UnpackTo(&info));
  EXPECT_EQ(info.metadata().size(), 3U);
  EXPECT_EQ(info.metadata().at("safe_to_retry"), "false");
  EXPECT_EQ(info.metadata().at("state"), "HELD");
}

TEST(ErrorTest, MetadataLeavesAStatusThatIsNotOursAlone) {
  EXPECT_EQ(WithMetadata(absl::NotFoundError("x"), {{"state", "HELD"}}), absl::NotFoundError("x"));
  EXPECT_TRUE(WithMetadata(absl::OkStatus(), {{"state", "HELD"}}).ok());
}

TEST(ErrorTest, EqualErrorsAreEqualStatuses) {
  ErrorMetadata metadata;
  for (int i = 0; i < 50; ++i) metadata[std::to_string(i)] = "x";
  const auto make = [&metadata] {
    return MakeError(absl::StatusCode::kInternal, v1::ERROR_REASON_INTERNAL, "x", metadata);
  };
  EXPECT_EQ(make(), make());
  EXPECT_EQ(make(), WithMetadata(make(), {{"7", "x"}}));
}

TEST(ErrorTest, AStatusThatIsNotOursLosesItsText) {
  const google::rpc::Status rpc = ToRpcStatus(absl::NotFoundError("row 17 of /var/lib/secret.db"));
  EXPECT_EQ(rpc.code(), static_cast<int>(absl::StatusCode::kInternal));
  EXPECT_THAT(rpc.ShortDebugString(), Not(HasSubstr("secret")));
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(rpc.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "INTERNAL");
}

TEST(ErrorTest, OkStaysOk) {
  const google::rpc::Status rpc = ToRpcStatus(absl::OkStatus());
  EXPECT_EQ(rpc.code(), 0);
  EXPECT_EQ(rpc.details_size(), 0);
}

}  // namespace
}  // namespace payments
