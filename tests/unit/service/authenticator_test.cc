#include "server/service/authenticator.h"

#include <string>

#include "gtest/gtest.h"
#include "server/base/error.h"

namespace payments {
namespace {

// SHA-256 of "key-one" and of "key-two".
constexpr char kKeyOneSha256[] = "9b346041bc9a49574eb2665b2ad2a0a3f9f9cce4e42f5d1f26deb8a256b5966a";
constexpr char kKeyTwoSha256[] = "c8df51469c308a59bfbd48a3e0bdd228ca922d6032035f5ef6e4ad45f473a9f3";

std::unique_ptr<BearerAuthenticator> TwoPrincipals() {
  auto authenticator =
      BearerAuthenticator::Create({{"shop", "default", kKeyOneSha256},
                                   {"kiosk", "other", kKeyTwoSha256, /*is_operator=*/true}});
  EXPECT_TRUE(authenticator.ok()) << authenticator.status();
  return *std::move(authenticator);
}

TEST(AuthenticatorTest, DevIsOneCaller) {
  const auto caller = DevAuthenticator().Authenticate({});
  ASSERT_TRUE(caller.ok());
  EXPECT_EQ(caller->tenant, "default");
  EXPECT_EQ(caller->principal, "dev");
  EXPECT_TRUE(caller->is_operator);
}

TEST(AuthenticatorTest, AKeyIsItsPrincipal) {
  const auto authenticator = TwoPrincipals();
  const auto shop = authenticator->Authenticate({{"authorization", "Bearer key-one"}});
  ASSERT_TRUE(shop.ok());
  EXPECT_EQ(shop->principal, "shop");
  EXPECT_EQ(shop->tenant, "default");
  EXPECT_FALSE(shop->is_operator);
  const auto kiosk = authenticator->Authenticate({{"authorization", "bearer  key-two "}});
  ASSERT_TRUE(kiosk.ok());
  EXPECT_EQ(kiosk->principal, "kiosk");
  EXPECT_EQ(kiosk->tenant, "other");
  EXPECT_TRUE(kiosk->is_operator);
}

TEST(AuthenticatorTest, WhateverIsWrongIsRefusedAlike) {
  const auto authenticator = TwoPrincipals();
  const absl::Status none = authenticator->Authenticate({}).status();
  EXPECT_EQ(none.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ReasonOf(none), v1::ERROR_REASON_CREDENTIALS);
  const std::string too_long = "Bearer " + std::string(BearerAuthenticator::kKeyBytesMax + 1, 'k');
  for (const std::string& value :
       {std::string("Bearer key-three"), std::string("Bearer key-on"), std::string("Bearer "),
        std::string("key-one"), std::string("Basic key-one"), std::string(), too_long}) {
    EXPECT_EQ(authenticator->Authenticate({{"authorization", value}}).status(), none) << value;
  }
  // Two: somebody in between may have looked at the other one.
  EXPECT_EQ(
      authenticator
          ->Authenticate({{"authorization", "Bearer key-one"}, {"authorization", "Bearer key-one"}})
          .status(),
      none);
}

TEST(AuthenticatorTest, RefusesBadDigests) {
  for (const std::string& digest : {std::string(), std::string(63, 'a'), std::string(64, 'g')}) {
    EXPECT_EQ(BearerAuthenticator::Create({{"shop", "default", digest}}).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
  const absl::Status twice = BearerAuthenticator::Create({{"shop", "default", kKeyOneSha256},
                                                          {"kiosk", "default", kKeyOneSha256}})
                                 .status();
  EXPECT_EQ(twice.code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace payments
