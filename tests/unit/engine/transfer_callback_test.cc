#include "tests/unit/engine/transfer_fixture.h"

namespace payments {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Providers call back early, late, twice and wrongly.
class TransferCallbackTest : public TransferTest {
 protected:
  // A final transfer of which something else is learned now.
  void Contradict(const std::string& name, const std::string& reading) {
    const std::string state = State(name);
    Checks("status transfer=" + reading);
    EXPECT_EQ(Callback(TransferUrl(), "notice status=0"), 200);
    EXPECT_EQ(State(name), state) << "a final state stays";
  }
};

TEST_F(TransferCallbackTest, AnEarlyCallbackEndsItAndTheOwnAnswerAgrees) {
  const CreateCall call = Transfer(TransferRequest());
  const std::string name = PaymentNames().front();
  Checks("status transfer=succeeded tx=t1");
  EXPECT_EQ(Callback(TransferUrl(), "notice status=0 tx=t1"), 200);
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_EQ(StateName(call.value().payment().state()), "SUCCEEDED");
  http_.Answer("transfer", "ok tx=t1");
  Settle();
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_THAT(observer_.contradictions, IsEmpty());
  EXPECT_THAT(observer_.callbacks, ElementsAre("accepted"));
}

TEST_F(TransferCallbackTest, AnEarlyCallbackAndALostAnswerAgree) {
  const std::string name = SentTransfer();
  Checks("status transfer=succeeded");
  Callback(TransferUrl(), "notice status=0");
  http_.Answer("transfer", ScriptedHttp::kLost);
  Settle();
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_THAT(observer_.contradictions, IsEmpty());
}

TEST_F(TransferCallbackTest, AnEarlyCallbackAndARefusalContradict) {
  const std::string name = SentTransfer();
  Checks("status transfer=succeeded");
  Callback(TransferUrl(), "notice status=0");
  http_.Answer("transfer", "declined code=51");
  Settle();
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_TRUE(Payment(name).needs_review());
  EXPECT_THAT(observer_.contradictions, ElementsAre("contradicts SUCCEEDED: transfer declined"));
}

// The signature covers neither status nor amount: only the provider's own answer counts.
TEST_F(TransferCallbackTest, ACallbackIsOnlyAHint) {
  const std::string name = SentTransfer();
  Checks("status transfer=in_process");
  EXPECT_EQ(Callback(TransferUrl(), "notice status=0"), 200);
  EXPECT_EQ(State(name), "PROCESSING");
  http_.Answer("transfer", "declined");
  Settle();
  EXPECT_EQ(State(name), "DECLINED");
}

TEST_F(TransferCallbackTest, AForgedOneIsRefusedAndNobodyIsAsked) {
  const std::string name = Waiting();
  EXPECT_EQ(Callback(TransferUrl(), "forged"), 401);
  EXPECT_EQ(http_.Count("check"), 0);
  EXPECT_EQ(State(name), "ACTION_REQUIRED");
}

TEST_F(TransferCallbackTest, OneBeforeThePayersResultEndsIt) {
  const std::string name = Waiting();
  const std::string url = HostedUrl(name);
  Checks("status transfer=succeeded tx=t-r1");
  Callback(TransferUrl(), "notice status=0 tx=t-r1");
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_EQ(Finish(url).value().return_url, kReturnUrl);
  EXPECT_EQ(http_.Count("confirm"), 0);
}

// Nobody asks again until the payer's time is over: the next start does.
TEST_F(TransferCallbackTest, AnUnansweredOneWhileThePayerActsIsKept) {
  const std::string name = Waiting();
  Checks(ScriptedHttp::kLost);
  EXPECT_EQ(Callback(TransferUrl(), "notice status=0"), 200);
  EXPECT_THAT(observer_.callbacks, ElementsAre("unanswered"));
  Checks("status transfer=succeeded");
  Crash();
  Restart();
  EXPECT_EQ(State(name), "SUCCEEDED");
}

TEST_F(TransferCallbackTest, OneDuringTheConfirmationEndsItAndTheOwnAnswerAgrees) {
  const std::string name = Confirming();
  Checks("status transfer=succeeded tx=t-r1");
  Callback(TransferUrl(), "notice status=0 tx=t-r1");
  EXPECT_EQ(State(name), "SUCCEEDED");
  http_.Answer("confirm", "ok tx=t-r1");
  Settle();
  EXPECT_EQ(Operations(name), "TRANSFER ANSWERED SUCCEEDED, CONFIRM SENT SUCCEEDED");
  EXPECT_THAT(observer_.contradictions, IsEmpty());
}

TEST_F(TransferCallbackTest, AnotherReferenceIsDisputed) {
  const std::string name = Waiting();
  Callback(TransferUrl(), "notice status=0 tx=of-another");
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_TRUE(Payment(name).needs_review());
  EXPECT_EQ(http_.Count("check"), 0);
}

TEST_F(TransferCallbackTest, AReferenceOfAnotherPaymentIsDisputed) {
  AnsweredTransfer("ok tx=t1", "r1");
  const std::string name = AnsweredTransfer("ok tx=t1", "r2");
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_TRUE(Payment(name).needs_review());
}

// -- After the end -------------------------------------------------------------------

TEST_F(TransferCallbackTest, ARepeatedSuccessIsNoNews) {
  const std::string name = AnsweredTransfer("ok tx=t1");
  const int64_t sequence = Payment(name).sequence();
  Contradict(name, "succeeded tx=t1");
  EXPECT_EQ(Payment(name).sequence(), sequence);
  EXPECT_THAT(observer_.callbacks, ElementsAre("repeated"));
}

TEST_F(TransferCallbackTest, WhatWasGivenBackAfterASuccessNeedsReview) {
  const std::string name = AnsweredTransfer("ok");
  Contradict(name, "returned");
  EXPECT_TRUE(Payment(name).needs_review());
  EXPECT_THAT(observer_.contradictions, ElementsAre("contradicts SUCCEEDED: transfer returned"));
  EXPECT_TRUE(EventsOf(name).back().payment().needs_review());
}

TEST_F(TransferCallbackTest, ARefusalAfterASuccessNeedsReview) {
  const std::string name = AnsweredTransfer("ok");
  Contradict(name, "declined");
  EXPECT_TRUE(Payment(name).needs_review());
}

TEST_F(TransferCallbackTest, AnotherAmountAfterASuccessNeedsReview) {
  const std::string name = AnsweredTransfer("ok");
  Contradict(name, "succeeded amount=999 currency=KZT");
  EXPECT_TRUE(Payment(name).needs_review());
}

TEST_F(TransferCallbackTest, ASuccessAfterARefusalNeedsReview) {
  const std::string name = AnsweredTransfer("declined");
  Contradict(name, "succeeded");
  EXPECT_TRUE(Payment(name).needs_review());
}

TEST_F(TransferCallbackTest, ASuccessAfterACancelNeedsReview) {
  const std::string name = Waiting();
  Cancel(name);
  ASSERT_EQ(State(name), "CANCELED");
  Contradict(name, "succeeded");
  EXPECT_TRUE(Payment(name).needs_review());
}

TEST_F(TransferCallbackTest, AnActionThatStillWaitsAfterACancelIsNoNews) {
  const std::string name = Waiting();
  Cancel(name);
  Contradict(name, "action");
  EXPECT_FALSE(Payment(name).needs_review());
}

TEST_F(TransferCallbackTest, ASuccessAfterTheTimeRanOutNeedsReview) {
  const std::string name = Waiting();
  Checks("status transfer=action");
  RunFor(absl::Hours(1));
  ASSERT_EQ(State(name), "EXPIRED");
  Contradict(name, "succeeded");
  EXPECT_TRUE(Payment(name).needs_review());
}

// It was provably not sent, and yet the provider knows of it: the request_id is burnt.
TEST_F(TransferCallbackTest, AReferenceAfterFailedNeedsReviewAndEndsRetries) {
  const std::string name = AnsweredTransfer(ScriptedHttp::kRefused);
  ASSERT_EQ(State(name), "FAILED");
  Checks(ScriptedHttp::kLost);
  Callback(TransferUrl(), "notice status=0 tx=t1");
  EXPECT_EQ(State(name), "FAILED");
  EXPECT_TRUE(Payment(name).needs_review());
  const CreateCall again = Transfer(TransferRequest());
  EXPECT_THAT(again.status(), IsError(absl::StatusCode::kFailedPrecondition, "PAYMENT_STATE"));
  EXPECT_EQ(http_.Count("transfer"), 1);
}

}  // namespace
}  // namespace payments
