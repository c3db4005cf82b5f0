#include "absl/strings/str_cat.h"
#include "server/engine/callback_token.h"
#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

// API.md, "HTTP": how a provider's call is answered, and what is kept of it.
class CallbackTest : public EngineTest {
 protected:
  std::vector<CallbackRecord> Unfinished() const {
    constexpr int kAll = 1000;
    return disk_->ListPendingCallbacks(0, kAll);
  }
  // Ids are given out ascending: the next one tells how many were stored before it.
  int64_t StoredSoFar() { return disk_->RecordCallback({}).value_or(0) - 1 - recorded_by_test_++; }

 private:
  int64_t recorded_by_test_ = 0;
};

TEST_F(CallbackTest, IsAcknowledgedOnceItIsStored) {
  Sent();
  int status = 0;
  HttpRequest request;
  request.body = Secret("notice status=0 hold_id=h1");
  const std::string token = PaymentUrl().substr(PaymentUrl().rfind('/') + 1);
  engine_->HandleCallback(kProvider, token, std::move(request),
                          [this, &status](const HttpResponse& response) {
                            status = response.status_code;
                            EXPECT_EQ(Unfinished().size(), 1U) << "stored before the 200";
                            EXPECT_EQ(response.body.Reveal(), "acknowledged");
                          });
  Settle();
  EXPECT_EQ(status, 200);
}

TEST_F(CallbackTest, AnUnknownTokenIs404AndNothingIsStored) {
  Sent();
  EXPECT_EQ(Callback(absl::StrCat(PaymentUrl(), "0"), "notice status=0"), 404);
  EXPECT_EQ(Callback("garbage", "notice status=0"), 404);
  EXPECT_EQ(Callback("", "notice status=0"), 404);
  EXPECT_EQ(StoredSoFar(), 0);
  EXPECT_EQ(observer_.callbacks,
            (std::vector<std::string>{"unknown_token", "unknown_token", "unknown_token"}));
}

TEST_F(CallbackTest, WithoutItsAccountItIsToComeAgain) {
  const std::string name = Sent();
  const std::string url = PaymentUrl();
  Reconfigure({});
  EXPECT_EQ(Callback(url, "notice status=0 hold_id=h1"), 503);
  EXPECT_EQ(StoredSoFar(), 0);
  EXPECT_EQ(observer_.callbacks, std::vector<std::string>{"not_stored"});
  EXPECT_EQ(observer_.troubles, std::vector<std::string>{"account_not_configured"});
  Reconfigure({{kAccount, ScriptedCapabilities()}});
  http_.Always("check", "status hold=held hold_id=h1");
  EXPECT_EQ(Callback(url, "notice status=0 hold_id=h1"), 200);
  EXPECT_EQ(State(name), "AUTHORIZED");
}

TEST_F(CallbackTest, ATokenUnderAnotherProvidersNameIs404) {
  Sent();
  const std::string token = PaymentUrl().substr(PaymentUrl().rfind('/') + 1);
  int status = 0;
  engine_->HandleCallback("another", token, HttpRequest(), [&status](const HttpResponse& response) {
    status = response.status_code;
  });
  Settle();
  EXPECT_EQ(status, 404);
  EXPECT_EQ(StoredSoFar(), 0);
}

// A token of ours for what the store does not have: a backup older than it was restored.
TEST_F(CallbackTest, ATokenOfALostPaymentIsToldApartFromAForgedOne) {
  for (const auto& [subject, resource] :
       {std::pair(CallbackSubject::kPayment, "payments/lost"),
        std::pair(CallbackSubject::kCardRegistration, "cards/lost")}) {
    const std::string token = MakeCallbackToken(*keys_, {subject, kTenant, resource});
    EXPECT_EQ(Callback(absl::StrCat(kBaseUrl, "/callbacks/", kProvider, "/", token), "notice"),
              404);
    EXPECT_EQ(observer_.callbacks.back(), "unknown_resource");
  }
  EXPECT_EQ(StoredSoFar(), 0);
}

TEST_F(CallbackTest, AWrongSignatureIs401AndMovesNothing) {
  const std::string name = Sent();
  http_.Always("check", "status hold=held hold_id=h1");
  EXPECT_EQ(Callback(PaymentUrl(), "forged"), 401);
  EXPECT_EQ(State(name), "PROCESSING");
  EXPECT_EQ(http_.Count("check"), 0);
  EXPECT_TRUE(Unfinished().empty()) << "recorded, and done with";
  EXPECT_EQ(StoredSoFar(), 1);
  EXPECT_EQ(observer_.callbacks.back(), "refused_signature");
}

TEST_F(CallbackTest, AnUnintelligibleBodyIs400AndKept) {
  Sent();
  EXPECT_EQ(Callback(PaymentUrl(), "<html>"), 400);
  EXPECT_TRUE(Unfinished().empty());
  EXPECT_EQ(StoredSoFar(), 1);
  EXPECT_EQ(observer_.callbacks.back(), "unintelligible");
}

TEST_F(CallbackTest, WhatCannotBeStoredIs503) {
  Sent();
  standing_fault_ = MemoryStore::Fault::kFailBefore;
  EXPECT_EQ(Callback(PaymentUrl(), "notice status=0 hold_id=h1"), 503);
  standing_fault_ = MemoryStore::Fault::kNone;
  EXPECT_EQ(StoredSoFar(), 0);
  EXPECT_EQ(http_.Count("check"), 0);
}

TEST_F(CallbackTest, WhatIsReadButCannotBeStoredIs503) {
  Sent();
  faults_ = {MemoryStore::Fault::kNone, MemoryStore::Fault::kFailBefore};  // Payment, callback.
  EXPECT_EQ(Callback(PaymentUrl(), "notice status=0 hold_id=h1"), 503);
  EXPECT_EQ(StoredSoFar(), 0);
}

// The provider has answered; the store fails for a moment before that can be judged.
TEST_F(CallbackTest, WhatTheProviderSaidIsNotDroppedIfTheStoreFailsMeanwhile) {
  const std::string name = Sent();
  http_.Answer("authorize", ScriptedHttp::kLost);
  Settle();
  http_.Always("check", "status hold=held hold_id=h1");
  constexpr auto kNone = MemoryStore::Fault::kNone;
  faults_ = {kNone, kNone, MemoryStore::Fault::kFailBefore};  // Payment, callback, re-reading.
  EXPECT_EQ(Callback(PaymentUrl(), "notice status=0 hold_id=h1"), 200);
  EXPECT_FALSE(Unfinished().empty());
  RunFor(absl::Seconds(10));
  EXPECT_EQ(State(name), "AUTHORIZED");
  EXPECT_TRUE(Unfinished().empty());
}

TEST_F(CallbackTest, TheBodyIsStoredSealed) {
  Sent();
  Callback(PaymentUrl(), "notice status=0 hold_id=h1");
  ASSERT_EQ(Unfinished().size(), 1U);
  const CallbackRecord record = Unfinished().front();
  EXPECT_EQ(record.sealed_body.find("hold_id"), std::string::npos);
  EXPECT_EQ(record.tenant, kTenant);
  EXPECT_EQ(record.resource, PaymentNames().front());
}

TEST_F(CallbackTest, AnUnfinishedOneIsHandledAfterARestart) {
  const std::string name = Sent();
  EXPECT_EQ(Callback(PaymentUrl(), "notice status=0 hold_id=h1"), 200);
  ASSERT_TRUE(http_.IsWaiting("check"));
  Crash();
  http_.Always("check", "status hold=held hold_id=h1");
  Restart();
  EXPECT_EQ(State(name), "AUTHORIZED");
  EXPECT_TRUE(Unfinished().empty());
}

// Of as many payments.
class ManyCallbacksTest : public CallbackTest {
 protected:
  static constexpr int kMany = 150;

  ManyCallbacksTest() {
    for (int i = 0; i < kMany; ++i) {
      Sent(absl::StrCat("r", i));
      Callback(PaymentUrl(), absl::StrCat("notice status=0 hold_id=h", i));
    }
    EXPECT_EQ(Unfinished().size(), static_cast<size_t>(kMany));
    Crash();
  }
};

TEST_F(ManyCallbacksTest, AllAreHandledAfterARestart) {
  http_.Always("check", "status hold=held");
  Restart();
  RunFor(absl::Seconds(1));
  EXPECT_TRUE(Unfinished().empty());
  for (const std::string& name : PaymentNames()) EXPECT_EQ(State(name), "AUTHORIZED");
}

TEST_F(ManyCallbacksTest, TheyDoNotAskAllAtOnce) {
  constexpr int kAtOnceMax = 64;
  const int before = http_.Count("check");
  Restart();  // The provider hangs.
  EXPECT_EQ(http_.Count("check") - before, kAtOnceMax);
  http_.Always("check", "status hold=held");
  RunFor(absl::Minutes(5));
  EXPECT_TRUE(Unfinished().empty());
  for (const std::string& name : PaymentNames()) EXPECT_EQ(State(name), "AUTHORIZED");
}

TEST_F(CallbackTest, TheUrlStaysValidAfterTheEnd) {
  const std::string name = Authorized();
  http_.Always("capture", "ok");
  Capture(name);
  http_.Always("check", "status capture=captured hold_id=h-r1");
  EXPECT_EQ(Callback(PaymentUrl(), "notice status=0 hold_id=h-r1"), 200);
}

TEST_F(CallbackTest, CardUrlsDoNotWorkForPayments) {
  Register(CardRequest());
  Sent();
  std::string url = CardUrl();
  const size_t subject = url.rfind("/c.");
  ASSERT_NE(subject, std::string::npos);
  url[subject + 1] = 'p';
  EXPECT_EQ(Callback(url, "notice status=0"), 404);
}

// One URL was given out for one hold; a signed notice of another one is a contradiction.
TEST_F(CallbackTest, AnotherHoldThanTheRecordedOneIsAMismatch) {
  const std::string name = Authorized();
  EXPECT_EQ(Callback(PaymentUrl(), "notice hold_id=another status=0"), 200);
  Settle();
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_TRUE(Payment(name).needs_review());
  EXPECT_EQ(Payment(name).provider_references().at("hold_id"), "h-r1");
  EXPECT_THAT(observer_.callbacks, testing::Contains("mismatch"));
  EXPECT_EQ(http_.Count("check"), 0);
}

TEST_F(CallbackTest, AboutAFinalPaymentItIsKeptUntilTheProviderAnswers) {
  const std::string name = Authorized();
  http_.Always("capture", "ok");
  Capture(name);
  ASSERT_EQ(State(name), "SUCCEEDED");
  http_.Always("check", ScriptedHttp::kRefused);
  EXPECT_EQ(Callback(PaymentUrl(), "notice hold_id=h-r1 status=0"), 200);
  Settle();
  EXPECT_THAT(observer_.callbacks, testing::ElementsAre("unanswered"));
  EXPECT_EQ(Unfinished().size(), 1U);
}

// A page of a proxy, an internal error: an answer that says nothing is none.
TEST_F(CallbackTest, AboutAFinalPaymentAnAnswerThatSaysNothingIsNone) {
  const std::string name = Authorized();
  http_.Always("cancel", "ok");
  Cancel(name);
  ASSERT_EQ(State(name), "CANCELED");
  http_.Always("check", "status hold=silent");
  EXPECT_EQ(Callback(PaymentUrl(), "notice hold_id=h-r1 status=0"), 200);
  EXPECT_THAT(observer_.callbacks, testing::ElementsAre("unanswered"));
  EXPECT_EQ(Unfinished().size(), 1U);
  Crash();
  http_.Always("check", "status capture=captured hold_id=h-r1");
  Restart();
  EXPECT_TRUE(Payment(name).needs_review()) << "captured after CANCELED";
  EXPECT_TRUE(Unfinished().empty());
}

// Nobody asks before the hold is over: an hour later, say.
TEST_F(CallbackTest, AboutAnAuthorizedPaymentItIsKeptUntilTheProviderAnswers) {
  const std::string name = Authorized();
  http_.Always("check", "status hold=silent");
  EXPECT_EQ(Callback(PaymentUrl(), "notice hold_id=h-r1 status=1"), 200);
  EXPECT_EQ(Unfinished().size(), 1U);
  Crash();
  http_.Always("check", "status hold=closed hold_id=h-r1");
  Restart();
  EXPECT_EQ(State(name), "EXPIRED");
  EXPECT_TRUE(Unfinished().empty());
}

// Nor is a restart needed.
TEST_F(CallbackTest, AboutAPaymentAtRestTheProviderIsAskedAgainNowAndThen) {
  const std::string name = Authorized();
  http_.Always("check", "status hold=silent");
  EXPECT_EQ(Callback(PaymentUrl(), "notice hold_id=h-r1 status=1"), 200);
  EXPECT_EQ(http_.Count("check"), 1);
  RunFor(absl::Minutes(10));
  EXPECT_EQ(Unfinished().size(), 1U);
  const int asked = http_.Count("check");
  EXPECT_GE(asked, 3);
  EXPECT_LE(asked, 6) << "less and less often";
  http_.Always("check", "status hold=closed hold_id=h-r1");
  RunFor(absl::Minutes(20));
  EXPECT_EQ(State(name), "EXPIRED");
  EXPECT_TRUE(Unfinished().empty());
}

// Nobody asks about it any more: an operator decides, and is to be told everything.
TEST_F(CallbackTest, AboutADisputedPaymentItIsKeptUntilTheProviderAnswers) {
  const std::string name = Sent();
  http_.Answer("authorize", "ok hold_id=h1 amount=999");
  Settle();
  ASSERT_EQ(State(name), "UNKNOWN");
  http_.Always("check", ScriptedHttp::kLost);
  EXPECT_EQ(Callback(PaymentUrl(), "notice hold_id=h1 status=0"), 200);
  EXPECT_EQ(Unfinished().size(), 1U);
}

}  // namespace
}  // namespace payments
