#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "providers/epay/epay_plugin.h"
#include "providers/epay/names.h"
#include "tests/unit/epay/epay_fixture.h"

namespace payments::epay {
namespace {

using testing::HasSubstr;
using testing::Not;

class TokenTest : public testing::Test {
 protected:
  // What a transfer makes of an answer to its token request: the token, or the outcome.
  std::string Transfer(absl::string_view body, int status_code = 200) {
    const auto exchange = provider_->Transfer(SampleTransfer());
    RequestOf(exchange->Start());
    const auto step = exchange->OnResponse(Response(body, status_code));
    EXPECT_TRUE(step.ok());
    if (const auto* request = std::get_if<HttpRequest>(&*step)) {
      return absl::StrCat("token ", request->bearer_token.Reveal());
    }
    message_ = std::get<OperationOutcome>(*step).answer.message;
    return Describe(std::get<OperationOutcome>(*step));
  }

  std::unique_ptr<Provider> provider_ = MakeProvider();
  std::string message_;
};

TEST_F(TokenTest, IsReadInEverySpelling) {
  EXPECT_EQ(Transfer(kTokenAnswer), "token DCEB8O_ZM5U7SO_T_U5EJQ");
  EXPECT_EQ(Transfer(R"({"access_token":"a","expires_in":"1200","token_type":"bearer"})"),
            "token a");
  EXPECT_EQ(Transfer(R"({"access_token":"a"})"), "token a");
  EXPECT_EQ(Transfer(R"({"accessToken":" a "})"), "token a");
}

TEST_F(TokenTest, WithoutATokenNothingWasSent) {
  EXPECT_EQ(Transfer(""), "not sent [HTTP 200] PROVIDER_UNAVAILABLE");
  EXPECT_EQ(Transfer("<html/>", 502), "not sent [HTTP 502] PROVIDER_UNAVAILABLE");
  EXPECT_EQ(Transfer(R"({"access_token":""})"), "not sent [HTTP 200] PROVIDER_UNAVAILABLE");
  EXPECT_EQ(Transfer(kTokenAnswer, 500), "not sent [HTTP 500] PROVIDER_UNAVAILABLE");
  EXPECT_EQ(Transfer(R"({"access_token":"a","token_type":"mac"})"),
            "not sent [HTTP 200] PROVIDER_UNAVAILABLE");
  EXPECT_EQ(Transfer(R"({"access_token":"a","access_token":"b"})"),
            "not sent [HTTP 200] PROVIDER_UNAVAILABLE");
  EXPECT_EQ(Transfer("{\"access_token\":\"a\\r\\nX-Header: b\"}"),
            "not sent [HTTP 200] PROVIDER_UNAVAILABLE");
  EXPECT_EQ(Transfer(absl::StrCat(R"({"access_token":")", std::string(8193, 'a'), "\"}")),
            "not sent [HTTP 200] PROVIDER_UNAVAILABLE");
}

TEST_F(TokenTest, ATokenThatOutlivesOurBoundSendsNothing) {
  const auto answer = [](absl::string_view expires_in) {
    return absl::StrCat(R"({"access_token":"a","expires_in":)", expires_in, "}");
  };
  for (const char* lives : {"7200", "\"7200\"", "7200.0", "\"1200.5\"", "0", "null", "\"\""}) {
    EXPECT_EQ(Transfer(answer(lives)), "token a") << lives;
  }
  for (const char* lives : {"7201", "\"7201\"", "86400", "\"86400.0\"", "8.64e4", "99999999999",
                            "-5", "\"two hours\"", "\"7200.x\"", "\"7200 s\""}) {
    EXPECT_EQ(Transfer(answer(lives)), "not sent [expires_in] PROVIDER_CONFIGURATION unlisted")
        << lives;
    EXPECT_EQ(message_, "token: it must live no longer than 7200 s, so nothing was sent");
  }
}

TEST_F(TokenTest, TheLongestLifeIsTheOneThatTheHostKnows) {
  EXPECT_EQ(Plugin().execution_delay_max, kTransferTokenLifetimeMax + absl::Minutes(10));
}

TEST_F(TokenTest, RefusedCredentialsAreAMatterOfConfiguration) {
  EXPECT_EQ(Transfer("", 401), "not sent [HTTP 401] PROVIDER_CONFIGURATION");
  EXPECT_EQ(Transfer("", 403), "not sent [HTTP 403] PROVIDER_CONFIGURATION");
  EXPECT_EQ(Transfer(R"({"error":"invalid_client","error_description":"no such client"})", 400),
            "not sent [invalid_client] PROVIDER_CONFIGURATION");
  EXPECT_EQ(message_, "no such client");
  EXPECT_EQ(Transfer(R"({"error":"server_error"})", 400),
            "not sent [server_error] PROVIDER_UNAVAILABLE");
  EXPECT_EQ(Transfer(R"({"code":464,"message":"terminal"})", 400),
            "not sent [464] PROVIDER_CONFIGURATION");
  EXPECT_EQ(Transfer(R"({"code":-31,"message":"x"})", 400), "not sent [-31] PROVIDER_UNAVAILABLE");
  EXPECT_EQ(Transfer(R"({"code":503,"message":"x"})", 503), "not sent [503] PROVIDER_UNAVAILABLE");
}

TEST_F(TokenTest, ABankThatRepeatsASecretIsNotQuoted) {
  Transfer(R"({"error":"invalid_client","error_description":"wrong yF587AV9*#&+ %="})", 401);
  EXPECT_EQ(message_, "");
  Transfer(R"({"error":"invalid_client","message":"h@sh/1 is wrong"})", 401);
  EXPECT_EQ(message_, "");
  Transfer(R"({"error":"x","message":"card 377514500004820"})", 400);
  EXPECT_THAT(message_, Not(HasSubstr("37751450")));
}

TEST_F(TokenTest, IsBoundToOneTransfer) {
  const auto first = provider_->Transfer(SampleTransfer());
  TransferCall other = SampleTransfer();
  other.number += 1;
  const auto second = provider_->Transfer(other);
  EXPECT_NE(RequestOf(first->Start()).body.Reveal().find("invoiceID=1234567&"),
            absl::string_view::npos);
  // The second asks for its own, whatever the first has got.
  RequestOf(first->OnResponse(Response(kTokenAnswer)));
  EXPECT_NE(RequestOf(second->Start()).body.Reveal().find("invoiceID=1234568&"),
            absl::string_view::npos);
}

}  // namespace
}  // namespace payments::epay
