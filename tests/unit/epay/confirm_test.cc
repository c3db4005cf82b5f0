#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/epay/epay_fixture.h"

namespace payments::epay {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr absl::string_view kSuccessPage =
    "https://epay.homebank.kz/payform/success.html?amount=100.5&currency=KZT&invoiceID=1234567"
    "&accountID=&description=TEST+p2p&reference=204978430339&language=kk&cardid=88481433";

// A status whose name is NAME.
constexpr absl::string_view kStatus =
    R"({"result":{"code":"100"},"transaction":{"p2p":{"id":"55dd8788","invoiceID":"1234567",)"
    R"("amount":100.5,"currency":"KZT","reasonCode":"455","statusName":"NAME"}}})";

class ConfirmTest : public testing::Test {
 protected:
  // What came of it by confirm's own answer: the status cannot be asked.
  std::string ReadOwn(Exchange<OperationOutcome>& exchange, const HttpResponse& response) {
    ExpectGolden("token_status.txt", RequestOf(exchange.OnResponse(response)).body.Reveal());
    outcome_ = OutcomeOf<OperationOutcome>(exchange.OnResponse(Response("", 503)));
    return Describe(outcome_);
  }

  std::string Read(const HttpResponse& response) {
    const auto exchange = provider_->Confirm(SampleConfirm());
    RequestOf(exchange->Start());
    return ReadOwn(*exchange, response);
  }

  // What came of it by the status after it.
  std::string ReadStatus(const HttpResponse& answer, absl::string_view status) {
    const auto exchange = provider_->Confirm(SampleConfirm());
    RequestOf(exchange->Start());
    RequestOf(exchange->OnResponse(answer));
    const HttpRequest question = RequestOf(exchange->OnResponse(Response(kTokenAnswer)));
    EXPECT_EQ(question.effect, HttpRequest::Effect::kReadOnly);
    EXPECT_THAT(question.url, testing::EndsWith("/1234567"));
    outcome_ = OutcomeOf<OperationOutcome>(exchange->OnResponse(Response(status)));
    return Describe(outcome_);
  }

  std::string ReadNamed(absl::string_view name) {
    return ReadStatus(Redirect(kSuccessPage), absl::StrReplaceAll(kStatus, {{"NAME", name}}));
  }

  void ExpectRefused(void (*spoil)(ConfirmCall&), absl::string_view why) {
    ConfirmCall call = SampleConfirm();
    spoil(call);
    const auto step = provider_->Confirm(call)->Start();
    ASSERT_FALSE(step.ok()) << why;
    EXPECT_EQ(step.status().code(), absl::StatusCode::kInvalidArgument);
    const std::string message(step.status().message());
    EXPECT_THAT(message, HasSubstr(std::string(why)));
    EXPECT_THAT(message, Not(HasSubstr("ZUo742")));
    EXPECT_THAT(message, Not(HasSubstr("E54F6D8F")));
  }

  // The body that is sent for a PaRes that came back.
  std::string BodyFor(absl::string_view pa_res) {
    ConfirmCall call = SampleConfirm();
    call.posted_fields["PaRes"] = Secret(pa_res);
    return std::string(RequestOf(provider_->Confirm(call)->Start()).body.Reveal());
  }

  std::unique_ptr<Provider> provider_ = MakeProvider();
  OperationOutcome outcome_;
};

TEST_F(ConfirmTest, TheStatusTellsWhatCameOfIt) {
  EXPECT_THAT(ReadNamed("AUTH"), testing::StartsWith("succeeded"));
  EXPECT_EQ(outcome_.amount->amount_minor(), 10'050);
  EXPECT_EQ(outcome_.references.at("transaction_id"), "55dd8788");
  EXPECT_THAT(ReadNamed("FAILED"), HasSubstr("AUTHENTICATION_FAILED"));
  EXPECT_THAT(ReadNamed("FAILED"), testing::StartsWith("declined"));
  EXPECT_THAT(ReadNamed("CANCEL"), testing::StartsWith("declined"));
  EXPECT_THAT(ReadNamed("NEW"), testing::StartsWith("in process"));
}

TEST_F(ConfirmTest, TheStatusOutranksConfirmsOwnAnswer) {
  const std::string success = absl::StrReplaceAll(kStatus, {{"NAME", "CHARGE"}});
  EXPECT_THAT(ReadStatus(Redirect("/?code=455"), success), testing::StartsWith("succeeded"));
  EXPECT_THAT(ReadStatus(Response("", 500), success), testing::StartsWith("succeeded"));
}

TEST_F(ConfirmTest, TheRedirectTellsOfTheSavedCard) {
  EXPECT_THAT(ReadNamed("AUTH"), HasSubstr(" source 88481433 "));
  const std::string success = absl::StrReplaceAll(kStatus, {{"NAME", "AUTH"}});
  EXPECT_THAT(ReadStatus(Response(R"({"code":0,"cardId":"b1","cardMask":"4003***9821"})"), success),
              HasSubstr(" source b1 4003***9821"));
  // The status outranks it.
  const std::string told =
      absl::StrReplaceAll(success, {{R"("currency")", R"("senderCardID":"s1","currency")"}});
  EXPECT_THAT(ReadStatus(Redirect(kSuccessPage), told), HasSubstr(" source s1 "));
}

TEST_F(ConfirmTest, WithoutASuccessNoCardIsSaved) {
  for (const char* name : {"FAILED", "CANCEL", "NEW", "3D", "REFUND"}) {
    EXPECT_THAT(ReadNamed(name), Not(HasSubstr(" source "))) << name;
  }
  const std::string success = absl::StrReplaceAll(kStatus, {{"NAME", "AUTH"}});
  for (const char* page : {"/?invoiceID=7654321&cardid=c", "/?code=455&cardid=c",
                           "/?cardid=c&cardid=d", "/?cardid=", "/?cardid=a%20b"}) {
    EXPECT_THAT(ReadStatus(Redirect(page), success), Not(HasSubstr(" source "))) << page;
  }
}

TEST_F(ConfirmTest, AStatusThatLagsBehindSaysNothing) {
  EXPECT_EQ(ReadNamed("3D"), "in process [HTTP 302]");
  EXPECT_EQ(ReadNamed("REFUND"), "in process [HTTP 302]");
  EXPECT_EQ(ReadStatus(Redirect(kSuccessPage), R"({"result":{"code":"102"}})"),
            "in process [HTTP 302]");
  EXPECT_EQ(ReadStatus(Redirect("/?code=455"), "{}"), "unknown [455] AUTHENTICATION_FAILED");
}

TEST_F(ConfirmTest, ASuccessIsOnlyInProcess) {
  for (const int status_code : {301, 302, 303, 307}) {
    EXPECT_EQ(Read(Redirect(kSuccessPage, status_code)),
              absl::StrCat("in process [HTTP ", status_code, "]"));
  }
  EXPECT_EQ(Read(Redirect("/payform/success.html?invoiceID=1234567&code=0")), "in process [0]");
  EXPECT_EQ(Read(Redirect("https://epay.homebank.kz/payform/")), "in process [HTTP 302]");
  EXPECT_EQ(Read(Response("<html>OK</html>")), "in process [HTTP 200]");
  EXPECT_EQ(outcome_.answer.message, "");
  EXPECT_EQ(Read(Response("")), "in process [HTTP 200]");
  EXPECT_EQ(Read(Response(R"({"code":0,"orderID":"1234567"})")), "in process [0]");
}

TEST_F(ConfirmTest, AnErrorIsReadButProvesNothing) {
  EXPECT_EQ(Read(Redirect("https://epay.homebank.kz/payform/?invoiceID=1234567&code=455"
                          "&message=3D+failed")),
            "unknown [455] AUTHENTICATION_FAILED");
  EXPECT_EQ(outcome_.answer.message, "3D failed");
  EXPECT_EQ(Read(Response(R"({"code":484,"message":"x"})")), "unknown [484] INSUFFICIENT_FUNDS");
  EXPECT_EQ(Read(Redirect("/?code=oops")), "unknown [oops] unlisted");
  EXPECT_EQ(Read(Redirect("/?code=-31")), "unknown [-31]");
  // A gateway's words are no reason.
  EXPECT_EQ(Read(Response(R"({"code":503})", 503)), "unknown [503]");
  EXPECT_EQ(Read(Response(R"({"code":499})", 499)), "unknown [499]");
}

TEST_F(ConfirmTest, WhatIsNoAnswerIsUnknown) {
  for (const int status_code : {400, 403, 404, 500, 503}) {
    EXPECT_EQ(Read(Response("<html/>", status_code)),
              absl::StrCat("unknown [HTTP ", status_code, "]"));
    EXPECT_EQ(Read(Response("{}", status_code)), absl::StrCat("unknown [HTTP ", status_code, "]"));
  }
  EXPECT_EQ(Read(Response("", 302)), "unknown [HTTP 302]");
  EXPECT_EQ(Read(Redirect(absl::StrCat("/?a=", std::string(8192, 'x')))), "unknown [HTTP 302]");
  EXPECT_EQ(Read(Redirect("/?a=%zz")), "unknown [HTTP 302]");
  EXPECT_EQ(Read(Redirect("/?code=0&code=455")), "unknown [0]");
}

TEST_F(ConfirmTest, AnAnswerAboutAnotherOrderIsUnknown) {
  EXPECT_EQ(Read(Redirect("/success.html?invoiceID=7654321")), "unknown [HTTP 302]");
  EXPECT_EQ(outcome_.answer.message, "an answer about another order");
}

TEST_F(ConfirmTest, BlanksInPaResWerePluses) {
  EXPECT_THAT(BodyFor("/ZUo742D gULQ4=="), HasSubstr(R"("PaRes":"/ZUo742D+gULQ4==")"));
  EXPECT_THAT(BodyFor("a+b/c="), HasSubstr(R"("PaRes":"a+b/c=")"));
  // Lines of base64 stay as they came.
  EXPECT_THAT(BodyFor("ab+\r\ncd"), HasSubstr(R"("PaRes":"ab+\u000d\u000acd")"));
  EXPECT_THAT(BodyFor(std::string(32'768, 'A')), HasSubstr("AAAA"));
}

TEST_F(ConfirmTest, BlanksInMdWerePluses) {
  ConfirmCall call = SampleConfirm();
  call.action_fields["MD"] = "a+b/c+d==";
  for (const char* posted : {"a+b/c+d==", "a b/c d==", "a+b/c d=="}) {
    call.posted_fields["MD"] = Secret(posted);
    // What was given out is sent, however it came back.
    EXPECT_THAT(std::string(RequestOf(provider_->Confirm(call)->Start()).body.Reveal()),
                HasSubstr(R"("MD":"a+b/c+d==")"))
        << posted;
  }
  for (const char* posted : {"a-b/c+d==", "ab/c+d==", "a++b/c+d==", "a+b/c+d== "}) {
    call.posted_fields["MD"] = Secret(posted);
    EXPECT_FALSE(provider_->Confirm(call)->Start().ok()) << posted;
  }
}

TEST_F(ConfirmTest, NamesOfPostedFieldsAreReadInAnyCase) {
  ConfirmCall call = SampleConfirm();
  call.posted_fields = {{"pares", Secret("/ZUo742D+gULQ4==")},
                        {"md", Secret("271710719-E54F6D8F865285D4")},
                        {"extra", Secret("x")}};
  ExpectGolden("confirm.json", RequestOf(provider_->Confirm(call)->Start()).body.Reveal());
}

TEST_F(ConfirmTest, WhatDoesNotBelongToTheTransferIsRefused) {
  ExpectRefused([](ConfirmCall& c) { c.posted_fields["MD"] = Secret("another"); }, "MD");
  ExpectRefused([](ConfirmCall& c) { c.posted_fields["MD"] = Secret(""); }, "MD is missing");
  ExpectRefused([](ConfirmCall& c) { c.posted_fields.erase("MD"); }, "MD is missing");
  ExpectRefused([](ConfirmCall& c) { c.action_fields.erase("MD"); }, "MD");
  ExpectRefused([](ConfirmCall& c) { c.action_fields["MD"] = ""; }, "MD");
  ExpectRefused([](ConfirmCall& c) { c.posted_fields.erase("PaRes"); }, "PaRes is missing");
  ExpectRefused([](ConfirmCall& c) { c.posted_fields["PaRes"] = Secret(""); }, "PaRes is missing");
  ExpectRefused([](ConfirmCall& c) { c.posted_fields["PaRes"] = Secret("ZUo742<"); },
                "PaRes is not base64");
  ExpectRefused([](ConfirmCall& c) { c.posted_fields["PaRes"] = Secret("ZUo742\xFF"); },
                "PaRes is not base64");
  ExpectRefused([](ConfirmCall& c) { c.posted_fields["PaRes"] = Secret(std::string(32'769, 'A')); },
                "PaRes is longer than 32768 bytes");
  ExpectRefused([](ConfirmCall& c) { c.references.clear(); }, "transaction_id");
  ExpectRefused(
      [](ConfirmCall& c) {
        c.references = {{"transaction_id", std::string(2049, 'x')}};
      },
      "ID is longer");
  ExpectRefused([](ConfirmCall& c) { c.amount.set_currency_code("USD"); }, "amount");
}

TEST_F(ConfirmTest, WithoutABearerA401IsAMatterOfConfiguration) {
  EXPECT_EQ(Read(Response("", 401)), "unknown [HTTP 401] PROVIDER_CONFIGURATION");
}

TEST_F(ConfirmTest, WhatRepeatsASecretIsDropped) {
  EXPECT_EQ(Read(Response(R"({"code":455,"message":"bad /ZUo742D+gULQ4=="})")),
            "unknown [455] AUTHENTICATION_FAILED");
  EXPECT_EQ(outcome_.answer.message, "");
  Read(Redirect("/?code=455&message=bad+h%40sh/1"));
  EXPECT_EQ(outcome_.answer.message, "");
  Read(Redirect("/?code=455&message=bad+code"));
  EXPECT_EQ(outcome_.answer.message, "bad code");
}

class BearerConfirmTest : public ConfirmTest {
 protected:
  BearerConfirmTest() {
    AccountSettings settings = TestSettings();
    settings.settings["confirm_bearer"] = "on";
    provider_ = MakeProvider(settings);
    exchange_ = provider_->Confirm(SampleConfirm());
  }

  std::string Outcome(const HttpResponse& response) {
    return Describe(OutcomeOf<OperationOutcome>(exchange_->OnResponse(response)));
  }

  std::unique_ptr<Exchange<OperationOutcome>> exchange_;
};

TEST_F(BearerConfirmTest, ANewTokenForTheSameTransfer) {
  ExpectGolden("token_transfer.txt", RequestOf(exchange_->Start()).body.Reveal());
  const HttpRequest confirm = RequestOf(exchange_->OnResponse(Response(kTokenAnswer)));
  EXPECT_TRUE(confirm.bearer_token.EqualsInConstantTime("DCEB8O_ZM5U7SO_T_U5EJQ"));
  ExpectGolden("confirm.json", confirm.body.Reveal());
  EXPECT_EQ(ReadOwn(*exchange_, Redirect(kSuccessPage)), "in process [HTTP 302]");
}

TEST_F(BearerConfirmTest, AMessageThatRepeatsTheTokenIsDropped) {
  RequestOf(exchange_->Start());
  RequestOf(exchange_->OnResponse(Response(kTokenAnswer)));
  ReadOwn(*exchange_, Response(R"({"code":455,"message":"bad DCEB8O_ZM5U7SO_T_U5EJQ"})"));
  EXPECT_EQ(outcome_.answer.message, "");
}

TEST_F(BearerConfirmTest, WithoutATokenNothingWasSent) {
  RequestOf(exchange_->Start());
  EXPECT_EQ(Outcome(Response("", 503)), "not sent [HTTP 503] PROVIDER_UNAVAILABLE");
}

TEST_F(BearerConfirmTest, ARefusedTokenIsReplacedOnce) {
  RequestOf(exchange_->Start());
  RequestOf(exchange_->OnResponse(Response(kTokenAnswer)));
  ExpectGolden("token_transfer.txt",
               RequestOf(exchange_->OnResponse(Response("", 401))).body.Reveal());
  ExpectGolden("confirm.json",
               RequestOf(exchange_->OnResponse(Response(kTokenAnswer))).body.Reveal());
  EXPECT_EQ(ReadOwn(*exchange_, Response("", 401)), "unknown [HTTP 401] PROVIDER_CONFIGURATION");
}

TEST_F(BearerConfirmTest, WithoutASecondTokenOnlyTheStatusTells) {
  RequestOf(exchange_->Start());
  RequestOf(exchange_->OnResponse(Response(kTokenAnswer)));
  RequestOf(exchange_->OnResponse(Response("", 401)));
  EXPECT_EQ(Outcome(Response("", 403)), "unknown [HTTP 403] PROVIDER_CONFIGURATION");
}

}  // namespace
}  // namespace payments::epay
