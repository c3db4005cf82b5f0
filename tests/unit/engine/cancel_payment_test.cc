#include "absl/strings/str_cat.h"
#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

// API.md, rules 8 and 9: releasing holds, and withdrawing what holds nothing yet.
using CancelPaymentTest = EngineTest;

TEST_F(CancelPaymentTest, AHoldIsReleased) {
  const std::string name = Authorized();
  const CancelCallResult call = Cancel(name);
  http_.Answer("cancel", "ok");
  Settle();
  EXPECT_EQ(StateName(call.value().payment().state()), "CANCELED");
  EXPECT_FALSE(call.value().replayed());
  EXPECT_EQ(http_.Last("cancel").Field("hold_id"), "h-r1");
}

TEST_F(CancelPaymentTest, RepeatingShowsTheCurrentState) {
  const std::string name = Authorized();
  http_.Always("cancel", "ok");
  Cancel(name);
  const CancelCallResult again = Cancel(name);
  EXPECT_TRUE(again.value().replayed());
  EXPECT_EQ(http_.Count("cancel"), 1);
}

TEST_F(CancelPaymentTest, ALostReleaseIsSentAgain) {
  const std::string name = Authorized();
  Cancel(name);
  http_.Answer("cancel", ScriptedHttp::kLost);
  Settle();
  EXPECT_EQ(State(name), "UNKNOWN");
  http_.Always("check", "status hold=held hold_id=h-r1");
  http_.Always("cancel", "ok");
  RunFor(absl::Seconds(10));
  EXPECT_EQ(State(name), "CANCELED");
  EXPECT_EQ(http_.Count("cancel"), 2);
}

TEST_F(CancelPaymentTest, ALostReleaseThatWasDoneIsFoundByACheck) {
  const std::string name = Authorized();
  Cancel(name);
  http_.Answer("cancel", ScriptedHttp::kLost);
  Settle();
  http_.Always("check", "status hold=closed hold_id=h-r1");
  RunFor(absl::Seconds(10));
  EXPECT_EQ(State(name), "CANCELED");
  EXPECT_EQ(http_.Count("cancel"), 1);
}

TEST_F(CancelPaymentTest, ReleasesAreSentOnlySoOften) {
  checks_.release_attempts_max = 3;
  Reconfigure({{kAccount, ScriptedCapabilities()}});
  const std::string name = Authorized();
  http_.Always("cancel", ScriptedHttp::kLost);
  http_.Always("check", "status hold=held hold_id=h-r1");
  Cancel(name);
  RunFor(absl::Minutes(50));
  EXPECT_EQ(http_.Count("cancel"), 3);
  EXPECT_EQ(State(name), "UNKNOWN");
}

TEST_F(CancelPaymentTest, ARefusedReleaseLeavesAManualPaymentAuthorized) {
  const std::string name = Authorized();
  const CancelCallResult call = Cancel(name);
  http_.Answer("cancel", "declined code=12 message=not-now");
  Settle();
  const v1::Payment payment = call.value().payment();
  EXPECT_EQ(StateName(payment.state()), "AUTHORIZED");
  EXPECT_EQ(payment.operations(1).provider_code(), "12");
  EXPECT_EQ(payment.operations(1).provider_message(), "not-now");
}

TEST_F(CancelPaymentTest, AReleaseThatWasNotSentIsSentLaterByItself) {
  const std::string name = Authorized();
  const CancelCallResult call = Cancel(name);
  http_.Answer("cancel", ScriptedHttp::kRefused);
  Settle();
  EXPECT_EQ(StateName(call.value().payment().state()), "PROCESSING");
  EXPECT_TRUE(call.value().payment().cancel_requested());
  http_.Always("cancel", "ok");
  RunFor(absl::Seconds(10));
  EXPECT_EQ(State(name), "CANCELED");
  EXPECT_EQ(http_.Count("cancel"), 2);
}

TEST_F(CancelPaymentTest, WhileTheHoldRunsItIsReleasedWhenLearnedOfAndNeverCaptured) {
  for (const v1::CaptureMode mode : {v1::CAPTURE_MODE_MANUAL, v1::CAPTURE_MODE_AUTOMATIC}) {
    const std::string id = v1::CaptureMode_Name(mode);
    const std::string name = Sent(id, mode);
    const CancelCallResult call = Cancel(name);
    EXPECT_TRUE(Payment(name).cancel_requested()) << "durable at once";
    EXPECT_FALSE(call.answered());
    http_.Answer("authorize", absl::StrCat("ok hold_id=h-", id));
    Settle();
    EXPECT_EQ(Operations(name), "AUTHORIZE ANSWERED SUCCEEDED, CANCEL SENT PENDING");
    http_.Answer("cancel", "ok");
    Settle();
    EXPECT_EQ(StateName(call.value().payment().state()), "CANCELED");
  }
  EXPECT_EQ(http_.Count("capture"), 0);
}

TEST_F(CancelPaymentTest, WhileTheHoldIsUnknownItIsReleasedWhenLearnedOfAndNeverCaptured) {
  const std::string name = Sent("r1", v1::CAPTURE_MODE_AUTOMATIC);
  http_.Answer("authorize", ScriptedHttp::kLost);
  Settle();
  const CancelCallResult call = Cancel(name);
  EXPECT_EQ(StateName(call.value().payment().state()), "UNKNOWN");
  EXPECT_TRUE(call.value().payment().cancel_requested());
  http_.Always("check", "status hold=held hold_id=h1");
  http_.Always("cancel", "ok");
  Callback(PaymentUrl(), "notice status=0 hold_id=h1");
  EXPECT_EQ(State(name), "CANCELED");
  EXPECT_EQ(http_.Count("capture"), 0);
}

TEST_F(CancelPaymentTest, AWishToCancelSurvivesACrash) {
  const std::string name = Sent("r1", v1::CAPTURE_MODE_AUTOMATIC);
  Cancel(name);
  Crash();
  Restart();
  http_.Always("check", "status hold=held hold_id=h1");
  http_.Always("cancel", "ok");
  Callback(PaymentUrl(), "notice status=0 hold_id=h1");
  EXPECT_EQ(State(name), "CANCELED");
  EXPECT_EQ(http_.Count("capture"), 0);
}

TEST_F(CancelPaymentTest, AnUnknownHoldThatNeverShowsUpEndsCanceled) {
  const std::string name = Sent();
  http_.Answer("authorize", ScriptedHttp::kLost);
  Settle();
  Cancel(name);
  RunFor(absl::Minutes(67));
  EXPECT_EQ(State(name), "CANCELED");
}

// A request_id whose payment was canceled must not run again.
TEST_F(CancelPaymentTest, ACanceledHoldThatWasNotSentIsCanceledNotFailed) {
  const std::string name = Sent();
  Cancel(name);
  http_.Answer("authorize", ScriptedHttp::kRefused);
  Settle();
  EXPECT_EQ(State(name), "CANCELED");
  const CreateCall repeated = Create(PaymentRequest());
  EXPECT_TRUE(repeated.value().replayed());
  EXPECT_EQ(http_.Count("authorize"), 1);
}

TEST_F(CancelPaymentTest, WhileACaptureIsOpenItIsRefused) {
  const std::string name = Authorized();
  Capture(name);
  const CancelCallResult call = Cancel(name);
  EXPECT_THAT(call.status(),
              IsError(absl::StatusCode::kFailedPrecondition, "OPERATION_IN_PROGRESS"));
  EXPECT_FALSE(Payment(name).cancel_requested());
  EXPECT_EQ(http_.Count("cancel"), 0);
}

TEST_F(CancelPaymentTest, WhileACaptureIsUnknownItIsRefused) {
  const std::string name = Authorized();
  Capture(name);
  http_.Answer("capture", ScriptedHttp::kLost);
  Settle();
  const CancelCallResult call = Cancel(name);
  EXPECT_THAT(call.status(),
              IsError(absl::StatusCode::kFailedPrecondition, "OPERATION_IN_PROGRESS"));
  EXPECT_EQ(http_.Count("cancel"), 0);
}

TEST_F(CancelPaymentTest, ACaptureThatWasProvablyNotSentCanBeCanceled) {
  const std::string name = Sent("r1", v1::CAPTURE_MODE_AUTOMATIC);
  http_.Answer("authorize", "ok hold_id=h1");
  Settle();
  http_.Answer("capture", ScriptedHttp::kRefused);
  Settle();
  http_.Always("cancel", "ok");
  EXPECT_EQ(StateName(Cancel(name).value().payment().state()), "CANCELED");
  RunFor(absl::Minutes(5));
  EXPECT_EQ(http_.Count("capture"), 1);
}

TEST_F(CancelPaymentTest, AfterTheEndItIsRefused) {
  const std::string name = Authorized();
  http_.Always("capture", "ok");
  Capture(name);
  const CancelCallResult call = Cancel(name);
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kFailedPrecondition, "PAYMENT_STATE"));
  EXPECT_EQ(Metadata(call.status(), "state"), "SUCCEEDED");
}

TEST_F(CancelPaymentTest, AnotherEtagAborts) {
  const std::string name = Authorized();
  v1::CancelPaymentRequest request;
  request.set_name(name);
  request.set_etag("not-it");
  EXPECT_THAT(Cancel(request).status(), IsError(absl::StatusCode::kAborted, "ETAG_MISMATCH"));
  EXPECT_EQ(http_.Count("cancel"), 0);
}

TEST_F(CancelPaymentTest, ByTheRequestIdOfAPaymentThatIsThere) {
  const std::string name = Authorized();
  http_.Always("cancel", "ok");
  const CancelCallResult call = CancelRequestId("r1");
  EXPECT_FALSE(call.value().tombstoned());
  EXPECT_EQ(call.value().payment().name(), name);
  EXPECT_EQ(State(name), "CANCELED");
}

TEST_F(CancelPaymentTest, ARequestIdNeverSeenIsTombstonedAndItsLateOriginalRefused) {
  const CancelCallResult call = CancelRequestId("r1");
  EXPECT_TRUE(call.value().tombstoned());
  EXPECT_FALSE(call.value().has_payment());
  const CreateCall late = Create(PaymentRequest("r1"));
  EXPECT_THAT(late.status(), IsError(absl::StatusCode::kFailedPrecondition, "REQUEST_ID_CANCELED"));
  EXPECT_TRUE(http_.sent().empty());
  EXPECT_TRUE(CancelRequestId("r1").value().tombstoned());
}

// A duplicate that comes late must not begin what the caller has given up.
TEST_F(CancelPaymentTest, AFailedPaymentsRequestIdIsBlockedByItsCancel) {
  const std::string name = Sent();
  http_.Answer("authorize", ScriptedHttp::kRefused);
  Settle();
  ASSERT_EQ(State(name), "FAILED");
  const CancelCallResult cancel = CancelRequestId("r1");
  EXPECT_FALSE(cancel.value().tombstoned());
  EXPECT_TRUE(cancel.value().payment().cancel_requested());
  EXPECT_EQ(StateName(cancel.value().payment().state()), "FAILED");
  EXPECT_THAT(Create(PaymentRequest()).status(),
              IsError(absl::StatusCode::kFailedPrecondition, "REQUEST_ID_CANCELED"));
  EXPECT_EQ(PaymentNames().size(), 1U);
}

}  // namespace
}  // namespace payments
