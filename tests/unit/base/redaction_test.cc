#include "providers/redaction.h"

#include <array>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace payments {
namespace {

constexpr std::array<ShownField, 9> kShown = {{{"id", ShownAs::kUuid},
                                               {"number", ShownAs::kNumber},
                                               {"amount", ShownAs::kAmount},
                                               {"currency", ShownAs::kWord},
                                               {"scheme", ShownAs::kCardScheme},
                                               {"code", ShownAs::kCode},
                                               {"a", ShownAs::kNothing},
                                               {"b", ShownAs::kNothing},
                                               {"c", ShownAs::kNothing}}};
constexpr absl::string_view kUuid = "0a1b2c3d-4e5f-6071-8293-A4b5c6d7e8f9";

// The text, or why there is none.
std::string Redact(absl::string_view body) {
  const absl::StatusOr<std::string> redacted = RedactMessage(body, kShown);
  if (redacted.ok()) return *redacted;
  EXPECT_EQ(redacted.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(redacted.status().message());
}

TEST(Redaction, ShowsWhatIsHarmless) {
  const std::string harmless =
      absl::StrCat("{\"id\":\"", kUuid, "\",",
                   R"("number":1234567,"amount":-12.50,"CURRENCY":"KZT","code":"error",)",
                   R"("scheme":"MasterCard"})");
  EXPECT_EQ(Redact(harmless), harmless);
  EXPECT_EQ(Redact("number=9&code=-31&currency=&scheme=VISA"),
            "number=9&code=-31&currency=&scheme=VISA");
}

TEST(Redaction, WhatIsNotListedIsNotShown) {
  EXPECT_EQ(Redact(R"({"name":"A B","a":true,"b":1,"c":1.5,"e":"","z":null})"),
            R"({"[redacted]":"[redacted]","a":"[redacted]","b":"[redacted]","c":"[redacted]",)"
            R"("[redacted]":"","[redacted]":null})");
  EXPECT_EQ(Redact("a=A+B&number=7"), "a=[redacted]&number=7");
}

TEST(Redaction, WhatDoesNotLookAsItShouldIsNotShown) {
  for (const char* value :
       {"\"1 2\"", "\"1@2\"", "\"1\\\"2\"", "\"\\u0441\"", "[1]", "{\"number\":1}"}) {
    const std::string redacted = Redact(absl::StrCat("{\"number\":", value, "}"));
    EXPECT_THAT(redacted, testing::HasSubstr("[redacted]")) << redacted;
    EXPECT_THAT(redacted, testing::Not(testing::HasSubstr("1"))) << redacted;
  }
  for (const char* field : {"currency=K9",
                            "currency=IVANOV",
                            "scheme=IVANOV",
                            "number=-1",
                            "number=1.2",
                            "number=12345678901234567890",
                            "number=0a1b2c",
                            "amount=77012345678",
                            "amount=1.2.3",
                            "amount=1.234",
                            "amount=1e5",
                            "amount=.",
                            "amount=1.",
                            "code=1234567",
                            "code=-",
                            "code=IVANOV",
                            "id=7",
                            "id=0a1b2c3d4e5f60718293a4b5c6d7e8f9",
                            "id=0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f",
                            "id=0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f90",
                            "id=ga1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
                            "number=%31"}) {
    EXPECT_THAT(Redact(field), testing::EndsWith("=[redacted]")) << field;
  }
}

TEST(Redaction, ACardsNumberIsNotShownAnywhere) {
  for (const char* number : {"4003032704547597", "6011000990139424", "377514500004820",
                             "4222222222222", "30569309025904", "40030327045475970",
                             "1234003032704547597", "9377514500004820", "1305693090259049"}) {
    EXPECT_EQ(Redact(absl::StrCat("number=", number)), "number=[redacted]") << number;
    EXPECT_EQ(Redact(absl::StrCat("{\"number\":\"", number, "\"}")), R"({"number":"[redacted]"})");
  }
  EXPECT_EQ(Redact("id=40030327-0454-7597-aaaa-aaaaaaaaaaaa"), "id=[redacted]");
  EXPECT_EQ(Redact("id=aaaaaaaa-aaaa-aa40-0303-2704547597aa"), "id=[redacted]");
  EXPECT_EQ(Redact("id=12345678-4003-0327-0454-7597aaaaaaaa"), "id=[redacted]");
  EXPECT_EQ(Redact("number=4003032704547598"), "number=4003032704547598")
      << "its check digit is wrong";
}

TEST(Redaction, NamesMayBeSecretsToo) {
  EXPECT_EQ(Redact(R"({"4003032704547597":"x","a b":"y","A":"z","tok3n":"t"})"),
            R"({"[redacted]":"[redacted]","[redacted]":"[redacted]","A":"[redacted]",)"
            R"("[redacted]":"[redacted]"})");
  EXPECT_EQ(Redact("4003032704547597=1&x%41=2"), "[redacted]=[redacted]&[redacted]=[redacted]");
  EXPECT_EQ(Redact("ZedCanary=1"), "[redacted]=[redacted]");
  EXPECT_EQ(Redact(R"({"a":{"IVAN_IVANOV":1,"b":2}})"),
            R"({"a":{"[redacted]":"[redacted]","b":"[redacted]"}})");
}

TEST(Redaction, TheStructureIsKept) {
  EXPECT_EQ(
      Redact(
          " {\"a\": {\"number\": \"x\", \"b\": [1, {}, [], null]}, \"number\": 7, \"c\": {}} \n"),
      R"({"a":{"number":"[redacted]","b":["[redacted]",{},[],null]},"number":7,"c":{}})");
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
