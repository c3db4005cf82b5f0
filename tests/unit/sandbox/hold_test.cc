// The life of a hold, over a real socket.

#include <gtest/gtest.h>

#include "tests/unit/sandbox/sandbox_fixture.h"

namespace payments::sandbox {
namespace {

using HoldTest = SandboxTest;

constexpr int64_t kAmount = 100'000;

TEST_F(HoldTest, RegistersACardThatMustBeConfirmedFirst) {
  const SoapAnswer registered = RegisterCard();
  EXPECT_EQ(registered.code(), "OK");
  EXPECT_EQ(registered.Get("Pan"), "4719*****3250");
  const std::string card = registered.Get("CardToken");
  EXPECT_EQ(HoldCreate(card, kAmount).code(), "STPIMS-ERR-067");

  v1::ConfirmCardRequest request;
  v1::ConfirmCardResponse response;
  request.set_card_token(card);
  EXPECT_EQ(Order(&v1::SandboxService::Stub::ConfirmCard, request, &response), grpc::OK);
  EXPECT_EQ(HoldCreate(card, kAmount).code(), "OK");
  EXPECT_EQ(Order(&v1::SandboxService::Stub::ConfirmCard, request, &response),
            grpc::FAILED_PRECONDITION);
}

TEST_F(HoldTest, KnowsNoOtherCard) {
  EXPECT_EQ(HoldCreate("0123456789abcdef", kAmount).code(), "STPIMS-ERR-004");
}

TEST_F(HoldTest, HoldsCapturesAndTells) {
  const std::string hold = Held(kAmount);
  EXPECT_EQ(hold.size(), 16U);
  SoapAnswer check = HoldCheck("holdId", hold);
  EXPECT_EQ(check.code(), "OK");
  EXPECT_FALSE(check.Has("TransactionId"));
  EXPECT_FALSE(check.Has("PaymentAmount"));

  const SoapAnswer captured = HoldPayment(hold, "12345678");
  EXPECT_EQ(captured.code(), "OK");
  EXPECT_FALSE(captured.Get("TransactionId").empty());
  EXPECT_EQ(captured.Get("ProcessTrxId").size(), 12U);
  EXPECT_EQ(captured.Get("PartnerTrxId"), "12345678");
  EXPECT_EQ(captured.Get("PaymentAmount"), "100000");
  EXPECT_EQ(captured.Get("ServiceId"), "628");
  EXPECT_FALSE(captured.Get("CardToken").empty());
  EXPECT_EQ(captured.Get("PaymentDate").size(), 19U);

  for (const auto& [type, target] : Fields{{"holdId", hold}, {"partnerTrxId", "12345678"}}) {
    check = HoldCheck(type, target);
    EXPECT_EQ(check.code(), "OK") << type;
    EXPECT_EQ(check.Get("TransactionId"), captured.Get("TransactionId"));
    EXPECT_EQ(check.Get("PaymentAmount"), "100000");
    EXPECT_EQ(check.Get("PaymentDate"), captured.Get("PaymentDate"));
  }
  const v1::Hold known = HoldOf(hold);
  EXPECT_EQ(known.state(), v1::HOLD_STATE_CAPTURED);
  EXPECT_EQ(known.capture_count(), 1);
  EXPECT_EQ(known.captured_minor(), kAmount);
  EXPECT_EQ(Totals().captured_minor(), kAmount);
  EXPECT_EQ(Totals().held_minor(), 0);
}

TEST_F(HoldTest, TakesMoneyOnce) {
  const std::string hold = Held(kAmount);
  EXPECT_EQ(HoldPayment(hold, "1").code(), "OK");
  EXPECT_EQ(HoldPayment(hold, "1").code(), "STPIMS-ERR-092");
  EXPECT_EQ(HoldPayment(hold, "2").code(), "STPIMS-ERR-092");
  EXPECT_EQ(HoldCancel(hold).code(), "STPIMS-ERR-092");
  EXPECT_EQ(HoldOf(hold).capture_count(), 1);
  EXPECT_EQ(Totals().captured_minor(), kAmount);
  EXPECT_EQ(Totals().movements(), 2);
}

TEST_F(HoldTest, UsesAPartnerTrxIdOnce) {
  const std::string first = Held(kAmount);
  const std::string second = Held(kAmount);
  EXPECT_EQ(HoldPayment(first, "7").code(), "OK");
  EXPECT_EQ(HoldPayment(second, "7").code(), "ERROR");
  EXPECT_EQ(HoldOf(second).state(), v1::HOLD_STATE_HELD);
  EXPECT_EQ(Totals().captured_minor(), kAmount);
  EXPECT_EQ(HoldPayment(second, "8").code(), "OK");
}

TEST_F(HoldTest, CancelsOnce) {
  const std::string hold = Held(kAmount);
  EXPECT_EQ(HoldCancel(hold).code(), "OK");
  EXPECT_EQ(HoldCancel(hold).code(), "STPIMS-ERR-092");
  EXPECT_EQ(HoldPayment(hold, "1").code(), "STPIMS-ERR-092");
  EXPECT_EQ(HoldCheck("holdId", hold).code(), "STPIMS-ERR-092");
  EXPECT_EQ(HoldOf(hold).cancel_count(), 1);
  EXPECT_EQ(Totals().held_minor(), 0);
  EXPECT_EQ(Totals().captured_minor(), 0);
}

TEST_F(HoldTest, KnowsNoOtherHold) {
  EXPECT_EQ(HoldPayment("1111111111111111", "1").code(), "ERROR");
  EXPECT_EQ(HoldCancel("1111111111111111").code(), "ERROR");
  EXPECT_EQ(HoldCheck("holdId", "1111111111111111").code(), "ERROR");
  EXPECT_EQ(HoldCheck("partnerTrxId", "1").code(), "ERROR");
}

TEST_F(HoldTest, ExpiresByItsOwnClock) {
  const std::string hold = Held(kAmount);
  MoveClock(59 * 60);
  EXPECT_EQ(HoldCheck("holdId", hold).code(), "OK");
  MoveClock(60 * 60 + 1);
  EXPECT_EQ(HoldCheck("holdId", hold).code(), "STPIMS-ERR-092");
  EXPECT_EQ(HoldPayment(hold, "1").code(), "STPIMS-ERR-092");
  EXPECT_EQ(HoldOf(hold).state(), v1::HOLD_STATE_EXPIRED);
  EXPECT_EQ(Totals().held_minor(), 0);
}

TEST_F(HoldTest, ResolvesAHoldInProcess) {
  v1::Fault fault;
  fault.set_kind(v1::FAULT_KIND_IN_PROCESS);
  fault.mutable_resolve_after()->set_seconds(600);
  const std::string card = ActiveCard();
  Plan(v1::METHOD_HOLD_CREATE, fault);
  const SoapAnswer created = HoldCreate(card, kAmount);
  EXPECT_EQ(created.code(), "STPIMS-ERR-065");
  const std::string hold = created.Get("HoldId");
  EXPECT_EQ(HoldCheck("holdId", hold).code(), "STPIMS-ERR-065");
  EXPECT_EQ(HoldPayment(hold, "1").code(), "ERROR");
  EXPECT_EQ(HoldCancel(hold).code(), "ERROR");
  EXPECT_EQ(Totals().held_minor(), 0);
  MoveClock(600);
  EXPECT_EQ(HoldCheck("holdId", hold).code(), "OK");
  EXPECT_EQ(Totals().held_minor(), kAmount);
}

TEST_F(HoldTest, FailsAHoldInProcess) {
  v1::Fault fault;
  fault.set_kind(v1::FAULT_KIND_IN_PROCESS);
  fault.mutable_resolve_after()->set_seconds(600);
  fault.set_resolve_as_failed(true);
  fault.set_omit_hold_id(true);
  const std::string card = ActiveCard();
  Plan(v1::METHOD_HOLD_CREATE, fault);
  const SoapAnswer created = HoldCreate(card, kAmount);
  EXPECT_EQ(created.code(), "STPIMS-ERR-065");
  EXPECT_FALSE(created.Has("HoldId"));
  MoveClock(600);
  v1::ListHoldsResponse holds;
  EXPECT_EQ(Order(&v1::SandboxService::Stub::ListHolds, v1::ListHoldsRequest(), &holds), grpc::OK);
  ASSERT_EQ(holds.holds_size(), 1);
  EXPECT_EQ(holds.holds(0).state(), v1::HOLD_STATE_FAILED);
  EXPECT_EQ(HoldCheck("holdId", holds.holds(0).hold_id()).code(), "STPIMS-ERR-092");
  EXPECT_EQ(Totals().movements(), 0);
}

TEST_F(HoldTest, ResolvesACaptureInProcess) {
  const std::string hold = Held(kAmount);
  v1::Fault fault;
  fault.set_kind(v1::FAULT_KIND_IN_PROCESS);
  fault.mutable_resolve_after()->set_seconds(600);
  Plan(v1::METHOD_HOLD_PAYMENT, fault);
  EXPECT_EQ(HoldPayment(hold, "1").code(), "STPIMS-ERR-065");
  EXPECT_EQ(HoldPayment(hold, "2").code(), "STPIMS-ERR-065");
  EXPECT_EQ(HoldCheck("partnerTrxId", "1").code(), "STPIMS-ERR-065");
  EXPECT_EQ(HoldCheck("holdId", hold).code(), "STPIMS-ERR-065");
  EXPECT_EQ(HoldCancel(hold).code(), "ERROR");
  MoveClock(600);
  EXPECT_EQ(HoldCheck("partnerTrxId", "1").code(), "OK");
  EXPECT_EQ(HoldCheck("partnerTrxId", "2").code(), "ERROR");
  EXPECT_EQ(HoldOf(hold).capture_count(), 1);
}

TEST_F(HoldTest, FailsACaptureInProcess) {
  const std::string hold = Held(kAmount);
  v1::Fault fault;
  fault.set_kind(v1::FAULT_KIND_IN_PROCESS);
  fault.mutable_resolve_after()->set_seconds(600);
  fault.set_resolve_as_failed(true);
  Plan(v1::METHOD_HOLD_PAYMENT, fault);
  EXPECT_EQ(HoldPayment(hold, "1").code(), "STPIMS-ERR-065");
  MoveClock(600);
  EXPECT_EQ(HoldCheck("partnerTrxId", "1").code(), "ERROR");
  EXPECT_EQ(HoldCheck("holdId", hold).code(), "OK");
  EXPECT_EQ(HoldPayment(hold, "2").code(), "OK");
}

}  // namespace
}  // namespace payments::sandbox
