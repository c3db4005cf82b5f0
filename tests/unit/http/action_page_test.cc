#include "server/http/action_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace payments {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

ActionPage BankPage() {
  ActionPage page;
  page.post_url = "https://acs.bank.kz/pareq?a=1&b=2";
  page.fields = {{"MD", "md-1"}, {"PaReq", "eJx+/\"<>="}, {"TermUrl", "https://pay.test/x"}};
  page.return_url = "https://shop.kz/back?order=1&x=2";
  return page;
}

std::string Body(const HttpResponse& response) { return std::string(response.body.Reveal()); }

std::string Header(const HttpResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

std::string Between(const std::string& text, const std::string& begin, const std::string& end) {
  const size_t from = text.find(begin) + begin.size();
  return text.substr(from, text.find(end, from) - from);
}

std::string HashOf(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string encoded;
  absl::Base64Escape(absl::string_view(reinterpret_cast<const char*>(digest.data()), size),
                     &encoded);
  return absl::StrCat("'sha256-", encoded, "'");
}

TEST(ActionPage, HoldsTheBanksFormByteForByte) {
  const HttpResponse response = RenderActionPage(BankPage(), "");
  EXPECT_EQ(response.status_code, 200);
  const std::string html = Body(response);
  EXPECT_THAT(html, AllOf(HasSubstr("<form method=\"post\" "
                                    "action=\"https://acs.bank.kz/pareq?a=1&amp;b=2\">"),
                          HasSubstr("name=\"MD\" value=\"md-1\""),
                          HasSubstr("name=\"PaReq\" value=\"eJx+/&quot;&lt;&gt;=\""),
                          HasSubstr("name=\"TermUrl\" value=\"https://pay.test/x\""),
                          HasSubstr("<button type=\"submit\">Continue to your bank</button>"),
                          EndsWith("</html>\n")));
}

TEST(ActionPage, RunsNoScriptButItsOwn) {
  const HttpResponse response = RenderActionPage(BankPage(), "");
  const std::string html = Body(response);
  const std::string policy = Header(response, "Content-Security-Policy");
  EXPECT_THAT(policy,
              AllOf(HasSubstr("default-src 'none'"), HasSubstr("frame-ancestors 'none'"),
                    HasSubstr("script-src " + HashOf(Between(html, "<script>", "</script>"))),
                    HasSubstr("style-src " + HashOf(Between(html, "<style>", "</style>"))),
                    Not(HasSubstr("unsafe"))));
}

TEST(ActionPage, LetsTheFormGoToAnyBankOverHttps) {
  EXPECT_THAT(Header(RenderActionPage(BankPage(), ""), "Content-Security-Policy"),
              HasSubstr("form-action https:;"));
  ActionPage sandbox = BankPage();
  sandbox.post_url = "http://127.0.0.1:8090/acs?x=1";
  EXPECT_THAT(Header(RenderActionPage(sandbox, ""), "Content-Security-Policy"),
              HasSubstr("form-action https: http://127.0.0.1:8090;"));
}

TEST(ActionPage, IsKeptByNobodyAndTellsNobody) {
  const HttpResponse response = RenderActionPage(BankPage(), "");
  EXPECT_EQ(Header(response, "Cache-Control"), "no-store");
  EXPECT_EQ(Header(response, "Referrer-Policy"), "no-referrer");
  EXPECT_EQ(Header(response, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(Header(response, "X-Frame-Options"), "DENY");
}

TEST(ActionPage, OnceThereIsNothingToDoItSaysSo) {
  ActionPage page;
  page.return_url = "https://shop.kz/back?order=1&x=2";
  const HttpResponse response = RenderActionPage(page, "");
  EXPECT_EQ(response.status_code, 410);
  EXPECT_THAT(Body(response), AllOf(HasSubstr("There is nothing to do here"),
                                    Not(HasSubstr("<form")), Not(HasSubstr("<script")),
                                    HasSubstr("href=\"https://shop.kz/back?order=1&amp;x=2\"")));
  EXPECT_THAT(Body(RenderActionPage({}, "")), Not(HasSubstr("<a ")));
}

TEST(ActionPage, AfterTroubleTheSameIsAskedForAgain) {
  const HttpResponse response =
      RenderTryAgainPage({{"MD", Secret("1")}, {"PaRes", Secret("\"<x>")}}, "ru");
  EXPECT_EQ(response.status_code, 503);
  EXPECT_EQ(Header(response, "Cache-Control"), "no-store");
  EXPECT_EQ(Header(response, "Referrer-Policy"), "no-referrer");
  // On to the merchant's page by a redirect, which browsers hold against the policy, too.
  EXPECT_THAT(Header(response, "Content-Security-Policy"),
              HasSubstr("form-action 'self' https: http://127.0.0.1:* http://localhost:*;"));
  EXPECT_THAT(Body(response), AllOf(HasSubstr("<form method=\"post\">"), Not(HasSubstr("<script")),
                                    HasSubstr("name=\"PaRes\" value=\"&quot;&lt;x&gt;\""),
                                    HasSubstr("<html lang=\"ru\">")));
  EXPECT_THAT(Body(RenderTryAgainPage({}, "")), HasSubstr("<form method=\"get\">"));
}

TEST(ActionPage, AnAddressOfNobodysIsTheLastPage) {
  const HttpResponse response = RenderUnknownActionPage("kk");
  EXPECT_EQ(response.status_code, 404);
  EXPECT_THAT(Body(response), AllOf(HasSubstr("<html lang=\"kk\">"), Not(HasSubstr("<form"))));
}

TEST(ActionPage, SpeaksThePaymentsLanguageOrTheBrowsers) {
  const auto language = [](const std::string& own, const std::string& accepted) {
    ActionPage page = BankPage();
    page.language = own;
    const HttpResponse response = RenderActionPage(page, accepted);
    EXPECT_THAT(Body(response),
                HasSubstr(absl::StrCat("<html lang=\"", Header(response, "Content-Language"))));
    return Header(response, "Content-Language");
  };
  EXPECT_EQ(language("kk", "ru"), "kk");
  EXPECT_EQ(language("", "ru-RU,ru;q=0.9,en;q=0.8"), "ru");
  EXPECT_EQ(language("uz", "de, kk-KZ ; q=0.5 , en;q=0.4"), "kk");
  EXPECT_EQ(language("", "en;q=0.1,ru;q=0.2"), "ru");
  EXPECT_EQ(language("", "ru;q=0"), "en");
  for (const char* wish : {"", "de", "*", ";;;", ",,,", "ru;q=x", "\xff\xfe"}) {
    EXPECT_EQ(language("", wish), "en") << wish;
  }
}

TEST(ActionPage, EveryLanguageHasEveryWord) {
  for (const char* wish : {"en", "ru", "kk"}) {
    const std::string html = Body(RenderActionPage(BankPage(), wish));
    const std::string over = Body(RenderActionPage({}, wish));
    EXPECT_FALSE(Between(html, "<h1>", "</h1>").empty());
    EXPECT_FALSE(Between(html, "<p>", "</p>").empty());
    EXPECT_FALSE(Between(html, "submit\">", "</button>").empty());
    EXPECT_FALSE(Between(over, "<h1>", "</h1>").empty());
    EXPECT_NE(Between(html, "<h1>", "</h1>"), Between(over, "<h1>", "</h1>"));
    const std::string again = Body(RenderTryAgainPage({}, wish));
    EXPECT_FALSE(Between(again, "<h1>", "</h1>").empty());
    EXPECT_FALSE(Between(again, "<p>", "</p>").empty());
    EXPECT_FALSE(Between(again, "submit\">", "</button>").empty());
  }
}

}  // namespace
}  // namespace payments
