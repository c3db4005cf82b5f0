#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/engine/proto_time.h"
#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

// API.md, "Card": PENDING_CONFIRMATION -> ACTIVE | FAILED | EXPIRED; DELETED.
class CardLifeTest : public EngineTest {
 protected:
  static constexpr char kProviderToken[] = "provider-token-1";

  // A card whose owner must confirm it; its name.
  std::string Pending() {
    const RegisterCall call = Register(CardRequest());
    http_.Answer("register", absl::StrCat("confirm masked=8600****1234 token=", kProviderToken));
    Settle();
    return call.value().card().name();
  }
  std::string CardState(const std::string& name) const {
    return StateName(StoredCardOf(name).state());
  }
};

TEST_F(CardLifeTest, RegisteredPendingConfirmedActive) {
  const RegisterCall call = Register(CardRequest());
  EXPECT_FALSE(call.answered());
  http_.Answer("register", "confirm token=t1 masked=8600****1234");
  Settle();
  const v1::Card card = call.value().card();
  EXPECT_EQ(StateName(card.state()), "PENDING_CONFIRMATION");
  EXPECT_EQ(card.next_action().redirect().url(), "https://bank.test/confirm");
  EXPECT_EQ(ToTime(card.next_action().expire_time()) - ToTime(card.update_time()),
            policy_.card_confirmation_time);
  EXPECT_EQ(card.masked_number(), "8600****1234");
  EXPECT_EQ(card.holder_name(), "A HOLDER");
  EXPECT_EQ(card.expiry().year(), 2030);
  EXPECT_EQ(card.account(), kAccount);
  EXPECT_EQ(Callback(CardUrl(), "notice status=0 token=t1"), 200);
  EXPECT_EQ(CardState(card.name()), "ACTIVE");
  EXPECT_FALSE(StoredCardOf(card.name()).has_next_action());
  EXPECT_EQ(EventsOf(card.name()).size(), 3U);
}

TEST_F(CardLifeTest, TheCardIsDurableBeforeTheProviderIsCalled) {
  int cards = -1;
  http_.SetSpy([this, &cards](const ScriptedMessage&) {
    cards = static_cast<int>(disk_->ListCards(kTenant, CardQuery()).items.size());
  });
  Register(CardRequest());
  EXPECT_EQ(cards, 2) << "the saved one and the new one";
}

TEST_F(CardLifeTest, AnActiveCardPays) {
  const RegisterCall call = Register(CardRequest());
  http_.Answer("register", "active token=t9 masked=8600****1234");
  Settle();
  EXPECT_EQ(StateName(call.value().card().state()), "ACTIVE");
  v1::CreatePaymentRequest request = PaymentRequest();
  request.mutable_source()->set_card(call.value().card().name());
  Create(request);
  EXPECT_EQ(http_.Last("authorize").Field("token"), "t9");
}

TEST_F(CardLifeTest, APendingCardDoesNotPay) {
  v1::CreatePaymentRequest request = PaymentRequest();
  request.mutable_source()->set_card(Pending());
  EXPECT_THAT(Create(request).status(),
              IsError(absl::StatusCode::kFailedPrecondition, "CARD_NOT_USABLE"));
}

TEST_F(CardLifeTest, NeitherTokenNorCardDataIsStoredInTheClear) {
  const std::string name = Pending();
  const std::string record = disk_->GetCard(kTenant, name)->record.SerializeAsString();
  EXPECT_FALSE(absl::StrContains(record, "8600123412341234"));
  EXPECT_FALSE(absl::StrContains(record, kProviderToken));
  const absl::StatusOr<Secret> token =
      keys_->Open(disk_->GetCard(kTenant, name)->record.sealed_token(), name);
  ASSERT_TRUE(token.ok());
  EXPECT_TRUE(token->EqualsInConstantTime(kProviderToken));
}

TEST_F(CardLifeTest, ACallbackThatIsFasterThanTheAnswer) {
  const RegisterCall call = Register(CardRequest());
  EXPECT_EQ(Callback(CardUrl(), "notice status=0 token=t1"), 200);
  EXPECT_EQ(StateName(call.value().card().state()), "ACTIVE");
  const std::string name = call.value().card().name();
  http_.Answer("register", "confirm token=t1 masked=8600****1234");
  Settle();
  EXPECT_EQ(CardState(name), "ACTIVE");
  EXPECT_EQ(StoredCardOf(name).masked_number(), "8600****1234");
  EXPECT_FALSE(StoredCardOf(name).has_next_action());
}

TEST_F(CardLifeTest, ARefusalIsAnAnswer) {
  const RegisterCall call = Register(CardRequest());
  http_.Answer("register",
               absl::StrCat("declined code=4 category=", v1::FAILURE_CATEGORY_CARD_INVALID));
  Settle();
  EXPECT_EQ(StateName(call.value().card().state()), "FAILED");
  EXPECT_EQ(call.value().card().failure().category(), v1::FAILURE_CATEGORY_CARD_INVALID);
}

TEST_F(CardLifeTest, ALostAnswerIsFailedAndTheRepeatMakesANewCard) {
  for (const char* how : {ScriptedHttp::kLost, ScriptedHttp::kRefused, "<html>502"}) {
    const std::string id = absl::StrCat("c-", how[0] == '<' ? "garbage" : how);
    const RegisterCall call = Register(CardRequest(id));
    http_.Answer("register", how);
    Settle();
    EXPECT_THAT(call.status(), IsError(absl::StatusCode::kUnavailable, "PROVIDER_UNAVAILABLE"));
    EXPECT_EQ(Metadata(call.status(), "safe_to_retry"), "true");
    const std::string failed = Metadata(call.status(), "card");
    EXPECT_EQ(CardState(failed), "FAILED");
    const RegisterCall again = Register(CardRequest(id));
    http_.Answer("register", "confirm token=t2");
    Settle();
    EXPECT_NE(again.value().card().name(), failed);
    EXPECT_EQ(again.value().card().retry_of(), failed);
  }
}

TEST_F(CardLifeTest, TheSameRequestGivesTheSameCard) {
  const RegisterCall first = Register(CardRequest());
  const RegisterCall second = Register(CardRequest());
  EXPECT_FALSE(second.answered());
  http_.Answer("register", "confirm token=t1");
  Settle();
  EXPECT_EQ(first.value().card().name(), second.value().card().name());
  EXPECT_TRUE(second.value().replayed());
  EXPECT_TRUE(Register(CardRequest()).value().replayed());
  EXPECT_EQ(http_.Count("register"), 1);
}

TEST_F(CardLifeTest, AnotherCardUnderTheSameRequestIdIsRefusedByField) {
  Register(CardRequest());
  CardSecrets other = PrintedCard();
  other.number = Secret("8600999999999999");
  other.cvc = Secret("999");  // Neither remembered nor compared.
  const RegisterCall call = Register(CardRequest(), other);
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED"));
  EXPECT_EQ(Metadata(call.status(), "differing_fields"), "card.number");
}

TEST_F(CardLifeTest, TheDeadlineIsAnsweredWithTheStateSoFar) {
  const RegisterCall call = Register(CardRequest(), PrintedCard(), absl::Seconds(2));
  RunFor(absl::Seconds(3));
  EXPECT_EQ(StateName(call.value().card().state()), "PENDING_CONFIRMATION");
  http_.Answer("register", "confirm token=t1");
  Settle();
  EXPECT_TRUE(StoredCardOf(call.value().card().name()).has_next_action());
}

TEST_F(CardLifeTest, AConfirmationThatIsRefusedFails) {
  const std::string name = Pending();
  Callback(CardUrl(), "notice status=7 token=provider-token-1 code=7");
  EXPECT_EQ(CardState(name), "FAILED");
  EXPECT_EQ(StoredCardOf(name).failure().category(), v1::FAILURE_CATEGORY_AUTHENTICATION_FAILED);
}

TEST_F(CardLifeTest, ASuccessCallbackMovesFailedToActive) {
  const std::string name = Pending();
  Callback(CardUrl(), "notice status=7 token=provider-token-1");
  Callback(CardUrl(), "notice status=0 token=provider-token-1");
  EXPECT_EQ(CardState(name), "ACTIVE");
  EXPECT_FALSE(StoredCardOf(name).has_failure());
}

TEST_F(CardLifeTest, ASuccessCallbackHealsALostAnswer) {
  Register(CardRequest());
  http_.Answer("register", ScriptedHttp::kLost);
  Settle();
  EXPECT_EQ(Callback(CardUrl(), "notice status=0 token=t1"), 200);
  const std::string name = disk_->ListCards(kTenant, CardQuery()).items.front().name();
  EXPECT_EQ(CardState(name), "ACTIVE");
}

TEST_F(CardLifeTest, TheConfirmationsTimeRunsOutAndALateOneStillCounts) {
  const std::string name = Pending();
  RunFor(policy_.card_confirmation_time - absl::Minutes(1));
  EXPECT_EQ(CardState(name), "PENDING_CONFIRMATION");
  RunFor(absl::Minutes(2));
  EXPECT_EQ(CardState(name), "EXPIRED");
  EXPECT_TRUE(StoredCardOf(name).has_failure());
  Callback(CardUrl(), "notice status=0 token=provider-token-1");
  EXPECT_EQ(CardState(name), "ACTIVE");
}

TEST_F(CardLifeTest, AFailureCallbackDoesNotUndoASuccess) {
  const std::string name = Pending();
  Callback(CardUrl(), "notice status=0 token=provider-token-1");
  Callback(CardUrl(), "notice status=7 token=provider-token-1");
  EXPECT_EQ(CardState(name), "ACTIVE");
}

TEST_F(CardLifeTest, ACallbackWithAnotherTokenIsAMismatch) {
  const std::string name = Pending();
  EXPECT_EQ(Callback(CardUrl(), "notice status=0 token=another"), 200);
  EXPECT_EQ(CardState(name), "PENDING_CONFIRMATION");
  EXPECT_EQ(observer_.callbacks.back(), "mismatch");
  EXPECT_EQ(observer_.contradictions.size(), 1U);
}

TEST_F(CardLifeTest, ADeletedCardStaysDeleted) {
  const std::string name = Pending();
  const DeleteCall call = Delete(name);
  EXPECT_EQ(StateName(call.value().card().state()), "DELETED");
  EXPECT_TRUE(disk_->GetCard(kTenant, name)->record.sealed_token().empty());
  Callback(CardUrl(), "notice status=0 token=provider-token-1");
  EXPECT_EQ(CardState(name), "DELETED");
  const size_t before = EventsOf(name).size();
  EXPECT_TRUE(Delete(name).status().ok()) << "repeating changes nothing";
  RunFor(absl::Hours(1));
  EXPECT_EQ(EventsOf(name).size(), before);
}

TEST_F(CardLifeTest, DeletingChecksTheEtagAndTheName) {
  EXPECT_THAT(Delete(kCard, "not-it").status(),
              IsError(absl::StatusCode::kAborted, "ETAG_MISMATCH"));
  EXPECT_THAT(Delete("cards/nobody").status(),
              IsError(absl::StatusCode::kNotFound, "CARD_NOT_FOUND"));
  EXPECT_TRUE(Delete(kCard, StoredCardOf(kCard).etag()).status().ok());
}

TEST_F(CardLifeTest, PaymentsWithADeletedCardGoOn) {
  const std::string name = Authorized();
  Delete(kCard);
  http_.Always("capture", "ok");
  EXPECT_EQ(StateName(Capture(name).value().payment().state()), "SUCCEEDED");
}

TEST_F(CardLifeTest, ARegistrationThatACrashCutOffFails) {
  Register(CardRequest());
  Crash();
  Restart();
  const std::string name = disk_->ListCards(kTenant, CardQuery()).items.front().name();
  RunFor(absl::Seconds(35));
  EXPECT_EQ(CardState(name), "PENDING_CONFIRMATION");
  RunFor(absl::Seconds(10));
  EXPECT_EQ(CardState(name), "FAILED");
  EXPECT_EQ(http_.Count("register"), 1);
}

TEST_F(CardLifeTest, RejectedCredentialsAreAConfigurationError) {
  const RegisterCall call = Register(CardRequest());
  http_.Answer("register",
               absl::StrCat("declined category=", v1::FAILURE_CATEGORY_PROVIDER_CONFIGURATION));
  Settle();
  EXPECT_THAT(call.status(),
              IsError(absl::StatusCode::kFailedPrecondition, "PROVIDER_CONFIGURATION"));
}

}  // namespace
}  // namespace payments
