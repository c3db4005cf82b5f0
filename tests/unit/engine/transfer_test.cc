#include "tests/unit/engine/transfer_fixture.h"

namespace payments {
namespace {

using testing::HasSubstr;
using testing::Not;

class CreateTransferTest : public TransferTest {
 protected:
  // Everything that is stored of the tenant, its events and the fingerprint of `request_id`.
  std::string AllThatIsStored(const std::string& request_id) const {
    constexpr int kAll = 10000;
    std::string all;
    for (const std::string& name : PaymentNames()) {
      all += Stored(name).record.SerializeAsString();
    }
    for (const auto& event : disk_->ReadEvents(kTenant, 0, kAll).events) {
      all += event->SerializeAsString();
    }
    const auto claim = disk_->GetPaymentByRequestId(kTenant, request_id);
    EXPECT_TRUE(claim.ok()) << claim.status();
    if (claim.ok()) all += claim->fingerprint.SerializeAsString();
    return all;
  }

  static void ExpectNoSecretIn(const std::string& text) {
    for (const char* secret : {kPan, kCvc, kHolder, kPayee, kPares}) {
      EXPECT_THAT(text, Not(HasSubstr(secret)));
    }
  }
};

// -- Before and on the wire -------------------------------------------------------------

TEST_F(CreateTransferTest, TheIntentIsDurableAndSentBeforeTheWireIsTouched) {
  std::string at_send;
  int64_t number = 0;
  http_.SetSpy([&](const ScriptedMessage& message) {
    if (message.verb != "transfer") return;
    const std::vector<std::string> names = PaymentNames();
    ASSERT_EQ(names.size(), 1U) << "sent before the intent was durable";
    at_send = State(names.front()) + ": " + Operations(names.front());
    number = Stored(names.front()).record.operations(0).number();
  });
  SentTransfer();
  EXPECT_EQ(at_send, "PROCESSING: TRANSFER SENT PENDING");
  EXPECT_EQ(http_.Last("transfer").Field("number"), std::to_string(number));
}

TEST_F(CreateTransferTest, NothingIsSentIfTheIntentCannotBeStored) {
  standing_fault_ = MemoryStore::Fault::kFailBefore;
  EXPECT_THAT(Transfer(TransferRequest()).status(),
              IsError(absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE"));
  EXPECT_TRUE(http_.sent().empty());
}

TEST_F(CreateTransferTest, TheProviderIsToldAllOfIt) {
  v1::CreatePaymentRequest request = TransferRequest();
  request.set_save_source(true);
  request.set_merchant_customer_id("customer-1");
  request.mutable_payer()->set_ip_address("192.0.2.1");
  request.mutable_payer()->set_email("a@b.test");
  request.mutable_receiver()->set_first_name("ANNA");
  request.mutable_receiver()->set_last_name("BELL");
  request.mutable_receiver()->set_country_code("UZ");
  Transfer(request);
  const ScriptedMessage sent = http_.Last("transfer");
  EXPECT_EQ(sent.Field("from"), kPan);
  EXPECT_EQ(sent.Field("cvc"), kCvc);
  EXPECT_EQ(sent.Field("to"), kPayee);
  EXPECT_EQ(sent.Field("amount"), "1000");
  EXPECT_EQ(sent.Field("save"), "10");
  EXPECT_EQ(sent.Field("customer"), "customer-1");
  EXPECT_EQ(sent.Field("ip"), "192.0.2.1");
  EXPECT_EQ(sent.Field("email"), "a@b.test");
  EXPECT_EQ(sent.Field("language"), "kk");
  EXPECT_EQ(sent.Field("receiver"), "ANNA.BELL.UZ");
  EXPECT_EQ(sent.Field("back"), kReturnUrl);
  EXPECT_EQ(sent.Field("failed"), kFailureUrl);
  EXPECT_THAT(sent.Field("url"), HasSubstr("https://pay.test/callbacks/scripted/"));
  EXPECT_THAT(sent.Field("challenge"), HasSubstr("https://pay.test/actions/"));
  EXPECT_THAT(sent.Field("challenge"), testing::EndsWith("/result"));
}

TEST_F(CreateTransferTest, AMerchantsOwnChallengePageTakesThePlaceOfOurs) {
  v1::CreatePaymentRequest request = TransferRequest();
  request.set_challenge_return_url("https://shop.test/3ds");
  Transfer(request);
  EXPECT_EQ(http_.Last("transfer").Field("challenge"), "https://shop.test/3ds");
}

TEST_F(CreateTransferTest, SavedCardsGoByTheirTokens) {
  v1::CreatePaymentRequest request = FromSavedCard();
  request.mutable_destination()->set_card(kCard);
  Transfer(request, {});
  EXPECT_EQ(http_.Last("transfer").Field("from"), std::string("token:") + kCardToken);
  EXPECT_EQ(http_.Last("transfer").Field("to"), std::string("token:") + kCardToken);
}

TEST_F(CreateTransferTest, ADestinationThatIsNoCardOfTheCallerIsNamed) {
  v1::CreatePaymentRequest request = FromSavedCard();
  request.mutable_destination()->set_card("cards/nobodys");
  const CreateCall call = Transfer(request, {});
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kNotFound, "CARD_NOT_FOUND"));
  EXPECT_THAT(std::string(call.status().message()), HasSubstr("destination.card"));
  EXPECT_TRUE(http_.sent().empty());
  EXPECT_TRUE(PaymentNames().empty());
}

TEST_F(CreateTransferTest, ADestinationThatIsNotActiveIsRefused) {
  Delete(kCard);
  v1::CreatePaymentRequest request = TransferRequest();
  request.mutable_destination()->set_card(kCard);
  PaymentCards cards = Cards();
  cards.destination_number.reset();
  const CreateCall call = Transfer(request, std::move(cards));
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kFailedPrecondition, "CARD_NOT_USABLE"));
  EXPECT_TRUE(http_.sent().empty());
}

// -- What it comes to -------------------------------------------------------------------

TEST_F(CreateTransferTest, ASuccessIsAnsweredWithReferencesAndMaskedCards) {
  const CreateCall call = Transfer(TransferRequest());
  http_.Answer("transfer", "ok tx=t1 amount=1000 currency=KZT");
  Settle();
  const v1::Payment payment = call.value().payment();
  EXPECT_EQ(StateName(payment.state()), "SUCCEEDED");
  EXPECT_EQ(payment.provider_references().at("tx"), "t1");
  EXPECT_EQ(payment.source().masked_card().masked_number(), "440043******0001");
  EXPECT_EQ(payment.destination().masked_card().masked_number(), "516949******0002");
  EXPECT_FALSE(payment.has_expire_time());
  EXPECT_FALSE(payment.has_hold_duration());
  EXPECT_EQ(Operations(payment.name()), "TRANSFER ANSWERED SUCCEEDED");
}

TEST_F(CreateTransferTest, ADeclineIsAnAnswer) {
  const CreateCall call = Transfer(TransferRequest());
  http_.Answer("transfer", "declined code=51 category=4");
  Settle();
  EXPECT_EQ(StateName(call.value().payment().state()), "DECLINED");
  EXPECT_EQ(call.value().payment().failure().provider_code(), "51");
  EXPECT_EQ(call.value().payment().failure().category(), v1::FAILURE_CATEGORY_INSUFFICIENT_FUNDS);
  EXPECT_EQ(Operations(call.value().payment().name()), "TRANSFER ANSWERED DECLINED");
}

TEST_F(CreateTransferTest, ARefusedConnectionIsFailedAndUnavailable) {
  const CreateCall call = Transfer(TransferRequest());
  http_.Answer("transfer", ScriptedHttp::kRefused);
  Settle();
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kUnavailable, "PROVIDER_UNAVAILABLE"));
  EXPECT_EQ(Metadata(call.status(), "provider_called"), "false");
  EXPECT_EQ(Metadata(call.status(), "safe_to_retry"), "true");
  EXPECT_EQ(State(PaymentNames().front()), "FAILED");
  EXPECT_EQ(Operations(PaymentNames().front()), "TRANSFER NOT_SENT NOT_DONE");
}

TEST_F(CreateTransferTest, RefusedCredentialsAreTheAccountsConfiguration) {
  const CreateCall call = Transfer(TransferRequest());
  http_.Answer("transfer", "not_sent code=401 message=invalid_client category=14");
  Settle();
  EXPECT_THAT(call.status(),
              IsError(absl::StatusCode::kFailedPrecondition, "PROVIDER_CONFIGURATION"));
  EXPECT_EQ(State(PaymentNames().front()), "FAILED");
  EXPECT_EQ(Operations(PaymentNames().front()), "TRANSFER NOT_SENT NOT_DONE");
}

TEST_F(CreateTransferTest, WhatThePluginCannotSayIsFailedAndInvalid) {
  v1::CreatePaymentRequest request = TransferRequest();
  request.set_description("unspeakable");
  const CreateCall call = Transfer(request);
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kInvalidArgument, "INVALID_FIELD"));
  EXPECT_TRUE(http_.sent().empty());
  EXPECT_EQ(State(PaymentNames().front()), "FAILED");
}

TEST_F(CreateTransferTest, ALostAnswerIsUnknown) {
  const CreateCall call = Transfer(TransferRequest());
  http_.Answer("transfer", ScriptedHttp::kLost);
  Settle();
  EXPECT_EQ(StateName(call.value().payment().state()), "UNKNOWN");
  EXPECT_EQ(Operations(call.value().payment().name()), "TRANSFER SENT UNKNOWN");
  EXPECT_EQ(http_.Count("transfer"), 1);
}

TEST_F(CreateTransferTest, AnAnswerThatProvesNothingIsUnknown) {
  EXPECT_EQ(State(AnsweredTransfer("gibberish")), "UNKNOWN");
}

TEST_F(CreateTransferTest, InProcessIsAnsweredSo) {
  const CreateCall call = Transfer(TransferRequest());
  http_.Answer("transfer", "in_process tx=t1");
  Settle();
  EXPECT_EQ(StateName(call.value().payment().state()), "PROCESSING");
  EXPECT_EQ(Operations(call.value().payment().name()), "TRANSFER ANSWERED PENDING");
}

TEST_F(CreateTransferTest, TheCallersDeadlineChangesNothing) {
  const CreateCall call = Transfer(TransferRequest(), Cards(), absl::Seconds(2));
  RunFor(absl::Seconds(3));
  EXPECT_EQ(StateName(call.value().payment().state()), "PROCESSING");
  http_.Answer("transfer", "ok");
  Settle();
  EXPECT_EQ(State(PaymentNames().front()), "SUCCEEDED");
}

TEST_F(CreateTransferTest, ThreeDSecureAsksThePayer) {
  const CreateCall call = Transfer(TransferRequest());
  http_.Answer("transfer", "action md=md-1 tx=t1");
  Settle();
  const v1::Payment payment = call.value().payment();
  EXPECT_EQ(StateName(payment.state()), "ACTION_REQUIRED");
  EXPECT_EQ(Operations(payment.name()), "TRANSFER ANSWERED PENDING");
  const v1::FormPostAction& form = payment.next_action().form_post();
  EXPECT_EQ(form.url(), "https://bank.test/acs");
  EXPECT_EQ(form.fields().at("MD"), "md-1");
  EXPECT_EQ(form.hosted_url() + "/result", http_.Last("transfer").Field("challenge"));
  const absl::Time expire = absl::FromUnixSeconds(payment.expire_time().seconds()) +
                            absl::Nanoseconds(payment.expire_time().nanos());
  EXPECT_GT(expire, executor_.Now() + policy_.payer_action_time - absl::Seconds(1));
  EXPECT_LE(expire, executor_.Now() + policy_.payer_action_time);
  EXPECT_EQ(payment.next_action().expire_time().seconds(), payment.expire_time().seconds());
  EXPECT_EQ(payment.provider_references().at("tx"), "t1");
}

TEST_F(CreateTransferTest, AnActionWithoutAFormAsksNobody) {
  const std::string name = AnsweredTransfer("action tx=t1");
  EXPECT_EQ(State(name), "PROCESSING");
  Checks("status transfer=succeeded");
  RunFor(absl::Minutes(1));
  EXPECT_EQ(State(name), "SUCCEEDED");
}

TEST_F(CreateTransferTest, AnotherAmountIsDisputed) {
  const std::string name = AnsweredTransfer("ok tx=t1 amount=999 currency=KZT");
  EXPECT_EQ(State(name), "UNKNOWN");
  EXPECT_TRUE(Payment(name).needs_review());
  EXPECT_EQ(observer_.contradictions.back(), "the provider states 999 KZT");
}

TEST_F(CreateTransferTest, AnUnlistedAnswerIsToldToOperators) {
  AnsweredTransfer("gibberish code=777 unlisted=1");
  EXPECT_EQ(observer_.troubles, std::vector<std::string>{"provider_answer_unlisted"});
  Checks("status transfer=in_process code=NEW unlisted=1");
  Check(PaymentNames().front());
  EXPECT_EQ(observer_.troubles.size(), 2U);
}

TEST_F(CreateTransferTest, AListedAnswerIsNoTrouble) {
  AnsweredTransfer("ok code=00");
  EXPECT_TRUE(observer_.troubles.empty());
}

// -- Secrets ----------------------------------------------------------------------------

TEST_F(CreateTransferTest, CardDataIsInNothingThatIsStored) {
  for (const std::string reply : {"ok tx=t1", "declined code=51", "in_process", "(refused)",
                                  "(lost)", "action md=md-1 tx=t2"}) {
    const CreateCall call = Transfer(TransferRequest("r-" + std::to_string(reply.size())));
    http_.Answer("transfer", reply);
    Settle();
    ExpectNoSecretIn(call.status().ToString());
    ExpectNoSecretIn(AllThatIsStored("r-" + std::to_string(reply.size())));
  }
}

TEST_F(CreateTransferTest, WhatTheBankPostedIsInNothingThatIsStored) {
  const std::string name = Confirming();
  ExpectNoSecretIn(AllThatIsStored("r1"));
  http_.Answer("confirm", "declined code=1");
  Settle();
  ASSERT_EQ(State(name), "DECLINED");
  ExpectNoSecretIn(AllThatIsStored("r1"));
}

}  // namespace
}  // namespace payments
