// Epay's tokens: what is given, what is refused, and what a token is good for.

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/unit/sandbox/epay_fixture.h"

namespace payments::sandbox {
namespace {

class EpayTokenTest : public EpayTest {
 protected:
  EpayReply Ask(const Fields& overrides) {
    return PostForm(kTokenPath, Form(TokenFields("123456", "100", overrides)));
  }
  EpayReply StatusWith(const std::string& bearer) {
    return {Exchange(sandbox_->http_port(), "GET", absl::StrCat(kStatusPath, "123456"),
                     {{"Authorization", absl::StrCat("Bearer ", bearer)}}, "")};
  }
};

TEST_F(EpayTokenTest, AnswersAsTheGuidePrints) {
  const EpayReply reply = Ask({});
  EXPECT_EQ(reply.http.status, 200);
  EXPECT_EQ(reply.Header("Content-Type"), "application/json");
  EXPECT_GE(reply.Get("access_token").size(), 22U);
  bool is_text = true;
  EXPECT_EQ(reply.Get("expires_in", &is_text), "7200");
  EXPECT_FALSE(is_text);
  EXPECT_EQ(reply.Get("refresh_token"), "");
  EXPECT_EQ(reply.Get("scope"), "transfer");
  EXPECT_EQ(reply.Get("token_type"), "Bearer");
  EXPECT_NE(Ask({}).Get("access_token"), reply.Get("access_token"));
  EXPECT_EQ(PostForm("/oauth2/token", Form(TokenFields("123456", "100"))).http.status, 200);
}

TEST_F(EpayTokenTest, RefusesWrongCredentials) {
  EXPECT_EQ(Ask({{"client_id", "somebody"}}).http.status, 401);
  const EpayReply reply = Ask({{"client_secret", "wrong"}});
  EXPECT_EQ(reply.http.status, 401);
  EXPECT_EQ(reply.Get("error"), "invalid_client");
  EXPECT_EQ(Counts(v1::METHOD_EPAY_TOKEN).refused(), 2);
}

TEST_F(EpayTokenTest, RefusesWrongFieldsAndNamesThem) {
  for (const auto& [name, value] : Fields{{"grant_type", "password"},
                                          {"grant_type", "-"},
                                          {"scope", "everything"},
                                          {"scope", "-"},
                                          {"invoiceID", "12345"},
                                          {"invoiceID", "1234567890123456"},
                                          {"invoiceID", "12345a"},
                                          {"amount", "0"},
                                          {"amount", "-1"},
                                          {"amount", "1.001"},
                                          {"amount", "1e2"},
                                          {"amount", "1,5"},
                                          {"amount", "01"},
                                          {"amount", "99999999999"},
                                          {"currency", "UZS"},
                                          {"terminal", "another"},
                                          {"terminal", "-"}}) {
    const EpayReply reply = Ask({{name, value}});
    EXPECT_EQ(reply.http.status, 400) << name << " " << value;
    EXPECT_EQ(reply.Get("error"), "invalid_request");
    EXPECT_NE(reply.Get("error_description").find(name), std::string::npos) << reply.http.body;
  }
  EXPECT_EQ(Ask({{"colour", "red"}}).http.status, 400);
}

TEST_F(EpayTokenTest, RefusesFormsThatAreBadlyWritten) {
  const std::string good = Form(TokenFields("123456", "100"));
  EXPECT_EQ(PostForm(kTokenPath, good + "&amount=100").http.status, 400);
  EXPECT_EQ(PostForm(kTokenPath, good + "&secret_hash=%zz").http.status, 400);
  EXPECT_EQ(PostForm(kTokenPath, good + "&secret_hash").http.status, 400);
  // A secret with a plus sign that is not encoded arrives as a blank.
  EXPECT_EQ(PostForm(kTokenPath, absl::StrReplaceAll(good, {{"%2D", "+"}})).http.status, 401);
}

TEST_F(EpayTokenTest, RefusesOtherHttp) {
  const uint16_t port = sandbox_->http_port();
  const std::string good = Form(TokenFields("123456", "100"));
  EXPECT_EQ(Exchange(port, "GET", kTokenPath, {}, "").status, 405);
  EXPECT_EQ(Exchange(port, "POST", kTokenPath, {{"Content-Type", "application/json"}}, good).status,
            415);
  EXPECT_EQ(Exchange(port, "POST", absl::StrCat(kTokenPath, "?x=1"),
                     {{"Content-Type", "application/x-www-form-urlencoded"}}, good)
                .status,
            404);
  EXPECT_EQ(Totals().unreadable_requests(), 3);
}

TEST_F(EpayTokenTest, BindsTheTokenToItsTransfer) {
  for (const auto& [name, value] : Fields{
           {"invoiceID", "654321"}, {"amount", "100.00"}, {"amount", "101"}, {"currency", "USD"}}) {
    const std::string bearer = TransferToken("123456", "100", {{name, value}});
    const EpayReply reply = PostJson(kTransferPath, bearer, Body("123456", "100"));
    EXPECT_EQ(reply.http.status, 401) << name;
    EXPECT_NE(reply.Get("error_description").find(name), std::string::npos) << reply.http.body;
  }
  EXPECT_EQ(Totals().transfers(), 0);
}

TEST_F(EpayTokenTest, KnowsSeveralTerminals) {
  Sandbox::Options options = DefaultOptions();
  options.epay.epay.terminal_ids = {"sandbox-terminal", "second"};
  Restart(options);
  const std::string first = TransferToken("123456", "100");
  const std::string body = Body("123456", "100", {{"sandbox-terminal", "second"}});
  EXPECT_EQ(PostJson(kTransferPath, first, body).http.status, 401);
  const std::string second = TransferToken("123456", "100", {{"terminal", "second"}});
  EXPECT_EQ(PostJson(kTransferPath, second, body).Get("status"), "AUTH");
  // Numbers are unique for each terminal.
  EXPECT_EQ(PostJson(kTransferPath, first, Body("123456", "100")).Get("status"), "AUTH");
}

TEST_F(EpayTokenTest, IsGoodForOneTransfer) {
  const std::string token = TransferToken("123456", "100");
  EXPECT_EQ(PostJson(kTransferPath, token, Body("123456", "100")).Get("status"), "AUTH");
  EXPECT_EQ(PostJson(kTransferPath, token, Body("123456", "100")).http.status, 401);
  EXPECT_EQ(Totals().transfers(), 1);
}

TEST_F(EpayTokenTest, IsGoodUntilItExpires) {
  const std::string early = TransferToken("123456", "100");
  const std::string late = TransferToken("123457", "100");
  const std::string status = StatusToken();
  MoveClock(7199);
  EXPECT_EQ(PostJson(kTransferPath, early, Body("123456", "100")).Get("status"), "AUTH");
  EXPECT_EQ(StatusWith(status).http.status, 200);
  MoveClock(7201);
  EXPECT_EQ(PostJson(kTransferPath, late, Body("123457", "100")).http.status, 401);
  EXPECT_EQ(StatusWith(status).http.status, 401);
}

TEST_F(EpayTokenTest, IsGoodForItsScopeOnly) {
  EXPECT_EQ(StatusWith(TransferToken("123456", "100")).http.status, 401);
  EXPECT_EQ(PostJson(kTransferPath, StatusToken(), Body("123456", "100")).http.status, 401);
  EXPECT_EQ(PostJson(kTransferPath, "", Body("123456", "100")).http.status, 401);
  EXPECT_EQ(PostJson(kTransferPath, "made-up", Body("123456", "100")).http.status, 401);
  EXPECT_EQ(Counts(v1::METHOD_EPAY_TRANSFER).refused(), 3);
}

}  // namespace
}  // namespace payments::sandbox
