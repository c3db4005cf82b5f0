#include "server/engine/save_cards.h"

#include "tests/unit/engine/transfer_fixture.h"

namespace payments {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// save_source and save_destination: the cards of a payment, kept.
class SaveCardsTest : public TransferTest {
 protected:
  static v1::CreatePaymentRequest SavingRequest(bool source = true, bool destination = false) {
    v1::CreatePaymentRequest request = TransferRequest();
    request.set_save_source(source);
    request.set_save_destination(destination);
    request.set_merchant_customer_id("customer-1");
    return request;
  }

  // A transfer that was sent and whose answer is awaited; its name.
  std::string Sent(v1::CreatePaymentRequest request = SavingRequest()) {
    Transfer(std::move(request));
    EXPECT_TRUE(http_.IsWaiting("transfer"));
    return PaymentNames().back();
  }
  void Answer(const std::string& verb, const std::string& reply) {
    http_.Answer(verb, reply);
    Settle();
  }

  // All but kCard.
  std::vector<v1::Card> NewCards() const {
    std::vector<v1::Card> cards;
    for (const v1::Card& card : disk_->ListCards(kTenant, CardQuery()).items) {
      if (card.name() != kCard) cards.push_back(card);
    }
    return cards;
  }
  // In plain text.
  std::string TokenOf(const std::string& card) const {
    const absl::StatusOr<StoredCard> stored = disk_->GetCard(kTenant, card);
    EXPECT_TRUE(stored.ok()) << stored.status();
    if (!stored.ok()) return "";
    const absl::StatusOr<Secret> token = keys_->Open(stored->record.sealed_token(), card);
    EXPECT_TRUE(token.ok()) << token.status();
    return token.ok() ? std::string(token->Reveal()) : "";
  }
};

TEST_F(SaveCardsTest, ASavedSourceIsAnActiveCardOfTheAccount) {
  const std::string name = Sent();
  Answer("transfer", "ok saved_source=token-s");
  ASSERT_EQ(State(name), "SUCCEEDED");
  ASSERT_EQ(NewCards().size(), 1U);
  const v1::Card card = NewCards().front();
  EXPECT_EQ(Payment(name).saved_source_card(), card.name());
  EXPECT_THAT(Payment(name).saved_destination_card(), IsEmpty());
  EXPECT_EQ(StateName(card.state()), "ACTIVE");
  EXPECT_EQ(card.account(), kAccount);
  EXPECT_EQ(card.provider(), kProvider);
  EXPECT_EQ(card.masked_number(), "440043******0001");
  EXPECT_EQ(card.merchant_customer_id(), "customer-1");
  EXPECT_EQ(TokenOf(card.name()), "token-s");
  EXPECT_EQ(EventsOf(card.name()).size(), 1U);
}

TEST_F(SaveCardsTest, ItsTokenIsInNoEventAndIsSealed) {
  const std::string name = Sent();
  Answer("transfer", "ok saved_source=token-s");
  for (const v1::Event& event : EventsOf(name)) {
    EXPECT_THAT(event.DebugString(), Not(HasSubstr("token-s")));
  }
  const auto stored = disk_->GetCard(kTenant, Payment(name).saved_source_card());
  ASSERT_TRUE(stored.ok());
  EXPECT_THAT(stored->record.SerializeAsString(), Not(HasSubstr("token-s")));
}

TEST_F(SaveCardsTest, ASavedCardPaysTheNextTransfer) {
  const std::string name = Sent();
  Answer("transfer", "ok saved_source=token-s");
  v1::CreatePaymentRequest request = TransferRequest("r2");
  request.mutable_source()->set_card(Payment(name).saved_source_card());
  Transfer(request, PayeeOnly());
  EXPECT_EQ(http_.Last("transfer").Field("from"), "token:token-s");
}

TEST_F(SaveCardsTest, BothEndsAreSaved) {
  const std::string name = Sent(SavingRequest(true, true));
  Answer("transfer", "ok saved_source=token-s saved_destination=token-d");
  EXPECT_EQ(NewCards().size(), 2U);
  EXPECT_EQ(TokenOf(Payment(name).saved_source_card()), "token-s");
  EXPECT_EQ(TokenOf(Payment(name).saved_destination_card()), "token-d");
}

TEST_F(SaveCardsTest, OnlyWhatWasAskedForIsSaved) {
  const std::string neither = Sent(TransferRequest("r0"));
  Answer("transfer", "ok saved_source=token-s saved_destination=token-d");
  EXPECT_EQ(State(neither), "SUCCEEDED");
  EXPECT_THAT(NewCards(), IsEmpty());
  const std::string destination = Sent(SavingRequest(false, true));
  Answer("transfer", "ok saved_source=token-s saved_destination=token-d");
  EXPECT_THAT(Payment(destination).saved_source_card(), IsEmpty());
  EXPECT_EQ(TokenOf(Payment(destination).saved_destination_card()), "token-d");
}

TEST_F(SaveCardsTest, WithoutATokenNothingIsSaved) {
  const std::string name = Sent();
  Answer("transfer", "ok");
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_THAT(NewCards(), IsEmpty());
}

TEST_F(SaveCardsTest, NothingIsSavedWithoutASuccess) {
  for (const std::string verb : {"declined", "in_process", "action", "gibberish"}) {
    v1::CreatePaymentRequest request = SavingRequest();
    request.set_request_id("r-" + verb);
    Sent(request);
    Answer("transfer", verb + " saved_source=token-s md=md-1");
  }
  EXPECT_THAT(NewCards(), IsEmpty());
}

TEST_F(SaveCardsTest, AConfirmationsAnswerSaves) {
  const std::string name = Sent();
  Answer("transfer", "action md=md-1");
  Confirm(name);
  Answer("confirm", "ok saved_source=token-s");
  EXPECT_EQ(TokenOf(Payment(name).saved_source_card()), "token-s");
}

TEST_F(SaveCardsTest, ACheckSaves) {
  const std::string name = Sent();
  Answer("transfer", ScriptedHttp::kLost);
  Checks("status transfer=succeeded saved_source=token-s");
  Check(name);
  ASSERT_EQ(State(name), "SUCCEEDED");
  EXPECT_EQ(TokenOf(Payment(name).saved_source_card()), "token-s");
}

// A check ends it first and knows no token; the answer that comes after it does.
TEST_F(SaveCardsTest, AnAnswerAfterTheEndStillSaves) {
  const std::string name = Sent();
  Checks("status transfer=succeeded");
  Callback(TransferUrl(), "notice status=0");
  ASSERT_EQ(State(name), "SUCCEEDED");
  Answer("transfer", "ok saved_source=token-s");
  EXPECT_EQ(TokenOf(Payment(name).saved_source_card()), "token-s");
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_FALSE(Payment(name).needs_review());
}

TEST_F(SaveCardsTest, WhatIsToldTwiceIsSavedOnce) {
  const std::string name = Sent();
  Checks("status transfer=succeeded saved_source=token-s");
  Callback(TransferUrl(), "notice status=0");
  Answer("transfer", "ok saved_source=token-s");
  Callback(TransferUrl(), "notice status=0");
  Check(name);
  EXPECT_EQ(NewCards().size(), 1U);
}

TEST_F(SaveCardsTest, TwoThatLearnItAtOnceSaveItOnce) {
  constexpr int kInterleavings = 40;  // Fewer than a page of cards has.
  for (int i = 0; i < kInterleavings; ++i) {
    v1::CreatePaymentRequest request = SavingRequest();
    request.set_request_id("r" + std::to_string(i));
    const std::string name = Sent(request);
    Checks("status transfer=succeeded saved_source=token-s");
    http_.Answer("transfer", "ok saved_source=token-s");
    HttpRequest notice;
    notice.body = Secret("notice status=0");
    engine_->HandleCallback(kProvider, TransferUrl().substr(TransferUrl().rfind('/') + 1),
                            std::move(notice), [](const HttpResponse&) {});
    Settle();
    ASSERT_EQ(State(name), "SUCCEEDED");
    ASSERT_EQ(NewCards().size(), static_cast<size_t>(i + 1)) << "interleaving " << i;
    ASSERT_EQ(TokenOf(Payment(name).saved_source_card()), "token-s");
  }
}

TEST_F(SaveCardsTest, AStoreThatIsAwayLosesNothing) {
  const std::string name = Sent();
  standing_fault_ = MemoryStore::Fault::kFailBefore;
  Answer("transfer", "ok saved_source=token-s");
  RunFor(absl::Seconds(20));
  EXPECT_THAT(observer_.troubles, testing::Contains("store_commit_failed"));
  standing_fault_ = MemoryStore::Fault::kNone;
  EXPECT_EQ(State(name), "PROCESSING");
  RunFor(absl::Seconds(10));
  EXPECT_EQ(State(name), "SUCCEEDED");
  EXPECT_EQ(TokenOf(Payment(name).saved_source_card()), "token-s");
}

TEST_F(SaveCardsTest, AReplyOfTheStoreThatIsLostMakesNoSecondCard) {
  const std::string name = Sent();
  faults_ = {MemoryStore::Fault::kLoseReply};
  Answer("transfer", "ok saved_source=token-s");
  RunFor(absl::Seconds(1));
  EXPECT_EQ(NewCards().size(), 1U);
  EXPECT_EQ(Payment(name).saved_source_card(), NewCards().front().name());
}

TEST_F(SaveCardsTest, ACrashBetweenTheCardAndThePaymentMakesNoSecondCard) {
  const std::string name = Sent();
  // The card is written; of the payment's commit nothing is.
  faults_ = {MemoryStore::Fault::kNone};
  standing_fault_ = MemoryStore::Fault::kFailBefore;
  Answer("transfer", "ok saved_source=token-s");
  ASSERT_EQ(NewCards().size(), 1U);
  ASSERT_EQ(State(name), "PROCESSING");
  Crash();
  standing_fault_ = MemoryStore::Fault::kNone;
  Restart();
  Checks("status transfer=succeeded saved_source=token-s");
  RunFor(absl::Minutes(2));
  EXPECT_EQ(State(name), "SUCCEEDED");
  ASSERT_EQ(NewCards().size(), 1U);
  EXPECT_EQ(Payment(name).saved_source_card(), NewCards().front().name());
}

TEST_F(SaveCardsTest, ItIsTheSameInARecordedCallAsInARepeatedOne) {
  const std::string name = Sent();
  Answer("transfer", "ok saved_source=token-s");
  const CreateCall again = Transfer(SavingRequest());
  EXPECT_TRUE(again.value().replayed());
  EXPECT_EQ(again.value().payment().saved_source_card(), Payment(name).saved_source_card());
  EXPECT_EQ(NewCards().size(), 1U);
}

}  // namespace
}  // namespace payments
