#include "providers/epay/fields.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "providers/epay/json_body.h"

namespace payments::epay {
namespace {

using testing::HasSubstr;
using testing::Not;

// The only field of that name in `object`; "?" if it is stated twice.
std::string Get(absl::string_view body, absl::string_view object, absl::string_view name) {
  const absl::StatusOr<Fields> fields = ReadJsonFields(body, kAnswerSizeMaxBytes);
  if (!fields.ok()) return std::string(fields.status().message());
  FieldReader reader(&*fields, {object});
  const std::string value(reader.Get({name}));
  return reader.contradictory() ? "?" : value;
}

TEST(FieldsTest, ScalarsOfEveryTypeAreText) {
  constexpr absl::string_view kBody =
      R"({"s":" x ","i":-31,"u":18446744073709551615,"f":100.50,"e":1.0E7,"t":true,"n":null,)"
      R"("big":99999999999999999999,"precise":90071992547409.93,"escaped":"\u04d9\n\"/\\"})";
  EXPECT_EQ(Get(kBody, "", "s"), "x");
  EXPECT_EQ(Get(kBody, "", "i"), "-31");
  EXPECT_EQ(Get(kBody, "", "u"), "18446744073709551615");
  EXPECT_EQ(Get(kBody, "", "f"), "100.50");
  EXPECT_EQ(Get(kBody, "", "e"), "1.0E7");
  EXPECT_EQ(Get(kBody, "", "t"), "true");
  EXPECT_EQ(Get(kBody, "", "n"), "");
  EXPECT_EQ(Get(kBody, "", "big"), "99999999999999999999");
  EXPECT_EQ(Get(kBody, "", "precise"), "90071992547409.93");
  EXPECT_EQ(Get(kBody, "", "escaped"), "\u04d9\n\"/\\");
  EXPECT_EQ(Get(kBody, "", "absent"), "");
}

TEST(FieldsTest, NamesAreReadInAnyCaseAndDepth) {
  constexpr absl::string_view kBody =
      "\xEF\xBB\xBF {\"InvoiceID\":\"7\",\"a\":{\"CardId\":\"8\",\"b\":{\"x\":9},\"y\":10},"
      "\"z\":11}\n";
  EXPECT_EQ(Get(kBody, "", "invoiceid"), "7");
  EXPECT_EQ(Get(kBody, "a", "cardid"), "8");
  EXPECT_EQ(Get(kBody, "a.b", "x"), "9");
  EXPECT_EQ(Get(kBody, "a", "y"), "10");
  EXPECT_EQ(Get(kBody, "", "z"), "11");
}

TEST(FieldsTest, ArraysAndKeysWithADotArePassedOver) {
  constexpr absl::string_view kBody =
      R"({"l":[{"id":"1"},["2",{"id":3}],"x"],"a.id":"4","a":{"id":"5"},"id":"6"})";
  EXPECT_EQ(Get(kBody, "", "id"), "6");
  EXPECT_EQ(Get(kBody, "a", "id"), "5");
  EXPECT_EQ(Get(kBody, "l", "id"), "");
}

TEST(FieldsTest, TwoValuesOfOneFieldAreAContradiction) {
  EXPECT_EQ(Get(R"({"code":0,"code":487})", "", "code"), "?");
  EXPECT_EQ(Get(R"({"orderID":"1","orderId":"2"})", "", "orderid"), "?");
  EXPECT_EQ(Get(R"({"orderID":"1","orderId":"1"})", "", "orderid"), "1");
  EXPECT_EQ(Get(R"({"orderID":"1","orderId":""})", "", "orderid"), "1");
  EXPECT_EQ(Get(R"({"orderID":1,"orderId":"1"})", "", "orderid"), "1");
}

TEST(FieldsTest, GarbageIsRefusedWithoutQuotingIt) {
  for (const char* body : {"",
                           " ",
                           "hidden",
                           "<html>hidden</html>",
                           "{",
                           "{\"hidden\":",
                           "{\"hidden\":1,}",
                           "{}x",
                           "[{\"hidden\":1}]",
                           "\"hidden\"",
                           "1",
                           "null",
                           "true",
                           "{\"a\":01}",
                           "{\"a\":\"\xFF\"}",
                           "{\"a\":\"\xC0\xAF\"}",
                           "{\"a\":\"\x01\"}",
                           "{\"a\":NaN}",
                           "{'a':1}",
                           "{\"a\":\"\\uD800\"}",
                           "{\"a\":1}{\"a\":2}",
                           "\xFF\xFE{\x00"}) {
    const absl::StatusOr<Fields> fields = ReadJsonFields(body, kAnswerSizeMaxBytes);
    ASSERT_FALSE(fields.ok()) << body;
    EXPECT_EQ(fields.status().code(), absl::StatusCode::kInvalidArgument) << body;
    EXPECT_THAT(std::string(fields.status().message()), Not(HasSubstr("hidden"))) << body;
  }
}

TEST(FieldsTest, SizeDepthAndNumberAreLimited) {
  const std::string padding(kAnswerSizeMaxBytes - 2, ' ');
  EXPECT_TRUE(ReadJsonFields(absl::StrCat("{}", padding), kAnswerSizeMaxBytes).ok());
  EXPECT_EQ(
      ReadJsonFields(absl::StrCat("{}", padding, " "), kAnswerSizeMaxBytes).status().message(),
      "unreadable: larger than 262144 bytes");
  const auto nested = [](int depth, absl::string_view open, absl::string_view close) {
    std::string body = "1";
    for (int i = 0; i < depth; ++i) body = absl::StrCat(open, body, close);
    return absl::StrCat("{\"a\":", body, "}");
  };
  EXPECT_EQ(Get(nested(kJsonDepthMax - 1, "{\"a\":", "}"), "", "z"), "");
  for (const std::string& deep :
       {nested(kJsonDepthMax, "{\"a\":", "}"), nested(kJsonDepthMax, "[", "]"),
        absl::StrCat("{\"a\":", std::string(100'000, '['))}) {
    EXPECT_EQ(Get(deep, "", "z"), "unreadable: nested deeper than 16");
  }
  std::string many = "{\"k0\":0";
  for (size_t i = 1; i < Fields::kFieldsMax; ++i) absl::StrAppend(&many, ",\"k", i, "\":", i);
  EXPECT_EQ(Get(absl::StrCat(many, "}"), "", "k255"), "255");
  EXPECT_EQ(Get(absl::StrCat(many, ",\"x\":1}"), "", "k0"), "unreadable: more than 256 fields");
}

TEST(FieldsTest, EveryPrefixIsReadWithoutHarm) {
  constexpr absl::string_view kBody =
      R"({"a":{"b":[1,{"c":"\u0041"}],"d":1.5e3},"e":[[]],"f":"ә","g":{}})";
  for (size_t size = 0; size < kBody.size(); ++size) {
    EXPECT_FALSE(ReadJsonFields(kBody.substr(0, size), kAnswerSizeMaxBytes).ok()) << size;
  }
  EXPECT_TRUE(ReadJsonFields(kBody, kAnswerSizeMaxBytes).ok());
}

TEST(FieldsTest, AQueryIsReadAsAForm) {
  const absl::StatusOr<Fields> fields = ReadQueryFields(
      "https://epay.homebank.kz/payform/?invoiceID=000123&Code=455&message=No+such%20card%21&x"
      "&empty=#code=0");
  ASSERT_TRUE(fields.ok()) << fields.status();
  FieldReader reader(&*fields, {""});
  EXPECT_EQ(reader.Get({"invoiceid"}), "000123");
  EXPECT_EQ(reader.Get({"code"}), "455");
  EXPECT_EQ(reader.Get({"message"}), "No such card!");
  EXPECT_EQ(reader.Get({"x", "empty"}), "");
  EXPECT_TRUE(ReadQueryFields("https://epay.homebank.kz/").ok());
}

TEST(FieldsTest, ABadQueryIsRefused) {
  for (const char* url : {"?a=%", "?a=%4", "?a=%zz", "?%zz=1", "?a=%FF"}) {
    EXPECT_FALSE(ReadQueryFields(url).ok()) << url;
  }
  std::string many = "?a";
  for (size_t i = 0; i < Fields::kFieldsMax; ++i) absl::StrAppend(&many, "&k=", i);
  EXPECT_EQ(ReadQueryFields(many).status().message(), "unreadable: more than 256 fields");
}

TEST(JsonBodyTest, TextIsEscaped) {
  const absl::StatusOr<Secret> body = JsonBody(
      {JsonText("a", "\"\\/\n\x01\x7F\u04d9"), JsonBegin("o"), JsonEnd(), JsonBool("b", false),
       JsonBegin("p"), JsonNumber("n", "0.01"), JsonText("t", ""), JsonEnd()});
  ASSERT_TRUE(body.ok()) << body.status();
  EXPECT_EQ(body->Reveal(),
            "{\"a\":\"\\\"\\\\/\\u000a\\u0001\\u007f\u04d9\",\"o\":{},\"b\":false,"
            "\"p\":{\"n\":0.01,\"t\":\"\"}}");
  EXPECT_TRUE(ReadJsonFields(body->Reveal(), kAnswerSizeMaxBytes).ok());
  EXPECT_EQ(JsonBody({})->Reveal(), "{}");
}

TEST(JsonBodyTest, WhatCannotBeWrittenIsNamedAndNotQuoted) {
  const std::string large(kJsonTextSizeMaxBytes + 1, 'x');
  EXPECT_EQ(JsonBody({JsonText("name", large)}).status().message(),
            "name is longer than 2048 bytes");
  EXPECT_TRUE(JsonBody({JsonText("name", large.substr(1))}).ok());
  EXPECT_EQ(JsonBody({JsonText("name", "hidden\xFF")}).status().message(), "name is not UTF-8");
}

}  // namespace
}  // namespace payments::epay
