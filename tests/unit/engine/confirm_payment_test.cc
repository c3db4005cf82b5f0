#include "tests/unit/engine/transfer_fixture.h"

namespace payments {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// ConfirmPayment, by merchants who run their own return page.
class ConfirmPaymentTest : public TransferTest {
 protected:
  // A refusal before anything is committed.
  void ExpectRefused(const std::string& name, const PostedFields& fields,
                     const std::string& field) {
    const int64_t sequence = Payment(name).sequence();
    const ConfirmCallResult call = Confirm(name, fields);
    EXPECT_THAT(call.status(), IsError(absl::StatusCode::kInvalidArgument, "INVALID_FIELD"));
    EXPECT_THAT(ViolatedFields(call.status()), ElementsAre(field));
    EXPECT_THAT(call.status().ToString(), testing::Not(HasSubstr(kPares)));
    EXPECT_EQ(http_.Count("confirm"), 0);
    EXPECT_EQ(Payment(name).sequence(), sequence);
  }
};

TEST_F(ConfirmPaymentTest, TheIntentIsDurableAndSentBeforeTheWireIsTouched) {
  const std::string name = Waiting();
  std::string at_send;
  http_.SetSpy([&](const ScriptedMessage& message) {
    if (message.verb == "confirm") at_send = State(name) + ": " + Operations(name);
  });
  Confirm(name);
  EXPECT_EQ(at_send, "PROCESSING: TRANSFER ANSWERED PENDING, CONFIRM SENT PENDING");
}

TEST_F(ConfirmPaymentTest, HandsOnWhatThePayersBankSaid) {
  const std::string name = Waiting();
  const ConfirmCallResult call = Confirm(name);
  const ScriptedMessage sent = http_.Last("confirm");
  EXPECT_EQ(sent.Field("number"), http_.Last("transfer").Field("number"));
  EXPECT_EQ(sent.Field("amount"), "1000");
  EXPECT_EQ(sent.Field("tx"), "t-r1");
  EXPECT_EQ(sent.Field("md"), "md-1");
  EXPECT_EQ(sent.Field("pares"), kPares);
  EXPECT_FALSE(call.answered());
  http_.Answer("confirm", "ok tx=t-r1 amount=1000 currency=KZT");
  Settle();
  EXPECT_EQ(StateName(call.value().payment().state()), "SUCCEEDED");
  EXPECT_FALSE(call.value().replayed());
  EXPECT_FALSE(call.value().payment().has_next_action());
  EXPECT_EQ(Operations(name), "TRANSFER ANSWERED SUCCEEDED, CONFIRM ANSWERED SUCCEEDED");
}

TEST_F(ConfirmPaymentTest, ItDrawsNoNumber) {
  numbers_ = {.first = 100'001, .last = 100'001};
  Reconfigure({{kAccount, TransferCapabilities()}});
  const std::string name = Confirming();
  http_.Answer("confirm", "ok");
  Settle();
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_EQ(Stored(name).record.operations(1).number(), 100'001);
}

TEST_F(ConfirmPaymentTest, ARefusalIsDeclined) {
  const std::string name = Confirming();
  http_.Answer("confirm", "declined code=454 category=6");
  Settle();
  EXPECT_EQ(State(name), "DECLINED");
  EXPECT_EQ(FailureOf(name), "AUTHENTICATION_FAILED");
  EXPECT_EQ(Payment(name).failure().provider_code(), "454");
  EXPECT_EQ(Operations(name), "TRANSFER ANSWERED DECLINED, CONFIRM ANSWERED DECLINED");
}

TEST_F(ConfirmPaymentTest, AnotherAmountIsDisputed) {
  const std::string name = Confirming();
  http_.Answer("confirm", "ok amount=1 currency=KZT");
  Settle();
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_TRUE(Payment(name).needs_review());
}

TEST_F(ConfirmPaymentTest, InProcessIsAnsweredSo) {
  const std::string name = Waiting();
  const ConfirmCallResult call = Confirm(name);
  http_.Answer("confirm", "in_process");
  Settle();
  EXPECT_EQ(StateName(call.value().payment().state()), "PROCESSING");
  EXPECT_EQ(Operations(name), "TRANSFER ANSWERED PENDING, CONFIRM ANSWERED PENDING");
}

TEST_F(ConfirmPaymentTest, AnotherActionAsksThePayerAgain) {
  const std::string name = Confirming();
  http_.Answer("confirm", "action md=md-2");
  Settle();
  EXPECT_EQ(State(name), "ACTION_REQUIRED");
  EXPECT_EQ(Payment(name).next_action().form_post().fields().at("MD"), "md-2");
  EXPECT_FALSE(HostedUrl(name).empty());
  EXPECT_THAT(Confirm(name).status(), IsError(absl::StatusCode::kInvalidArgument, "INVALID_FIELD"))
      << "the old form's MD";
  Confirm(name, {{"MD", "md-2"}, {"PaRes", kPares}});
  EXPECT_EQ(http_.Count("confirm"), 2);
}

TEST_F(ConfirmPaymentTest, ALostAnswerIsUnknownAndNeverSentAgain) {
  const std::string name = Waiting();
  const ConfirmCallResult call = Confirm(name);
  http_.Answer("confirm", ScriptedHttp::kLost);
  Settle();
  EXPECT_EQ(StateName(call.value().payment().state()), "UNKNOWN");
  const ConfirmCallResult again = Confirm(name);
  EXPECT_EQ(StateName(again.value().payment().state()), "UNKNOWN");
  EXPECT_TRUE(again.value().replayed());
  EXPECT_EQ(http_.Count("confirm"), 1);
}

// -- What is refused before anything is committed -----------------------------------------

TEST_F(ConfirmPaymentTest, AFieldThatCameBackChangedIsRefused) {
  ExpectRefused(Waiting(), {{"MD", "md-of-another"}, {"PaRes", kPares}}, "fields[\"MD\"]");
}

TEST_F(ConfirmPaymentTest, WhatThePluginRefusesIsRefused) {
  ExpectRefused(Waiting(), {{"MD", "md-1"}}, "fields");
}

TEST_F(ConfirmPaymentTest, AFieldThatDidNotComeBackIsThePluginsToJudge) {
  const std::string name = Waiting();
  Confirm(name, {{"PaRes", kPares}});
  EXPECT_EQ(http_.Count("confirm"), 1);
}

TEST_F(ConfirmPaymentTest, AnAccountThatIsGoneIsSaid) {
  const std::string name = Waiting();
  Reconfigure({{"accounts/another", TransferCapabilities()}});
  EXPECT_THAT(Confirm(name).status(),
              IsError(absl::StatusCode::kFailedPrecondition, "ACCOUNT_NOT_FOUND"));
  EXPECT_EQ(State(name), "ACTION_REQUIRED");
}

TEST_F(ConfirmPaymentTest, AForeignPaymentIsNotFound) {
  const std::string name = Waiting();
  v1::ConfirmPaymentRequest request;
  request.set_name(name);
  ConfirmCallResult call;
  engine_->ConfirmPayment({"stranger", "tester"}, request, {}, executor_.Now() + absl::Minutes(1),
                          call.done());
  Settle();
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kNotFound, "PAYMENT_NOT_FOUND"));
}

TEST_F(ConfirmPaymentTest, WhatWasNeverAskedOfThePayerIsTheWrongState) {
  const std::string in_process = AnsweredTransfer("in_process", "r1");
  const std::string done = AnsweredTransfer("ok", "r2");
  const std::string lost = AnsweredTransfer(ScriptedHttp::kLost, "r3");
  const std::string declined = AnsweredTransfer("declined", "r4");
  const std::string failed = AnsweredTransfer(ScriptedHttp::kRefused, "r5");
  for (const std::string& name : {in_process, done, lost, declined, failed}) {
    EXPECT_THAT(Confirm(name).status(),
                IsError(absl::StatusCode::kFailedPrecondition, "PAYMENT_STATE"))
        << State(name);
  }
  EXPECT_EQ(http_.Count("confirm"), 0);
}

TEST_F(ConfirmPaymentTest, AnotherEtagIsAborted) {
  v1::ConfirmPaymentRequest request;
  request.set_name(Waiting());
  request.set_etag("another");
  EXPECT_THAT(Confirm(request, Posted()).status(),
              IsError(absl::StatusCode::kAborted, "ETAG_MISMATCH"));
  EXPECT_EQ(http_.Count("confirm"), 0);
  request.set_etag(Payment(request.name()).etag());
  Confirm(request, Posted());
  EXPECT_EQ(http_.Count("confirm"), 1);
}

TEST_F(ConfirmPaymentTest, NothingIsBegunWhileDraining) {
  const std::string name = Waiting();
  const std::string url = HostedUrl(name);
  engine_->Drain([] {});
  EXPECT_THAT(Confirm(name).status(), IsError(absl::StatusCode::kUnavailable, "DRAINING"));
  EXPECT_TRUE(absl::IsUnavailable(Finish(url).status()));
  EXPECT_EQ(http_.Count("confirm"), 0);
  EXPECT_EQ(State(name), "ACTION_REQUIRED");
}

TEST_F(ConfirmPaymentTest, NothingIsSentIfTheIntentCannotBeStored) {
  const std::string name = Waiting();
  faults_ = {MemoryStore::Fault::kNone, MemoryStore::Fault::kFailBefore};  // Read, commit.
  EXPECT_THAT(Confirm(name).status(), IsError(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_EQ(http_.Count("confirm"), 0);
}

// -- Provably not sent -------------------------------------------------------------------

TEST_F(ConfirmPaymentTest, NotSentAsksThePayerAgainAndMayBeRepeated) {
  const std::string name = Waiting();
  const auto form = Payment(name).next_action();
  const ConfirmCallResult call = Confirm(name);
  http_.Answer("confirm", ScriptedHttp::kRefused);
  Settle();
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kUnavailable, "PROVIDER_UNAVAILABLE"));
  EXPECT_EQ(Metadata(call.status(), "safe_to_retry"), "false");
  EXPECT_EQ(Metadata(call.status(), "provider_called"), "false");
  EXPECT_EQ(State(name), "ACTION_REQUIRED");
  EXPECT_EQ(Operations(name), "TRANSFER ANSWERED PENDING, CONFIRM NOT_SENT NOT_DONE");
  EXPECT_EQ(Payment(name).next_action().DebugString(), form.DebugString());
  EXPECT_EQ(Payment(name).expire_time().seconds(), form.expire_time().seconds());

  Confirm(name);
  EXPECT_EQ(Operations(name), "TRANSFER ANSWERED PENDING, CONFIRM SENT PENDING");
  EXPECT_FALSE(Payment(name).has_expire_time());
  http_.Answer("confirm", "ok");
  Settle();
  EXPECT_EQ(State(name), "SUCCEEDED");
}

TEST_F(ConfirmPaymentTest, ATokenThatWasRefusedIsNotSentEither) {
  const std::string name = Waiting();
  const ConfirmCallResult call = Confirm(name);
  http_.Answer("confirm", "not_sent code=401 category=14");
  Settle();
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kUnavailable, "PROVIDER_UNAVAILABLE"));
  EXPECT_EQ(State(name), "ACTION_REQUIRED");
}

TEST_F(ConfirmPaymentTest, WhyItWasNotSentIsNotWhyItEnded) {
  const std::string name = Confirming();
  http_.Answer("confirm", ScriptedHttp::kRefused);
  Settle();
  Checks("status transfer=declined code=51 category=4");
  Check(name);
  ASSERT_EQ(State(name), "DECLINED");
  EXPECT_EQ(FailureOf(name), "INSUFFICIENT_FUNDS");
  EXPECT_EQ(Payment(name).failure().provider_code(), "51");
}

TEST_F(ConfirmPaymentTest, AnActionThatRunsOutAfterOneThatWasNotSentIsExpired) {
  const std::string name = Confirming();
  http_.Answer("confirm", ScriptedHttp::kRefused);
  Settle();
  Checks("status transfer=action");
  RunFor(absl::Hours(1));
  EXPECT_EQ(State(name), "EXPIRED");
  EXPECT_EQ(FailureOf(name), "AUTHENTICATION_FAILED");
}

// -- Again, and at the same time ---------------------------------------------------------

TEST_F(ConfirmPaymentTest, ARunningOneIsAttachedTo) {
  const std::string name = Waiting();
  const ConfirmCallResult first = Confirm(name);
  const ConfirmCallResult second = Confirm(name);
  EXPECT_FALSE(second.answered());
  http_.Answer("confirm", "ok");
  Settle();
  EXPECT_FALSE(first.value().replayed());
  EXPECT_TRUE(second.value().replayed());
  EXPECT_EQ(StateName(second.value().payment().state()), "SUCCEEDED");
  EXPECT_EQ(http_.Count("confirm"), 1);
}

TEST_F(ConfirmPaymentTest, AFinishedOneIsReplayedWhateverTheEtag) {
  for (const std::string reply : {"ok", "declined"}) {
    const std::string name = Confirming("r-" + reply);
    http_.Answer("confirm", reply);
    Settle();
    v1::ConfirmPaymentRequest request;
    request.set_name(name);
    request.set_etag("an-old-one");
    const ConfirmCallResult again = Confirm(request, Posted());
    EXPECT_TRUE(again.value().replayed());
    EXPECT_EQ(StateName(again.value().payment().state()), State(name));
  }
  EXPECT_EQ(http_.Count("confirm"), 2);
}

TEST_F(ConfirmPaymentTest, AReplayWithAnotherPaymentsFieldsIsRefused) {
  const std::string name = Confirming();
  http_.Answer("confirm", "ok");
  Settle();
  EXPECT_THAT(Confirm(name, {{"MD", "md-2"}}).status(),
              IsError(absl::StatusCode::kInvalidArgument, "INVALID_FIELD"));
}

TEST_F(ConfirmPaymentTest, TheBrowserAndTheMerchantAtOnceSendOne) {
  constexpr int kInterleavings = 100;
  for (int i = 0; i < kInterleavings; ++i) {
    const std::string name = Waiting("r" + std::to_string(i));
    const std::string url = HostedUrl(name);
    v1::ConfirmPaymentRequest request;
    request.set_name(name);
    ConfirmCallResult by_rpc;
    ActionCall by_browser;
    const std::map<std::string, Secret> fields = {{"MD", Secret("md-1")},
                                                  {"PaRes", Secret(kPares)}};
    engine_->ConfirmPayment({kTenant, "tester"}, request, fields,
                            executor_.Now() + absl::Minutes(1), by_rpc.done());
    engine_->FinishAction(url.substr(url.rfind('/') + 1), fields, by_browser.done());
    Settle();
    ASSERT_EQ(http_.Count("confirm"), i + 1) << "interleaving " << i;
    http_.Answer("confirm", "ok");
    Settle();
    ASSERT_EQ(StateName(by_rpc.value().payment().state()), "SUCCEEDED");
    ASSERT_EQ(by_browser.value().return_url, kReturnUrl);
  }
}

TEST_F(ConfirmPaymentTest, TheCallersDeadlineChangesNothing) {
  v1::ConfirmPaymentRequest request;
  request.set_name(Waiting());
  const ConfirmCallResult call = Confirm(request, Posted(), absl::Seconds(2));
  RunFor(absl::Seconds(3));
  EXPECT_EQ(StateName(call.value().payment().state()), "PROCESSING");
  http_.Answer("confirm", "ok");
  Settle();
  EXPECT_EQ(State(request.name()), "SUCCEEDED");
}

TEST_F(ConfirmPaymentTest, TheEventNamesTheRequest) {
  v1::ConfirmPaymentRequest request;
  request.set_name(Waiting());
  request.set_request_id("confirm-1");
  Confirm(request, Posted());
  const v1::Cause cause = EventsOf(request.name()).back().cause();
  EXPECT_EQ(cause.kind(), v1::CAUSE_KIND_RPC);
  EXPECT_EQ(cause.id(), "confirm-1");
  EXPECT_EQ(cause.principal(), "tester");
}

// The provider decides: it may take a result that comes late.
TEST_F(ConfirmPaymentTest, AnActionWhoseTimeIsOverIsStillHandedOn) {
  const std::string name = Waiting();
  RunFor(policy_.payer_action_time + absl::Seconds(1));
  Confirm(name);
  EXPECT_EQ(http_.Count("confirm"), 1);
}

TEST_F(ConfirmPaymentTest, AnExpiredOneIsNotConfirmed) {
  const std::string name = Waiting();
  Checks("status transfer=action");
  RunFor(absl::Hours(1));
  ASSERT_EQ(State(name), "EXPIRED");
  EXPECT_THAT(Confirm(name).status(),
              IsError(absl::StatusCode::kFailedPrecondition, "PAYMENT_STATE"));
  EXPECT_EQ(http_.Count("confirm"), 0);
}

}  // namespace
}  // namespace payments
