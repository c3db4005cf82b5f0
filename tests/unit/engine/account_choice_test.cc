#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

// API.md, "Account" and ListProviders: what is not declared is refused before the
// provider is called.
class AccountChoiceTest : public EngineTest {
 protected:
  void ExpectInvalid(const v1::CreatePaymentRequest& request, const std::string& field) {
    const CreateCall call = Create(request);
    EXPECT_THAT(call.status(), IsError(absl::StatusCode::kInvalidArgument, "INVALID_FIELD"));
    EXPECT_THAT(ViolatedFields(call.status()), testing::ElementsAre(field));
    EXPECT_TRUE(http_.sent().empty());
    EXPECT_TRUE(PaymentNames().empty());
  }
  void SaveCard(const std::string& name, const std::string& account, v1::CardState state) {
    CardWrite write;
    write.record.set_tenant(kTenant);
    v1::Card& card = *write.record.mutable_card();
    card.set_name(name);
    card.set_account(account);
    card.set_request_id("request-of-" + name);
    card.set_state(state);
    MemoryStore::Disk::Log log;
    ASSERT_TRUE(disk_->CreateCard(std::move(write), {}, &log).ok());
  }
  void ExpectNotSupported(const v1::Capabilities& can, const std::string& capability) {
    Reconfigure({{kAccount, can}});
    const CreateCall call = Create(PaymentRequest());
    EXPECT_THAT(call.status(),
                IsError(absl::StatusCode::kFailedPrecondition, "CAPABILITY_NOT_SUPPORTED"));
    EXPECT_EQ(Metadata(call.status(), "capability"), capability);
    EXPECT_EQ(Metadata(call.status(), "provider_called"), "false");
    EXPECT_TRUE(http_.sent().empty());
  }
};

v1::Capabilities Only(const std::string& currency) {
  v1::Capabilities can = ScriptedCapabilities();
  can.mutable_currencies()->erase(
      std::remove_if(can.mutable_currencies()->begin(), can.mutable_currencies()->end(),
                     [&](const auto& limits) { return limits.currency_code() != currency; }),
      can.mutable_currencies()->end());
  return can;
}

// Card numbers to card numbers, with a page that the payer comes back to.
v1::Capabilities Transfers(const std::string& currency) {
  v1::Capabilities can = Only(currency);
  can.clear_source_kinds();
  can.add_source_kinds(v1::SOURCE_KIND_CARD_DATA);
  can.clear_destination_kinds();
  can.add_destination_kinds(v1::DESTINATION_KIND_CARD_DATA);
  can.clear_capture_modes();
  can.add_capture_modes(v1::CAPTURE_MODE_AUTOMATIC);
  can.add_payer_actions(v1::PAYER_ACTION_KIND_FORM_POST_AT_PAYMENT);
  can.add_required_fields("create_payment.return_url");
  can.set_card_registration(false);
  return can;
}

v1::CreatePaymentRequest TransferRequest(const std::string& currency) {
  v1::CreatePaymentRequest request;
  request.set_request_id("t1");
  request.mutable_source()->mutable_masked_card();
  request.mutable_destination()->mutable_masked_card();
  request.mutable_amount()->set_currency_code(currency);
  request.mutable_amount()->set_amount_minor(1000);
  request.set_capture_mode(v1::CAPTURE_MODE_AUTOMATIC);
  request.set_return_url("https://shop.test/done");
  return request;
}

TEST_F(AccountChoiceTest, TheOnlyAccountThatFitsIsTaken) {
  Reconfigure({{"accounts/tenge", Transfers("KZT")}, {"accounts/som", Transfers("UZS")}});
  Create(TransferRequest("UZS"));
  EXPECT_EQ(Payment(PaymentNames().front()).account(), "accounts/som");
}

TEST_F(AccountChoiceTest, SeveralThatFitAreNamed) {
  Reconfigure({{"accounts/a", Transfers("KZT")}, {"accounts/b", Transfers("KZT")}});
  const CreateCall call = Create(TransferRequest("KZT"));
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kInvalidArgument, "ACCOUNT_AMBIGUOUS"));
  EXPECT_EQ(Metadata(call.status(), "candidates"), "accounts/a,accounts/b");
  EXPECT_TRUE(http_.sent().empty());
}

TEST_F(AccountChoiceTest, OfSeveralTheNamedOneIsTaken) {
  Reconfigure({{"accounts/a", ScriptedCapabilities()}, {kAccount, ScriptedCapabilities()}});
  v1::CreatePaymentRequest request = PaymentRequest();
  request.set_account(kAccount);
  Create(request);
  EXPECT_EQ(Payment(PaymentNames().front()).account(), kAccount);
}

TEST_F(AccountChoiceTest, AnUnknownAccountIsNotFound) {
  v1::CreatePaymentRequest request = PaymentRequest();
  request.set_account("accounts/nobody");
  EXPECT_THAT(Create(request).status(), IsError(absl::StatusCode::kNotFound, "ACCOUNT_NOT_FOUND"));
}

TEST_F(AccountChoiceTest, NoneThatFitsIsSaid) {
  Reconfigure({{"accounts/a", Transfers("KZT")}, {"accounts/b", Transfers("KZT")}});
  const absl::Status status = Create(TransferRequest("UZS")).status();
  EXPECT_THAT(status, IsError(absl::StatusCode::kFailedPrecondition, "NO_SUITABLE_ACCOUNT"));
  EXPECT_THAT(std::string(status.message()),
              testing::HasSubstr("amount.currency_code: must be one of KZT for accounts/a; "
                                 "amount.currency_code: must be one of KZT for accounts/b"));
}

TEST_F(AccountChoiceTest, OfManyThatDoNotFitAFewSayWhy) {
  Reconfigure({{"accounts/a", Transfers("KZT")},
               {"accounts/b", Transfers("KZT")},
               {"accounts/c", Transfers("KZT")},
               {"accounts/d", Transfers("KZT")},
               {"accounts/e", Transfers("KZT")},
               {"accounts/f", Transfers("KZT")},
               {"accounts/g", Transfers("KZT")}});
  const std::string message(Create(TransferRequest("UZS")).status().message());
  EXPECT_THAT(message, testing::EndsWith("for accounts/e; 2 more"));
}

// What the quickstart configures: who forgot a field is told which, not "no account".
TEST_F(AccountChoiceTest, AMistakeIsRefusedByTheOnlyAccountForThatKindOfPayment) {
  Reconfigure({{kAccount, Only("UZS")}, {"accounts/transfers", Transfers("KZT")}});
  using Mistake = void (*)(v1::CreatePaymentRequest&);
  const std::vector<std::pair<std::string, Mistake>> mistakes = {
      {"amount.amount_minor", [](auto& r) { r.mutable_amount()->set_amount_minor(1'000'001); }},
      {"amount.currency_code", [](auto& r) { r.mutable_amount()->set_currency_code("USD"); }},
      {"payer.language", [](auto& r) { r.mutable_payer()->set_language("fr"); }},
      {"provider_options", [](auto& r) { (*r.mutable_provider_options())["colour"] = "red"; }},
  };
  for (const auto& [field, mistake] : mistakes) {
    v1::CreatePaymentRequest hold = PaymentRequest();
    mistake(hold);
    ExpectInvalid(hold, field);
    v1::CreatePaymentRequest transfer = TransferRequest("KZT");
    mistake(transfer);
    ExpectInvalid(transfer, field);
  }
  v1::CreatePaymentRequest transfer = TransferRequest("KZT");
  transfer.clear_return_url();
  ExpectInvalid(transfer, "return_url");
}

TEST_F(AccountChoiceTest, SoIsAMistakeInARegistration) {
  Reconfigure({{kAccount, Only("UZS")}, {"accounts/transfers", Transfers("KZT")}});
  v1::RegisterCardRequest request = CardRequest();
  request.clear_phone();
  EXPECT_THAT(ViolatedFields(Register(request).status()), testing::ElementsAre("phone"));
}

TEST_F(AccountChoiceTest, AKindOfPaymentThatNoAccountDoesIsRefusedByEach) {
  Reconfigure({{kAccount, Only("UZS")}, {"accounts/transfers", Transfers("KZT")}});
  v1::CreatePaymentRequest request = TransferRequest("KZT");
  request.mutable_destination()->mutable_merchant()->set_payer_account("login-1");
  const absl::Status status = Create(request).status();
  EXPECT_THAT(status, IsError(absl::StatusCode::kFailedPrecondition, "NO_SUITABLE_ACCOUNT"));
  EXPECT_THAT(std::string(status.message()),
              testing::AllOf(testing::HasSubstr(kAccount), testing::HasSubstr("; "),
                             testing::HasSubstr("accounts/transfers")));
}

TEST_F(AccountChoiceTest, ACardOfAnotherAccountIsNotUsable) {
  Reconfigure({{"accounts/a", ScriptedCapabilities()}, {kAccount, ScriptedCapabilities()}});
  v1::CreatePaymentRequest request = PaymentRequest();
  request.set_account("accounts/a");
  EXPECT_THAT(Create(request).status(),
              IsError(absl::StatusCode::kFailedPrecondition, "CARD_NOT_USABLE"));
  EXPECT_TRUE(http_.sent().empty());
}

TEST_F(AccountChoiceTest, ASavedCardChoosesItsAccount) {
  Reconfigure({{"accounts/a", ScriptedCapabilities()}, {kAccount, ScriptedCapabilities()}});
  Create(PaymentRequest());
  EXPECT_EQ(Payment(PaymentNames().front()).account(), kAccount);
  EXPECT_EQ(http_.Last("authorize").Field("token"), kCardToken);
}

TEST_F(AccountChoiceTest, SoDoesASavedDestination) {
  v1::Capabilities can = Transfers("KZT");
  can.add_destination_kinds(v1::DESTINATION_KIND_SAVED_CARD);
  Reconfigure({{"accounts/a", can}, {"accounts/b", can}});
  SaveCard("cards/paid-to", "accounts/b", v1::CARD_STATE_ACTIVE);
  v1::CreatePaymentRequest request = TransferRequest("KZT");
  request.mutable_destination()->set_card("cards/paid-to");
  Create(request);
  EXPECT_EQ(Payment(PaymentNames().front()).account(), "accounts/b");
}

TEST_F(AccountChoiceTest, WhatTheAccountOfASavedCardCannotDoItRefuses) {
  Reconfigure({{"accounts/a", ScriptedCapabilities()}, {kAccount, ScriptedCapabilities()}});
  v1::CreatePaymentRequest request = PaymentRequest();
  request.mutable_payer()->set_language("fr");
  ExpectInvalid(request, "payer.language");
  SaveCard("cards/pending", kAccount, v1::CARD_STATE_PENDING_CONFIRMATION);
  request = PaymentRequest();
  request.mutable_source()->set_card("cards/pending");
  EXPECT_THAT(Create(request).status(),
              IsError(absl::StatusCode::kFailedPrecondition, "CARD_NOT_USABLE"));
  request.mutable_source()->set_card("cards/unheard-of");
  EXPECT_THAT(Create(request).status(), IsError(absl::StatusCode::kNotFound, "CARD_NOT_FOUND"));
  EXPECT_TRUE(http_.sent().empty());
}

TEST_F(AccountChoiceTest, SavedCardsOfTwoAccountsAreRefused) {
  v1::Capabilities can = ScriptedCapabilities();
  can.add_destination_kinds(v1::DESTINATION_KIND_SAVED_CARD);
  Reconfigure({{"accounts/a", can}, {kAccount, can}});
  SaveCard("cards/paid-to", "accounts/a", v1::CARD_STATE_ACTIVE);
  v1::CreatePaymentRequest request = PaymentRequest("r1", v1::CAPTURE_MODE_AUTOMATIC);
  request.mutable_destination()->set_card("cards/paid-to");
  const absl::Status status = Create(request).status();
  EXPECT_THAT(status, IsError(absl::StatusCode::kFailedPrecondition, "CARD_NOT_USABLE"));
  EXPECT_THAT(std::string(status.message()),
              testing::StartsWith("destination.card: cards/paid-to belongs to accounts/a"));
  EXPECT_TRUE(PaymentNames().empty());
}

TEST_F(AccountChoiceTest, AReplayWithADeletedCardIsThePaymentAllTheSame) {
  Reconfigure({{"accounts/a", ScriptedCapabilities()}, {kAccount, ScriptedCapabilities()}});
  const std::string name = Authorized();
  Delete(kCard);
  const CreateCall again = Create(PaymentRequest());
  EXPECT_TRUE(again.value().replayed());
  EXPECT_EQ(again.value().payment().name(), name);
}

TEST_F(AccountChoiceTest, ACaptureModeThatIsNotDeclaredIsRefused) {
  v1::Capabilities can = ScriptedCapabilities();
  can.clear_capture_modes();
  can.add_capture_modes(v1::CAPTURE_MODE_AUTOMATIC);
  ExpectNotSupported(can, "capture_modes");
}

TEST_F(AccountChoiceTest, ASourceThatIsNotDeclaredIsRefused) {
  v1::Capabilities can = ScriptedCapabilities();
  can.clear_source_kinds();
  ExpectNotSupported(can, "source_kinds");
}

TEST_F(AccountChoiceTest, ADestinationThatIsNotDeclaredIsRefused) {
  v1::Capabilities can = ScriptedCapabilities();
  can.clear_destination_kinds();
  ExpectNotSupported(can, "destination_kinds");
}

TEST_F(AccountChoiceTest, CardRegistrationThatIsNotDeclaredIsRefused) {
  v1::Capabilities can = ScriptedCapabilities();
  can.set_card_registration(false);
  Reconfigure({{kAccount, can}});
  const RegisterCall call = Register(CardRequest());
  EXPECT_THAT(call.status(),
              IsError(absl::StatusCode::kFailedPrecondition, "CAPABILITY_NOT_SUPPORTED"));
  EXPECT_EQ(Metadata(call.status(), "capability"), "card_registration");
}

TEST_F(AccountChoiceTest, AmountsAreWithinTheAccountsLimits) {
  v1::CreatePaymentRequest request = PaymentRequest();
  request.mutable_amount()->set_amount_minor(1'000'001);
  ExpectInvalid(request, "amount.amount_minor");
  request.mutable_amount()->set_amount_minor(0);
  ExpectInvalid(request, "amount.amount_minor");
}

TEST_F(AccountChoiceTest, CurrenciesAreTheAccounts) {
  v1::CreatePaymentRequest request = PaymentRequest();
  request.mutable_amount()->set_currency_code("USD");
  ExpectInvalid(request, "amount.currency_code");
}

TEST_F(AccountChoiceTest, HoldsAreNotLongerThanDeclared) {
  v1::CreatePaymentRequest request = PaymentRequest();
  request.mutable_hold_duration()->set_seconds(25 * 60 * 60);
  ExpectInvalid(request, "hold_duration");
}

TEST_F(AccountChoiceTest, OptionsAreKnownAndWellFormed) {
  v1::CreatePaymentRequest request = PaymentRequest();
  (*request.mutable_provider_options())["colour"] = "red";
  ExpectInvalid(request, "provider_options");
  EXPECT_THAT(Create(request).status().message(), testing::HasSubstr("colour"));
  request.clear_provider_options();
  (*request.mutable_provider_options())["region"] = "1x";
  ExpectInvalid(request, "provider_options[\"region\"]");
  (*request.mutable_provider_options())["region"] = "12345";
  ExpectInvalid(request, "provider_options[\"region\"]");
}

TEST_F(AccountChoiceTest, LanguagesAreDeclared) {
  v1::CreatePaymentRequest request = PaymentRequest();
  request.mutable_payer()->set_language("fr");
  ExpectInvalid(request, "payer.language");
}

TEST_F(AccountChoiceTest, RequiredFieldsAreRequired) {
  v1::RegisterCardRequest request = CardRequest();
  request.clear_phone();
  const RegisterCall call = Register(request);
  EXPECT_THAT(ViolatedFields(call.status()), testing::ElementsAre("phone"));
  EXPECT_TRUE(http_.sent().empty());
}

}  // namespace
}  // namespace payments
