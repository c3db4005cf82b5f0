#include "server/http/action_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace payments {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

ActionPage BankPage() {
  ActionPage page;
  page.kind = ActionPage::Kind::kForm;
  page.post_url = "https://acs.bank.kz/pareq?a=1&b=2";
  page.fields = {{"MD", "md-1"}, {"PaReq", "eJx+/\"<>="}, {"TermUrl", "https://pay.test/x"}};
  page.return_url = "https://shop.kz/back?order=1&x=2";
  return page;
}

ActionPage Notice(ActionPage::Kind kind) {
  ActionPage page;
  page.kind = kind;
  page.return_url = "https://shop.kz/back?order=1&x=2";
  return page;
}

std::map<std::string, Secret> Posted() {
  return {{"MD", Secret("md-1")}, {"PaRes", Secret("eJx+/=\r\n\"<'>&")}};
}

// Every page there is, in the language that the browser wants.
std::vector<HttpResponse> EveryPage(absl::string_view wish) {
  return {RenderActionPage(BankPage(), wish),
          RenderActionPage(Notice(ActionPage::Kind::kPending), wish),
          RenderActionPage(Notice(ActionPage::Kind::kOver), wish),
          RenderRetryPage({}, Posted(), wish),
          RenderBusyPage(wish),
          RenderNothingHere(404, wish)};
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
  EXPECT_THAT(Header(response, "Content-Security-Policy"),
              HasSubstr("script-src " + HashOf(Between(html, "<script>", "</script>")) + ";"));
}

TEST(ActionPage, OnlyTheOneThatPostsItselfRunsAScript) {
  for (const HttpResponse& response : EveryPage("")) {
    const bool posts_itself = Body(response) == Body(RenderActionPage(BankPage(), ""));
    EXPECT_EQ(absl::StrContains(Body(response), "<script"), posts_itself);
    EXPECT_EQ(absl::StrContains(Header(response, "Content-Security-Policy"), "script-src"),
              posts_itself);
    EXPECT_THAT(Body(response), Not(ContainsRegex(" on[a-z]+="))) << "an inline handler";
  }
}

TEST(ActionPage, EveryPageLoadsNothingAndIsFramedByNobody) {
  for (const HttpResponse& response : EveryPage("")) {
    const std::string html = Body(response);
    EXPECT_THAT(Header(response, "Content-Security-Policy"),
                AllOf(HasSubstr("default-src 'none'"), HasSubstr("base-uri 'none'"),
                      HasSubstr("frame-ancestors 'none'"),
                      HasSubstr("style-src " + HashOf(Between(html, "<style>", "</style>")) + ";"),
                      Not(HasSubstr("unsafe"))))
        << html;
  }
}

TEST(ActionPage, LetsTheFormGoToAnyBankOverHttps) {
  EXPECT_THAT(Header(RenderActionPage(BankPage(), ""), "Content-Security-Policy"),
              HasSubstr("form-action https:;"));
  ActionPage sandbox = BankPage();
  sandbox.post_url = "http://127.0.0.1:8090/acs?x=1";
  EXPECT_THAT(Header(RenderActionPage(sandbox, ""), "Content-Security-Policy"),
              HasSubstr("form-action https: http://127.0.0.1:8090;"));
}

TEST(ActionPage, APageWithoutAFormLetsNoneGoAnywhere) {
  for (const HttpResponse& response : EveryPage("")) {
    const bool has_form = absl::StrContains(Body(response), "<form");
    EXPECT_EQ(absl::StrContains(Header(response, "Content-Security-Policy"), "form-action 'none';"),
              !has_form)
        << Body(response);
  }
}

TEST(ActionPage, IsKeptByNobodyAndTellsNobody) {
  for (const HttpResponse& response : EveryPage("")) {
    EXPECT_EQ(Header(response, "Cache-Control"), "no-store");
    EXPECT_EQ(Header(response, "Referrer-Policy"), "no-referrer");
    EXPECT_EQ(Header(response, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(Header(response, "X-Frame-Options"), "DENY");
    EXPECT_EQ(Header(response, "Content-Type"), "text/html; charset=utf-8");
  }
}

TEST(ActionPage, OnceThereIsNothingToDoItSaysSo) {
  const HttpResponse response = RenderActionPage(Notice(ActionPage::Kind::kOver), "");
  EXPECT_EQ(response.status_code, 410);
  EXPECT_THAT(Body(response), AllOf(HasSubstr("There is nothing to do here"),
                                    HasSubstr("This payment has ended, or its time ran out."),
                                    Not(HasSubstr("<form")),
                                    HasSubstr("href=\"https://shop.kz/back?order=1&amp;x=2\"")));
  EXPECT_THAT(Body(RenderActionPage({}, "")), Not(HasSubstr("<a ")));
}

TEST(ActionPage, WhileThePaymentIsPendingNobodyIsToldThatItIsOver) {
  const HttpResponse response = RenderActionPage(Notice(ActionPage::Kind::kPending), "");
  EXPECT_EQ(response.status_code, 200);
  EXPECT_THAT(Body(response),
              AllOf(HasSubstr("Your payment is being checked"), HasSubstr("Do not pay again"),
                    Not(HasSubstr("ended")), Not(HasSubstr("<form")),
                    HasSubstr("href=\"https://shop.kz/back?order=1&amp;x=2\"")));
  ActionPage page = Notice(ActionPage::Kind::kPending);
  page.return_url = "";
  EXPECT_THAT(Body(RenderActionPage(page, "")), Not(HasSubstr("<a ")));
}

TEST(ActionPage, WhatCouldNotBeHandedOnIsThereToBePostedAgain) {
  const HttpResponse response = RenderRetryPage(Notice(ActionPage::Kind::kForm), Posted(), "");
  EXPECT_EQ(response.status_code, 503);
  EXPECT_THAT(Header(response, "Retry-After"), Not(IsEmpty()));
  EXPECT_THAT(Body(response),
              AllOf(HasSubstr("We could not reach the bank just now"),
                    HasSubstr("<form method=\"post\">\n"), HasSubstr("name=\"MD\" value=\"md-1\""),
                    HasSubstr("name=\"PaRes\" "
                              "value=\"eJx+/=&#13;&#10;&quot;&lt;&#39;&gt;&amp;\""),
                    HasSubstr("<button type=\"submit\">Try again</button>"), Not(HasSubstr("<a ")),
                    EndsWith("</html>\n")));
}

// Browsers hold form-action against the redirect that follows, too.
TEST(ActionPage, TheRetryMayLeadToTheMerchantsPage) {
  const auto forms = [](const std::string& return_url) {
    ActionPage page;
    page.return_url = return_url;
    return Between(Header(RenderRetryPage(page, Posted(), ""), "Content-Security-Policy") + ";",
                   "form-action ", ";");
  };
  EXPECT_EQ(forms("https://shop.kz/back"), "'self' https:");
  EXPECT_EQ(forms("http://localhost:8080/back"),
            "'self' https: http://localhost:* http://127.0.0.1:*");
  EXPECT_EQ(forms(""), forms("http://localhost:8080/back")) << "it is not known which";
}

TEST(ActionPage, ABusyServerAsksToTryAgain) {
  const HttpResponse response = RenderBusyPage("");
  EXPECT_EQ(response.status_code, 503);
  EXPECT_THAT(Header(response, "Retry-After"), Not(IsEmpty()));
  EXPECT_THAT(Body(response),
              AllOf(HasSubstr("Your payment is not lost"), HasSubstr("href=\"\">Try again</a>")));
}

TEST(ActionPage, AnAddressThatIsNoneOfOursSaysSo) {
  const HttpResponse response = RenderNothingHere(405, "");
  EXPECT_EQ(response.status_code, 405);
  EXPECT_THAT(Body(response), AllOf(HasSubstr("There is nothing to do here"), Not(HasSubstr("<a ")),
                                    Not(HasSubstr("<form"))));
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
  std::set<std::string> texts;
  for (const char* wish : {"en", "ru", "kk"}) {
    for (const HttpResponse& response : EveryPage(wish)) {
      const std::string html = Body(response);
      EXPECT_EQ(Header(response, "Content-Language"), wish);
      EXPECT_THAT(html, HasSubstr(absl::StrCat("<html lang=\"", wish, "\">")));
      EXPECT_FALSE(Between(html, "<h1>", "</h1>").empty());
      const std::string text = Between(html, "<p>", "</p>");
      EXPECT_FALSE(text.empty());
      EXPECT_TRUE(texts.insert(text).second) << "told twice: " << text;
    }
    const std::vector<HttpResponse> pages = EveryPage(wish);
    EXPECT_TRUE(texts.insert(Between(Body(pages[0]), "submit\">", "</button>")).second);
    EXPECT_TRUE(texts.insert(Between(Body(pages[1]), "back?order=1&amp;x=2\">", "</a>")).second);
    EXPECT_TRUE(texts.insert(Between(Body(pages[3]), "submit\">", "</button>")).second);
  }
}

}  // namespace
}  // namespace payments
