#include "providers/redaction.h"

#include <array>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace payments {
namespace {

constexpr std::array<ShownField, 4> kShown = {{{"id", ShownAs::kId},
                                               {"orderId2", ShownAs::kNumber},
                                               {"currency", ShownAs::kWord},
                                               {"code", ShownAs::kCode}}};

// The text, or why there is none.
std::string Redact(absl::string_view body) {
  const absl::StatusOr<std::string> redacted = RedactMessage(body, kShown);
  if (redacted.ok()) return *redacted;
  EXPECT_EQ(redacted.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(redacted.status().message());
}

TEST(Redaction, ShowsWhatIsHarmless) {
  EXPECT_EQ(Redact(R"({"id":"a9-1","orderId2":-12.50,"CURRENCY":"KZT","code":"ok"})"),
            R"({"id":"a9-1","orderId2":-12.50,"CURRENCY":"KZT","code":"ok"})");
  EXPECT_EQ(Redact("id=a9-1&code=0&currency="), "id=a9-1&code=0&currency=");
}

TEST(Redaction, WhatIsNotListedIsNotShown) {
  EXPECT_EQ(Redact(R"({"name":"A B","secret":true,"n":1,"f":1.5,"e":"","z":null})"),
            R"({"name":"[redacted]","secret":"[redacted]","n":"[redacted]","f":"[redacted]",)"
            R"("e":"","z":null})");
  EXPECT_EQ(Redact("name=A+B&id=7"), "name=[redacted]&id=7");
}

TEST(Redaction, WhatDoesNotLookAsItShouldIsNotShown) {
  for (const char* value :
       {"\"a b\"", "\"a@b\"", "\"a\\\"b\"", "\"\\u0441\"", "[1]", "{\"id\":1}"}) {
    const std::string redacted = Redact(absl::StrCat("{\"id\":", value, "}"));
    EXPECT_THAT(redacted, testing::HasSubstr("[redacted]")) << redacted;
    EXPECT_THAT(redacted, testing::Not(testing::HasSubstr("1"))) << redacted;
  }
  EXPECT_EQ(Redact(R"({"currency":"K9"})"), R"({"currency":"[redacted]"})");
  EXPECT_EQ(Redact(R"({"currency":"abcdefghijklmnopq"})"), R"({"currency":"[redacted]"})");
  EXPECT_EQ(Redact(R"({"orderId2":1234567890123})"), R"({"orderId2":"[redacted]"})");
  EXPECT_EQ(Redact(R"({"orderId2":"1.2.3"})"), R"({"orderId2":"[redacted]"})");
  EXPECT_EQ(Redact(R"({"orderId2":1e5})"), R"({"orderId2":"[redacted]"})");
  EXPECT_EQ(Redact(R"({"code":1234567})"), R"({"code":"[redacted]"})");
  EXPECT_EQ(Redact(absl::StrCat("id=", std::string(65, 'x'))), "id=[redacted]");
  EXPECT_EQ(Redact("id=%41"), "id=[redacted]") << "not as it is written";
}

TEST(Redaction, ACardsNumberIsNotShownAnywhere) {
  for (const char* number : {"4003032704547597", "4003-0327-0454-7597", "x4003032704547597",
                             "x-4003.0327.0454.7597-y", "6011000990139424"}) {
    EXPECT_EQ(Redact(absl::StrCat("id=", number)), "id=[redacted]") << number;
    EXPECT_EQ(Redact(absl::StrCat("{\"id\":\"", number, "\"}")), R"({"id":"[redacted]"})");
  }
  EXPECT_EQ(Redact("id=4003032704547598"), "id=4003032704547598") << "its check digit is wrong";
}

TEST(Redaction, NamesMayBeSecretsToo) {
  EXPECT_EQ(Redact(R"({"4003032704547597":"x","a b":"y","a_b":"z","tok3n":"t"})"),
            R"({"[redacted]":"[redacted]","[redacted]":"[redacted]","a_b":"[redacted]",)"
            R"("[redacted]":"[redacted]"})");
  EXPECT_EQ(Redact("4003032704547597=1&x%41=2"), "[redacted]=[redacted]&[redacted]=[redacted]");
  EXPECT_EQ(Redact(R"({"orderId2":1})"), R"({"orderId2":1})") << "known ones may have digits";
}

TEST(Redaction, TheStructureIsKept) {
  EXPECT_EQ(Redact(" {\"a\": {\"id\": \"x\", \"b\": [1, {}, [], null]}, \"id\": 7, \"c\": {}} \n"),
            R"({"a":{"id":"[redacted]","b":["[redacted]",{},[],null]},"id":7,"c":{}})");
}

TEST(Redaction, WhatCannotBeReadIsRefusedUnquoted) {
  std::string deep = "1";
  for (int i = 0; i <= kRedactedDepthMax; ++i) deep = absl::StrCat("{\"a\":", deep, "}");
  std::string many = "{\"a\":[0";
  for (size_t i = 0; i < kRedactedFieldsMax; ++i) many += ",0";
  std::string form = "a=1";
  for (size_t i = 0; i < kRedactedFieldsMax; ++i) form += "&a=1";
  for (const std::string& body :
       {std::string(), std::string(" "), std::string("s3cret"), std::string("[\"s3cret\"]"),
        std::string("{\"s3cret\""), std::string("{} s3cret"), std::string("{\"a\":\"\xFFs3cret\"}"),
        std::string("a=1&s3cret"), deep, many + "]}", form,
        std::string(kRedactedSizeMaxBytes + 1, '=')}) {
    const auto redacted = RedactMessage(body, kShown);
    EXPECT_EQ(redacted.status().code(), absl::StatusCode::kInvalidArgument) << body.substr(0, 32);
    EXPECT_THAT(std::string(redacted.status().message()),
                testing::Not(testing::HasSubstr("s3cret")));
  }
}

}  // namespace
}  // namespace payments
