#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "providers/endpoint.h"
#include "providers/text.h"

namespace payments {
namespace {

TEST(ProviderTextTest, Utf8IsWhatUnicodeSaysAndNothingElse) {
  for (const char* good :
       {"", "a\n\x7F", "ә", "Ўзбек", "\xEF\xBF\xBF", "\xF0\x9F\x92\xB3", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(IsUtf8(good)) << good;
  }
  const std::vector<std::string> bad = {
      "\x80",              // Not the beginning of a character.
      "\x9F\xBF",          // Nor with another one behind it.
      "\xC3",              // Cut off.
      "\xC3(",             // Or followed by something else.
      "\xF0\x9F\x92",      // Cut off in its middle.
      "\xC1\x81",          // Longer than need be.
      "\xE0\x80\xBC",      // The same in three bytes.
      "\xF0\x80\x80\xBC",  // And in four.
      "\xED\xA0\x80",      // Half of a surrogate pair.
      "\xF4\x90\x80\x80",  // Beyond Unicode.
      "\xF8\x88\x80\x80\x80",
      "\xFF",
  };
  for (const std::string& text : bad) {
    EXPECT_FALSE(IsUtf8(text)) << testing::PrintToString(text);
    EXPECT_FALSE(IsUtf8("ok" + text)) << testing::PrintToString(text);
  }
}

TEST(ProviderTextTest, TextIsCutAtACharactersBorder) {
  EXPECT_EQ(CutUtf8("aәә", 5), "aәә");
  EXPECT_EQ(CutUtf8("aәә", 4), "aә");
  EXPECT_EQ(CutUtf8("aәә", 3), "aә");
  EXPECT_EQ(CutUtf8("aәә", 2), "a");
  EXPECT_EQ(CutUtf8("ә", 1), "");
  EXPECT_EQ(CutUtf8("", 0), "");
}

TEST(ProviderTextTest, Digits) {
  EXPECT_TRUE(IsDigits("0123", 4));
  EXPECT_FALSE(IsDigits("01234", 4));
  EXPECT_FALSE(IsDigits("", 4));
  EXPECT_FALSE(IsDigits("-1", 4));
  EXPECT_FALSE(IsDigits("1 ", 4));
}

TEST(ProviderTextTest, PresentableTextHasNoControlsAndNoCardNumbers) {
  EXPECT_EQ(Presentable("a\n\x01"
                        "b\x7F",
                        16),
            "a  b ");
  EXPECT_EQ(Presentable("377514500004820", 64), "***********4820");
}

TEST(ProviderTextTest, ACardNumberInGroupsIsMasked) {
  EXPECT_EQ(Presentable("card 4003 0327 0454 9821.", 64), "card **** **** **** 9821.");
  EXPECT_EQ(Presentable("4003-0327-0454-9821", 64), "****-****-****-9821");
  EXPECT_EQ(Presentable("3775-145000 04820", 64), "****-****** *4820");
  EXPECT_EQ(Presentable("4003\n0327\t0454 9821", 64), "**** **** **** 9821");
  EXPECT_EQ(Presentable("4 0 0 3 0 3 2 7 0 4 5 4", 64), "* * * * * * * * * * * *");
  // A security code after it is not shown.
  EXPECT_EQ(Presentable("4003032704549821 416", 64), "************9821 ***");
  EXPECT_EQ(Presentable("4003032704549821-4169", 64), "************9821-****");
  EXPECT_EQ(Presentable("4003 0327 0454 9821 416", 64), "**** **** **** **** ***");
}

TEST(ProviderTextTest, FewerDigitsAndOtherSeparatorsAreNoCardNumber) {
  EXPECT_EQ(Presentable("4003 0327 045", 64), "4003 0327 045");
  EXPECT_EQ(Presentable("400303  270454 and 982112", 64), "400303  270454 and 982112");
  EXPECT_EQ(Presentable("2021-12-27, 14:47", 64), "2021-12-27, 14:47");
  EXPECT_EQ(Presentable(" - 12 -- 34 ", 64), " - 12 -- 34 ");
}

TEST(ProviderTextTest, IsMaskedBeforeItIsCut) {
  EXPECT_EQ(Presentable("card 4003032704549821", 16), "card ***********");
  EXPECT_EQ(Presentable("4003 0327 0454 9821", 14), "**** **** ****");
}

TEST(ProviderTextTest, BlanksBecomePluses) {
  EXPECT_EQ(PlusesForBlanks("a b+c  ").Reveal(), "a+b+c++");
  EXPECT_TRUE(PlusesForBlanks("").empty());
}

TEST(EndpointTest, IsNamedWhereItIsWrong) {
  EXPECT_TRUE(ValidateEndpoint("action", "https://acs.example:8443/3ds?x=1").ok());
  EXPECT_TRUE(ValidateEndpoint("action", "http://127.0.0.1:8091/acs").ok());
  EXPECT_EQ(ValidateEndpoint("action", "http://acs.example/").message(),
            "action: must be https; http is for loopback hosts only");
  EXPECT_EQ(ValidateEndpoint("action", "").message(), "action: must be an https URL");
  EXPECT_EQ(ValidateEndpoint("action", "https://acs.example/#x").message(),
            "action: must not have a fragment");
}

TEST(EndpointTest, PagesMayHaveFragments) {
  EXPECT_TRUE(ValidatePageUrl("return_url", "https://shop.example/#/done").ok());
  EXPECT_TRUE(ValidatePageUrl("return_url", "https://shop.example#done").ok());
  EXPECT_FALSE(ValidatePageUrl("return_url", "https://#done").ok());
}

}  // namespace
}  // namespace payments
