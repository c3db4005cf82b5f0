#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

class DrainTest : public EngineTest {
 protected:
  void Drain() {
    engine_->Drain([this] { ++drained_; });
    Settle();
  }
  int drained_ = 0;
};

TEST_F(DrainTest, AnIdleEngineIsDrainedAtOnce) {
  Drain();
  EXPECT_EQ(drained_, 1);
  RunFor(absl::Minutes(1));
  EXPECT_EQ(drained_, 1);
}

TEST_F(DrainTest, NewWorkIsRefusedAndWhatRunsIsFinished) {
  const CreateCall running = Create(PaymentRequest("r1", v1::CAPTURE_MODE_AUTOMATIC));
  Drain();
  EXPECT_EQ(drained_, 0);
  const CreateCall refused = Create(PaymentRequest("r2"));
  EXPECT_THAT(refused.status(), IsError(absl::StatusCode::kUnavailable, "DRAINING"));
  http_.Answer("authorize", "ok hold_id=h1");
  Settle();
  EXPECT_EQ(drained_, 0) << "the capture is still to be answered";
  http_.Answer("capture", "ok");
  Settle();
  EXPECT_EQ(StateName(running.value().payment().state()), "SUCCEEDED");
  EXPECT_EQ(drained_, 1);
  RunFor(absl::Minutes(1));
  EXPECT_EQ(drained_, 1) << "told once";
}

TEST_F(DrainTest, EveryCallIsRefused) {
  const std::string name = Authorized();
  Drain();
  EXPECT_THAT(Capture(name).status(), IsError(absl::StatusCode::kUnavailable, "DRAINING"));
  EXPECT_THAT(Cancel(name).status(), IsError(absl::StatusCode::kUnavailable, "DRAINING"));
  EXPECT_THAT(Check(name).status(), IsError(absl::StatusCode::kUnavailable, "DRAINING"));
  EXPECT_THAT(Register(CardRequest()).status(),
              IsError(absl::StatusCode::kUnavailable, "DRAINING"));
  EXPECT_THAT(Delete(kCard).status(), IsError(absl::StatusCode::kUnavailable, "DRAINING"));
  EXPECT_EQ(http_.Count("capture") + http_.Count("cancel") + http_.Count("register"), 0);
}

// The repeat of a request that may have begun a payment is refused unlooked at: a new
// request_id could pay twice.
TEST_F(DrainTest, TheRefusalDoesNotPromiseThatANewRequestIdIsSafe) {
  Create(PaymentRequest("r1"), absl::Seconds(1));
  RunFor(absl::Seconds(2));
  Drain();
  const CreateCall repeated = Create(PaymentRequest("r1"));
  EXPECT_THAT(repeated.status(), IsError(absl::StatusCode::kUnavailable, "DRAINING"));
  EXPECT_EQ(Metadata(repeated.status(), "safe_to_retry"), "false");
}

TEST_F(DrainTest, TheReconcilerStops) {
  Create(PaymentRequest());
  http_.Answer("authorize", "in_process hold_id=h1");
  Settle();
  Drain();
  RunFor(absl::Minutes(5));
  EXPECT_EQ(http_.Count("check"), 0);
}

TEST_F(DrainTest, ACallbackIsKeptAndHandledAtTheNextStart) {
  const std::string name = Sent();
  http_.Answer("authorize", ScriptedHttp::kLost);
  Settle();
  Drain();
  http_.Always("check", "status hold=held hold_id=h1");
  EXPECT_EQ(Callback(PaymentUrl(), "notice status=0 hold_id=h1"), 200);
  EXPECT_EQ(State(name), "UNKNOWN");
  Crash();
  Restart();
  EXPECT_EQ(State(name), "AUTHORIZED");
}

}  // namespace
}  // namespace payments
