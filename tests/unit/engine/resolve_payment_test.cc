#include <string>
#include <vector>

#include "server/engine/contradictions.h"
#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

using testing::HasSubstr;

// What an operator may say of a payment, and what comes of it.
class ResolvePaymentTest : public EngineTest {
 protected:
  // UNKNOWN, as the hold is of another amount; its name.
  std::string Disputed() {
    std::string name = Sent();
    http_.Answer("authorize", "ok hold_id=h1 amount=999");
    Settle();
    EXPECT_EQ(State(name), "UNKNOWN");
    return name;
  }
  // UNKNOWN, as the answer of the last thing sent was lost; its name.
  std::string HoldLost(v1::CaptureMode mode = v1::CAPTURE_MODE_MANUAL) {
    std::string name = Sent("r1", mode);
    http_.Answer("authorize", ScriptedHttp::kLost);
    Settle();
    EXPECT_EQ(State(name), "UNKNOWN");
    return name;
  }
  std::string CaptureLost() {
    std::string name = Authorized();
    Capture(name);
    http_.Answer("capture", ScriptedHttp::kLost);
    Settle();
    EXPECT_EQ(State(name), "UNKNOWN");
    return name;
  }
  // As a callback's check would, on the disk.
  void TellAnotherAmount(const std::string& name) {
    const StoredPayment stored = Stored(name);
    PaymentWrite write{stored.record, stored.schedule, {}};
    write.record.mutable_payment()->set_needs_review(true);
    write.record.add_contradictions()->set_detail("the provider states 998 UZS");
    MemoryStore::Disk::Log log;
    ASSERT_TRUE(disk_->CommitPayment(std::move(write), &log).ok());
  }
  // DECLINED, with something to review; its name.
  std::string DeclinedButHeld() {
    std::string name = Sent();
    http_.Answer("authorize", "declined code=51");
    Settle();
    http_.Always("check", "status hold=held hold_id=h1");
    Callback(PaymentUrl(), "notice status=0 hold_id=h1");
    EXPECT_EQ(State(name), "DECLINED");
    EXPECT_TRUE(Payment(name).needs_review());
    return name;
  }
};

TEST_F(ResolvePaymentTest, AWordEndsADisputeAndIsAudited) {
  const std::string name = Disputed();
  const v1::ResolvePaymentResponse answer = Resolve(name, v1::RESOLUTION_CANCELED).value();
  EXPECT_EQ(StateName(answer.payment().state()), "CANCELED");
  EXPECT_FALSE(answer.payment().needs_review());
  EXPECT_FALSE(answer.replayed());
  const v1::Event event = EventsOf(name).back();
  EXPECT_EQ(event.cause().kind(), v1::CAUSE_KIND_OPERATOR);
  EXPECT_EQ(event.cause().principal(), "tester");
  EXPECT_EQ(event.cause().detail(), "asked the bank");
  EXPECT_EQ(StateName(event.previous_payment_state()), "UNKNOWN");
  EXPECT_FALSE(Stored(name).schedule.has_due_time());
  EXPECT_TRUE(OpenContradictions(Stored(name).record).empty());
}

TEST_F(ResolvePaymentTest, EveryOutcomeMayBeStatedOfALostCapture) {
  struct Case {
    v1::Resolution resolution;
    const char* state;
    const char* operations;
  };
  const std::vector<Case> cases = {
      {v1::RESOLUTION_AUTHORIZED, "AUTHORIZED",
       "AUTHORIZE ANSWERED SUCCEEDED, CAPTURE SENT NOT_DONE"},
      {v1::RESOLUTION_SUCCEEDED, "SUCCEEDED",
       "AUTHORIZE ANSWERED SUCCEEDED, CAPTURE SENT SUCCEEDED"},
      {v1::RESOLUTION_CANCELED, "CANCELED", "AUTHORIZE ANSWERED SUCCEEDED, CAPTURE SENT NOT_DONE"},
      {v1::RESOLUTION_DECLINED, "DECLINED", "AUTHORIZE ANSWERED SUCCEEDED, CAPTURE SENT DECLINED"},
      {v1::RESOLUTION_EXPIRED, "EXPIRED", "AUTHORIZE ANSWERED SUCCEEDED, CAPTURE SENT NOT_DONE"},
  };
  for (size_t i = 0; i < cases.size(); ++i) {
    const std::string id = "r-" + std::to_string(i);
    const std::string name = Authorized(id);
    Capture(name);
    http_.Answer("capture", ScriptedHttp::kLost);
    Settle();
    ASSERT_EQ(State(name), "UNKNOWN");
    ASSERT_TRUE(Resolve(name, cases[i].resolution).status().ok());
    EXPECT_EQ(State(name), cases[i].state);
    EXPECT_EQ(Operations(name), cases[i].operations);
    EXPECT_EQ(Payment(name).has_failure(), i >= 3) << cases[i].state;
  }
}

TEST_F(ResolvePaymentTest, WhatIsNotImpliedStaysUnknown) {
  const std::string name = HoldLost();
  ASSERT_TRUE(Resolve(name, v1::RESOLUTION_EXPIRED).status().ok());
  EXPECT_EQ(Operations(name), "AUTHORIZE SENT UNKNOWN");
  EXPECT_EQ(Payment(name).failure().category(), v1::FAILURE_CATEGORY_NOT_EXECUTED);
}

TEST_F(ResolvePaymentTest, AnAgreedAmountIsNoDifferenceAnyMore) {
  const std::string name = Disputed();
  ASSERT_TRUE(Resolve(name, v1::RESOLUTION_AUTHORIZED).status().ok());
  EXPECT_EQ(State(name), "AUTHORIZED");
  EXPECT_TRUE(Payment(name).has_expire_time());
  http_.Always("check", "status hold=held hold_id=h1 amount=999");
  Callback(PaymentUrl(), "notice status=0 hold_id=h1");
  EXPECT_EQ(State(name), "AUTHORIZED") << "who repeats it undoes nothing";
  Capture(name);
  http_.Answer("capture", "ok amount=999");
  Settle();
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_FALSE(Payment(name).needs_review());
}

TEST_F(ResolvePaymentTest, AnotherAmountThanTheAgreedOneIsDisputedAgain) {
  const std::string name = Disputed();
  ASSERT_TRUE(Resolve(name, v1::RESOLUTION_AUTHORIZED).status().ok());
  http_.Always("check", "status hold=held hold_id=h1 amount=998");
  Callback(PaymentUrl(), "notice status=0 hold_id=h1");
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_TRUE(Payment(name).needs_review());
}

TEST_F(ResolvePaymentTest, CapturedElsewhereIsDisputedHoweverOftenItIsDenied) {
  const std::string name = Authorized();
  http_.Always("check", "status capture=captured hold_id=h-r1");
  for (int i = 0; i < 2; ++i) {
    LaterCallback(PaymentUrl(), "notice status=0 hold_id=h-r1");
    EXPECT_EQ(State(name), "UNKNOWN");
    EXPECT_TRUE(Payment(name).needs_review());
    ASSERT_TRUE(Resolve(name, v1::RESOLUTION_AUTHORIZED).status().ok());
  }
}

TEST_F(ResolvePaymentTest, AuthorizedWithAWishToCancelIsReleased) {
  const std::string name = Disputed();
  Cancel(name);
  ASSERT_TRUE(Payment(name).cancel_requested());
  http_.Always("cancel", "ok");
  const ResolveCall call = Resolve(name, v1::RESOLUTION_AUTHORIZED);
  EXPECT_EQ(StateName(call.value().payment().state()), "CANCELED");
  EXPECT_EQ(http_.Count("cancel"), 1);
  EXPECT_EQ(http_.Count("capture"), 0);
}

TEST_F(ResolvePaymentTest, AuthorizedIsRefusedForAutomaticPayments) {
  const std::string name = HoldLost(v1::CAPTURE_MODE_AUTOMATIC);
  const absl::Status status = Resolve(name, v1::RESOLUTION_AUTHORIZED).status();
  EXPECT_THAT(status, IsError(absl::StatusCode::kFailedPrecondition, "PAYMENT_STATE"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("never AUTHORIZED"));
  EXPECT_EQ(State(name), "UNKNOWN");
}

TEST_F(ResolvePaymentTest, AuthorizedIsRefusedWithoutTheHoldsReference) {
  const std::string name = HoldLost();
  const absl::Status status = Resolve(name, v1::RESOLUTION_AUTHORIZED).status();
  EXPECT_THAT(status, IsError(absl::StatusCode::kFailedPrecondition, "PAYMENT_STATE"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("provider_references"));
}

TEST_F(ResolvePaymentTest, WhileAnAnswerIsAwaitedItIsRefused) {
  const std::string name = Sent();
  for (const v1::Resolution resolution : {v1::RESOLUTION_CANCELED, v1::RESOLUTION_ACKNOWLEDGED}) {
    EXPECT_THAT(Resolve(name, resolution).status(),
                IsError(absl::StatusCode::kFailedPrecondition, "OPERATION_IN_PROGRESS"));
  }
  EXPECT_EQ(EventsOf(name).size(), 1U);
}

// A restarted server does not wait for the answer, but it may still be on its way.
TEST_F(ResolvePaymentTest, BeforeTheOperationIsOrphanedItIsRefusedAfterACrashToo) {
  const std::string name = Sent();
  Crash();
  Restart();
  EXPECT_THAT(Resolve(name, v1::RESOLUTION_CANCELED).status(),
              IsError(absl::StatusCode::kFailedPrecondition, "OPERATION_IN_PROGRESS"));
  RunFor(absl::Minutes(1));
  ASSERT_EQ(State(name), "UNKNOWN");
  EXPECT_TRUE(Resolve(name, v1::RESOLUTION_CANCELED).status().ok());
}

// The dispute ended the operation in the record, but its answer can still come.
TEST_F(ResolvePaymentTest, ADisputeWhoseAnswerIsAwaitedIsRefused) {
  const std::string name = Sent();
  http_.Always("check", "status hold=held hold_id=h1 amount=999");
  Callback(PaymentUrl(), "notice status=0 hold_id=h1");
  ASSERT_EQ(State(name), "UNKNOWN");
  EXPECT_THAT(Resolve(name, v1::RESOLUTION_CANCELED).status(),
              IsError(absl::StatusCode::kFailedPrecondition, "OPERATION_IN_PROGRESS"));
  http_.Answer("authorize", "ok hold_id=h1 amount=999");
  Settle();
  EXPECT_TRUE(Resolve(name, v1::RESOLUTION_CANCELED).status().ok());
}

TEST_F(ResolvePaymentTest, WhatTheProviderIsWorkingOnMayBeEnded) {
  const std::string name = Sent();
  http_.Answer("authorize", "in_process hold_id=h1");
  Settle();
  ASSERT_EQ(State(name), "PROCESSING");
  EXPECT_TRUE(Resolve(name, v1::RESOLUTION_DECLINED).status().ok());
  EXPECT_EQ(State(name), "DECLINED");
  EXPECT_EQ(Operations(name), "AUTHORIZE ANSWERED DECLINED");
  EXPECT_EQ(Payment(name).failure().category(), v1::FAILURE_CATEGORY_PROVIDER_DECLINED);
}

TEST_F(ResolvePaymentTest, AFinalStateIsAcknowledgedAndStays) {
  const std::string name = DeclinedButHeld();
  const size_t before = EventsOf(name).size();
  const ResolveCall call = Resolve(name, v1::RESOLUTION_ACKNOWLEDGED);
  EXPECT_EQ(StateName(call.value().payment().state()), "DECLINED");
  EXPECT_FALSE(call.value().payment().needs_review());
  EXPECT_FALSE(call.value().replayed());
  EXPECT_EQ(EventsOf(name).size(), before + 1);
  EXPECT_EQ(EventsOf(name).back().cause().kind(), v1::CAUSE_KIND_OPERATOR);
  // The provider repeats itself: an operator has seen that.
  Callback(PaymentUrl(), "notice status=0 hold_id=h1");
  EXPECT_FALSE(Payment(name).needs_review());
  EXPECT_EQ(EventsOf(name).size(), before + 1);
}

TEST_F(ResolvePaymentTest, StatingTheStateItHasAcknowledges) {
  const std::string name = DeclinedButHeld();
  EXPECT_FALSE(Resolve(name, v1::RESOLUTION_DECLINED).value().replayed());
  EXPECT_FALSE(Payment(name).needs_review());
  EXPECT_TRUE(Resolve(name, v1::RESOLUTION_DECLINED).value().replayed());
}

TEST_F(ResolvePaymentTest, AnotherOutcomeOfAFinalPaymentIsRefused) {
  const std::string name = DeclinedButHeld();
  const absl::Status status = Resolve(name, v1::RESOLUTION_SUCCEEDED).status();
  EXPECT_THAT(status, IsError(absl::StatusCode::kFailedPrecondition, "PAYMENT_STATE"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("acknowledge"));
  EXPECT_EQ(Metadata(status, "state"), "DECLINED");
  EXPECT_TRUE(Payment(name).needs_review());
}

TEST_F(ResolvePaymentTest, AcknowledgingNothingIsAReplay) {
  const std::string name = Authorized();
  const size_t before = EventsOf(name).size();
  for (const v1::Resolution resolution : {v1::RESOLUTION_ACKNOWLEDGED, v1::RESOLUTION_AUTHORIZED}) {
    EXPECT_TRUE(Resolve(name, resolution, "an old etag").value().replayed());
  }
  EXPECT_EQ(EventsOf(name).size(), before);
}

TEST_F(ResolvePaymentTest, LookingDoesNotEndADispute) {
  const std::string name = Disputed();
  const absl::Status status = Resolve(name, v1::RESOLUTION_ACKNOWLEDGED).status();
  EXPECT_THAT(status, IsError(absl::StatusCode::kFailedPrecondition, "PAYMENT_STATE"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("state the outcome"));
  EXPECT_TRUE(Payment(name).needs_review());
}

TEST_F(ResolvePaymentTest, AnAuthorizedPaymentIsCapturedOrCanceledNotResolved) {
  const std::string name = Authorized();
  const absl::Status status = Resolve(name, v1::RESOLUTION_SUCCEEDED).status();
  EXPECT_THAT(status, IsError(absl::StatusCode::kFailedPrecondition, "PAYMENT_STATE"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("capture or cancel"));
}

TEST_F(ResolvePaymentTest, AnotherEtagIsRefused) {
  const std::string name = CaptureLost();
  EXPECT_THAT(Resolve(name, v1::RESOLUTION_SUCCEEDED, "an old etag").status(),
              IsError(absl::StatusCode::kAborted, "ETAG_MISMATCH"));
  EXPECT_TRUE(Resolve(name, v1::RESOLUTION_SUCCEEDED, Payment(name).etag()).status().ok());
}

// An amount that is agreed to without having been seen would be believed from then on.
TEST_F(ResolvePaymentTest, WhatCameAfterTheLookIsNotAcknowledgedUnseen) {
  const std::string name = Disputed();
  const std::string seen = Payment(name).etag();
  http_.Always("check", "status hold=held hold_id=h1 amount=998");
  Callback(PaymentUrl(), "notice status=0 hold_id=h1");
  ASSERT_EQ(OpenContradictions(Stored(name).record).size(), 2U);
  EXPECT_THAT(Resolve(name, v1::RESOLUTION_AUTHORIZED, seen).status(),
              IsError(absl::StatusCode::kAborted, "ETAG_MISMATCH"));
  EXPECT_EQ(OpenContradictions(Stored(name).record).size(), 2U);
}

TEST_F(ResolvePaymentTest, WithoutAnEtagWhatNeedsReviewIsNotTouched) {
  const std::string name = DeclinedButHeld();
  const absl::Status status = Resolve(name, v1::RESOLUTION_ACKNOWLEDGED, "").status();
  EXPECT_THAT(status, IsError(absl::StatusCode::kInvalidArgument, "INVALID_FIELD"));
  EXPECT_EQ(ViolatedFields(status), std::vector<std::string>{"etag"});
  EXPECT_TRUE(Payment(name).needs_review());
}

TEST_F(ResolvePaymentTest, WithoutContradictionsNoEtagIsNeeded) {
  const std::string name = CaptureLost();
  EXPECT_TRUE(Resolve(name, v1::RESOLUTION_SUCCEEDED, "").status().ok());
}

// Judged again by what he has not seen, his word would acknowledge that too.
TEST_F(ResolvePaymentTest, AChangeDuringTheCommitIsNotOverruled) {
  const std::string name = CaptureLost();
  ResolveCall call;
  v1::ResolvePaymentRequest request;
  request.set_name(name);
  request.set_resolution(v1::RESOLUTION_SUCCEEDED);
  request.set_reason("asked the bank");
  // Between his reading and his commit another amount is told.
  int calls = 0;
  store_->SetFaults([&] {
    if (++calls == 2) TellAnotherAmount(name);
    return MemoryStore::Fault::kNone;
  });
  engine_->ResolvePayment({kTenant, "tester"}, std::move(request),
                          executor_.Now() + absl::Minutes(2), call.done());
  Settle();
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kAborted, "ETAG_MISMATCH"));
  EXPECT_EQ(Metadata(call.status(), "provider_called"), "false");
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_TRUE(Payment(name).needs_review());
}

TEST_F(ResolvePaymentTest, AnUnknownPaymentIsNotFound) {
  EXPECT_THAT(Resolve("payments/nobody", v1::RESOLUTION_CANCELED).status(),
              IsError(absl::StatusCode::kNotFound, "PAYMENT_NOT_FOUND"));
}

TEST_F(ResolvePaymentTest, NothingIsResolvedWhileDraining) {
  const std::string name = HoldLost();
  engine_->Drain([] {});
  EXPECT_THAT(Resolve(name, v1::RESOLUTION_CANCELED).status(),
              IsError(absl::StatusCode::kUnavailable, "DRAINING"));
}

// -- Later evidence --------------------------------------------------------------------

TEST_F(ResolvePaymentTest, HeldAfterASucceededByWordIsTold) {
  const std::string name = CaptureLost();
  ASSERT_TRUE(Resolve(name, v1::RESOLUTION_SUCCEEDED).status().ok());
  http_.Always("check", "status hold=held capture=not_known hold_id=h-r1");
  Callback(PaymentUrl(), "notice status=0 hold_id=h-r1");
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_TRUE(Payment(name).needs_review());
  EXPECT_EQ(observer_.contradictions.back(), "contradicts SUCCEEDED: held");
}

TEST_F(ResolvePaymentTest, CapturedAfterACanceledByWordIsTold) {
  const std::string name = CaptureLost();
  ASSERT_TRUE(Resolve(name, v1::RESOLUTION_CANCELED).status().ok());
  http_.Always("check", "status capture=captured hold_id=h-r1");
  Callback(PaymentUrl(), "notice status=0 hold_id=h-r1");
  EXPECT_EQ(State(name), "CANCELED");
  EXPECT_TRUE(Payment(name).needs_review());
}

TEST_F(ResolvePaymentTest, HeldAfterACanceledByWordIsToldAlthoughAReleaseWasAsked) {
  const std::string name = Authorized();
  http_.Always("cancel", ScriptedHttp::kLost);
  http_.Always("check", ScriptedHttp::kLost);
  Cancel(name);
  ASSERT_EQ(State(name), "UNKNOWN");
  ASSERT_TRUE(Resolve(name, v1::RESOLUTION_CANCELED).status().ok());
  http_.Always("check", "status hold=held hold_id=h-r1");
  Callback(PaymentUrl(), "notice status=0 hold_id=h-r1");
  EXPECT_EQ(State(name), "CANCELED");
  EXPECT_TRUE(Payment(name).needs_review());
}

}  // namespace
}  // namespace payments
