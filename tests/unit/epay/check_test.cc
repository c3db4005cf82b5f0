#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/epay/epay_fixture.h"

namespace payments::epay {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// P2P's own form, with NAME for the status's name and RESULT for the result's code.
constexpr absl::string_view kP2p =
    R"({"result":{"code":"RESULT","message":"SUCCESS"},"transaction":{"p2p":{"id":"55dd8788",)"
    R"("createdDate":"2021-12-27T14:47:12.214471+06:00","invoiceID":"1234567","amount":100.5,)"
    R"("amountBonus":0,"payoutAmount":0,"currency":"KZT","terminal":"98151552",)"
    R"("terminalID":"c36b282f","reference":"136183","statusName":"NAME"}}})";
// The form of its twin for card payments.
constexpr absl::string_view kTwin =
    R"({"resultCode":"RESULT","resultMessage":"SUCCESS","transaction":{"id":"55dd8788",)"
    R"("invoiceId":1234567,"amount":"100.50","currency":"KZT","reference":"136183",)"
    R"("reasonCode":"00","reason":"","statusName":"NAME"}})";
constexpr absl::string_view kReferences =
    "{order_id=1234567, reference=136183, transaction_id=55dd8788}";

class CheckTest : public testing::Test {
 protected:
  // A question that has its token and waits for its answer.
  std::unique_ptr<Exchange<StatusReading>> Asked() {
    auto exchange = provider_->Check(SampleCheck());
    RequestOf(exchange->Start());
    RequestOf(exchange->OnResponse(Response(R"({"access_token":"a"})")));
    return exchange;
  }

  std::string Read(absl::string_view body, int status_code = 200) {
    reading_ = OutcomeOf<StatusReading>(Asked()->OnResponse(Response(body, status_code)));
    return Describe(reading_);
  }

  std::string ReadStatus(absl::string_view result, absl::string_view name,
                         absl::string_view form = kP2p) {
    return Read(absl::StrReplaceAll(form, {{"RESULT", result}, {"NAME", name}}));
  }

  std::unique_ptr<Provider> provider_ = MakeProvider();
  StatusReading reading_;
};

TEST_F(CheckTest, NothingToAskBy) {
  const auto exchange = provider_->Check({});
  EXPECT_EQ(Describe(OutcomeOf<StatusReading>(exchange->Start())), "not asked []");
}

TEST_F(CheckTest, EveryStatusNameInBothForms) {
  const std::string money = " KZT 10050";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"NEW", "in process"},      {"FINGERPRINT", "in process"}, {"3D", "action required"},
      {"AUTH", "succeeded"},      {"CHARGE", "succeeded"},       {"CANCEL", "canceled"},
      {"CANCEL_OLD", "canceled"}, {"REFUND", "returned"},        {"FAILED", "declined"},
      {"REJECT", "declined"},     {"SOMETHING", "in process"},   {"", "in process"},
  };
  for (const auto& [name, transfer] : cases) {
    for (const absl::string_view form : {kP2p, kTwin}) {
      const std::string read = ReadStatus("100", name, form);
      const bool done = transfer == "succeeded" || transfer == "returned";
      EXPECT_THAT(read, StartsWith(transfer + " [")) << name;
      EXPECT_THAT(read, HasSubstr(std::string(kReferences)));
      EXPECT_EQ(absl::StrContains(read, money), done) << read;
      EXPECT_EQ(absl::StrContains(read, "PROVIDER_DECLINED"), transfer == "declined") << read;
      EXPECT_EQ(absl::StrContains(read, "unlisted"), name == "SOMETHING" || name.empty()) << read;
    }
  }
}

TEST_F(CheckTest, EveryResultCode) {
  EXPECT_THAT(ReadStatus("103", "NEW"), StartsWith("in process [NEW]"));
  EXPECT_THAT(ReadStatus("107", "3D"), StartsWith("action required [3D]"));
  EXPECT_THAT(ReadStatus("103", "AUTH"), StartsWith("in process [AUTH]"));
  EXPECT_THAT(ReadStatus("101", "FAILED"), StartsWith("declined [FAILED]"));
  EXPECT_THAT(ReadStatus("101", ""), StartsWith("declined [101]"));
  EXPECT_THAT(ReadStatus("101", "CANCEL"), StartsWith("canceled [CANCEL]"));
  EXPECT_THAT(ReadStatus("104", "AUTH"), StartsWith("no evidence [AUTH]"));
  EXPECT_EQ(Read(R"({"resultCode":"104","resultMessage":"terminal"})"),
            "no evidence [104] PROVIDER_CONFIGURATION");
  EXPECT_EQ(Read(R"({"result":{"code":109}})"), "no evidence [109] PROVIDER_CONFIGURATION");
  EXPECT_EQ(Read(R"({"result":{"code":105}})"), "no evidence [105] unlisted");
  EXPECT_EQ(Read(R"({"resultCode":103})"), "in process [103]");
}

TEST_F(CheckTest, ARefusalHasItsReason) {
  EXPECT_EQ(Read(R"({"result":{"code":"101"},"transaction":{"p2p":{"invoiceID":"1234567",)"
                 R"("reasonCode":484,"reason":"Not enough money","statusName":"FAILED"}}})"),
            "declined [484] {order_id=1234567} INSUFFICIENT_FUNDS");
  EXPECT_EQ(reading_.answer.message, "Not enough money");
  EXPECT_EQ(Read(R"({"resultCode":"101","reasonCode":"455"})"),
            "declined [455] AUTHENTICATION_FAILED");
  // What only a status may call final, and what the table does not know.
  EXPECT_EQ(Read(R"({"resultCode":"101","reasonCode":"458"})"),
            "declined [458] PROVIDER_UNAVAILABLE");
  EXPECT_EQ(Read(R"({"resultCode":"101","reasonCode":"454"})"), "declined [454] PROVIDER_DECLINED");
  EXPECT_EQ(Read(R"({"resultCode":"101","reasonCode":"9999"})"),
            "declined [9999] PROVIDER_DECLINED unlisted");
}

TEST_F(CheckTest, NotFoundIsNotKnown) {
  EXPECT_EQ(Read(R"({"result":{"code":"102","message":"not found"}})"), "not known [102]");
  EXPECT_EQ(Read(R"({"resultCode":102,"transaction":{"id":"","invoiceID":""}})", 404),
            "not known [102]");
  // Not found, and here it is.
  EXPECT_THAT(ReadStatus("102", "AUTH"), StartsWith("no evidence "));
  // A path that is not there is no answer about an order.
  EXPECT_EQ(Read("<html>404</html>", 404), "no evidence [HTTP 404]");
  EXPECT_EQ(Read(R"({"message":"Not Found"})", 404), "no evidence [HTTP 404] unlisted");
}

TEST_F(CheckTest, WhatProvesNothing) {
  EXPECT_EQ(Read(""), "no evidence [HTTP 200]");
  EXPECT_EQ(Read("[]"), "no evidence [HTTP 200]");
  EXPECT_EQ(Read(R"({"result":{"code":"102"}})", 500), "no evidence [102]");
  EXPECT_EQ(Read(R"({"resultCode":"101","reasonCode":"503"})", 503), "no evidence [503]");
  EXPECT_EQ(Read(R"({"code":503,"message":"Service Unavailable"})", 503), "no evidence [HTTP 503]");
  EXPECT_EQ(Read(R"({"result":{"code":"102"},"resultCode":"100"})"), "no evidence [102]");
  EXPECT_EQ(Read(std::string(256 * 1024 + 1, ' ')), "no evidence [HTTP 200]");
  const auto spoiled = [this](absl::string_view what, absl::string_view by) {
    const std::string body =
        absl::StrReplaceAll(kP2p, {{"RESULT", "100"}, {"NAME", "AUTH"}, {what, by}});
    EXPECT_THAT(Read(body), StartsWith("no evidence ")) << by;
    EXPECT_FALSE(reading_.amount.has_value());
    EXPECT_TRUE(reading_.references.empty());
  };
  spoiled("1234567", "7654321");
  spoiled(R"("id":"55dd8788",)", "");
  spoiled(R"("invoiceID":"1234567",)", "");
  spoiled(R"("amount":100.5,)", "");
  spoiled(R"("amount":100.5,)", R"("amount":100.505,)");
  spoiled(R"("amount":100.5,)", R"("amount":100.5,"Amount":1,)");
  spoiled(R"("currency":"KZT",)", "");
  spoiled("55dd8788", "a b");
  // A refusal said of another order is none of ours.
  EXPECT_THAT(Read(R"({"resultCode":"101","transaction":{"invoiceID":"7654321"}})"),
              StartsWith("no evidence "));
}

TEST_F(CheckTest, ARejectedTransferThatLivesOrIsDoneIsNoEvidence) {
  for (const char* name : {"NEW", "FINGERPRINT", "3D", "AUTH", "CHARGE", "REFUND"}) {
    for (const absl::string_view form : {kP2p, kTwin}) {
      EXPECT_EQ(ReadStatus("101", name, form),
                absl::StrCat("no evidence [", name, "] ", kReferences));
    }
  }
}

TEST_F(CheckTest, ABareCodeBesideAnHttpErrorIsNoResult) {
  for (const char* code : {"101", "\"101\"", "102", "103"}) {
    const std::string body = absl::StrCat("{\"code\":", code, ",\"message\":\"x\"}");
    for (const int status_code : {400, 404, 422}) {
      EXPECT_EQ(Read(body, status_code),
                absl::StrCat("no evidence [HTTP ", status_code, "] unlisted"))
          << code;
    }
  }
  EXPECT_THAT(Read(R"({"code":101})", 500), StartsWith("no evidence "));
  // With a result of its own it is Epay's.
  EXPECT_EQ(Read(R"({"resultCode":"101","reasonCode":"484"})", 400),
            "declined [484] INSUFFICIENT_FUNDS");
  EXPECT_EQ(Read(R"({"result":{"code":"101"}})", 400), "declined [101] PROVIDER_DECLINED");
}

TEST_F(CheckTest, SavedCardsAreTold) {
  const std::string body = absl::StrReplaceAll(
      kP2p, {{"RESULT", "100"},
             {R"("statusName":"NAME")",
              R"("statusName":"AUTH","senderCardID":"s1","senderCardPAN":"4003********9821",)"
              R"("receiverCardId":"r1")"}});
  EXPECT_THAT(Read(body), HasSubstr(" source s1 4003********9821 destination r1 "));
}

TEST_F(CheckTest, ANewTokenIsASessionForLaterChecks) {
  const auto exchange = provider_->Check(SampleCheck());
  RequestOf(exchange->Start());
  RequestOf(exchange->OnResponse(Response(kTokenAnswer)));
  const auto reading = OutcomeOf<StatusReading>(exchange->OnResponse(Response("{}")));
  ASSERT_TRUE(reading.session.has_value());
  EXPECT_TRUE(reading.session->value.EqualsInConstantTime("DCEB8O_ZM5U7SO_T_U5EJQ"));
  EXPECT_EQ(reading.session->lifetime, absl::Seconds(7200 - 60));
}

TEST_F(CheckTest, ALifetimeThatIsShortOrUnreadableMakesNoSession) {
  for (const char* expires_in : {"60", "\"30\"", "0", "-5", "\"soon\"", "null", "99999999999"}) {
    const auto exchange = provider_->Check(SampleCheck());
    RequestOf(exchange->Start());
    RequestOf(exchange->OnResponse(
        Response(absl::StrCat(R"({"access_token":"a","expires_in":)", expires_in, "}"))));
    const auto reading = OutcomeOf<StatusReading>(exchange->OnResponse(Response("{}")));
    EXPECT_FALSE(reading.session.has_value()) << expires_in;
  }
  const auto exchange = provider_->Check(SampleCheck());
  RequestOf(exchange->Start());
  RequestOf(exchange->OnResponse(Response(R"({"access_token":"a","expires_in":"1200.0"})")));
  EXPECT_EQ(OutcomeOf<StatusReading>(exchange->OnResponse(Response("{}"))).session->lifetime,
            absl::Seconds(1140));
}

TEST_F(CheckTest, ASessionSavesTheToken) {
  CheckCall call = SampleCheck();
  call.session = Secret("kept");
  const auto exchange = provider_->Check(call);
  const HttpRequest status = RequestOf(exchange->Start());
  EXPECT_EQ(status.method, "GET");
  EXPECT_TRUE(status.bearer_token.EqualsInConstantTime("kept"));
  const auto reading =
      OutcomeOf<StatusReading>(exchange->OnResponse(Response(R"({"resultCode":"102"})")));
  EXPECT_EQ(Describe(reading), "not known [102]");
  EXPECT_FALSE(reading.session.has_value());
}

TEST_F(CheckTest, WhatRepeatsASecretIsDropped) {
  for (const char* secret : {"kept", "yF587AV9*#&+ %="}) {
    CheckCall call = SampleCheck();
    call.session = Secret("kept");
    const auto exchange = provider_->Check(call);
    RequestOf(exchange->Start());
    const auto reading = OutcomeOf<StatusReading>(exchange->OnResponse(Response(absl::StrCat(
        R"({"resultCode":"101","reasonCode":"x )", secret, R"(","reason":"bad )", secret, "\"}"))));
    EXPECT_EQ(Describe(reading), "declined [HTTP 200] PROVIDER_DECLINED unlisted");
    EXPECT_EQ(reading.answer.message, "");
  }
  Read(R"({"resultCode":"102","resultMessage":"no such order"})");
  EXPECT_EQ(reading_.answer.message, "no such order");
}

TEST_F(CheckTest, ASessionThatTheBankHasForgottenIsReplaced) {
  CheckCall call = SampleCheck();
  call.session = Secret("kept");
  const auto exchange = provider_->Check(call);
  RequestOf(exchange->Start());
  ExpectGolden("token_status.txt",
               RequestOf(exchange->OnResponse(Response("", 401))).body.Reveal());
  const HttpRequest status = RequestOf(exchange->OnResponse(Response(kTokenAnswer)));
  EXPECT_TRUE(status.bearer_token.EqualsInConstantTime("DCEB8O_ZM5U7SO_T_U5EJQ"));
  const auto reading =
      OutcomeOf<StatusReading>(exchange->OnResponse(Response(R"({"resultCode":"102"})")));
  EXPECT_TRUE(reading.session.has_value());
}

TEST_F(CheckTest, ATokenRefusedTwiceIsAMatterOfConfiguration) {
  CheckCall call = SampleCheck();
  call.session = Secret("kept");
  const auto exchange = provider_->Check(call);
  RequestOf(exchange->Start());
  RequestOf(exchange->OnResponse(Response("", 401)));
  RequestOf(exchange->OnResponse(Response(kTokenAnswer)));
  const auto reading =
      OutcomeOf<StatusReading>(exchange->OnResponse(Response(R"({"resultCode":"102"})", 401)));
  EXPECT_EQ(Describe(reading), "no evidence [102] PROVIDER_CONFIGURATION");
}

TEST_F(CheckTest, WithoutATokenThereIsNoEvidence) {
  const auto exchange = provider_->Check(SampleCheck());
  RequestOf(exchange->Start());
  EXPECT_EQ(Describe(OutcomeOf<StatusReading>(exchange->OnResponse(Response("", 401)))),
            "no evidence [HTTP 401] PROVIDER_CONFIGURATION");
}

TEST_F(CheckTest, WhereNumbersStartAgainAnOrderIsNoReference) {
  AccountSettings settings = TestSettings();
  settings.settings["order_number_at_end"] = "start_again";
  provider_ = MakeProvider(settings);
  ReadStatus("100", "AUTH");
  EXPECT_EQ(reading_.transfer, StatusReading::Transfer::kSucceeded);
  EXPECT_FALSE(reading_.references.contains("order_id"));
}

}  // namespace
}  // namespace payments::epay
