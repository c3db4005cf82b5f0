// postLink and failurePostLink as a merchant gets them.

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/unit/sandbox/epay_fixture.h"

namespace payments::sandbox {
namespace {

constexpr char kOrder[] = "123456";

class EpayCallbackTest : public EpayTest {
 protected:
  void SetTransferPolicy(const v1::CallbackPolicy& policy) {
    v1::SetCallbackPolicyRequest request;
    v1::SetCallbackPolicyResponse response;
    *request.mutable_transfer() = policy;
    EXPECT_EQ(Order(&v1::SandboxService::Stub::SetCallbackPolicy, request, &response), grpc::OK)
        << error_;
  }
  void SetTransferPolicy(v1::CallbackKind kind) {
    v1::CallbackPolicy policy;
    policy.set_kind(kind);
    SetTransferPolicy(policy);
  }
  // A transfer whose token had a secret_hash.
  EpayReply HashedTransfer(const std::string& order = kOrder) {
    return PostJson(kTransferPath, TransferToken(order, "100", {{"secret_hash", "JDKCNDDG*#"}}),
                    Body(order, "100"));
  }
  EpayReply FailedTransfer(const std::string& failure_link) {
    return Transfer(
        kOrder, "100",
        {{"\"failurePostLink\": \"\"", absl::StrCat("\"failurePostLink\": \"", failure_link, "\"")},
         {"4400430000000001", "4400430000000484"}});
  }
};

TEST_F(EpayCallbackTest, TellsOfADoneTransfer) {
  const EpayReply reply = HashedTransfer();
  const CallbackReceiver::Callback callback = merchant_.Next();
  EXPECT_EQ(callback.content_type, "application/json");
  EXPECT_EQ(JsonMember(callback.body, "id"), reply.Get("id"));
  EXPECT_EQ(JsonMember(callback.body, "invoiceId"), kOrder);
  EXPECT_NE(callback.body.find("\"amount\":100,"), std::string::npos);
  EXPECT_EQ(JsonMember(callback.body, "terminal"), "sandbox-terminal");
  EXPECT_EQ(JsonMember(callback.body, "cardMask"), "4400********0001");
  EXPECT_EQ(JsonMember(callback.body, "cardType"), "VISA");
  EXPECT_EQ(JsonMember(callback.body, "reference"), reply.Get("reference"));
  EXPECT_EQ(JsonMember(callback.body, "secure"), "no");
  EXPECT_EQ(JsonMember(callback.body, "code"), "ok");
  EXPECT_NE(callback.body.find("\"reasonCode\":null"), std::string::npos);
  EXPECT_EQ(JsonMember(callback.body, "name"), "Sergey Frolov");
  EXPECT_EQ(JsonMember(callback.body, "email"), "armanali@epay.kz");
  EXPECT_EQ(JsonMember(callback.body, "secret_hash"), "JDKCNDDG*#");
}

TEST_F(EpayCallbackTest, HasNoHashIfTheTokenHadNone) {
  Transfer(kOrder, "100");
  EXPECT_FALSE(absl::StrContains(merchant_.Next().body, "secret_hash"));
}

TEST_F(EpayCallbackTest, TellsOfAFailureWhereFailuresGo) {
  FailedTransfer(merchant_.url());
  const CallbackReceiver::Callback callback = merchant_.Next();
  EXPECT_EQ(JsonMember(callback.body, "code"), "error");
  EXPECT_EQ(JsonMember(callback.body, "reasonCode"), "484");
  EXPECT_EQ(JsonMember(callback.body, "reason"), "Insufficient funds");
}

TEST_F(EpayCallbackTest, FailuresGoToPostLinkIfThereIsNoOther) {
  FailedTransfer("");
  EXPECT_EQ(JsonMember(merchant_.Next().body, "code"), "error");
}

TEST_F(EpayCallbackTest, LosesAndDoublesThem) {
  SetTransferPolicy(v1::CALLBACK_KIND_NONE);
  HashedTransfer();
  EXPECT_EQ(Totals().callbacks_sent(), 0);
  v1::CallbackPolicy policy;
  policy.set_kind(v1::CALLBACK_KIND_DUPLICATE);
  policy.set_copies(3);
  SetTransferPolicy(policy);
  HashedTransfer("200000");
  const std::string first = merchant_.Next().body;
  EXPECT_EQ(JsonMember(first, "invoiceId"), "200000");
  EXPECT_EQ(merchant_.Next().body, first);
  EXPECT_EQ(merchant_.Next().body, first);
}

TEST_F(EpayCallbackTest, SendsThemEarly) {
  SetTransferPolicy(v1::CALLBACK_KIND_EARLY);
  EXPECT_EQ(HashedTransfer().Get("status"), "AUTH");
  // It was answered before the transfer was: nothing is waited for here.
  EXPECT_EQ(merchant_.waiting(), 1U);
}

TEST_F(EpayCallbackTest, SendsThemBeforeAConfirmIsAnswered) {
  SetTransferPolicy(v1::CALLBACK_KIND_EARLY);
  Plan(v1::METHOD_EPAY_TRANSFER, v1::FAULT_KIND_THREE_D_SECURE);
  const std::string id = HashedTransfer().Get("id");
  EXPECT_EQ(merchant_.waiting(), 0U);
  v1::AnswerThreeDSecureRequest request;
  v1::AnswerThreeDSecureResponse response;
  request.set_order_id(kOrder);
  EXPECT_EQ(Order(&v1::SandboxService::Stub::AnswerThreeDSecure, request, &response), grpc::OK);
  EXPECT_EQ(Confirm(id, response.pa_res(), response.md()).http.status, 302);
  EXPECT_EQ(merchant_.waiting(), 1U);
}

TEST_F(EpayCallbackTest, SendsThemEarlyThoughTheAnswerIsLost) {
  SetTransferPolicy(v1::CALLBACK_KIND_EARLY);
  Plan(v1::METHOD_EPAY_TRANSFER, v1::FAULT_KIND_APPLY_THEN_DROP);
  EXPECT_EQ(HashedTransfer().http.status, 0);
  EXPECT_EQ(merchant_.waiting(), 1U);
}

TEST_F(EpayCallbackTest, SendsThemLate) {
  v1::CallbackPolicy policy;
  policy.set_kind(v1::CALLBACK_KIND_LATE);
  policy.mutable_delay()->set_nanos(20'000'000);
  SetTransferPolicy(policy);
  const absl::Duration before = clock_.Monotonic();
  HashedTransfer();
  merchant_.Next();
  EXPECT_GE(clock_.Monotonic() - before, absl::Milliseconds(20));
}

TEST_F(EpayCallbackTest, ForgesTheHash) {
  SetTransferPolicy(v1::CALLBACK_KIND_FORGED_TOKEN);
  HashedTransfer();
  const CallbackReceiver::Callback callback = merchant_.Next();
  EXPECT_EQ(JsonMember(callback.body, "code"), "ok");
  EXPECT_NE(JsonMember(callback.body, "secret_hash"), "JDKCNDDG*#");
}

TEST_F(EpayCallbackTest, LiesAboutTheOutcome) {
  SetTransferPolicy(v1::CALLBACK_KIND_FORGED_STATUS);
  HashedTransfer();
  const CallbackReceiver::Callback lie = merchant_.Next();
  EXPECT_EQ(JsonMember(lie.body, "code"), "error");
  EXPECT_EQ(JsonMember(lie.body, "secret_hash"), "JDKCNDDG*#");
  EXPECT_EQ(Status(kOrder).Get("transaction.p2p.statusName"), "AUTH");
}

TEST_F(EpayCallbackTest, LiesAboutAFailure) {
  SetTransferPolicy(v1::CALLBACK_KIND_FORGED_STATUS);
  FailedTransfer("");
  const CallbackReceiver::Callback lie = merchant_.Next();
  EXPECT_EQ(JsonMember(lie.body, "code"), "ok");
  EXPECT_FALSE(JsonMember(lie.body, "reference").empty());
  EXPECT_EQ(Totals().movements(), 0);
}

TEST_F(EpayCallbackTest, WritesThemInOtherWays) {
  v1::CallbackPolicy policy;
  policy.set_encoding(v1::CALLBACK_ENCODING_FORM);
  SetTransferPolicy(policy);
  HashedTransfer("300001");
  const CallbackReceiver::Callback form = merchant_.Next();
  EXPECT_EQ(form.content_type, "application/x-www-form-urlencoded");
  EXPECT_TRUE(absl::StrContains(form.body, "invoiceId=300001&amount=100&currency=KZT&"));
  EXPECT_TRUE(absl::StrContains(form.body, "&reasonCode=&"));
  policy.set_encoding(v1::CALLBACK_ENCODING_JSON_STRINGS);
  SetTransferPolicy(policy);
  HashedTransfer("300002");
  const std::string texts = merchant_.Next().body;
  EXPECT_TRUE(absl::StrContains(texts, "\"amount\":\"100\""));
  EXPECT_EQ(JsonMember(texts, "invoiceID"), "300002");
  EXPECT_TRUE(absl::StrContains(texts, "\"reasonCode\":\"\""));
  policy.set_encoding(v1::CALLBACK_ENCODING_JSON_WRONG_CONTENT_TYPE);
  SetTransferPolicy(policy);
  HashedTransfer("300003");
  EXPECT_EQ(merchant_.Next().content_type, "text/plain");
}

TEST_F(EpayCallbackTest, RepeatsWhatIsNotAnsweredWith200) {
  merchant_.AnswerNextWith(500, 2);
  HashedTransfer();
  const std::string first = merchant_.Next().body;
  EXPECT_EQ(merchant_.Next().body, first);
  EXPECT_EQ(merchant_.Next().body, first);
}

TEST_F(EpayCallbackTest, SendsWhatIsOrdered) {
  SetTransferPolicy(v1::CALLBACK_KIND_NONE);
  HashedTransfer();
  v1::SendCallbackRequest request;
  v1::SendCallbackResponse response;
  const auto send = [&] {
    return Order(&v1::SandboxService::Stub::SendCallback, request, &response);
  };
  request.set_order_id("999999");
  EXPECT_EQ(send(), grpc::NOT_FOUND);
  request.set_order_id(kOrder);
  EXPECT_EQ(send(), grpc::OK);
  EXPECT_EQ(response.http_status(), 200);
  EXPECT_EQ(JsonMember(merchant_.Next().body, "code"), "ok");
  request.set_status(1);
  request.set_message("no such thing");
  request.set_access_token("another");
  EXPECT_EQ(send(), grpc::OK);
  const std::string lie = merchant_.Next().body;
  EXPECT_EQ(JsonMember(lie, "code"), "error");
  EXPECT_EQ(JsonMember(lie, "reason"), "no such thing");
  EXPECT_EQ(JsonMember(lie, "secret_hash"), "another");
  request.set_hold_id("1");
  EXPECT_EQ(send(), grpc::INVALID_ARGUMENT);
}

TEST_F(EpayCallbackTest, RefusesPoliciesThatCannotBe) {
  v1::SetCallbackPolicyRequest request;
  v1::SetCallbackPolicyResponse response;
  request.mutable_transfer()->set_copies(1);
  EXPECT_EQ(Order(&v1::SandboxService::Stub::SetCallbackPolicy, request, &response),
            grpc::INVALID_ARGUMENT);
  EXPECT_EQ(error_, "transfer.copies: 2 to 100");
}

TEST_F(EpayCallbackTest, AreOffIfStartedSo) {
  Sandbox::Options options = DefaultOptions();
  options.epay.transfer_callbacks = false;
  Restart(options);
  HashedTransfer();
  EXPECT_EQ(Totals().callbacks_sent(), 0);
}

}  // namespace
}  // namespace payments::sandbox
