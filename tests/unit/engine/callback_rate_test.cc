#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/engine/callback_checks.h"
#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

using testing::ElementsAre;

// How often callbacks have a provider asked, however often they come.
class CallbackRateTest : public EngineTest {
 protected:
  static constexpr absl::Duration kInterval = CallbackChecks::kInterval;

  std::vector<CallbackRecord> Pending() const {
    constexpr int kAll = 10'000;
    return disk_->ListPendingCallbacks(0, kAll);
  }
  // "ACCEPTED", oldest first.
  std::vector<std::string> Verdicts() const {
    constexpr int kAll = 10'000;
    std::vector<std::string> verdicts;
    for (const CallbackRecord& record : disk_->ListCallbacks(kTenant, {.limit = kAll}).items) {
      const std::string name = v1::CallbackVerdict_Name(record.judgement.verdict);
      verdicts.insert(verdicts.begin(), name.substr(sizeof("CALLBACK_VERDICT_") - 1));
    }
    return verdicts;
  }
  // Does not wait for anything.
  void CallBack(const std::string& url, const std::string& body) {
    HttpRequest request;
    request.body = Secret(body);
    engine_->HandleCallback(
        kProvider, url.substr(url.rfind('/') + 1), std::move(request),
        [](const HttpResponse& response) { EXPECT_EQ(response.status_code, 200); });
  }
  // Two callbacks each kInterval: there is always one that waits.
  void FloodFor(absl::Duration duration, const std::string& body) {
    const std::string url = PaymentUrl();
    for (const absl::Time end = executor_.Now() + duration; executor_.Now() < end;) {
      CallBack(url, body);
      RunFor(kInterval / 2);
    }
  }
};

TEST_F(CallbackRateTest, AFloodAsksOnceAnInterval) {
  constexpr int kSeconds = 10;
  constexpr int kPerSecond = 200;
  const std::string name = Authorized();
  http_.Always("check", "status hold=held hold_id=h-r1");
  for (int i = 0; i < kSeconds * kPerSecond; ++i) {
    CallBack(PaymentUrl(), "notice hold_id=h-r1 status=0");
    RunFor(absl::Seconds(1) / kPerSecond);
  }
  EXPECT_LE(http_.Count("check"), kSeconds + 1);
  EXPECT_GE(http_.Count("check"), kSeconds - 1);
  RunFor(2 * kInterval);
  EXPECT_TRUE(Pending().empty()) << "each was answered for";
  EXPECT_EQ(disk_->callbacks(), kSeconds * kPerSecond) << "and kept";
  EXPECT_EQ(State(name), "AUTHORIZED");
}

// What the provider was asked before may have been answered before it happened.
TEST_F(CallbackRateTest, WhatComesWhileTheProviderIsAskedIsAskedAgain) {
  const std::string name = Authorized();
  Callback(PaymentUrl(), "notice hold_id=h-r1 status=0");
  ASSERT_TRUE(http_.IsWaiting("check"));
  Callback(PaymentUrl(), "notice hold_id=h-r1 status=1");
  Callback(PaymentUrl(), "notice hold_id=h-r1 status=1");
  EXPECT_EQ(http_.Count("check"), 1);
  EXPECT_THAT(Verdicts(), ElementsAre("PENDING", "PENDING", "REPEATED"));
  http_.Answer("check", "status hold=held hold_id=h-r1");
  Settle();
  EXPECT_EQ(State(name), "AUTHORIZED");
  EXPECT_EQ(http_.Count("check"), 1);
  RunFor(kInterval);
  ASSERT_TRUE(http_.IsWaiting("check")) << "the second question";
  http_.Answer("check", "status hold=closed hold_id=h-r1");
  Settle();
  EXPECT_EQ(State(name), "EXPIRED");
  EXPECT_THAT(Verdicts(), ElementsAre("REPEATED", "ACCEPTED", "REPEATED"));
  EXPECT_EQ(EventsOf(name).back().cause().id(), "callbacks/2");
}

TEST_F(CallbackRateTest, WhatWaitsIsAskedAfterACrash) {
  const std::string name = Authorized();
  http_.Always("check", "status hold=held hold_id=h-r1");
  Callback(PaymentUrl(), "notice hold_id=h-r1 status=0");
  Callback(PaymentUrl(), "notice hold_id=h-r1 status=1");
  EXPECT_THAT(Verdicts(), ElementsAre("REPEATED", "PENDING"));
  Crash();
  http_.Always("check", "status hold=closed hold_id=h-r1");
  Restart();
  EXPECT_EQ(State(name), "EXPIRED");
  EXPECT_THAT(Verdicts(), ElementsAre("REPEATED", "ACCEPTED"));
}

TEST_F(CallbackRateTest, OthersReferencesAreAnotherQuestion) {
  const std::string name = Sent();
  http_.Answer("authorize", ScriptedHttp::kLost);
  Settle();
  http_.Always("check", "status hold=none");
  Callback(PaymentUrl(), "notice status=0");
  Callback(PaymentUrl(), "notice hold_id=h1 status=0");
  Callback(PaymentUrl(), "notice hold_id=h1 status=1");
  Callback(PaymentUrl(), "notice hold_id=h2 status=0");
  EXPECT_THAT(Verdicts(), ElementsAre(testing::_, "PENDING", "REPEATED", "PENDING"));
  RunFor(3 * kInterval);
  EXPECT_EQ(Payment(name).provider_references().at("hold_id"), "h1");
  EXPECT_THAT(Verdicts(), ElementsAre(testing::_, "ACCEPTED", "REPEATED", "MISMATCH"));
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_TRUE(Payment(name).needs_review()) << "signed, and not the recorded one";
}

TEST_F(CallbackRateTest, WhatFindsNoRoomIsTakenUpLater) {
  constexpr int kWaiting = CallbackChecks::kWaitingPerPaymentMax;
  const std::string name = Sent();
  http_.Answer("authorize", ScriptedHttp::kLost);
  Settle();
  Callback(PaymentUrl(), "notice hold_id=first status=0");
  for (int i = 0; i <= kWaiting; ++i) {
    CallBack(PaymentUrl(), absl::StrCat("notice status=0 hold_id=h", i));
  }
  Settle();
  EXPECT_EQ(Pending().size(), static_cast<size_t>(kWaiting) + 2);
  EXPECT_EQ(Pending().back().judgement.detail,
            "too many callbacks wait for a question to the provider");
  EXPECT_THAT(observer_.callbacks, testing::Contains("postponed"));
  http_.Always("check", "status hold=held");
  http_.Answer("check", "status hold=held hold_id=first");
  RunFor(absl::Minutes(5));
  EXPECT_TRUE(Pending().empty());
  EXPECT_EQ(Verdicts().back(), "MISMATCH");
  EXPECT_EQ(http_.Count("check"), 1) << "the others name other holds than the recorded one";
}

TEST_F(CallbackRateTest, AnAccountsQuestionsRunToALimit) {
  constexpr int kMax = CallbackChecks::kRunningMax;
  constexpr int kMore = 5;
  for (int i = 0; i < kMax + kMore; ++i) {
    Sent(absl::StrCat("r", i));
    Callback(PaymentUrl(), absl::StrCat("notice status=0 hold_id=h", i));
  }
  EXPECT_EQ(http_.Count("check"), kMax);
  http_.Answer("check", "status hold=held hold_id=h0");
  Settle();
  EXPECT_EQ(http_.Count("check"), kMax + 1) << "the next in line";
  // Those that nobody answers end by their timeout, and make room.
  http_.Always("check", "status hold=held");
  RunFor(2 * policy_.provider_request_timeout);
  EXPECT_GE(http_.Count("check"), kMax + kMore);
  EXPECT_TRUE(Pending().empty());
  for (const std::string& name : PaymentNames()) EXPECT_EQ(State(name), "AUTHORIZED");
}

TEST_F(CallbackRateTest, ADrainDoesNotWaitForWhatWaits) {
  Authorized();
  http_.Always("check", "status hold=held hold_id=h-r1");
  Callback(PaymentUrl(), "notice hold_id=h-r1 status=0");
  Callback(PaymentUrl(), "notice hold_id=h-r1 status=1");
  EXPECT_THAT(Verdicts(), ElementsAre("REPEATED", "PENDING"));
  bool drained = false;
  engine_->Drain([&drained] { drained = true; });
  Settle();
  EXPECT_TRUE(drained);
  RunFor(2 * kInterval);
  EXPECT_EQ(http_.Count("check"), 1);
  EXPECT_THAT(Verdicts(), ElementsAre("REPEATED", "PENDING"));
}

// Only the payment's own timer sends what is due, and only in time.
TEST_F(CallbackRateTest, AFloodDoesNotKeepACaptureFromBeingSent) {
  const std::string name = Sent("r1", v1::CAPTURE_MODE_AUTOMATIC);
  http_.Always("capture", ScriptedHttp::kRefused);
  http_.Always("check", "status hold=held hold_id=h1");
  http_.Answer("authorize", "ok hold_id=h1");
  Settle();
  ASSERT_EQ(State(name), "PROCESSING");
  ASSERT_EQ(http_.Count("capture"), 1);
  http_.Always("capture", "ok");
  FloodFor(absl::Seconds(10), "notice hold_id=h1 status=0");
  EXPECT_GE(http_.Count("check"), 5);
  EXPECT_EQ(http_.Count("capture"), 2);
  EXPECT_EQ(State(name), "SUCCEEDED");
}

TEST_F(CallbackRateTest, AFloodDoesNotKeepWhatACrashCutOffFromBeingAskedAbout) {
  const std::string name = Authorized();
  Capture(name);
  ASSERT_TRUE(http_.IsWaiting("capture"));
  Crash();
  http_.Always("check", "status hold=held hold_id=h-r1 capture=silent");
  Restart();
  FloodFor(2 * policy_.provider_request_timeout + checks_.orphan_margin,
           "notice hold_id=h-r1 status=0");
  EXPECT_EQ(State(name), "UNKNOWN");
}

TEST_F(CallbackRateTest, WhatIsDueStaysDue) {
  const std::string name = Authorized();
  http_.Always("capture", ScriptedHttp::kLost);
  http_.Always("check", ScriptedHttp::kLost);
  Capture(name);
  Settle();
  const storage::v1::CheckSchedule before = Stored(name).schedule;
  ASSERT_TRUE(before.has_due_time());
  EXPECT_EQ(Callback(PaymentUrl(), "notice hold_id=h-r1 status=0"), 200);
  EXPECT_EQ(Stored(name).schedule.SerializeAsString(), before.SerializeAsString());
  // That it is not there is remembered, but is no reason to ask later.
  http_.Always("check", "status hold=held hold_id=h-r1 capture=not_known");
  EXPECT_EQ(LaterCallback(PaymentUrl(), "notice hold_id=h-r1 status=0"), 200);
  storage::v1::CheckSchedule after = Stored(name).schedule;
  EXPECT_TRUE(after.has_first_negative_time());
  after.clear_first_negative_time();
  EXPECT_EQ(after.SerializeAsString(), before.SerializeAsString());
}

TEST_F(CallbackRateTest, RefusedOnesAskNothing) {
  Authorized();
  http_.Always("check", "status hold=held hold_id=h-r1");
  EXPECT_EQ(Callback(PaymentUrl(), "forged"), 401);
  EXPECT_EQ(Callback(PaymentUrl(), "garbage"), 400);
  RunFor(2 * kInterval);
  EXPECT_EQ(http_.Count("check"), 0);
  EXPECT_THAT(Verdicts(), ElementsAre("REFUSED_SIGNATURE", "UNINTELLIGIBLE"));
}

}  // namespace
}  // namespace payments
