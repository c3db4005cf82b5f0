#include "providers/upay/access_token.h"

#include "gtest/gtest.h"

namespace payments::upay {
namespace {

// The digests were computed with md5sum and sha1sum.

TEST(AccessTokenTest, RequestTokenIsMd5OfThePartsInARow) {
  const absl::StatusOr<Secret> token =
      RequestToken({"merchant", "4719515042883250", "0624", "003", "p&ss<wörd>"});
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->Reveal(), "2168bc55a7257c9478b4b89753d1cc61");
}

TEST(AccessTokenTest, CallbackTokenIsSha1OfThePartsInARow) {
  const absl::StatusOr<Secret> token =
      CallbackToken({"merchant", "p&ss<wörd>", "60f74ae9c13cfc8s464a5"});
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->Reveal(), "2719c1fb454a09972a0256903b236338856de0b0");
}

TEST(AccessTokenTest, AnEmptyPartAddsNothing) {
  EXPECT_EQ(RequestToken({"a", "", "b"})->Reveal(), RequestToken({"ab"})->Reveal());
  EXPECT_EQ(RequestToken({})->Reveal(), "d41d8cd98f00b204e9800998ecf8427e");
}

TEST(AccessTokenTest, OrderMatters) {
  EXPECT_NE(RequestToken({"a", "b"})->Reveal(), RequestToken({"b", "a"})->Reveal());
}

}  // namespace
}  // namespace payments::upay
