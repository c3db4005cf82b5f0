// Planned faults of Epay's methods, and what the ledger says of them.

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/unit/sandbox/epay_fixture.h"

namespace payments::sandbox {
namespace {

constexpr char kOrder[] = "123456";

class EpayFaultTest : public EpayTest {
 protected:
  static v1::Fault BusinessError(const std::string& code, bool apply_first = false) {
    v1::Fault fault;
    fault.set_kind(v1::FAULT_KIND_BUSINESS_ERROR);
    fault.set_code(code);
    fault.set_apply_first(apply_first);
    return fault;
  }
  static v1::Fault ResolvesAtOnce(bool as_failed) {
    v1::Fault fault;
    fault.set_kind(v1::FAULT_KIND_IN_PROCESS);
    fault.mutable_resolve_after()->set_seconds(5);
    fault.set_resolve_as_failed(as_failed);
    return fault;
  }
  // A transfer that waits for its confirm, and the confirm's PaRes and MD.
  void AskForThreeDSecure() {
    Plan(v1::METHOD_EPAY_TRANSFER, v1::FAULT_KIND_THREE_D_SECURE);
    id_ = Transfer(kOrder, "100").Get("id");
    v1::AnswerThreeDSecureRequest request;
    request.set_order_id(kOrder);
    EXPECT_EQ(Order(&v1::SandboxService::Stub::AnswerThreeDSecure, request, &decision_), grpc::OK);
  }
  EpayReply ConfirmIt() { return Confirm(id_, decision_.pa_res(), decision_.md()); }

  std::string id_;
  v1::AnswerThreeDSecureResponse decision_;
};

TEST_F(EpayFaultTest, RefusesWithTheOrderedCodeOnce) {
  v1::Fault fault = BusinessError("491");
  fault.set_description("as ordered");
  Plan(v1::METHOD_EPAY_TRANSFER, fault);
  const EpayReply reply = Transfer(kOrder, "100");
  EXPECT_EQ(reply.http.status, 200);
  EXPECT_EQ(reply.Get("code"), "491");
  EXPECT_EQ(reply.Get("message"), "as ordered");
  EXPECT_EQ(reply.Get("id"), "");
  EXPECT_EQ(TransferOf(kOrder).state(), v1::TRANSFER_STATE_FAILED);
  EXPECT_EQ(Counts(v1::METHOD_EPAY_TRANSFER).declined(), 1);
  EXPECT_EQ(Transfer("200000", "100").Get("status"), "AUTH");
}

TEST_F(EpayFaultTest, RefusesWhatItDid) {
  Plan(v1::METHOD_EPAY_TRANSFER, BusinessError("460", /*apply_first=*/true));
  EXPECT_EQ(Transfer(kOrder, "100").Get("code"), "460");
  EXPECT_EQ(TransferOf(kOrder).state(), v1::TRANSFER_STATE_DONE);
}

TEST_F(EpayFaultTest, AppliesThenDrops) {
  Plan(v1::METHOD_EPAY_TRANSFER, v1::FAULT_KIND_APPLY_THEN_DROP);
  const EpayReply reply = Transfer(kOrder, "100");
  EXPECT_TRUE(reply.http.connected);
  EXPECT_EQ(reply.http.status, 0);
  EXPECT_EQ(TransferOf(kOrder).movement_count(), 1);
  EXPECT_EQ(Counts(v1::METHOD_EPAY_TRANSFER).applied(), 1);
  // The callback tells what is true.
  EXPECT_EQ(JsonMember(merchant_.Next().body, "code"), "ok");
}

TEST_F(EpayFaultTest, DropsBeforeApplying) {
  Plan(v1::METHOD_EPAY_TRANSFER, v1::FAULT_KIND_DROP_BEFORE_APPLY);
  const std::string token = TransferToken(kOrder, "100");
  EXPECT_EQ(PostJson(kTransferPath, token, Body(kOrder, "100")).http.status, 0);
  EXPECT_EQ(Status(kOrder).Get("result.code"), "102");
  EXPECT_EQ(Counts(v1::METHOD_EPAY_TRANSFER).lost(), 1);
  // Nothing was executed: the token and the number are as good as before.
  EXPECT_EQ(PostJson(kTransferPath, token, Body(kOrder, "100")).Get("status"), "AUTH");
}

TEST_F(EpayFaultTest, AnswersWhatIsNoAnswer) {
  Plan(v1::METHOD_EPAY_TRANSFER, v1::FAULT_KIND_GARBAGE);
  EXPECT_EQ(Transfer("200001", "100").Get("code"), "");
  Plan(v1::METHOD_EPAY_TRANSFER, v1::FAULT_KIND_SOAP_FAULT);
  const EpayReply error = Transfer("200002", "100");
  EXPECT_EQ(error.http.status, 500);
  EXPECT_FALSE(error.Get("message").empty());
  Plan(v1::METHOD_EPAY_TRANSFER, v1::FAULT_KIND_EMPTY_RETURN);
  EXPECT_EQ(Transfer("200003", "100").http.body, "{}");
  Plan(v1::METHOD_EPAY_TRANSFER, v1::FAULT_KIND_NO_RETURN);
  EXPECT_EQ(Transfer("200004", "100").http.body, "null");
  Plan(v1::METHOD_EPAY_TRANSFER, v1::FAULT_KIND_ENTITY_BOMB);
  const EpayReply deep = Transfer("200005", "100");
  EXPECT_TRUE(absl::StrContains(deep.http.body, std::string(100'000, '[')));
  Plan(v1::METHOD_EPAY_TRANSFER, v1::FAULT_KIND_HTTP_STATUS);
  EXPECT_EQ(Transfer("200006", "100").http.status, 503);
  EXPECT_EQ(Totals().transfers(), 0);
}

TEST_F(EpayFaultTest, AnswersALot) {
  v1::Fault fault;
  fault.set_kind(v1::FAULT_KIND_HUGE_ANSWER);
  fault.set_body_bytes(1'000'000);
  fault.set_apply_first(true);
  Plan(v1::METHOD_EPAY_TRANSFER, fault);
  const EpayReply reply = Transfer(kOrder, "100");
  EXPECT_GT(reply.http.body.size(), 1'000'000U);
  EXPECT_EQ(reply.Get("id").size(), 1'000'000U);
  EXPECT_EQ(TransferOf(kOrder).state(), v1::TRANSFER_STATE_DONE);
}

TEST_F(EpayFaultTest, RefusesTheTokenOfATransfer) {
  v1::Fault fault;
  fault.set_kind(v1::FAULT_KIND_HTTP_STATUS);
  fault.set_http_status(401);
  Plan(v1::METHOD_EPAY_TRANSFER, fault);
  EXPECT_EQ(Transfer(kOrder, "100").http.status, 401);
  EXPECT_EQ(Transfer(kOrder, "100").Get("status"), "AUTH");
}

TEST_F(EpayFaultTest, SaysNothingOfATransferInProcess) {
  Plan(v1::METHOD_EPAY_TRANSFER, ResolvesAtOnce(/*as_failed=*/false));
  EXPECT_EQ(Transfer("200001", "100").Get("code"), "454");
  Plan(v1::METHOD_EPAY_TRANSFER, ResolvesAtOnce(/*as_failed=*/true));
  EXPECT_EQ(Transfer("200002", "100").Get("code"), "454");
  EXPECT_EQ(Status("200001").Get("result.code"), "103");
  MoveClock(6);
  EXPECT_EQ(Status("200001").Get("transaction.p2p.statusName"), "AUTH");
  EXPECT_EQ(Status("200002").Get("result.code"), "101");
  EXPECT_EQ(Totals().transferred_minor(), 10'000);
}

TEST_F(EpayFaultTest, AnswersAnotherAmount) {
  v1::Fault fault;
  fault.set_kind(v1::FAULT_KIND_WRONG_AMOUNT);
  Plan(v1::METHOD_EPAY_TRANSFER, fault);
  EXPECT_EQ(Transfer(kOrder, "100").Get("amount"), "101");
  fault.set_payment_amount_minor(5);
  Plan(v1::METHOD_EPAY_STATUS, fault);
  EXPECT_EQ(Status(kOrder).Get("transaction.p2p.amount"), "0.05");
  EXPECT_EQ(Totals().transferred_minor(), 10'000);
}

TEST_F(EpayFaultTest, AnswersInTheOtherSpelling) {
  v1::Fault fault;
  fault.set_other_spelling(true);
  Plan(v1::METHOD_EPAY_TOKEN, fault);
  Plan(v1::METHOD_EPAY_TRANSFER, fault);
  const EpayReply token = PostForm(kTokenPath, Form(TokenFields(kOrder, "100")));
  bool is_text = false;
  EXPECT_EQ(token.Get("expires_in", &is_text), "7200");
  EXPECT_TRUE(is_text);
  const EpayReply reply = PostJson(kTransferPath, token.Get("access_token"), Body(kOrder, "100"));
  EXPECT_EQ(reply.Get("amount", &is_text), "100");
  EXPECT_TRUE(is_text);
  EXPECT_EQ(reply.Get("code", &is_text), "0");
  EXPECT_TRUE(is_text);
  EXPECT_EQ(reply.Get("invoiceID"), kOrder);
}

TEST_F(EpayFaultTest, LosesConfirms) {
  AskForThreeDSecure();
  Plan(v1::METHOD_EPAY_CONFIRM, v1::FAULT_KIND_DROP_BEFORE_APPLY);
  Plan(v1::METHOD_EPAY_CONFIRM, v1::FAULT_KIND_APPLY_THEN_DROP);
  EXPECT_EQ(ConfirmIt().http.status, 0);
  EXPECT_EQ(TransferOf(kOrder).state(), v1::TRANSFER_STATE_THREE_D_SECURE);
  EXPECT_EQ(ConfirmIt().http.status, 0);
  EXPECT_EQ(TransferOf(kOrder).state(), v1::TRANSFER_STATE_DONE);
  EXPECT_EQ(Status(kOrder).Get("transaction.p2p.statusName"), "AUTH");
}

TEST_F(EpayFaultTest, SaysNothingOfAConfirmInProcess) {
  AskForThreeDSecure();
  Plan(v1::METHOD_EPAY_CONFIRM, ResolvesAtOnce(/*as_failed=*/false));
  EXPECT_TRUE(absl::StrContains(ConfirmIt().Header("Location"), "code=454"));
  EXPECT_TRUE(absl::StrContains(ConfirmIt().Header("Location"), "code=454"));
  EXPECT_EQ(Status(kOrder).Get("result.code"), "103");
  MoveClock(6);
  EXPECT_EQ(TransferOf(kOrder).movement_count(), 1);
}

TEST_F(EpayFaultTest, RefusesConfirms) {
  AskForThreeDSecure();
  Plan(v1::METHOD_EPAY_CONFIRM, BusinessError("484"));
  EXPECT_TRUE(absl::StrContains(ConfirmIt().Header("Location"), "code=484"));
  EXPECT_EQ(TransferOf(kOrder).code(), 484);
}

TEST_F(EpayFaultTest, OmitsTheAction) {
  v1::Fault fault;
  fault.set_kind(v1::FAULT_KIND_THREE_D_SECURE);
  fault.set_omit_action(true);
  Plan(v1::METHOD_EPAY_TRANSFER, fault);
  const EpayReply reply = Transfer(kOrder, "100");
  EXPECT_FALSE(reply.Get("secure3D.md").empty());
  EXPECT_EQ(reply.Get("secure3D.action"), "");
}

TEST_F(EpayFaultTest, RefusesTokens) {
  v1::Fault fault = BusinessError("invalid_scope");
  Plan(v1::METHOD_EPAY_TOKEN, fault);
  const EpayReply reply = PostForm(kTokenPath, Form(TokenFields(kOrder, "100")));
  EXPECT_EQ(reply.http.status, 400);
  EXPECT_EQ(reply.Get("error"), "invalid_scope");
  EXPECT_EQ(Counts(v1::METHOD_EPAY_TOKEN).declined(), 1);
}

TEST_F(EpayFaultTest, HidesOrders) {
  Transfer(kOrder, "100");
  Plan(v1::METHOD_EPAY_STATUS, BusinessError("102"));
  Plan(v1::METHOD_EPAY_STATUS, BusinessError("104"));
  v1::Fault fault;
  fault.set_status_name("REFUND");
  Plan(v1::METHOD_EPAY_STATUS, fault);
  Plan(v1::METHOD_EPAY_STATUS, v1::FAULT_KIND_IN_PROCESS);
  const EpayReply hidden = Status(kOrder);
  EXPECT_EQ(hidden.Get("result.code"), "102");
  EXPECT_EQ(hidden.Get("transaction"), "");
  EXPECT_EQ(Status(kOrder).Get("result.code"), "104");
  EXPECT_EQ(Status(kOrder).Get("transaction.p2p.statusName"), "REFUND");
  EXPECT_EQ(Status(kOrder).Get("result.code"), "103");
  EXPECT_EQ(Status(kOrder).Get("transaction.p2p.statusName"), "AUTH");
}

TEST_F(EpayFaultTest, ARefusedCallUsesNoPlan) {
  Plan(v1::METHOD_EPAY_TRANSFER, v1::FAULT_KIND_DROP_BEFORE_APPLY);
  EXPECT_EQ(PostJson(kTransferPath, "made-up", Body(kOrder, "100")).http.status, 401);
  EXPECT_EQ(PostJson(kTransferPath, TransferToken(kOrder, "100"), "{}").http.status, 400);
  EXPECT_EQ(Transfer(kOrder, "100").http.status, 0);
}

TEST_F(EpayFaultTest, AnswersAfterItsDelayAndTheLatency) {
  v1::SetLatencyRequest request;
  v1::SetLatencyResponse response;
  request.mutable_latency()->set_nanos(20'000'000);
  EXPECT_EQ(Order(&v1::SandboxService::Stub::SetLatency, request, &response), grpc::OK);
  v1::Fault fault;
  fault.mutable_delay()->set_nanos(30'000'000);
  const std::string token = TransferToken(kOrder, "100");
  Plan(v1::METHOD_EPAY_TRANSFER, fault);
  const absl::Duration before = clock_.Monotonic();
  EXPECT_EQ(PostJson(kTransferPath, token, Body(kOrder, "100")).Get("status"), "AUTH");
  EXPECT_GE(clock_.Monotonic() - before, absl::Milliseconds(50));
}

TEST_F(EpayFaultTest, OutagesAreOfBothProviders) {
  const std::string token = TransferToken(kOrder, "100");
  SetOutage(v1::OUTAGE_KIND_DROP);
  EXPECT_EQ(PostJson(kTransferPath, token, Body(kOrder, "100")).http.status, 0);
  SetOutage(v1::OUTAGE_KIND_REFUSE);
  EXPECT_FALSE(PostJson(kTransferPath, token, Body(kOrder, "100")).http.connected);
  SetOutage(v1::OUTAGE_KIND_NONE);
  EXPECT_EQ(PostJson(kTransferPath, token, Body(kOrder, "100")).Get("status"), "AUTH");
  EXPECT_EQ(RegisterCard().code(), "OK");
}

TEST_F(EpayFaultTest, ResetForgetsBothProviders) {
  const std::string token = TransferToken("200000", "100");
  EXPECT_EQ(Transfer(kOrder, "100").Get("status"), "AUTH");
  Held(100'000);
  Plan(v1::METHOD_EPAY_TRANSFER, v1::FAULT_KIND_GARBAGE);
  EXPECT_EQ(Totals().movements(), 2);
  v1::ResetResponse response;
  EXPECT_EQ(Order(&v1::SandboxService::Stub::Reset, v1::ResetRequest(), &response), grpc::OK);
  const v1::Totals totals = Totals();
  EXPECT_EQ(totals.transfers(), 0);
  EXPECT_EQ(totals.transferred_minor(), 0);
  EXPECT_EQ(totals.holds(), 0);
  EXPECT_EQ(totals.movements(), 0);
  EXPECT_EQ(PostJson(kTransferPath, token, Body("200000", "100")).http.status, 401);
  EXPECT_EQ(Transfer(kOrder, "100").Get("status"), "AUTH");
}

TEST_F(EpayFaultTest, ListsTransfersInPages) {
  for (const char* order : {"200001", "200002", "200003"}) Transfer(order, "100");
  v1::ListTransfersRequest request;
  v1::ListTransfersResponse response;
  request.set_page_size(2);
  EXPECT_EQ(Order(&v1::SandboxService::Stub::ListTransfers, request, &response), grpc::OK);
  ASSERT_EQ(response.transfers_size(), 2);
  EXPECT_EQ(response.transfers(0).order_id(), "200001");
  request.set_page_token(response.next_page_token());
  response.Clear();
  EXPECT_EQ(Order(&v1::SandboxService::Stub::ListTransfers, request, &response), grpc::OK);
  ASSERT_EQ(response.transfers_size(), 1);
  EXPECT_EQ(response.transfers(0).order_id(), "200003");
  EXPECT_EQ(response.next_page_token(), "");
}

}  // namespace
}  // namespace payments::sandbox
