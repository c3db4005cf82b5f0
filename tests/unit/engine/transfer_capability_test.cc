#include "absl/functional/function_ref.h"
#include "tests/unit/engine/transfer_fixture.h"

namespace payments {
namespace {

using testing::ElementsAre;

// What is not declared is refused before the provider is called and before anything is stored.
class TransferCapabilityTest : public TransferTest {
 protected:
  using Request = v1::CreatePaymentRequest;

  void ExpectNotSupported(const v1::Capabilities& can, const Request& request,
                          const std::string& capability, PaymentCards cards = Cards()) {
    Reconfigure({{kAccount, can}});
    const CreateCall call = Transfer(request, std::move(cards));
    EXPECT_THAT(call.status(),
                IsError(absl::StatusCode::kFailedPrecondition, "CAPABILITY_NOT_SUPPORTED"));
    EXPECT_EQ(Metadata(call.status(), "capability"), capability);
    ExpectNothingBegun();
  }
  void ExpectInvalid(const Request& request, const std::string& field) {
    const CreateCall call = Transfer(request);
    EXPECT_THAT(call.status(), IsError(absl::StatusCode::kInvalidArgument, "INVALID_FIELD"));
    EXPECT_THAT(ViolatedFields(call.status()), ElementsAre(field));
    ExpectNothingBegun();
  }
  void ExpectNothingBegun() {
    EXPECT_TRUE(http_.sent().empty());
    EXPECT_TRUE(PaymentNames().empty());
  }
  static v1::Capabilities Without(absl::FunctionRef<void(v1::Capabilities&)> change) {
    v1::Capabilities can = TransferCapabilities();
    change(can);
    return can;
  }
  static v1::Capabilities OnlySource(v1::SourceKind kind) {
    return Without([kind](v1::Capabilities& can) {
      can.clear_source_kinds();
      can.add_source_kinds(kind);
    });
  }
  static v1::Capabilities OnlyDestination(v1::DestinationKind kind) {
    return Without([kind](v1::Capabilities& can) {
      can.clear_destination_kinds();
      can.add_destination_kinds(kind);
    });
  }
  // Holds for the merchant, and transfers.
  static v1::Capabilities Everything() {
    v1::Capabilities can = ScriptedCapabilities();
    can.MergeFrom(TransferCapabilities());
    can.clear_required_fields();
    return can;
  }
};

TEST_F(TransferCapabilityTest, CardDataThatIsNotDeclaredIsRefused) {
  ExpectNotSupported(OnlySource(v1::SOURCE_KIND_SAVED_CARD), TransferRequest(), "source_kinds");
}

TEST_F(TransferCapabilityTest, ASavedSourceThatIsNotDeclaredIsRefused) {
  ExpectNotSupported(OnlySource(v1::SOURCE_KIND_CARD_DATA), FromSavedCard(), "source_kinds",
                     PayeeOnly());
}

TEST_F(TransferCapabilityTest, ACardNumberThatIsNotDeclaredIsRefused) {
  ExpectNotSupported(OnlyDestination(v1::DESTINATION_KIND_SAVED_CARD), TransferRequest(),
                     "destination_kinds");
}

TEST_F(TransferCapabilityTest, ASavedDestinationThatIsNotDeclaredIsRefused) {
  Request request = TransferRequest();
  request.mutable_destination()->set_card(kCard);
  PaymentCards cards = Cards();
  cards.destination_number.reset();
  ExpectNotSupported(OnlyDestination(v1::DESTINATION_KIND_CARD_DATA), request, "destination_kinds",
                     std::move(cards));
}

TEST_F(TransferCapabilityTest, TransfersToAProviderOfHoldsAreRefused) {
  ExpectNotSupported(ScriptedCapabilities(), FromSavedCard(), "destination_kinds", PayeeOnly());
}

TEST_F(TransferCapabilityTest, TheMerchantIsNotPaidByAProviderOfTransfers) {
  Request request = FromSavedCard();
  request.mutable_destination()->mutable_merchant()->set_payer_account("1");
  ExpectNotSupported(TransferCapabilities(), request, "destination_kinds", {});
}

// Holds are made by saved cards: the contract with plugins has nothing else.
TEST_F(TransferCapabilityTest, TheMerchantIsNotPaidFromCardData) {
  Request request = TransferRequest();
  request.mutable_destination()->mutable_merchant()->set_payer_account("1");
  ExpectNotSupported(Everything(), request, "source_kinds");
}

TEST_F(TransferCapabilityTest, ManualIsNotDeclared) {
  Request request = TransferRequest();
  request.set_capture_mode(v1::CAPTURE_MODE_MANUAL);
  ExpectNotSupported(TransferCapabilities(), request, "capture_modes");
}

TEST_F(TransferCapabilityTest, ATransferIsNeverManual) {
  Reconfigure({{kAccount, Everything()}});
  Request request = TransferRequest();
  request.set_capture_mode(v1::CAPTURE_MODE_MANUAL);
  ExpectInvalid(request, "capture_mode");
}

TEST_F(TransferCapabilityTest, ATransferHoldsNothing) {
  Request request = TransferRequest();
  request.mutable_hold_duration()->set_seconds(60);
  ExpectInvalid(request, "hold_duration");
}

TEST_F(TransferCapabilityTest, KeepingCardsMustBeDeclared) {
  const v1::Capabilities can = Without([](v1::Capabilities& c) { c.set_saves_cards(false); });
  for (const bool source : {true, false}) {
    Request request = TransferRequest();
    request.set_save_source(source);
    request.set_save_destination(!source);
    request.set_merchant_customer_id("c1");
    ExpectNotSupported(can, request, "saves_cards");
  }
}

TEST_F(TransferCapabilityTest, ACardIsKeptForSomebody) {
  Request request = TransferRequest();
  request.set_save_destination(true);
  ExpectInvalid(request, "merchant_customer_id");
}

TEST_F(TransferCapabilityTest, ReceiversAbroadMustBeDeclared) {
  Request request = TransferRequest();
  request.mutable_receiver()->set_first_name("A");
  ExpectNotSupported(Without([](v1::Capabilities& c) { c.set_transfers_abroad(false); }), request,
                     "transfers_abroad");
}

TEST_F(TransferCapabilityTest, AReceiverIsForTransfers) {
  Reconfigure({{kAccount, Everything()}});
  Request request = PaymentRequest();
  request.mutable_receiver()->set_first_name("A");
  ExpectInvalid(request, "receiver");
}

TEST_F(TransferCapabilityTest, PagesToComeBackToMustBeDeclared) {
  Request back = PaymentRequest();
  back.set_return_url(kReturnUrl);
  Request failed = PaymentRequest();
  failed.set_failure_return_url(kFailureUrl);
  Request challenge = PaymentRequest();
  challenge.set_challenge_return_url("https://shop.test/3ds");
  for (const Request& request : {back, failed, challenge}) {
    ExpectNotSupported(ScriptedCapabilities(), request, "payer_actions", {});
  }
}

TEST_F(TransferCapabilityTest, RequiredFieldsAreRequired) {
  Request request = TransferRequest();
  request.clear_return_url();
  ExpectInvalid(request, "return_url");
}

TEST_F(TransferCapabilityTest, EveryFieldCanBeRequired) {
  for (const std::string field : {"payer.ip_address", "payer.email", "payer.phone", "payer.address",
                                  "return_url", "description", "merchant_customer_id"}) {
    v1::Capabilities can = TransferCapabilities();
    can.clear_required_fields();
    can.add_required_fields("create_payment." + field);
    Reconfigure({{kAccount, can}});
    Request request = TransferRequest();
    request.clear_return_url();
    ExpectInvalid(request, field);
  }
}

TEST_F(TransferCapabilityTest, WhatIsRequiredAndThereIsTaken) {
  v1::Capabilities can = TransferCapabilities();
  can.add_required_fields("create_payment.payer.email");
  Reconfigure({{kAccount, can}});
  Request request = TransferRequest();
  request.mutable_payer()->set_email("a@b.test");
  Transfer(request);
  EXPECT_EQ(http_.Count("transfer"), 1);
}

TEST_F(TransferCapabilityTest, AnotherLanguageIsRefused) {
  Request request = TransferRequest();
  request.mutable_payer()->set_language("uz");
  ExpectInvalid(request, "payer.language");
}

// -- The choice of an account --------------------------------------------------------

TEST_F(TransferCapabilityTest, EachPaymentGoesToTheAccountThatCanDoIt) {
  Reconfigure({{kAccount, ScriptedCapabilities()}, {"accounts/transfers", TransferCapabilities()}});
  Transfer(TransferRequest("r1"));
  EXPECT_EQ(Payment(PaymentNames().back()).account(), "accounts/transfers");
  RunFor(absl::Milliseconds(10));
  Create(PaymentRequest("r2"));
  EXPECT_EQ(Payment(PaymentNames().back()).account(), kAccount);
}

TEST_F(TransferCapabilityTest, SeveralThatFitAreNamed) {
  Reconfigure({{"accounts/a", TransferCapabilities()}, {"accounts/b", TransferCapabilities()}});
  const CreateCall call = Transfer(TransferRequest());
  EXPECT_THAT(call.status(), IsError(absl::StatusCode::kInvalidArgument, "ACCOUNT_AMBIGUOUS"));
  EXPECT_EQ(Metadata(call.status(), "candidates"), "accounts/a,accounts/b");
  ExpectNothingBegun();
}

}  // namespace
}  // namespace payments
