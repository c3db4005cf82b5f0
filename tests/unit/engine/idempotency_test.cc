#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

// API.md, "Idempotency".
using IdempotencyTest = EngineTest;

TEST_F(IdempotencyTest, AFinishedRequestIsReplayedWithTheCurrentPayment) {
  const std::string name = Authorized();
  http_.Always("capture", "ok");
  Capture(name);
  const CreateCall again = Create(PaymentRequest());
  EXPECT_TRUE(again.value().replayed());
  EXPECT_EQ(again.value().payment().name(), name);
  EXPECT_EQ(StateName(again.value().payment().state()), "SUCCEEDED") << "as it is now";
  EXPECT_EQ(http_.Count("authorize"), 1);
}

TEST_F(IdempotencyTest, ARunningRequestIsAttachedTo) {
  const CreateCall first = Create(PaymentRequest());
  const CreateCall second = Create(PaymentRequest());
  EXPECT_FALSE(second.answered());
  http_.Answer("authorize", "ok hold_id=h1");
  Settle();
  EXPECT_EQ(first.value().payment().name(), second.value().payment().name());
  EXPECT_EQ(StateName(second.value().payment().state()), "AUTHORIZED");
  EXPECT_FALSE(first.value().replayed());
  EXPECT_TRUE(second.value().replayed());
  EXPECT_EQ(http_.Count("authorize"), 1);
}

TEST_F(IdempotencyTest, ARequestOfAnEarlierProcessIsAttachedTo) {
  Sent();
  Crash();
  Restart();
  const CreateCall again = Create(PaymentRequest());
  EXPECT_FALSE(again.answered());
  RunFor(absl::Seconds(45));
  EXPECT_EQ(StateName(again.value().payment().state()), "UNKNOWN");
  EXPECT_EQ(http_.Count("authorize"), 1);
}

TEST_F(IdempotencyTest, AnAttachedCallHasItsOwnDeadline) {
  Create(PaymentRequest());
  const CreateCall second = Create(PaymentRequest(), absl::Seconds(2));
  RunFor(absl::Seconds(3));
  EXPECT_EQ(StateName(second.value().payment().state()), "PROCESSING");
  EXPECT_TRUE(second.value().replayed());
}

// It sends nothing, so it has no use for the card for as long as it waits.
TEST_F(IdempotencyTest, AnAttachedCallDoesNotKeepTheCard) {
  // On the heap, so that moving it leaves it where it is.
  static constexpr char kNumber[] = "4111111111111111111";
  const auto cards = [] {
    PaymentCards printed;
    printed.source = PrintedCard();
    printed.source->number = Secret(kNumber);
    printed.destination_number = Secret(kNumber);
    return printed;
  };
  const auto create = [this](PaymentCards printed) {
    CreateCall call;
    engine_->CreatePayment({kTenant, "tester"}, PaymentRequest(), std::move(printed),
                           executor_.Now() + absl::Minutes(1), call.done());
    return call;
  };
  const CreateCall first = create(cards());
  Settle();
  PaymentCards again = cards();
  const absl::string_view source = again.source->number.Reveal();
  const absl::string_view destination = again.destination_number->Reveal();
  const CreateCall second = create(std::move(again));
  EXPECT_EQ(source, kNumber);
  EXPECT_EQ(destination, kNumber);
  Settle();
  EXPECT_FALSE(second.answered());
  EXPECT_EQ(source, std::string(source.size(), '\0'));
  EXPECT_EQ(destination, std::string(destination.size(), '\0'));
}

TEST_F(IdempotencyTest, TwoAtOnceMakeOnePayment) {
  constexpr int kInterleavings = 100;
  for (int i = 0; i < kInterleavings; ++i) {
    const std::string id = "r" + std::to_string(i);
    CreateCall first;
    CreateCall second;
    for (CreateCall* call : {&first, &second}) {
      engine_->CreatePayment({kTenant, "tester"}, PaymentRequest(id), {},
                             executor_.Now() + absl::Minutes(1), call->done());
    }
    Settle();
    ASSERT_EQ(http_.Count("authorize"), i + 1);
    http_.Answer("authorize", "ok hold_id=h" + std::to_string(i));
    Settle();
    ASSERT_EQ(first.value().payment().name(), second.value().payment().name());
    ASSERT_NE(first.value().replayed(), second.value().replayed());
  }
}

TEST_F(IdempotencyTest, AfterFailedTheSameIdMakesANewPayment) {
  const std::string failed = Sent();
  http_.Answer("authorize", ScriptedHttp::kRefused);
  Settle();
  const CreateCall again = Create(PaymentRequest());
  http_.Answer("authorize", "ok hold_id=h1");
  Settle();
  const v1::Payment payment = again.value().payment();
  EXPECT_NE(payment.name(), failed);
  EXPECT_EQ(payment.retry_of(), failed);
  EXPECT_EQ(StateName(payment.state()), "AUTHORIZED");
  EXPECT_FALSE(again.value().replayed());
  EXPECT_EQ(State(failed), "FAILED");
  EXPECT_EQ(Create(PaymentRequest()).value().payment().name(), payment.name());
}

TEST_F(IdempotencyTest, TwoRetriesAtOnceAfterFailedMakeOnePayment) {
  Sent();
  http_.Answer("authorize", ScriptedHttp::kRefused);
  Settle();
  CreateCall first;
  CreateCall second;
  for (CreateCall* call : {&first, &second}) {
    engine_->CreatePayment({kTenant, "tester"}, PaymentRequest(), {},
                           executor_.Now() + absl::Minutes(1), call->done());
  }
  Settle();
  EXPECT_EQ(http_.Count("authorize"), 2) << "the failed one, and one more";
  http_.Answer("authorize", "ok hold_id=h1");
  Settle();
  EXPECT_EQ(first.value().payment().name(), second.value().payment().name());
}

// FAILED said that nothing was held; a second hold for the same request must not follow.
TEST_F(IdempotencyTest, AFailedPaymentThatTheProviderKnowsIsNotRunAgain) {
  const std::string name = Sent();
  http_.Answer("authorize", ScriptedHttp::kRefused);
  Settle();
  ASSERT_EQ(State(name), "FAILED");
  http_.Always("check", "status hold=held hold_id=h1");
  Callback(PaymentUrl(), "notice status=0 hold_id=h1");
  ASSERT_TRUE(Payment(name).needs_review());
  for (int i = 0; i < 2; ++i) {
    const absl::Status again = Create(PaymentRequest()).status();
    EXPECT_THAT(again, IsError(absl::StatusCode::kFailedPrecondition, "PAYMENT_STATE"));
    EXPECT_EQ(Metadata(again, "payment"), name);
    EXPECT_EQ(Metadata(again, "safe_to_retry"), "false");
    EXPECT_EQ(Metadata(again, "provider_called"), "true");
    EXPECT_EQ(http_.Count("authorize"), 1);
    // That an operator has seen it does not unsay it.
    Resolve(name, v1::RESOLUTION_ACKNOWLEDGED);
    EXPECT_FALSE(Payment(name).needs_review());
  }
  Delete(kCard);
  EXPECT_THAT(Create(PaymentRequest()).status(),
              IsError(absl::StatusCode::kFailedPrecondition, "PAYMENT_STATE"))
      << "a refusal would be safe to retry";
}

TEST_F(IdempotencyTest, AfterDeclinedTheSameIdIsReplayed) {
  Sent();
  http_.Answer("authorize", "declined");
  Settle();
  const CreateCall again = Create(PaymentRequest());
  EXPECT_TRUE(again.value().replayed());
  EXPECT_EQ(StateName(again.value().payment().state()), "DECLINED");
  EXPECT_EQ(http_.Count("authorize"), 1);
}

TEST_F(IdempotencyTest, AnotherRequestIsRefusedWithTheFieldsThatDiffer) {
  v1::CreatePaymentRequest request = PaymentRequest();
  (*request.mutable_metadata())["seat"] = "12A";
  (*request.mutable_metadata())["row"] = "3";
  Create(request);
  request.mutable_amount()->set_amount_minor(2000);
  (*request.mutable_metadata())["seat"] = "12B";
  request.mutable_metadata()->erase("row");
  request.set_description("new");
  const CreateCall other = Create(request);
  EXPECT_THAT(other.status(), IsError(absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED"));
  EXPECT_EQ(Metadata(other.status(), "differing_fields"),
            "amount.amount_minor,description,metadata[\"row\"],metadata[\"seat\"]");
  EXPECT_EQ(http_.Count("authorize"), 1);
}

TEST_F(IdempotencyTest, AnotherRequestAfterFailedIsRefusedToo) {
  Sent();
  http_.Answer("authorize", ScriptedHttp::kRefused);
  Settle();
  v1::CreatePaymentRequest request = PaymentRequest();
  request.mutable_amount()->set_amount_minor(2000);
  EXPECT_THAT(Create(request).status(),
              IsError(absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED"));
}

TEST_F(IdempotencyTest, ReplayWorksAfterTheCardWasDeleted) {
  const std::string name = Authorized();
  Delete(kCard);
  const CreateCall again = Create(PaymentRequest());
  EXPECT_TRUE(again.value().replayed());
  EXPECT_EQ(again.value().payment().name(), name);
}

TEST_F(IdempotencyTest, ReplayWorksAfterTheAccountIsGone) {
  const std::string name = Authorized();
  Reconfigure({});
  const CreateCall again = Create(PaymentRequest());
  EXPECT_EQ(again.value().payment().name(), name);
}

// "No such card, provider not called" would be a lie if a payment had begun with this id.
TEST_F(IdempotencyTest, ARefusalIsNotClaimedIfTheEarlierPaymentCannotBeRead) {
  Authorized();
  Delete(kCard);
  faults_ = {MemoryStore::Fault::kNone, MemoryStore::Fault::kFailBefore};  // Card, payment.
  const CreateCall again = Create(PaymentRequest());
  EXPECT_THAT(again.status(), IsError(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
}

TEST_F(IdempotencyTest, TenantsDoNotShareRequestIds) {
  Authorized();
  CreateCall foreign;
  engine_->CreatePayment({"another-tenant", "stranger"}, PaymentRequest(), {},
                         executor_.Now() + absl::Minutes(1), foreign.done());
  Settle();
  EXPECT_FALSE(foreign.status().ok());
  EXPECT_EQ(http_.Count("authorize"), 1);
}

}  // namespace
}  // namespace payments
