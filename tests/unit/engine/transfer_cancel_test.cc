#include "tests/unit/engine/transfer_fixture.h"

namespace payments {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Rule 9: cancelling before a confirmation was sent means that none will be.
using TransferCancelTest = TransferTest;

TEST_F(TransferCancelTest, WhileThePayerActsItIsWithdrawnWithoutAWord) {
  const std::string name = Waiting();
  const CancelCallResult call = Cancel(name);
  EXPECT_EQ(StateName(call.value().payment().state()), "CANCELED");
  EXPECT_TRUE(Payment(name).cancel_requested());
  EXPECT_EQ(Operations(name), "TRANSFER ANSWERED NOT_DONE");
  EXPECT_FALSE(Payment(name).has_next_action());
  EXPECT_EQ(http_.Count("cancel"), 0) << "nothing is held";
  EXPECT_THAT(Confirm(name).status(),
              IsError(absl::StatusCode::kFailedPrecondition, "PAYMENT_STATE"));
  EXPECT_EQ(http_.Count("confirm"), 0);
  EXPECT_TRUE(Cancel(name).value().replayed());
}

TEST_F(TransferCancelTest, WhileItRunsTheWishIsKeptAndThePayerIsNotAsked) {
  const CreateCall create = Transfer(TransferRequest());
  const std::string name = PaymentNames().front();
  Cancel(name);
  EXPECT_TRUE(Payment(name).cancel_requested());
  EXPECT_EQ(State(name), "PROCESSING");
  http_.Answer("transfer", "action md=md-1");
  Settle();
  EXPECT_EQ(State(name), "CANCELED");
  EXPECT_FALSE(Payment(name).has_next_action());
  EXPECT_EQ(StateName(create.value().payment().state()), "CANCELED");
}

TEST_F(TransferCancelTest, WhatWasDoneAllTheSameIsSaid) {
  const std::string name = SentTransfer();
  Cancel(name);
  http_.Answer("transfer", "ok");
  Settle();
  EXPECT_EQ(State(name), "SUCCEEDED");
}

TEST_F(TransferCancelTest, WhatWasNotSentIsCanceledAndItsIdIsBurnt) {
  const std::string name = SentTransfer();
  Cancel(name);
  http_.Answer("transfer", ScriptedHttp::kRefused);
  Settle();
  EXPECT_EQ(State(name), "CANCELED");
  Transfer(TransferRequest());
  EXPECT_EQ(http_.Count("transfer"), 1);
}

TEST_F(TransferCancelTest, WhileItsOutcomeIsUnknownTheWishIsKept) {
  const std::string name = AnsweredTransfer(ScriptedHttp::kLost);
  Cancel(name);
  EXPECT_TRUE(Payment(name).cancel_requested());
  EXPECT_EQ(State(name), "UNKNOWN");
  Checks("status transfer=declined");
  RunFor(absl::Minutes(1));
  EXPECT_EQ(State(name), "DECLINED");
}

TEST_F(TransferCancelTest, AfterItsConfirmationWasSentItIsTooLate) {
  const std::string name = Confirming();
  const CancelCallResult running = Cancel(name);
  EXPECT_THAT(running.status(),
              IsError(absl::StatusCode::kFailedPrecondition, "OPERATION_IN_PROGRESS"));
  http_.Answer("confirm", ScriptedHttp::kLost);
  Settle();
  EXPECT_THAT(Cancel(name).status(),
              IsError(absl::StatusCode::kFailedPrecondition, "OPERATION_IN_PROGRESS"));
  EXPECT_FALSE(Payment(name).cancel_requested());
}

TEST_F(TransferCancelTest, AfterAConfirmationThatWasNotSentItIsNot) {
  const std::string name = Confirming();
  http_.Answer("confirm", ScriptedHttp::kRefused);
  Settle();
  Cancel(name);
  EXPECT_EQ(State(name), "CANCELED");
  EXPECT_EQ(Operations(name), "TRANSFER ANSWERED NOT_DONE, CONFIRM NOT_SENT NOT_DONE");
}

TEST_F(TransferCancelTest, InDoubtAfterItsConfirmationItIsTooLate) {
  const std::string name = Confirming();
  http_.Answer("confirm", "ok amount=1 currency=KZT");
  Settle();
  ASSERT_EQ(State(name), "UNKNOWN");
  EXPECT_THAT(Cancel(name).status(),
              IsError(absl::StatusCode::kFailedPrecondition, "OPERATION_IN_PROGRESS"));
}

TEST_F(TransferCancelTest, WhatIsOverCannotBeCanceled) {
  for (const std::string reply : {"ok", "declined"}) {
    const std::string name = AnsweredTransfer(reply, "r-" + reply);
    EXPECT_THAT(Cancel(name).status(),
                IsError(absl::StatusCode::kFailedPrecondition, "PAYMENT_STATE"));
  }
}

TEST_F(TransferCancelTest, CancelAndConfirmAtOnceEndInOneOfTheTwo) {
  constexpr int kInterleavings = 100;
  int confirmed = 0;
  for (int i = 0; i < kInterleavings; ++i) {
    const std::string name = Waiting("r" + std::to_string(i));
    v1::ConfirmPaymentRequest confirm;
    confirm.set_name(name);
    v1::CancelPaymentRequest cancel;
    cancel.set_name(name);
    ConfirmCallResult confirming;
    CancelCallResult canceling;
    const std::map<std::string, Secret> fields = {{"MD", Secret("md-1")},
                                                  {"PaRes", Secret(kPares)}};
    const absl::Time deadline = executor_.Now() + absl::Minutes(1);
    engine_->ConfirmPayment({kTenant, "tester"}, confirm, fields, deadline, confirming.done());
    engine_->CancelPayment({kTenant, "tester"}, cancel, deadline, canceling.done());
    Settle();
    const bool sent = http_.Count("confirm") > confirmed;
    ASSERT_EQ(State(name), sent ? "PROCESSING" : "CANCELED") << "interleaving " << i;
    ASSERT_EQ(canceling.status().ok(), !sent);
    if (!sent) continue;
    ++confirmed;
    http_.Answer("confirm", "ok");
    Settle();
  }
}

TEST_F(TransferCancelTest, ATransferIsNotCaptured) {
  const std::string name = Waiting();
  EXPECT_THAT(Capture(name).status(),
              IsError(absl::StatusCode::kFailedPrecondition, "PAYMENT_STATE"));
}

// -- An operator's word ---------------------------------------------------------------

using TransferResolveTest = TransferTest;

TEST_F(TransferResolveTest, ATransferIsNeverAuthorized) {
  const std::string name = AnsweredTransfer(ScriptedHttp::kLost);
  const ResolveCall call = Resolve(name, v1::RESOLUTION_AUTHORIZED);
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kFailedPrecondition, "PAYMENT_STATE"));
  EXPECT_THAT(std::string(call.status().message()), HasSubstr("holds nothing"));
  EXPECT_EQ(State(name), "UNKNOWN");
}

TEST_F(TransferResolveTest, AnUnknownOneEndsAsStated) {
  const std::string done = AnsweredTransfer(ScriptedHttp::kLost, "r1");
  Resolve(done, v1::RESOLUTION_SUCCEEDED);
  EXPECT_EQ(State(done), "SUCCEEDED");
  EXPECT_EQ(Operations(done), "TRANSFER SENT SUCCEEDED");
  const std::string refused = AnsweredTransfer(ScriptedHttp::kLost, "r2");
  Resolve(refused, v1::RESOLUTION_DECLINED);
  EXPECT_EQ(State(refused), "DECLINED");
  EXPECT_EQ(Operations(refused), "TRANSFER SENT DECLINED");
  const std::string withdrawn = AnsweredTransfer(ScriptedHttp::kLost, "r3");
  Resolve(withdrawn, v1::RESOLUTION_CANCELED);
  EXPECT_EQ(State(withdrawn), "CANCELED");
  EXPECT_EQ(Operations(withdrawn), "TRANSFER SENT NOT_DONE");
}

TEST_F(TransferResolveTest, WhatWaitsForThePayerEndsAsStatedAndIsNotConfirmed) {
  const std::string name = Waiting();
  const std::string url = HostedUrl(name);
  Resolve(name, v1::RESOLUTION_EXPIRED);
  EXPECT_EQ(State(name), "EXPIRED");
  EXPECT_FALSE(Payment(name).has_next_action());
  Finish(url);
  EXPECT_EQ(http_.Count("confirm"), 0);
}

TEST_F(TransferResolveTest, ALostConfirmEndsAsStated) {
  const std::string name = Confirming();
  EXPECT_THAT(Resolve(name, v1::RESOLUTION_SUCCEEDED).status(),
              IsError(absl::StatusCode::kFailedPrecondition, "OPERATION_IN_PROGRESS"));
  http_.Answer("confirm", ScriptedHttp::kLost);
  Settle();
  Resolve(name, v1::RESOLUTION_SUCCEEDED);
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_EQ(Operations(name), "TRANSFER ANSWERED SUCCEEDED, CONFIRM SENT SUCCEEDED");
}

TEST_F(TransferResolveTest, ADisputeEndsAsStated) {
  const std::string name = AnsweredTransfer("ok amount=1 currency=KZT");
  ASSERT_TRUE(Payment(name).needs_review());
  Resolve(name, v1::RESOLUTION_SUCCEEDED);
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_FALSE(Payment(name).needs_review());
}

TEST_F(TransferResolveTest, EvidenceAgainstWhatWasStatedIsTold) {
  const std::string name = AnsweredTransfer(ScriptedHttp::kLost);
  Resolve(name, v1::RESOLUTION_DECLINED);
  Checks("status transfer=succeeded");
  Callback(TransferUrl(), "notice status=0");
  EXPECT_EQ(State(name), "DECLINED");
  EXPECT_TRUE(Payment(name).needs_review());
  EXPECT_THAT(observer_.contradictions, ElementsAre("contradicts DECLINED: transferred"));
}

}  // namespace
}  // namespace payments
