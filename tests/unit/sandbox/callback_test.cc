// Callbacks as a merchant gets them, over a real socket.

#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/unit/sandbox/sandbox_fixture.h"

namespace payments::sandbox {
namespace {

constexpr int64_t kAmount = 100'000;

class CallbackTest : public SandboxTest {
 protected:
  // Registers a card with the merchant's NotifyUrl and lets the payer decide.
  std::string Decided(bool refuse) {
    std::string card = RegisterCard({{"NotifyUrl", NotifyUrl()}}).Get("CardToken");
    v1::ConfirmCardRequest request;
    v1::ConfirmCardResponse response;
    request.set_card_token(card);
    request.set_refuse(refuse);
    EXPECT_EQ(Order(&v1::SandboxService::Stub::ConfirmCard, request, &response), grpc::OK);
    return card;
  }

  std::string HeldWithCallback(int64_t amount = kAmount) {
    const SoapAnswer answer = HoldCreate(ActiveCard(), amount, {{"NotifyUrl", NotifyUrl()}});
    EXPECT_EQ(answer.code(), "OK");
    return answer.Get("HoldId");
  }

  static std::string Escaped(std::string url) { return url.replace(url.find('&'), 1, "&amp;"); }

  static std::string HoldToken(const std::string& hold) {
    return Sha1(absl::StrCat("sandbox", "sandbox-password", hold));
  }
};

TEST_F(CallbackTest, TellsOfAConfirmedCard) {
  const std::string card = Decided(/*refuse=*/false);
  const CallbackReceiver::Callback callback = merchant_.Next();
  EXPECT_EQ(callback.content_type, "application/json");
  EXPECT_EQ(JsonMember(callback.body, "cardToken"), card);
  EXPECT_EQ(JsonMember(callback.body, "pan"), "4719*****3250");
  EXPECT_EQ(JsonMember(callback.body, "status"), "0");
  EXPECT_EQ(JsonMember(callback.body, "message"), "Success");
  EXPECT_EQ(JsonMember(callback.body, "registerDate").size(), 19U);
  EXPECT_EQ(JsonMember(callback.body, "accessToken"),
            Sha1(absl::StrCat("sandbox", "sandbox-password", card)));
}

TEST_F(CallbackTest, TellsOfARefusedCard) {
  Decided(/*refuse=*/true);
  const CallbackReceiver::Callback callback = merchant_.Next();
  EXPECT_EQ(JsonMember(callback.body, "status"), "1");
  EXPECT_EQ(JsonMember(callback.body, "message"), "Failed");
}

TEST_F(CallbackTest, ConfirmsByItselfIfStartedSo) {
  Sandbox::Options options = DefaultOptions();
  options.upay.upay.auto_confirm = true;
  Restart(options);
  const SoapAnswer answer = RegisterCard({{"NotifyUrl", NotifyUrl()}});
  EXPECT_EQ(JsonMember(merchant_.Next().body, "cardToken"), answer.Get("CardToken"));
  EXPECT_EQ(HoldCreate(answer.Get("CardToken"), kAmount).code(), "OK");
}

TEST_F(CallbackTest, TellsOfEveryChangeOfAHold) {
  SetPolicies(v1::CALLBACK_KIND_NORMAL);
  const std::string captured = HeldWithCallback();
  const CallbackReceiver::Callback callback = merchant_.Next();
  EXPECT_EQ(JsonMember(callback.body, "holdId"), captured);
  EXPECT_EQ(JsonMember(callback.body, "serviceId"), "628");
  EXPECT_EQ(JsonMember(callback.body, "status"), "0");
  EXPECT_EQ(JsonMember(callback.body, "message"), "Success");
  EXPECT_EQ(JsonMember(callback.body, "holdDate").size(), 19U);
  EXPECT_EQ(JsonMember(callback.body, "accessToken"), HoldToken(captured));
  EXPECT_NE(callback.body.find("\"serviceId\":628"), std::string::npos);

  EXPECT_EQ(HoldPayment(captured, "1").code(), "OK");
  EXPECT_EQ(JsonMember(merchant_.Next().body, "holdId"), captured);
  const std::string canceled = HeldWithCallback();
  EXPECT_EQ(JsonMember(merchant_.Next().body, "holdId"), canceled);
  EXPECT_EQ(HoldCancel(canceled).code(), "OK");
  EXPECT_EQ(JsonMember(merchant_.Next().body, "status"), "0");
  const std::string expired = HeldWithCallback();
  EXPECT_EQ(JsonMember(merchant_.Next().body, "status"), "0");
  MoveClock(3601);
  const CallbackReceiver::Callback end = merchant_.Next();
  EXPECT_EQ(JsonMember(end.body, "holdId"), expired);
  EXPECT_EQ(JsonMember(end.body, "status"), "1");
  EXPECT_EQ(JsonMember(end.body, "message"), "Expired");
}

TEST_F(CallbackTest, BringsTheHoldIdThatTheAnswerLacked) {
  SetPolicies(v1::CALLBACK_KIND_NORMAL);
  v1::Fault fault;
  fault.set_kind(v1::FAULT_KIND_IN_PROCESS);
  fault.mutable_resolve_after()->set_nanos(1'000'000);
  fault.set_omit_hold_id(true);
  const std::string card = ActiveCard();
  Plan(v1::METHOD_HOLD_CREATE, fault);
  EXPECT_EQ(HoldCreate(card, kAmount, {{"NotifyUrl", NotifyUrl()}}).code(), "STPIMS-ERR-065");
  const std::string hold = JsonMember(merchant_.Next().body, "holdId");
  EXPECT_EQ(HoldOf(hold).state(), v1::HOLD_STATE_HELD);
}

TEST_F(CallbackTest, FollowsAnAnswerThatWasDropped) {
  SetPolicies(v1::CALLBACK_KIND_NORMAL);
  const std::string card = ActiveCard();
  Plan(v1::METHOD_HOLD_CREATE, v1::FAULT_KIND_APPLY_THEN_DROP);
  EXPECT_EQ(HoldCreate(card, kAmount, {{"NotifyUrl", NotifyUrl()}}).http.status, 0);
  EXPECT_EQ(HoldOf(JsonMember(merchant_.Next().body, "holdId")).state(), v1::HOLD_STATE_HELD);
}

TEST_F(CallbackTest, WritesForms) {
  v1::CallbackPolicy policy;
  policy.set_encoding(v1::CALLBACK_ENCODING_FORM);
  SetPolicies(policy);
  const std::string hold = HeldWithCallback();
  const CallbackReceiver::Callback callback = merchant_.Next();
  EXPECT_EQ(callback.content_type, "application/x-www-form-urlencoded");
  EXPECT_TRUE(absl::StartsWith(
      callback.body, absl::StrCat("holdId=", hold, "&serviceId=628&status=0&message=Success&")))
      << callback.body;
  EXPECT_TRUE(absl::EndsWith(callback.body, absl::StrCat("&accessToken=", HoldToken(hold))));
  EXPECT_NE(callback.body.find("%3A"), std::string::npos);  // The colons of holdDate.
}

TEST_F(CallbackTest, WritesJsonUnderAnotherType) {
  v1::CallbackPolicy policy;
  policy.set_encoding(v1::CALLBACK_ENCODING_JSON_WRONG_CONTENT_TYPE);
  SetPolicies(policy);
  const std::string hold = HeldWithCallback();
  const CallbackReceiver::Callback callback = merchant_.Next();
  EXPECT_EQ(callback.content_type, "text/plain");
  EXPECT_EQ(JsonMember(callback.body, "holdId"), hold);
}

TEST_F(CallbackTest, WritesJsonOfStrings) {
  v1::CallbackPolicy policy;
  policy.set_encoding(v1::CALLBACK_ENCODING_JSON_STRINGS);
  SetPolicies(policy);
  const std::string hold = HeldWithCallback();
  const CallbackReceiver::Callback callback = merchant_.Next();
  EXPECT_NE(callback.body.find("\"status\":\"0\""), std::string::npos);
  EXPECT_EQ(JsonMember(callback.body, "accessToken"), absl::AsciiStrToUpper(HoldToken(hold)));
}

TEST_F(CallbackTest, SendsNone) {
  SetPolicies(v1::CALLBACK_KIND_NONE);
  const std::string hold = HeldWithCallback();
  EXPECT_EQ(HoldCancel(hold).code(), "OK");
  EXPECT_EQ(Totals().callbacks_sent(), 0);
}

TEST_F(CallbackTest, SendsCopies) {
  v1::CallbackPolicy policy;
  policy.set_kind(v1::CALLBACK_KIND_DUPLICATE);
  policy.set_copies(3);
  SetPolicies(policy);
  const std::string hold = HeldWithCallback();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(JsonMember(merchant_.Next().body, "holdId"), hold);
  EXPECT_EQ(Totals().callbacks_sent(), 3);
}

TEST_F(CallbackTest, SendsLate) {
  v1::CallbackPolicy policy;
  policy.set_kind(v1::CALLBACK_KIND_LATE);
  policy.mutable_delay()->set_nanos(50'000'000);
  SetPolicies(policy);
  const absl::Duration before = clock_.Monotonic();
  const std::string hold = HeldWithCallback();
  EXPECT_EQ(JsonMember(merchant_.Next().body, "holdId"), hold);
  EXPECT_GE(clock_.Monotonic() - before, absl::Milliseconds(50));
}

TEST_F(CallbackTest, SendsEarly) {
  SetPolicies(v1::CALLBACK_KIND_EARLY);
  const std::string hold = HeldWithCallback();
  // The answer waited for it: it is here already.
  EXPECT_EQ(merchant_.waiting(), 1U);
  EXPECT_EQ(JsonMember(merchant_.Next().body, "holdId"), hold);
}

TEST_F(CallbackTest, ForgesTokens) {
  SetPolicies(v1::CALLBACK_KIND_FORGED_TOKEN);
  const std::string hold = HeldWithCallback();
  const std::string token = JsonMember(merchant_.Next().body, "accessToken");
  EXPECT_EQ(token.size(), 40U);
  EXPECT_NE(token, HoldToken(hold));
}

TEST_F(CallbackTest, ForgesStatuses) {
  SetPolicies(v1::CALLBACK_KIND_FORGED_STATUS);
  const std::string hold = HeldWithCallback();
  const CallbackReceiver::Callback callback = merchant_.Next();
  EXPECT_EQ(JsonMember(callback.body, "accessToken"), HoldToken(hold));
  EXPECT_EQ(JsonMember(callback.body, "status"), "1");
}

TEST_F(CallbackTest, ObeysMagicAmounts) {
  SetPolicies(v1::CALLBACK_KIND_NORMAL);
  HeldWithCallback(kAmount + 51);
  const std::string twice = HeldWithCallback(kAmount + 52);
  EXPECT_EQ(JsonMember(merchant_.Next().body, "holdId"), twice);
  EXPECT_EQ(JsonMember(merchant_.Next().body, "holdId"), twice);
  HeldWithCallback(kAmount + 54);
  EXPECT_EQ(merchant_.waiting(), 1U);
  merchant_.Next();
  const std::string forged = HeldWithCallback(kAmount + 55);
  EXPECT_NE(JsonMember(merchant_.Next().body, "accessToken"), HoldToken(forged));
  HeldWithCallback(kAmount + 56);
  EXPECT_EQ(JsonMember(merchant_.Next().body, "status"), "1");
  HeldWithCallback(kAmount + 57);
  EXPECT_EQ(merchant_.Next().content_type, "application/x-www-form-urlencoded");
  HeldWithCallback(kAmount + 58);
  EXPECT_EQ(merchant_.Next().content_type, "text/plain");
  HeldWithCallback(kAmount + 59);
  EXPECT_NE(merchant_.Next().body.find("\"status\":\"0\""), std::string::npos);
}

TEST_F(CallbackTest, RepeatsWhatWasNotTaken) {
  SetPolicies(v1::CALLBACK_KIND_NORMAL);
  merchant_.AnswerNextWith(503, 2);
  const std::string hold = HeldWithCallback();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(JsonMember(merchant_.Next().body, "holdId"), hold);
  while (Totals().callbacks_accepted() == 0) {
  }
  EXPECT_EQ(Totals().callbacks_sent(), 3);
  EXPECT_EQ(Totals().callbacks_given_up(), 0);
}

TEST_F(CallbackTest, GivesUpInTheEnd) {
  SetPolicies(v1::CALLBACK_KIND_NORMAL);
  merchant_.AnswerNextWith(500, 1000);
  HeldWithCallback();
  while (Totals().callbacks_given_up() == 0) {
  }
  EXPECT_EQ(Totals().callbacks_sent(), 5);
  EXPECT_EQ(Totals().callbacks_accepted(), 0);
}

TEST_F(CallbackTest, SendsOneOnRequest) {
  const std::string hold = HeldWithCallback();
  v1::SendCallbackRequest request;
  v1::SendCallbackResponse response;
  request.set_hold_id(hold);
  EXPECT_EQ(Order(&v1::SandboxService::Stub::SendCallback, request, &response), grpc::OK);
  EXPECT_EQ(response.http_status(), 200);
  CallbackReceiver::Callback callback = merchant_.Next();
  EXPECT_EQ(JsonMember(callback.body, "status"), "0");
  EXPECT_EQ(JsonMember(callback.body, "accessToken"), HoldToken(hold));

  request.set_status(42);
  request.set_message("forged");
  request.set_access_token("abc");
  request.set_encoding(v1::CALLBACK_ENCODING_JSON_STRINGS);
  merchant_.AnswerNextWith(404, 1);
  EXPECT_EQ(Order(&v1::SandboxService::Stub::SendCallback, request, &response), grpc::OK);
  EXPECT_EQ(response.http_status(), 404);
  callback = merchant_.Next();
  EXPECT_EQ(JsonMember(callback.body, "status"), "42");
  EXPECT_EQ(JsonMember(callback.body, "message"), "forged");
  EXPECT_EQ(JsonMember(callback.body, "accessToken"), "abc");
}

TEST_F(CallbackTest, SaysWhyOneWasNotAnswered) {
  const std::string hold = HeldWithCallback();
  v1::SendCallbackRequest request;
  v1::SendCallbackResponse response;
  request.set_hold_id(hold);
  request.set_url("http://127.0.0.1:1/nobody");
  EXPECT_EQ(Order(&v1::SandboxService::Stub::SendCallback, request, &response), grpc::OK);
  EXPECT_EQ(response.http_status(), 0);
  EXPECT_FALSE(response.error().empty());
}

}  // namespace
}  // namespace payments::sandbox
