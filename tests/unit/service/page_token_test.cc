#include "server/service/page_token.h"

#include <string>

#include "gtest/gtest.h"
#include "payments/v1/payments_service.pb.h"
#include "server/base/error.h"

namespace payments {
namespace {

ListPosition Somewhere() {
  return {.time = absl::FromUnixMicros(1'767'225'600'123'456), .name = "payments/01abc"};
}

TEST(PageTokenTest, ReturnsThePosition) {
  v1::ListPaymentsRequest request;
  request.mutable_filter()->add_names("payments/a");
  const std::string token = PageTokenCodec("t", request).Encode(Somewhere());
  EXPECT_LE(token.size(), PageTokenCodec::kTokenCharsMax);
  const auto position = PageTokenCodec("t", request).Decode(token);
  ASSERT_TRUE(position.ok()) << position.status();
  ASSERT_TRUE(position->has_value());
  EXPECT_EQ((*position)->time, Somewhere().time);
  EXPECT_EQ((*position)->name, Somewhere().name);
}

TEST(PageTokenTest, TheEmptyOneIsTheFirstPage) {
  const auto position = PageTokenCodec("t", v1::ListPaymentsRequest()).Decode("");
  ASSERT_TRUE(position.ok());
  EXPECT_FALSE(position->has_value());
}

TEST(PageTokenTest, IsOfOneTenantOneListAndOneFilter) {
  v1::ListPaymentsRequest request;
  const std::string token = PageTokenCodec("t", request).Encode(Somewhere());
  v1::ListPaymentsRequest other_filter;
  other_filter.mutable_filter()->set_merchant_reference("x");
  for (const absl::Status& status :
       {PageTokenCodec("other", request).Decode(token).status(),
        PageTokenCodec("t", other_filter).Decode(token).status(),
        PageTokenCodec("t", v1::ListCardsRequest()).Decode(token).status(),
        PageTokenCodec("t", request).Decode("garbage").status(),
        PageTokenCodec("t", request).Decode(token + "AAAA").status(),
        PageTokenCodec("t", request).Decode(std::string(1000, 'A')).status()}) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_CURSOR_INVALID);
    EXPECT_NE(status.message().find("page_token"), absl::string_view::npos);
  }
}

}  // namespace
}  // namespace payments
