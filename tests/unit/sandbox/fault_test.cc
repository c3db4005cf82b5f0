// Every planned fault, over a real socket, and what the ledger says of it.

#include <gtest/gtest.h>

#include <thread>

#include "tests/unit/sandbox/sandbox_fixture.h"

namespace payments::sandbox {
namespace {

using FaultTest = SandboxTest;

constexpr int64_t kAmount = 100'000;

TEST_F(FaultTest, AnswersTheOrderedCodeOnce) {
  const std::string card = ActiveCard();
  v1::Fault fault;
  fault.set_kind(v1::FAULT_KIND_BUSINESS_ERROR);
  fault.set_code("STPIMS-ERR-112");
  Plan(v1::METHOD_HOLD_CREATE, fault);
  const SoapAnswer answer = HoldCreate(card, kAmount);
  EXPECT_EQ(answer.http.status, 200);
  EXPECT_EQ(answer.code(), "STPIMS-ERR-112");
  EXPECT_EQ(answer.Get("Description"), "Insufficient funds");
  EXPECT_EQ(Totals().holds(), 0);
  EXPECT_EQ(Counts(v1::METHOD_HOLD_CREATE).declined(), 1);
  EXPECT_EQ(HoldCreate(card, kAmount).code(), "OK");
}

TEST_F(FaultTest, UsesPlansInOrderAndOnlyForTheirMethod) {
  const std::string hold = Held(kAmount);
  v1::Fault fault;
  fault.set_kind(v1::FAULT_KIND_BUSINESS_ERROR);
  fault.set_code("STPIMS-ERR-777");
  fault.set_description("as <ordered>");
  Plan(v1::METHOD_HOLD_CHECK, fault, 2);
  Plan(v1::METHOD_HOLD_CHECK, v1::FAULT_KIND_SOAP_FAULT);
  EXPECT_EQ(HoldCheck("holdId", hold).Get("Description"), "as &lt;ordered&gt;");
  EXPECT_EQ(HoldCheck("holdId", hold).code(), "STPIMS-ERR-777");
  EXPECT_EQ(HoldCheck("holdId", hold).http.status, 500);
  EXPECT_EQ(HoldCheck("holdId", hold).code(), "OK");
}

TEST_F(FaultTest, ARefusedCallUsesNoPlan) {
  Plan(v1::METHOD_REGISTER_CARD, v1::FAULT_KIND_DROP_BEFORE_APPLY);
  EXPECT_EQ(RegisterCard({{"CardNumber", "1"}}).code(), "STPIMS-ERR-009");
  EXPECT_EQ(RegisterCard().http.status, 0);
}

TEST_F(FaultTest, PlansUntilCleared) {
  v1::PlanFaultRequest request;
  v1::PlanFaultResponse response;
  request.set_method(v1::METHOD_REGISTER_CARD);
  request.mutable_fault()->set_kind(v1::FAULT_KIND_GARBAGE);
  request.set_until_cleared(true);
  EXPECT_EQ(Order(&v1::SandboxService::Stub::PlanFault, request, &response), grpc::OK);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(RegisterCard().code(), "");
  v1::ClearFaultsRequest clear;
  v1::ClearFaultsResponse cleared;
  clear.set_method(v1::METHOD_HOLD_CREATE);
  EXPECT_EQ(Order(&v1::SandboxService::Stub::ClearFaults, clear, &cleared), grpc::OK);
  EXPECT_EQ(RegisterCard().code(), "");
  clear.clear_method();
  EXPECT_EQ(Order(&v1::SandboxService::Stub::ClearFaults, clear, &cleared), grpc::OK);
  EXPECT_EQ(RegisterCard().code(), "OK");
}

TEST_F(FaultTest, AppliesThenDrops) {
  const std::string hold = Held(kAmount);
  Plan(v1::METHOD_HOLD_PAYMENT, v1::FAULT_KIND_APPLY_THEN_DROP);
  const SoapAnswer answer = HoldPayment(hold, "1");
  EXPECT_TRUE(answer.http.connected);
  EXPECT_EQ(answer.http.status, 0);
  EXPECT_EQ(answer.http.body, "");
  EXPECT_EQ(HoldOf(hold).state(), v1::HOLD_STATE_CAPTURED);
  EXPECT_EQ(Counts(v1::METHOD_HOLD_PAYMENT).applied(), 1);
}

TEST_F(FaultTest, DropsBeforeApplying) {
  const std::string hold = Held(kAmount);
  Plan(v1::METHOD_HOLD_PAYMENT, v1::FAULT_KIND_DROP_BEFORE_APPLY);
  EXPECT_EQ(HoldPayment(hold, "1").http.status, 0);
  EXPECT_EQ(HoldOf(hold).state(), v1::HOLD_STATE_HELD);
  EXPECT_EQ(Counts(v1::METHOD_HOLD_PAYMENT).lost(), 1);
  EXPECT_EQ(Counts(v1::METHOD_HOLD_PAYMENT).applied(), 0);
}

TEST_F(FaultTest, AnswersGarbage) {
  const std::string hold = Held(kAmount);
  Plan(v1::METHOD_HOLD_PAYMENT, v1::FAULT_KIND_GARBAGE);
  const SoapAnswer answer = HoldPayment(hold, "1");
  EXPECT_EQ(answer.http.status, 200);
  EXPECT_EQ(answer.http.body.find("Envelope"), std::string::npos);
  EXPECT_EQ(HoldOf(hold).state(), v1::HOLD_STATE_HELD);
}

TEST_F(FaultTest, AppliesFirstIfAsked) {
  const std::string hold = Held(kAmount);
  v1::Fault fault;
  fault.set_kind(v1::FAULT_KIND_GARBAGE);
  fault.set_apply_first(true);
  Plan(v1::METHOD_HOLD_PAYMENT, fault);
  EXPECT_EQ(HoldPayment(hold, "1").code(), "");
  EXPECT_EQ(HoldOf(hold).state(), v1::HOLD_STATE_CAPTURED);
}

TEST_F(FaultTest, AnswersOtherHttpStatuses) {
  Plan(v1::METHOD_REGISTER_CARD, v1::FAULT_KIND_HTTP_STATUS);
  EXPECT_EQ(RegisterCard().http.status, 503);
  v1::Fault fault;
  fault.set_kind(v1::FAULT_KIND_HTTP_STATUS);
  fault.set_http_status(302);
  Plan(v1::METHOD_REGISTER_CARD, fault);
  EXPECT_EQ(RegisterCard().http.status, 302);
}

TEST_F(FaultTest, AnswersASoapFault) {
  Plan(v1::METHOD_REGISTER_CARD, v1::FAULT_KIND_SOAP_FAULT);
  const SoapAnswer answer = RegisterCard();
  EXPECT_EQ(answer.http.status, 500);
  EXPECT_NE(answer.http.body.find("<S:Fault>"), std::string::npos);
}

TEST_F(FaultTest, AnswersWithoutContent) {
  Plan(v1::METHOD_REGISTER_CARD, v1::FAULT_KIND_EMPTY_RETURN);
  EXPECT_NE(RegisterCard().http.body.find("<return/>"), std::string::npos);
  Plan(v1::METHOD_REGISTER_CARD, v1::FAULT_KIND_NO_RETURN);
  const SoapAnswer answer = RegisterCard();
  EXPECT_NE(answer.http.body.find("partnerRegisterCardIPSResponse"), std::string::npos);
  EXPECT_EQ(answer.http.body.find("return"), std::string::npos);
}

TEST_F(FaultTest, AnswersAnEntityBomb) {
  Plan(v1::METHOD_REGISTER_CARD, v1::FAULT_KIND_ENTITY_BOMB);
  const SoapAnswer answer = RegisterCard();
  EXPECT_NE(answer.http.body.find("<!ENTITY e9"), std::string::npos);
  EXPECT_NE(answer.http.body.find("&e9;"), std::string::npos);
}

TEST_F(FaultTest, AnswersAHundredMegabytes) {
  Plan(v1::METHOD_REGISTER_CARD, v1::FAULT_KIND_HUGE_ANSWER);
  const SoapAnswer answer = RegisterCard();
  EXPECT_EQ(answer.http.status, 200);
  EXPECT_GT(answer.http.body.size(), 100U << 20);
  EXPECT_LT(answer.http.body.size(), 101U << 20);
}

TEST_F(FaultTest, AnswersAWrongAmount) {
  const std::string hold = Held(kAmount);
  v1::Fault fault;
  fault.set_kind(v1::FAULT_KIND_WRONG_AMOUNT);
  fault.set_payment_amount_minor(7);
  Plan(v1::METHOD_HOLD_PAYMENT, fault);
  EXPECT_EQ(HoldPayment(hold, "1").Get("PaymentAmount"), "7");
  Plan(v1::METHOD_HOLD_CHECK, v1::FAULT_KIND_WRONG_AMOUNT);
  EXPECT_EQ(HoldCheck("partnerTrxId", "1").Get("PaymentAmount"), "100100");
  EXPECT_EQ(HoldOf(hold).captured_minor(), kAmount);
}

TEST_F(FaultTest, InProcessOfAnotherMethodAppliesNothing) {
  const std::string hold = Held(kAmount);
  Plan(v1::METHOD_HOLD_CANCEL, v1::FAULT_KIND_IN_PROCESS);
  EXPECT_EQ(HoldCancel(hold).code(), "STPIMS-ERR-065");
  EXPECT_EQ(HoldOf(hold).state(), v1::HOLD_STATE_HELD);
}

TEST_F(FaultTest, DelaysAnswersByTimers) {
  // The delay is far longer than the test: what is owed is dropped by the outage.
  v1::Fault fault;
  fault.mutable_delay()->set_seconds(3000);
  Plan(v1::METHOD_REGISTER_CARD, fault);
  struct Caller {
    FaultTest_DelaysAnswersByTimers_Test* test;
    SoapAnswer answer;
    void Run() { answer = test->RegisterCard(); }
  };
  Caller caller{this, {}};
  std::thread thread(&Caller::Run, &caller);
  while (Totals().cards() == 0) std::this_thread::yield();
  SetOutage(v1::OUTAGE_KIND_DROP);
  thread.join();
  EXPECT_EQ(caller.answer.http.status, 0);
  EXPECT_EQ(Totals().cards(), 1);
}

TEST_F(FaultTest, AnswersAfterTheLatency) {
  v1::SetLatencyRequest request;
  v1::SetLatencyResponse response;
  request.mutable_latency()->set_nanos(30'000'000);
  EXPECT_EQ(Order(&v1::SandboxService::Stub::SetLatency, request, &response), grpc::OK);
  const absl::Duration before = clock_.Monotonic();
  EXPECT_EQ(RegisterCard().code(), "OK");
  EXPECT_GE(clock_.Monotonic() - before, absl::Milliseconds(30));
}

TEST_F(FaultTest, DropsEverythingDuringAnOutage) {
  SetOutage(v1::OUTAGE_KIND_DROP);
  const SoapAnswer answer = RegisterCard();
  EXPECT_TRUE(answer.http.connected);
  EXPECT_EQ(answer.http.status, 0);
  EXPECT_EQ(Totals().cards(), 0);
  SetOutage(v1::OUTAGE_KIND_NONE);
  EXPECT_EQ(RegisterCard().code(), "OK");
}

TEST_F(FaultTest, RefusesConnectionsDuringAnOutageAndComesBackOnTheSamePort) {
  const uint16_t port = sandbox_->http_port();
  SetOutage(v1::OUTAGE_KIND_REFUSE);
  EXPECT_FALSE(RegisterCard().http.connected);
  SetOutage(v1::OUTAGE_KIND_REFUSE);
  SetOutage(v1::OUTAGE_KIND_NONE);
  EXPECT_EQ(sandbox_->http_port(), port);
  EXPECT_EQ(RegisterCard().code(), "OK");
}

}  // namespace
}  // namespace payments::sandbox
