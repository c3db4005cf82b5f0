#include "server/http/action_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/http/event_loop.h"
#include "tests/unit/http/server_fixture.h"

namespace payments {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ActionEndpointTest : public ServerFixture {
 protected:
  ActionEndpointTest() : loop_(EventLoop::Start()) {
    ActionHandlers handlers;
    handlers.open = [this](const std::string& token, ActionHandlers::Done done) {
      EXPECT_TRUE(loop_->IsLoopThread());
      std::move(done)(Find(token, {}));
    };
    handlers.result = [this](const std::string& token, std::map<std::string, Secret> fields,
                             ActionHandlers::Done done) {
      std::move(done)(Find(token, std::move(fields)));
    };
    Start({}, MakeActionEndpoint(loop_.get(), std::move(handlers)));
  }
  ~ActionEndpointTest() override { server_ = nullptr; }

  absl::StatusOr<ActionPage> Find(const std::string& token, std::map<std::string, Secret> fields) {
    ++handled_;
    posted_ = std::move(fields);
    if (token == "away" || (token == "unreached" && !posted_.empty())) {
      return absl::UnavailableError("the store is away");
    }
    if (token == "unreached") return page_;
    if (token != "a.t-1") return absl::NotFoundError("no such token");
    return page_;
  }

  std::string Get(absl::string_view path) const {
    return Exchange(
        absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: h\r\nAccept-Language: ru\r\n", "\r\n"));
  }
  std::string Post(absl::string_view path, absl::string_view body,
                   absl::string_view type = "application/x-www-form-urlencoded") const {
    return Exchange(absl::StrCat("POST ", path, " HTTP/1.1\r\nHost: h\r\nContent-Type: ", type,
                                 "\r\nAccept-Language: kk\r\nContent-Length: ", body.size(),
                                 "\r\n\r\n", body));
  }

  static std::string BodyOf(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n"));
  }

  std::unique_ptr<EventLoop> loop_;
  ActionPage page_{
      ActionPage::Kind::kForm, "https://bank.kz/acs", {{"MD", "1"}}, "https://shop.kz/back", ""};
  std::map<std::string, Secret> posted_;
};

TEST_F(ActionEndpointTest, ShowsThePageAsOftenAsItIsAskedFor) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Get("/actions/a.t-1"),
                AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("action=\"https://bank.kz/acs\""),
                      HasSubstr("<html lang=\"ru\">")));
  }
  EXPECT_THAT(Exchange("HEAD /actions/a.t-1 HTTP/1.1\r\nHost: h\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 200 "), Not(HasSubstr("<html"))));
}

TEST_F(ActionEndpointTest, ShowsTheLastPageOnceItIsOver) {
  page_.kind = ActionPage::Kind::kOver;
  EXPECT_THAT(Get("/actions/a.t-1"), StartsWith("HTTP/1.1 410 "));
}

TEST_F(ActionEndpointTest, ABanksResultLeadsToTheMerchantsPage) {
  EXPECT_THAT(Post("/actions/a.t-1/result", "MD=1&PaRes=a%2Bb"),
              AllOf(StartsWith("HTTP/1.1 303 "), HasSubstr("Location: https://shop.kz/back\r\n"),
                    HasSubstr("Referrer-Policy: no-referrer\r\n"),
                    HasSubstr("Cache-Control: no-store\r\n")));
  EXPECT_EQ(posted_.at("PaRes").Reveal(), "a+b");
  EXPECT_EQ(posted_.at("MD").Reveal(), "1");
}

TEST_F(ActionEndpointTest, WithoutAMerchantsPageTheLastPageIsShown) {
  page_ = {};
  page_.language = "en";
  EXPECT_THAT(Post("/actions/a.t-1/result", "MD=1"),
              AllOf(StartsWith("HTTP/1.1 410 "), HasSubstr("There is nothing to do here")));
  page_.kind = ActionPage::Kind::kPending;
  EXPECT_THAT(Post("/actions/a.t-1/result", "MD=1"),
              AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("Your payment is being checked")));
}

// A payer who reloads, or comes back by the address bar.
TEST_F(ActionEndpointTest, TheResultsAddressIsThePageAgain) {
  EXPECT_EQ(BodyOf(Get("/actions/a.t-1/result")), BodyOf(Get("/actions/a.t-1")));
  EXPECT_THAT(Get("/actions/a.t-1/result"), StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(posted_.empty());
  EXPECT_THAT(Exchange("HEAD /actions/a.t-1/result HTTP/1.1\r\nHost: h\r\n\r\n"),
              StartsWith("HTTP/1.1 200 "));
}

TEST_F(ActionEndpointTest, AnUnknownTokenIsNotFound) {
  EXPECT_THAT(Get("/actions/other"),
              AllOf(StartsWith("HTTP/1.1 404 "), HasSubstr("<html lang=\"ru\">")));
  EXPECT_THAT(Post("/actions/other/result", "MD=1"),
              AllOf(StartsWith("HTTP/1.1 404 "), HasSubstr("<html lang=\"kk\">")));
}

TEST_F(ActionEndpointTest, APageThatCannotBeToldAsksToTryAgain) {
  EXPECT_THAT(Get("/actions/away"), AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Retry-After: "),
                                          HasSubstr("<html lang=\"ru\">")));
}

// The bank's word was in that request and is nowhere else.
TEST_F(ActionEndpointTest, AResultThatWasNotTakenIsThereToBePostedAgain) {
  page_.language = "en";
  page_.return_url = "http://localhost:8080/back";
  const std::string answer = Post("/actions/unreached/result", "MD=1&PaRes=a%2Bb%22");
  EXPECT_THAT(answer, AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("Retry-After: "),
                            HasSubstr("<html lang=\"en\">"), HasSubstr("<form method=\"post\">"),
                            HasSubstr("name=\"MD\" value=\"1\""),
                            HasSubstr("name=\"PaRes\" value=\"a+b&quot;\""),
                            HasSubstr("form-action 'self' https: http://localhost:*")));
}

TEST_F(ActionEndpointTest, IfThePaymentCannotBeReadEitherItIsInTheBrowsersLanguage) {
  EXPECT_THAT(Post("/actions/away/result", "MD=1&PaRes=x"),
              AllOf(StartsWith("HTTP/1.1 503 "), HasSubstr("<html lang=\"kk\">"),
                    HasSubstr("name=\"PaRes\" value=\"x\"")));
}

TEST_F(ActionEndpointTest, OtherMethodsAreNotAllowed) {
  EXPECT_THAT(Post("/actions/a.t-1", "MD=1"),
              AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD\r\n"),
                    HasSubstr("<html lang=\"kk\">")));
  EXPECT_THAT(Exchange("DELETE /actions/a.t-1/result HTTP/1.1\r\nHost: h\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD, POST\r\n"),
                    HasSubstr("There is nothing to do here")));
  EXPECT_EQ(handled_, 0);
}

TEST_F(ActionEndpointTest, OtherBodiesAreNotRead) {
  EXPECT_THAT(Post("/actions/a.t-1/result", "{}", "application/json"),
              AllOf(StartsWith("HTTP/1.1 415 "), HasSubstr("<html lang=\"kk\">")));
  EXPECT_THAT(Post("/actions/a.t-1/result", "MD=%zz"),
              AllOf(StartsWith("HTTP/1.1 400 "), HasSubstr("<html lang=\"kk\">")));
  EXPECT_THAT(
      Post("/actions/a.t-1/result", "MD=1", "Application/X-WWW-Form-URLencoded; charset=utf-8"),
      StartsWith("HTTP/1.1 303 "));
}

TEST_F(ActionEndpointTest, AnyOtherPathIsNotFound) {
  for (const char* path :
       {"/", "/actions", "/actions/", "/actions//result", "//actions/a.t-1", "/actions/a.t-1/",
        "/actions/a.t-1/result/", "/actions/a.t-1/other", "/actions/a%2et-1", "/Actions/a.t-1",
        "/actions/a.t-1/result/x", "/x/../actions/a.t-1"}) {
    EXPECT_THAT(Get(path), AllOf(StartsWith("HTTP/1.1 404 "), HasSubstr("<html lang=\"ru\">")))
        << path;
  }
  EXPECT_THAT(Get(absl::StrCat("/actions/", std::string(kActionTokenSizeMax + 1, 'a'))),
              StartsWith("HTTP/1.1 404 "));
  EXPECT_EQ(handled_, 0);
}

}  // namespace
}  // namespace payments
