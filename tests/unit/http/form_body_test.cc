#include "server/http/form_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace payments {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::map<std::string, std::string> Decoded(const std::string& body) {
  std::map<std::string, std::string> shown;
  const auto fields = DecodeFormBody(Secret(body));
  EXPECT_TRUE(fields.ok()) << fields.status();
  if (!fields.ok()) return shown;
  for (const auto& [name, value] : *fields) shown[name] = std::string(value.Reveal());
  return shown;
}

void ExpectRefused(const std::string& body, const std::string& why) {
  const auto fields = DecodeFormBody(Secret(body));
  ASSERT_TRUE(absl::IsInvalidArgument(fields.status())) << body.substr(0, 40);
  EXPECT_THAT(std::string(fields.status().message()), HasSubstr(why));
}

TEST(FormBody, FieldsAreDecoded) {
  using Fields = std::map<std::string, std::string>;
  EXPECT_EQ(Decoded(""), Fields());
  EXPECT_EQ(Decoded("MD=1&PaRes=eJx%2Bab%3d%3D"), (Fields{{"MD", "1"}, {"PaRes", "eJx+ab=="}}));
  EXPECT_EQ(Decoded("a=b=c&d=&e"), (Fields{{"a", "b=c"}, {"d", ""}, {"e", ""}}));
  EXPECT_EQ(Decoded("name=%D0%B6+x%00y"), (Fields{{"name", std::string("\xd0\xb6 x\0y", 6)}}));
}

TEST(FormBody, WhatIsNoFormIsRefused) {
  for (const char* body : {"a=%", "a=%4", "a=%g0", "%zz=1", "a=%-1"}) {
    ExpectRefused(body, "percent sign");
  }
  ExpectRefused("=1", "a name");
  ExpectRefused("a=1&&b=2", "a name");
  ExpectRefused("a=1&a=2", "twice");
}

TEST(FormBody, HasLimits) {
  std::string body = "f0=x";
  for (size_t i = 1; i < kFormFieldsMax; ++i) absl::StrAppend(&body, "&f", i, "=x");
  EXPECT_EQ(Decoded(body).size(), kFormFieldsMax);
  ExpectRefused(body + "&more=x", "16 fields");
  EXPECT_EQ(Decoded(std::string(kFormNameBytesMax, 'n') + "=1").size(), 1);
  ExpectRefused(std::string(kFormNameBytesMax + 1, 'n') + "=1", "1 to 64 bytes");
}

TEST(FormBody, AnErrorDoesNotRepeatTheBody) {
  const auto fields = DecodeFormBody(Secret("PaRes=secret%"));
  EXPECT_THAT(std::string(fields.status().message()), Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace payments
