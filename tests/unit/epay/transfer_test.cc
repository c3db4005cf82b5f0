#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "providers/epay/code_table.h"
#include "tests/unit/epay/epay_fixture.h"

namespace payments::epay {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr absl::string_view kReferences =
    "{int_reference=6BD1808D0FF129B0, order_id=1234567, reference=204978430339, "
    "transaction_id=a9e1b986-be01-4763-9216-610cc63b963c}";

class TransferTest : public testing::Test {
 protected:
  // A transfer that has its token and waits for its answer.
  std::unique_ptr<Exchange<OperationOutcome>> Sent(const TransferCall& call = SampleTransfer()) {
    auto exchange = provider_->Transfer(call);
    RequestOf(exchange->Start());
    RequestOf(exchange->OnResponse(Response(kTokenAnswer)));
    return exchange;
  }

  OperationOutcome OutcomeFor(absl::string_view body, int status_code = 200,
                              const TransferCall& call = SampleTransfer()) {
    return OutcomeOf<OperationOutcome>(Sent(call)->OnResponse(Response(body, status_code)));
  }

  std::string Read(absl::string_view body, int status_code = 200) {
    return Describe(OutcomeFor(body, status_code));
  }

  // The guide's success with some text replaced.
  std::string ReadSuccess(absl::string_view what, absl::string_view by) {
    const std::string body = absl::StrReplaceAll(kSuccessAnswer, {{what, by}});
    EXPECT_NE(body, kSuccessAnswer) << what;
    return Read(body);
  }

  std::unique_ptr<Provider> provider_ = MakeProvider();
};

std::string Succeeded() { return absl::StrCat("succeeded [0] ", kReferences, " KZT 10050"); }

TEST_F(TransferTest, TheGuidesSuccess) {
  EXPECT_EQ(Read(kSuccessAnswer), Succeeded());
  // The body decides, not the HTTP status.
  for (const int status_code : {201, 400, 401, 404, 500, 503}) {
    EXPECT_EQ(Read(kSuccessAnswer, status_code), Succeeded()) << status_code;
  }
}

TEST_F(TransferTest, EverySpellingOfASuccess) {
  EXPECT_EQ(ReadSuccess(R"("code":0)", R"("code":"0")"), Succeeded());
  EXPECT_EQ(ReadSuccess(R"("AUTH")", R"("auth")"), Succeeded());
  EXPECT_EQ(ReadSuccess(R"("AUTH")", R"("CHARGE")"), Succeeded());
  EXPECT_EQ(ReadSuccess("100.50", "100.5"), Succeeded());
  EXPECT_EQ(ReadSuccess("100.50", R"("100.50")"), Succeeded());
  EXPECT_EQ(ReadSuccess("100.50", "1.005E2"), Succeeded());
  EXPECT_EQ(ReadSuccess(R"("orderID":"1234567")", R"("orderID":1234567)"), Succeeded());
  EXPECT_EQ(ReadSuccess(R"("orderID")", R"("invoiceId")"), Succeeded());
  EXPECT_EQ(ReadSuccess(R"("orderID")", R"("invoiceID")"), Succeeded());
  EXPECT_EQ(ReadSuccess(R"("intReference")", R"("IntReference")"), Succeeded());
  EXPECT_THAT(ReadSuccess(R"("code":0,)", ""), StartsWith("succeeded [AUTH] "));
  EXPECT_THAT(ReadSuccess(R"("code":0,)", R"("code":null,)"), StartsWith("succeeded [AUTH] "));
}

TEST_F(TransferTest, AStatedAmountIsPassedOnForTheHostToCompare) {
  EXPECT_THAT(ReadSuccess("100.50", "100.51"), testing::EndsWith(" KZT 10051"));
  EXPECT_THAT(ReadSuccess("KZT", "usd"), testing::EndsWith(" USD 10050"));
  // To the last digit, where a double would round.
  EXPECT_THAT(ReadSuccess("100.50", "90071992547409.93"),
              testing::EndsWith(" KZT 9007199254740993"));
}

TEST_F(TransferTest, AnIncompleteSuccessIsUnknown) {
  for (const char* field :
       {R"("id":"a9e1b986-be01-4763-9216-610cc63b963c",)", R"("amount":100.50,)",
        R"("currency":"KZT",)", R"("orderID":"1234567",)", R"(,"status":"AUTH")"}) {
    EXPECT_THAT(ReadSuccess(field, ""), StartsWith("unknown ")) << field;
  }
  for (const char* amount : {"null", "-100.50", R"("1,5")", "100.505", "1e400", "true"}) {
    EXPECT_THAT(ReadSuccess("100.50", amount), StartsWith("unknown ")) << amount;
  }
  for (const char* status : {R"("NEW")", R"("AUTHX")", "1", R"("DECLINED")"}) {
    EXPECT_THAT(ReadSuccess(R"("AUTH")", status), StartsWith("unknown ")) << status;
  }
  EXPECT_THAT(ReadSuccess("KZT", "tenge"), StartsWith("unknown "));
  EXPECT_THAT(ReadSuccess("a9e1b986", std::string(128, 'a')), StartsWith("unknown "));
  EXPECT_THAT(ReadSuccess("a9e1b986", "a\\u0000b"), StartsWith("unknown "));
}

TEST_F(TransferTest, AnAnswerAboutAnotherOrderIsUnknown) {
  for (const char* order : {"1234568", "234567", "01234567", "1234567.0"}) {
    const std::string read = ReadSuccess(R"("1234567")", absl::StrCat("\"", order, "\""));
    EXPECT_THAT(read, StartsWith("unknown ")) << order;
    EXPECT_THAT(read, Not(HasSubstr("transaction_id"))) << order;
  }
  EXPECT_EQ(Read(R"({"code":484,"message":"x","invoiceId":"7654321"})"), "unknown [484]");
}

TEST_F(TransferTest, AnAnswerThatContradictsItselfIsUnknown) {
  EXPECT_THAT(ReadSuccess(R"("code":0)", R"("code":0,"Code":487)"), StartsWith("unknown "));
  EXPECT_THAT(ReadSuccess(R"("code":0)", R"("code":484)"), StartsWith("unknown "));
  EXPECT_THAT(ReadSuccess(R"("code":0)", R"("code":0,"Amount":1)"), StartsWith("unknown "));
  EXPECT_THAT(ReadSuccess(R"("code":0)", R"("code":0,"invoiceID":"7654321")"),
              StartsWith("unknown "));
}

TEST_F(TransferTest, TheGuidesRefusal) {
  const OperationOutcome outcome = OutcomeFor(
      R"({"code":487,"message":" Not permitted to merchant","invoiceId":"1234567","id":"",)"
      R"("reference":"","accountId":"uuid000001"})",
      400);
  EXPECT_EQ(Describe(outcome), "declined [487] {order_id=1234567} NOT_PERMITTED");
  EXPECT_EQ(outcome.answer.message, "Not permitted to merchant");
}

TEST_F(TransferTest, OnlyFinalCodesDecline) {
  for (const CodeRow& row : CodeTable()) {
    const std::string read = Read(absl::StrCat("{\"code\":", row.code, "}"));
    if (row.finality == Finality::kFinal) {
      EXPECT_THAT(read, StartsWith("declined ")) << row.code;
    } else {
      EXPECT_EQ(read, absl::StrCat("unknown [", row.code, "]"));
    }
  }
  EXPECT_EQ(Read(R"({"code":"484"})"), "declined [484] INSUFFICIENT_FUNDS");
}

TEST_F(TransferTest, AGatewaysHttpStatusIsNoCodeOfTheBanks) {
  EXPECT_EQ(Read(R"({"code":503,"message":"Service Unavailable"})", 503), "unknown [503]");
  for (const int code : {490, 499, 500, 501, 503, 505}) {
    const std::string body = absl::StrCat("{\"code\":", code, "}");
    EXPECT_THAT(Read(body, code), StartsWith("unknown ")) << code;
    EXPECT_THAT(Read(absl::StrCat("{\"code\":\"", code, "\"}"), code), StartsWith("unknown "))
        << code;
    EXPECT_THAT(Read(body, 502), StartsWith("unknown ")) << code;
    // The bank's own answers have an HTTP status of their own.
    EXPECT_THAT(Read(body, 200), StartsWith("declined ")) << code;
    EXPECT_THAT(Read(body, 400), StartsWith("declined ")) << code;
  }
  // Whatever the code: a server that failed may have failed after it was done.
  EXPECT_EQ(Read(R"({"code":484})", 500), "unknown [484]");
}

TEST_F(TransferTest, AnUnlistedCodeIsUnknownAndTold) {
  for (const char* code : {"9999", "\"484x\"", "484.5", "\"error\"", "true", "1e3"}) {
    EXPECT_THAT(Read(absl::StrCat("{\"code\":", code, "}")),
                testing::AllOf(StartsWith("unknown "), HasSubstr(" unlisted")))
        << code;
  }
}

TEST_F(TransferTest, WhatIsNoAnswerIsUnknown) {
  for (const char* body : {"", "{}", "[]", "null", "<html>Bad Gateway</html>",
                           "{\"id\":", R"({"data":{"code":484}})", R"([{"code":484}])"}) {
    for (const int status_code : {200, 302, 400, 403, 404, 500, 502, 504}) {
      EXPECT_EQ(Read(body, status_code), absl::StrCat("unknown [HTTP ", status_code, "]")) << body;
    }
  }
  EXPECT_THAT(Read(std::string(256 * 1024 + 1, ' ')), StartsWith("unknown "));
  EXPECT_THAT(Read(std::string(200'000, '[')), StartsWith("unknown "));
}

TEST_F(TransferTest, SavedCardsAreToldIfTheyWereToBeSaved) {
  TransferCall call = SampleTransfer();
  call.merchant_customer_id = "c";
  call.source.save = true;
  EXPECT_THAT(Describe(OutcomeFor(kSuccessAnswer, 200, call)),
              testing::EndsWith(" source 88481433-595e 4003********9821"));
  call.destination.save = true;
  EXPECT_THAT(Describe(OutcomeFor(kSuccessAnswer, 200, call)),
              testing::EndsWith(" source 88481433-595e 4003********9821"
                                " destination 86496cb0-bb5d 5578********0613"));
  // A number that was not masked is, by us.
  const std::string unmasked =
      absl::StrReplaceAll(kSuccessAnswer, {{"4003********9821", "4003032704549821"}});
  EXPECT_THAT(Describe(OutcomeFor(unmasked, 200, call)), HasSubstr(" ************9821 "));
  const std::string without = absl::StrReplaceAll(kSuccessAnswer, {{"88481433-595e", ""}});
  EXPECT_THAT(Describe(OutcomeFor(without, 200, call)), Not(HasSubstr(" source ")));
}

constexpr absl::string_view kChallengeFields =
    R"("paReq":"eJz+VW/==","md":"MD+1","action":"https://acs.example/3ds?x=1&y=2")";

TEST_F(TransferTest, ThreeDSecureNestedAndFlat) {
  for (const std::string& body :
       {absl::StrCat(R"({"id":"a9e1","secure3D":{)", kChallengeFields, "}}"),
        absl::StrCat(R"({"id":"a9e1",)", kChallengeFields, "}"),
        absl::StrCat(R"({"ID":"a9e1","code":0,"status":"AUTH","Secure3D":{)",
                     absl::StrReplaceAll(kChallengeFields, {{"paReq", "PaReq"}, {"md", "MD"}}),
                     "},\"orderID\":1234567}")}) {
    const OperationOutcome outcome = OutcomeFor(body);
    EXPECT_EQ(outcome.verdict, OperationOutcome::Verdict::kActionRequired) << body;
    EXPECT_EQ(outcome.references.at("transaction_id"), "a9e1");
    const v1::FormPostAction& form = outcome.next_action.form_post();
    EXPECT_EQ(form.url(), "https://acs.example/3ds?x=1&y=2");
    const std::map<std::string, std::string> fields(form.fields().begin(), form.fields().end());
    const std::map<std::string, std::string> expected = {
        {"PaReq", "eJz+VW/=="},
        {"MD", "MD+1"},
        {"TermUrl", "https://pay.example/actions/t0ken/result"}};
    EXPECT_EQ(fields, expected);
  }
}

TEST_F(TransferTest, ThreeDSecureStatesTheAmountForTheHostToCompare) {
  const auto read = [this](absl::string_view money) {
    return Read(absl::StrCat(R"({"id":"a9e1",)", money, kChallengeFields, "}"));
  };
  EXPECT_THAT(read(R"("amount":100.50,"currency":"KZT",)"), HasSubstr(" KZT 10050 "));
  EXPECT_THAT(read(R"("amount":"999.00","currency":"usd",)"), HasSubstr(" USD 99900 "));
  // Neither alone says anything, and none must be stated.
  for (const char* money : {"", R"("amount":100.50,)", R"("currency":"KZT",)"}) {
    EXPECT_EQ(read(money),
              "action required [HTTP 200] {transaction_id=a9e1} https://acs.example/3ds?x=1&y=2");
  }
  EXPECT_THAT(read(R"("amount":100.50,"Amount":1,"currency":"KZT",)"), StartsWith("unknown "));
}

TEST_F(TransferTest, IncompleteThreeDSecureIsUnknown) {
  const std::string body = absl::StrCat(R"({"id":"a9e1",)", kChallengeFields, "}");
  const std::vector<std::pair<std::string, std::string>> spoiled = {
      {R"("eJz+VW/==")", R"("")"},
      {R"("MD+1")", "null"},
      {R"("https://acs.example/3ds?x=1&y=2")", R"("")"},
      {R"("id":"a9e1",)", ""},
      {"https://acs", "http://acs"},
      {"https://acs.example", "javascript:alert(1)//"},
      {"https://acs.example", "https://a@b"},
      {"MD+1", std::string(1025, 'x')},
      {"eJz+VW/==", std::string(32'769, 'x')},
      {R"("md")", R"("secure3D":{"md":"another"},"md")"},
      {R"("id":"a9e1")", R"("id":"a9e1","orderID":"7654321")"},
  };
  for (const auto& [what, by] : spoiled) {
    const std::string text = absl::StrReplaceAll(body, {{what, by}});
    ASSERT_NE(text, body) << what;
    const OperationOutcome outcome = OutcomeFor(text);
    EXPECT_EQ(outcome.verdict, OperationOutcome::Verdict::kUnknown) << what;
    EXPECT_FALSE(outcome.next_action.has_form_post()) << what;
  }
  // Even if the rest would be a success, or a refusal.
  EXPECT_THAT(ReadSuccess(R"("code":0)", R"("code":0,"md":"x")"), StartsWith("unknown "));
  EXPECT_THAT(Read(R"({"code":484,"action":"https://acs.example/"})"), StartsWith("unknown "));
}

TEST_F(TransferTest, EmptyThreeDSecureIsNone) {
  EXPECT_EQ(ReadSuccess(R"("code":0)",
                        R"("code":0,"secure3D":{"paReq":"","md":"","action":""},"md":null)"),
            Succeeded());
}

TEST_F(TransferTest, ARefusedTokenIsReplacedOnce) {
  const auto exchange = Sent();
  const HttpRequest token = RequestOf(exchange->OnResponse(Response("", 401)));
  EXPECT_EQ(token.effect, HttpRequest::Effect::kReadOnly);
  EXPECT_EQ(token.url, "https://testoauth.homebank.kz/epay2/oauth2/token");
  ExpectGolden("token_transfer.txt", token.body.Reveal());
  const HttpRequest transfer =
      RequestOf(exchange->OnResponse(Response(R"({"access_token":"second"})")));
  EXPECT_TRUE(transfer.bearer_token.EqualsInConstantTime("second"));
  ExpectGolden("transfer_card_to_card.json", transfer.body.Reveal());
  EXPECT_EQ(Describe(OutcomeOf<OperationOutcome>(exchange->OnResponse(Response(kSuccessAnswer)))),
            Succeeded());
}

TEST_F(TransferTest, ATokenRefusedTwiceIsAMatterOfConfiguration) {
  const auto exchange = Sent();
  RequestOf(exchange->OnResponse(Response(R"({"message":"unauthorized"})", 401)));
  RequestOf(exchange->OnResponse(Response(kTokenAnswer)));
  EXPECT_EQ(Describe(OutcomeOf<OperationOutcome>(exchange->OnResponse(Response("", 401)))),
            "declined [HTTP 401] PROVIDER_CONFIGURATION");
}

TEST_F(TransferTest, WithoutASecondTokenTheTransferWasRefusedAtTheDoor) {
  const auto exchange = Sent();
  RequestOf(exchange->OnResponse(Response("", 401)));
  EXPECT_EQ(Describe(OutcomeOf<OperationOutcome>(exchange->OnResponse(Response("", 403)))),
            "declined [HTTP 403] PROVIDER_CONFIGURATION");
}

TEST_F(TransferTest, ASecondTokenThatLivesTooLongSendsNothingEither) {
  const auto exchange = Sent();
  RequestOf(exchange->OnResponse(Response("", 401)));
  EXPECT_EQ(Describe(OutcomeOf<OperationOutcome>(
                exchange->OnResponse(Response(R"({"access_token":"second","expires_in":86400})")))),
            "declined [expires_in] PROVIDER_CONFIGURATION unlisted");
}

TEST_F(TransferTest, A401ThatTellsOfATransferIsNotSentAgain) {
  for (const char* body : {R"({"id":"a9e1"})", R"({"orderID":"1234567"})", R"({"status":"NEW"})",
                           R"({"md":"x"})", R"({"code":2358})", R"({"code":458})"}) {
    EXPECT_THAT(Read(body, 401), StartsWith("unknown ")) << body;
  }
  EXPECT_EQ(Read(R"({"code":484})", 401), "declined [484] INSUFFICIENT_FUNDS");
}

TEST_F(TransferTest, ThePayersDataIsNotQuoted) {
  const OperationOutcome outcome =
      OutcomeFor(R"({"code":457,"message":"card 4003 0327 0454 9821\nis\u0000wrong"})");
  EXPECT_EQ(outcome.answer.message, "card **** **** **** 9821 is wrong");
}

TEST_F(TransferTest, WhatRepeatsASecretIsDropped) {
  TransferCall call = SampleTransfer();
  const auto message = [this, &call](absl::string_view quoted) {
    const std::string body = absl::StrCat(R"({"code":457,"message":"bad )", quoted, "\"}");
    const OperationOutcome outcome = OutcomeFor(body, 200, call);
    EXPECT_EQ(outcome.answer.code, "457");
    return outcome.answer.message;
  };
  for (const char* secret : {"377514500004820", "5522042705066736", "cvc 4169!", "4169",
                             "DCEB8O_ZM5U7SO_T_U5EJQ", "yF587AV9*#&+ %=", "h@sh/1"}) {
    EXPECT_EQ(message(secret), "") << secret;
  }
  // Another number may hold the digits of the security code.
  EXPECT_EQ(message("order 1241690"), "bad order 1241690");
  call.source = {};
  call.source.card_token = Secret("source-token");
  call.destination = {};
  call.destination.card_token = Secret("destination-token");
  EXPECT_EQ(message("source-token"), "");
  EXPECT_EQ(message("destination-token"), "");
  EXPECT_EQ(message("377514500004821"), "bad ***********4821");
}

TEST_F(TransferTest, ACodeThatRepeatsASecretIsNotKept) {
  EXPECT_EQ(Read(R"({"code":"DCEB8O_ZM5U7SO_T_U5EJQ","status":"377514500004820"})"),
            "unknown [HTTP 200] unlisted");
  // The security code may be the same number as a code.
  TransferCall call = SampleTransfer();
  call.source.card->cvc = Secret("457");
  EXPECT_EQ(OutcomeFor(R"({"code":457})", 200, call).answer.code, "457");
}

TEST_F(TransferTest, WhereNumbersStartAgainAnOrderIsNoReference) {
  AccountSettings settings = TestSettings();
  settings.settings["order_number_at_end"] = "start_again";
  provider_ = MakeProvider(settings);
  const OperationOutcome outcome = OutcomeFor(kSuccessAnswer);
  EXPECT_EQ(outcome.verdict, OperationOutcome::Verdict::kSucceeded);
  EXPECT_FALSE(outcome.references.contains("order_id"));
}

}  // namespace
}  // namespace payments::epay
