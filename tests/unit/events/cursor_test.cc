#include "server/events/cursor.h"

#include <limits>
#include <set>
#include <string>

#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/events/opaque_token.h"

namespace payments {
namespace {

constexpr char kField[] = "after_cursor";

google::rpc::BadRequest BadRequestOf(const absl::Status& error) {
  google::rpc::BadRequest bad_request;
  const google::rpc::Status rpc = ToRpcStatus(error);
  for (const google::protobuf::Any& detail : rpc.details()) {
    if (detail.Is<google::rpc::BadRequest>()) detail.UnpackTo(&bad_request);
  }
  return bad_request;
}

TEST(CursorTest, ReturnsTheRevision) {
  const CursorCodec codec("log-1");
  for (const int64_t revision :
       {int64_t{0}, int64_t{1}, int64_t{255}, int64_t{256}, std::numeric_limits<int64_t>::max()}) {
    const std::string cursor = codec.Encode("t", revision);
    EXPECT_EQ(cursor.size(), CursorCodec::kCursorChars);
    const absl::StatusOr<int64_t> decoded = CursorCodec("log-1").Decode("t", kField, cursor);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, revision);
  }
}

TEST(CursorTest, GarbageIsInvalidAndNamesTheField) {
  const CursorCodec codec("log-1");
  for (const std::string& cursor :
       {std::string(), std::string("x"), std::string(CursorCodec::kCursorChars, 'A'),
        std::string(CursorCodec::kCursorChars, '!'), std::string(1000, 'A'),
        codec.Encode("t", 7) + "=", " " + codec.Encode("t", 7)}) {
    const absl::Status error = codec.Decode("t", kField, cursor).status();
    EXPECT_EQ(error.code(), absl::StatusCode::kInvalidArgument) << cursor;
    EXPECT_EQ(ReasonOf(error), v1::ERROR_REASON_CURSOR_INVALID) << cursor;
    ASSERT_EQ(BadRequestOf(error).field_violations_size(), 1) << cursor;
    EXPECT_EQ(BadRequestOf(error).field_violations(0).field(), kField);
  }
}

TEST(CursorTest, NoSingleCharacterCanBeChanged) {
  const CursorCodec codec("log-1");
  const std::string cursor = codec.Encode("t", 7);
  for (size_t i = 0; i < cursor.size(); ++i) {
    std::string altered = cursor;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(ReasonOf(codec.Decode("t", kField, altered).status()),
              v1::ERROR_REASON_CURSOR_INVALID)
        << i;
  }
}

TEST(CursorTest, AnotherTenantsLooksLikeGarbage) {
  const CursorCodec codec("log-1");
  const absl::Status foreign = codec.Decode("t", kField, codec.Encode("other", 7)).status();
  EXPECT_EQ(foreign, codec.Decode("t", kField, "garbage").status());
  // Also if it is of another log: that alone would tell that it is a cursor.
  EXPECT_EQ(foreign, codec.Decode("t", kField, CursorCodec("log-2").Encode("other", 7)).status());
}

TEST(CursorTest, OfAnotherLogIsAhead) {
  const absl::Status error =
      CursorCodec("log-1").Decode("t", kField, CursorCodec("log-2").Encode("t", 7)).status();
  EXPECT_EQ(error.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ReasonOf(error), v1::ERROR_REASON_CURSOR_AHEAD);
}

TEST(CursorTest, PartsOfADigestDoNotRunIntoEachOther) {
  const std::set<std::string> digests = {TokenDigest({"ab", "c"}), TokenDigest({"a", "bc"}),
                                         TokenDigest({"abc"}), TokenDigest({"abc", ""})};
  EXPECT_EQ(digests.size(), 4U);
}

TEST(CursorTest, PrunedNamesTheOldestCursor) {
  const absl::Status error = CursorPruned("oldest");
  EXPECT_EQ(error.code(), absl::StatusCode::kOutOfRange);
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(ToRpcStatus(error).details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "CURSOR_PRUNED");
  EXPECT_EQ(info.metadata().at("oldest_cursor"), "oldest");
}

}  // namespace
}  // namespace payments
