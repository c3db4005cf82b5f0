#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/engine/callback_body.h"
#include "server/engine/callback_record.h"
#include "server/store/record_rules.h"
#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

using testing::HasSubstr;

using GetCall = Call<v1::GetCallbackResponse>;
using ReplayCall = Call<v1::ReplayCallbackResponse>;
using AcknowledgeCall = Call<v1::AcknowledgeCallbackResponse>;

// What operators see of callbacks, and do with them.
class CallbackInboxTest : public EngineTest {
 protected:
  GetCall Get(const std::string& name, const std::string& tenant = kTenant) {
    v1::GetCallbackRequest request;
    request.set_name(name);
    GetCall call;
    engine_->GetCallback(Operator(tenant), std::move(request), Deadline(), call.done());
    Settle();
    return call;
  }
  ReplayCall Replay(const std::string& name, const std::string& tenant = kTenant) {
    v1::ReplayCallbackRequest request;
    request.set_name(name);
    ReplayCall call;
    engine_->ReplayCallback(Operator(tenant), std::move(request), Deadline(), call.done());
    Settle();
    return call;
  }
  AcknowledgeCall Acknowledge(const std::string& name, const std::string& reason,
                              const std::string& tenant = kTenant) {
    v1::AcknowledgeCallbackRequest request;
    request.set_name(name);
    request.set_reason(reason);
    AcknowledgeCall call;
    engine_->AcknowledgeCallback(Operator(tenant), std::move(request), Deadline(), call.done());
    Settle();
    return call;
  }
  v1::Callback Shown(const std::string& name) { return Get(name).value().callback(); }
  std::string Verdict(const std::string& name) {
    return v1::CallbackVerdict_Name(Shown(name).verdict()).substr(sizeof("CALLBACK_VERDICT_") - 1);
  }

 private:
  static Caller Operator(const std::string& tenant) {
    return {.tenant = tenant, .principal = "tester", .is_operator = true};
  }
  absl::Time Deadline() { return executor_.Now() + absl::Seconds(10); }
};

TEST_F(CallbackInboxTest, ShowsWhatBecameOfACallback) {
  const std::string name = Sent();
  http_.Always("check", "status hold=held hold_id=h1");
  Callback(PaymentUrl(), "notice status=0 hold_id=h1");
  const v1::Callback callback = Shown("callbacks/1");
  EXPECT_EQ(callback.name(), "callbacks/1");
  EXPECT_EQ(callback.resource(), name);
  EXPECT_EQ(callback.account(), kAccount);
  EXPECT_TRUE(callback.has_receive_time());
  EXPECT_EQ(callback.verdict(), v1::CALLBACK_VERDICT_ACCEPTED);
  EXPECT_TRUE(callback.has_verdict_time());
  EXPECT_EQ(callback.content_type(), "text/plain");
  EXPECT_EQ(callback.body_bytes(), 26);
  EXPECT_EQ(callback.body(), "notice status=0 [redacted]");
  EXPECT_EQ(callback.duplicate_of(), "");
  EXPECT_FALSE(callback.has_acknowledge_time());
}

TEST_F(CallbackInboxTest, TellsWhyOneWasRefused) {
  Sent();
  Callback(PaymentUrl(), "forged card=8600123412341234");
  Callback(PaymentUrl(), "card=8600123412341234");
  const v1::Callback forged = Shown("callbacks/1");
  EXPECT_EQ(forged.verdict(), v1::CALLBACK_VERDICT_REFUSED_SIGNATURE);
  EXPECT_EQ(forged.verdict_detail(), "wrong signature");
  const v1::Callback garbage = Shown("callbacks/2");
  EXPECT_EQ(garbage.verdict(), v1::CALLBACK_VERDICT_UNINTELLIGIBLE);
  EXPECT_EQ(garbage.verdict_detail(), "not a notice");
  EXPECT_EQ(garbage.body(), "[21 bytes, not shown: it cannot be read]");
}

TEST_F(CallbackInboxTest, TellsDuplicatesApart) {
  Sent();
  http_.Always("check", "status hold=held hold_id=h1");
  Callback(PaymentUrl(), "notice status=0 hold_id=h1");
  Callback(PaymentUrl(), "notice status=0 hold_id=h1");
  Callback(PaymentUrl(), "notice status=1 hold_id=h1");
  EXPECT_EQ(Shown("callbacks/2").duplicate_of(), "callbacks/1");
  EXPECT_EQ(Shown("callbacks/3").duplicate_of(), "");
  Sent("r2");
  Callback(PaymentUrl(), "notice status=0 hold_id=h1");
  EXPECT_EQ(Shown("callbacks/4").duplicate_of(), "") << "to another payment's URL";
}

TEST_F(CallbackInboxTest, OthersCallbacksDoNotExist) {
  Sent();
  Callback(PaymentUrl(), "forged");
  constexpr auto kNotFound = absl::StatusCode::kNotFound;
  EXPECT_THAT(Get("callbacks/1", "globex").status(), IsError(kNotFound, "CALLBACK_NOT_FOUND"));
  EXPECT_THAT(Replay("callbacks/1", "globex").status(), IsError(kNotFound, "CALLBACK_NOT_FOUND"));
  EXPECT_THAT(Acknowledge("callbacks/1", "no", "globex").status(),
              IsError(kNotFound, "CALLBACK_NOT_FOUND"));
  for (const char* name : {"callbacks/2", "callbacks/x", "callbacks/01", "callbacks/",
                           "callbacks/99999999999999999999"}) {
    EXPECT_THAT(Get(name).status(), IsError(kNotFound, "CALLBACK_NOT_FOUND")) << name;
    EXPECT_THAT(Replay(name).status(), IsError(kNotFound, "CALLBACK_NOT_FOUND")) << name;
    EXPECT_THAT(Acknowledge(name, "no").status(), IsError(kNotFound, "CALLBACK_NOT_FOUND")) << name;
  }
  EXPECT_FALSE(Shown("callbacks/1").has_acknowledge_time());
}

TEST_F(CallbackInboxTest, AnAcknowledgementIsKept) {
  Sent();
  Callback(PaymentUrl(), "forged");
  const v1::Callback callback = Acknowledge("callbacks/1", "a scanner").value().callback();
  EXPECT_EQ(callback.acknowledged_by(), "tester");
  EXPECT_EQ(callback.acknowledge_reason(), "a scanner");
  EXPECT_TRUE(callback.has_acknowledge_time());
  EXPECT_EQ(callback.body(), "");
  EXPECT_EQ(Acknowledge("callbacks/1", "again").value().callback().acknowledge_reason(),
            "a scanner");
  EXPECT_TRUE(disk_->ListAttention(kTenant, {}).items.empty());
}

TEST_F(CallbackInboxTest, WithoutItsAccountABodyIsNotShown) {
  Sent();
  Callback(PaymentUrl(), "forged");
  Reconfigure({});
  EXPECT_EQ(Shown("callbacks/1").body(),
            "[6 bytes, not shown: accounts/shop is no longer configured]");
  EXPECT_THAT(Replay("callbacks/1").status(),
              IsError(absl::StatusCode::kFailedPrecondition, "ACCOUNT_NOT_FOUND"));
  EXPECT_EQ(Verdict("callbacks/1"), "REFUSED_SIGNATURE");
}

// For more than a day nobody could handle it: a person has to see that, and ends it.
TEST_F(CallbackInboxTest, OneThatIsPendingForLongIsSeen) {
  Authorized();
  Callback(PaymentUrl(), "notice status=0 hold_id=h-r1");
  Reconfigure({});
  EXPECT_EQ(Verdict("callbacks/1"), "PENDING");
  EXPECT_EQ(Shown("callbacks/1").verdict_detail(), "accounts/shop is no longer configured");
  EXPECT_TRUE(disk_->ListAttention(kTenant, {}).items.empty());
  RunFor(absl::Hours(26));
  ASSERT_EQ(disk_->ListAttention(kTenant, {}).items.size(), 1U);
  EXPECT_EQ(Acknowledge("callbacks/1", "that account is gone").value().callback().verdict(),
            v1::CALLBACK_VERDICT_REPEATED);
  EXPECT_TRUE(disk_->ListAttention(kTenant, {}).items.empty());
  RunFor(absl::Hours(2));
  EXPECT_EQ(Verdict("callbacks/1"), "REPEATED");
  EXPECT_EQ(Shown("callbacks/1").verdict_detail(), "an operator ended the asking");
}

TEST_F(CallbackInboxTest, OfOnePaymentSoManyAreTaken) {
  Sent();
  for (int i = 0; i < kCallbackBodiesPerResourceMax; ++i) {
    EXPECT_EQ(Callback(PaymentUrl(), absl::StrCat("forged ", i)), 401);
  }
  EXPECT_EQ(Callback(PaymentUrl(), "forged once more"), 503);
  EXPECT_EQ(disk_->callbacks(), kCallbackBodiesPerResourceMax);
  EXPECT_EQ(observer_.callbacks.back(), "too_many");
  RunFor(kCallbacksPerResourceInterval);
  EXPECT_EQ(Callback(PaymentUrl(), "forged once more"), 401);
}

TEST_F(CallbackInboxTest, OfTheHeadersOnlyTheContentTypeIsKept) {
  EXPECT_EQ(KeptContentType("Application/JSON;charset=UTF-8"), "application/json; charset=utf-8");
  EXPECT_EQ(KeptContentType(" text/xml ; boundary=4003032704547597; charset=\"windows-1251\""),
            "text/xml; charset=windows-1251");
  EXPECT_EQ(KeptContentType("application/x-www-form-urlencoded"),
            "application/x-www-form-urlencoded");
  EXPECT_EQ(KeptContentType("text/plain; charset=4003032704547597"), "text/plain");
  EXPECT_EQ(KeptContentType("text/plain; charset="), "text/plain");
  for (const std::string& header :
       {std::string(), std::string("/"), std::string("text/"), std::string("text"),
        std::string("a/b/c"), std::string("text/4003032704547597"), std::string("text/\x01plain"),
        "text/" + std::string(80, 'x')}) {
    EXPECT_EQ(KeptContentType(header), "") << header;
  }
}

TEST_F(CallbackInboxTest, AReplayIsLikeTheProvidersCall) {
  const std::string name = Authorized();
  http_.Always("check", "status hold=held hold_id=h-r1");
  Callback(PaymentUrl(), "notice status=0 hold_id=h-r1");
  EXPECT_EQ(Verdict("callbacks/1"), "REPEATED");
  RunFor(absl::Seconds(2));
  http_.Always("check", "status hold=closed hold_id=h-r1");
  const v1::Callback callback = Replay("callbacks/1").value().callback();
  EXPECT_EQ(callback.verdict(), v1::CALLBACK_VERDICT_ACCEPTED);
  EXPECT_EQ(callback.body(), "");
  EXPECT_EQ(State(name), "EXPIRED");
  const v1::Cause cause = EventsOf(name).back().cause();
  EXPECT_EQ(cause.id(), "callbacks/1");
  EXPECT_EQ(cause.principal(), "tester");
  EXPECT_EQ(cause.detail(), "replayed");
  EXPECT_EQ(disk_->callbacks(), 1) << "it is the same one";
}

TEST_F(CallbackInboxTest, AReplayOfAForgedOneChangesNothing) {
  const std::string name = Sent();
  Callback(PaymentUrl(), "forged");
  EXPECT_EQ(Replay("callbacks/1").value().callback().verdict(),
            v1::CALLBACK_VERDICT_REFUSED_SIGNATURE);
  EXPECT_EQ(http_.Count("check"), 0);
  EXPECT_EQ(State(name), "PROCESSING");
}

TEST_F(CallbackInboxTest, AReplayThatTheProviderDoesNotAnswerIsPending) {
  Authorized();
  http_.Always("check", "status hold=held hold_id=h-r1");
  Callback(PaymentUrl(), "notice status=0 hold_id=h-r1");
  RunFor(absl::Seconds(2));
  http_.Always("check", "");
  const ReplayCall replay = Replay("callbacks/1");
  EXPECT_FALSE(replay.answered());
  EXPECT_EQ(disk_->ListPendingCallbacks(0, 10).size(), 1U) << "a crash would not forget it";
  RunFor(absl::Seconds(11));
  EXPECT_EQ(replay.value().callback().verdict(), v1::CALLBACK_VERDICT_PENDING);
  http_.Answer("check", "status hold=closed hold_id=h-r1");
  Settle();
  EXPECT_EQ(Verdict("callbacks/1"), "ACCEPTED");
}

TEST_F(CallbackInboxTest, OneThatIsBeingHandledIsNotHandledTwice) {
  Authorized();
  Callback(PaymentUrl(), "notice status=0 hold_id=h-r1");
  EXPECT_EQ(Replay("callbacks/1").value().callback().verdict(), v1::CALLBACK_VERDICT_PENDING);
  EXPECT_EQ(http_.Count("check"), 1);
}

TEST_F(CallbackInboxTest, ReplaysAreLimited) {
  const std::string name = Authorized();
  http_.Always("check", "status hold=held hold_id=h-r1");
  Callback(PaymentUrl(), "notice status=0 hold_id=h-r1");
  Callback(PaymentUrl(), "forged");
  RunFor(absl::Seconds(2));
  ASSERT_TRUE(Replay("callbacks/1").status().ok());
  const absl::Status second = Replay("callbacks/2").status();
  EXPECT_THAT(second, IsError(absl::StatusCode::kResourceExhausted, "RATE_LIMITED"));
  EXPECT_EQ(Metadata(second, "payment"), name);
  EXPECT_THAT(Check(name).status(), IsError(absl::StatusCode::kResourceExhausted, "RATE_LIMITED"));
  RunFor(absl::Seconds(1));
  EXPECT_TRUE(Replay("callbacks/2").status().ok());
}

TEST_F(CallbackInboxTest, WithoutItsBodyNothingIsReplayed) {
  Sent();
  Callback(PaymentUrl(), "forged");
  ASSERT_EQ(disk_->PruneCallbackBodies(absl::InfiniteFuture(), 10), 1);
  EXPECT_THAT(Replay("callbacks/1").status(),
              IsError(absl::StatusCode::kFailedPrecondition, "CALLBACK_BODY_DELETED"));
  const v1::Callback callback = Shown("callbacks/1");
  EXPECT_TRUE(callback.body_deleted());
  EXPECT_EQ(callback.body(), "");
  EXPECT_EQ(callback.body_bytes(), 6);
}

TEST_F(CallbackInboxTest, ABodyUnderALostKeyIsNotReplayed) {
  Sent();
  CallbackRecord record;
  record.tenant = kTenant;
  record.resource = "payments/a";
  record.account = kAccount;
  record.receive_time = executor_.Now();
  record.sealed_body = "sealed under another key";
  ASSERT_EQ(disk_->RecordCallback(record).value_or(0), 1);
  const absl::Status status = Replay("callbacks/1").status();
  EXPECT_THAT(status, IsError(absl::StatusCode::kFailedPrecondition, "CALLBACK_BODY_DELETED"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot be opened"));
  EXPECT_THAT(Shown("callbacks/1").verdict_detail(), HasSubstr("cannot be opened"));
  EXPECT_EQ(Verdict("callbacks/1"), "PENDING");
}

TEST_F(CallbackInboxTest, AReplayTellsWhatIsGone) {
  Register(CardRequest());
  http_.Answer("register", "confirm token=t1 masked=8600****1234");
  Settle();
  Callback(CardUrl(), "notice status=0 token=t1");
  CallbackRecord record = disk_->GetCallback(kTenant, 1).value();
  record.resource = "cards/gone";
  record.sealed_body = SealCallbackBody(*keys_, record.resource, Secret("notice"));
  ASSERT_EQ(disk_->RecordCallback(record).value_or(0), 2);
  EXPECT_THAT(Replay("callbacks/2").status(),
              IsError(absl::StatusCode::kNotFound, "CARD_NOT_FOUND"));
}

TEST_F(CallbackInboxTest, WhileDrainingNothingIsChanged) {
  Sent();
  Callback(PaymentUrl(), "forged");
  engine_->Drain([] {});
  EXPECT_THAT(Acknowledge("callbacks/1", "no").status(),
              IsError(absl::StatusCode::kUnavailable, "DRAINING"));
  EXPECT_THAT(Replay("callbacks/1").status(), IsError(absl::StatusCode::kUnavailable, "DRAINING"));
}

TEST_F(CallbackInboxTest, AReplayOfACardsCallback) {
  Register(CardRequest());
  http_.Answer("register", "confirm token=t1 masked=8600****1234");
  Settle();
  Callback(CardUrl(), "notice status=7 token=t1 code=7");
  EXPECT_EQ(Verdict("callbacks/1"), "ACCEPTED");
  EXPECT_EQ(Replay("callbacks/1").value().callback().verdict(), v1::CALLBACK_VERDICT_REPEATED);
  Callback(CardUrl(), "notice status=0 token=another");
  const v1::Callback other = Shown("callbacks/2");
  EXPECT_EQ(other.verdict(), v1::CALLBACK_VERDICT_MISMATCH);
  EXPECT_THAT(other.verdict_detail(), HasSubstr("another card"));
  EXPECT_EQ(disk_->ListAttention(kTenant, {}).items.size(), 1U);
}

TEST_F(CallbackInboxTest, AStoreThatIsAwayIsTold) {
  Sent();
  Callback(PaymentUrl(), "forged");
  standing_fault_ = MemoryStore::Fault::kFailBefore;
  constexpr auto kUnavailable = absl::StatusCode::kUnavailable;
  EXPECT_THAT(Get("callbacks/1").status(), IsError(kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_THAT(Replay("callbacks/1").status(), IsError(kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_THAT(Acknowledge("callbacks/1", "x").status(), IsError(kUnavailable, "STORE_UNAVAILABLE"));
  standing_fault_ = MemoryStore::Fault::kNone;
  faults_ = {MemoryStore::Fault::kNone, MemoryStore::Fault::kFailBefore};  // Callback, payment.
  EXPECT_THAT(Replay("callbacks/1").status(), IsError(kUnavailable, "STORE_UNAVAILABLE"));
}

}  // namespace
}  // namespace payments
