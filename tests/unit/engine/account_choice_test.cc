#include <algorithm>

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

TEST_F(AccountChoiceTest, TheOnlyAccountThatFitsIsTaken) {
  Reconfigure({{"accounts/tenge", Only("KZT")}, {kAccount, Only("UZS")}});
  Create(PaymentRequest());
  EXPECT_EQ(Payment(PaymentNames().front()).account(), kAccount);
}

TEST_F(AccountChoiceTest, SeveralThatFitAreNamed) {
  Reconfigure({{"accounts/a", ScriptedCapabilities()}, {"accounts/b", ScriptedCapabilities()}});
  const CreateCall call = Create(PaymentRequest());
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
  Reconfigure({{"accounts/a", Only("KZT")}, {"accounts/b", Only("KZT")}});
  const absl::Status status = Create(PaymentRequest()).status();
  EXPECT_THAT(status, IsError(absl::StatusCode::kFailedPrecondition, "NO_SUITABLE_ACCOUNT"));
  EXPECT_THAT(std::string(status.message()),
              testing::HasSubstr("amount.currency_code: must be one of KZT for accounts/a; "
                                 "amount.currency_code: must be one of KZT for accounts/b"));
}

TEST_F(AccountChoiceTest, OfManyThatDoNotFitAFewSayWhy) {
  Reconfigure({{"accounts/a", Only("KZT")},
               {"accounts/b", Only("KZT")},
               {"accounts/c", Only("KZT")},
               {"accounts/d", Only("KZT")},
               {"accounts/e", Only("KZT")},
               {"accounts/f", Only("KZT")},
               {"accounts/g", Only("KZT")}});
  const std::string message(Create(PaymentRequest()).status().message());
  EXPECT_THAT(message, testing::EndsWith("for accounts/e; 2 more"));
}

TEST_F(AccountChoiceTest, ACardOfAnotherAccountIsNotUsable) {
  Reconfigure({{"accounts/a", ScriptedCapabilities()}, {kAccount, ScriptedCapabilities()}});
  v1::CreatePaymentRequest request = PaymentRequest();
  request.set_account("accounts/a");
  EXPECT_THAT(Create(request).status(),
              IsError(absl::StatusCode::kFailedPrecondition, "CARD_NOT_USABLE"));
  EXPECT_TRUE(http_.sent().empty());
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
