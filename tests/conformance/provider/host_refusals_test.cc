// What an account's capabilities do not declare, the host refuses before it calls the provider:
// nothing is sent and nothing is stored.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/rpc/error_details.pb.h"
#include "server/base/error.h"
#include "tests/conformance/provider/hosted_provider.h"

namespace payments {
namespace {

// A payment with one thing about it that is not declared.
struct Unwanted {
  std::string what;
  WantedPayment wanted;
  // Empty: CAPABILITY_NOT_SUPPORTED; else INVALID_FIELD of this one.
  std::string field;
};

std::string ViolatedField(const absl::Status& error) {
  google::rpc::BadRequest bad;
  const google::rpc::Status rpc = ToRpcStatus(error);
  for (const google::protobuf::Any& any : rpc.details()) {
    if (any.UnpackTo(&bad) && bad.field_violations_size() > 0) {
      return bad.field_violations(0).field();
    }
  }
  return "";
}

class HostRefusals : public HostedProvider, public testing::WithParamInterface<ProviderRow> {
 protected:
  HostRefusals() : HostedProvider(GetParam()) { SaveCard(SavedCard()); }

  bool holds() const { return PaysTo(can(), v1::DESTINATION_KIND_MERCHANT); }

  void ExpectDone(WantedPayment wanted) {
    wanted.request.set_request_id(absl::StrCat("r", payments_stored()));
    const size_t sent_before = requests_sent();
    const auto payment = Create(wanted);
    ASSERT_TRUE(payment.ok()) << payment.status();
    EXPECT_GT(requests_sent(), sent_before);
    EXPECT_EQ(payment->state(), wanted.request.capture_mode() == v1::CAPTURE_MODE_MANUAL
                                    ? v1::PAYMENT_STATE_AUTHORIZED
                                    : v1::PAYMENT_STATE_SUCCEEDED)
        << payment->ShortDebugString();
  }

  void ExpectRefused(const Unwanted& unwanted) {
    SCOPED_TRACE(unwanted.what);
    const auto payment = Create(unwanted.wanted);
    ASSERT_FALSE(payment.ok()) << payment->ShortDebugString();
    if (unwanted.field.empty()) {
      EXPECT_EQ(ReasonOf(payment.status()), v1::ERROR_REASON_CAPABILITY_NOT_SUPPORTED)
          << payment.status();
    } else {
      EXPECT_EQ(ReasonOf(payment.status()), v1::ERROR_REASON_INVALID_FIELD) << payment.status();
      EXPECT_EQ(ViolatedField(payment.status()), unwanted.field);
    }
    EXPECT_EQ(requests_sent(), 0U);
    EXPECT_EQ(payments_stored(), 0U);
  }
};

// Else the refusals would prove nothing: every declared combination, and every extra.
TEST_P(HostRefusals, WhatIsDeclaredGoesThrough) {
  for (const int source : can().source_kinds()) {
    for (const int destination : can().destination_kinds()) {
      for (const int mode : can().capture_modes()) {
        const WantedPayment wanted = WantedOf(static_cast<v1::SourceKind>(source),
                                              static_cast<v1::DestinationKind>(destination),
                                              static_cast<v1::CaptureMode>(mode));
        ExpectDone(wanted);
      }
    }
  }
}

TEST_P(HostRefusals, ExtrasThatAreDeclaredGoThrough) {
  WantedPayment wanted = Wanted();
  v1::CreatePaymentRequest& request = wanted.request;
  request.set_merchant_customer_id("customer-1");
  request.set_save_source(can().saves_cards());
  request.set_save_destination(can().saves_cards());
  if (can().transfers_abroad()) {
    request.mutable_receiver()->set_first_name("Ayse");
    request.mutable_receiver()->set_last_name("Yilmaz");
    request.mutable_receiver()->set_country_code("TR");
  }
  if (can().has_hold_duration_max()) *request.mutable_hold_duration() = can().hold_duration_max();
  if (can().languages_size() > 0) request.mutable_payer()->set_language(can().languages(0));
  ExpectDone(wanted);
}

TEST_P(HostRefusals, SourcesThatAreNotDeclared) {
  std::vector<Unwanted> all;
  if (!TakesFrom(can(), v1::SOURCE_KIND_CARD_DATA)) {
    all.push_back({"card data", Wanted(), ""});
    all.back().wanted.request.mutable_source()->mutable_masked_card();
    all.back().wanted.cards.source = PrintedCard();
  }
  if (!TakesFrom(can(), v1::SOURCE_KIND_SAVED_CARD)) {
    all.push_back({"a saved card", Wanted(), ""});
    all.back().wanted.request.mutable_source()->set_card(kCard);
  }
  for (const Unwanted& unwanted : all) ExpectRefused(unwanted);
}

TEST_P(HostRefusals, DestinationsThatAreNotDeclared) {
  std::vector<Unwanted> all;
  if (!PaysTo(can(), v1::DESTINATION_KIND_MERCHANT)) {
    all.push_back({"the merchant", Wanted(), ""});
    all.back().wanted.request.mutable_destination()->mutable_merchant()->set_payer_account("a");
  }
  if (!PaysTo(can(), v1::DESTINATION_KIND_CARD_DATA)) {
    all.push_back({"a card number", Wanted(), ""});
    all.back().wanted.request.mutable_destination()->mutable_masked_card();
    all.back().wanted.cards.destination_number = Secret(kDestinationPan);
  }
  if (!PaysTo(can(), v1::DESTINATION_KIND_SAVED_CARD)) {
    all.push_back({"a saved card", Wanted(), ""});
    all.back().wanted.request.mutable_destination()->set_card(kCard);
  }
  for (const Unwanted& unwanted : all) ExpectRefused(unwanted);
}

TEST_P(HostRefusals, CaptureModesThatAreNotDeclared) {
  for (const auto mode : {v1::CAPTURE_MODE_MANUAL, v1::CAPTURE_MODE_AUTOMATIC}) {
    if (Captures(can(), mode)) continue;
    Unwanted unwanted = {v1::CaptureMode_Name(mode), Wanted(), ""};
    unwanted.wanted.request.set_capture_mode(mode);
    ExpectRefused(unwanted);
  }
}

TEST_P(HostRefusals, AmountsBeyondTheLimits) {
  const v1::CurrencyLimits& limits = can().currencies(0);
  for (const int64_t amount : {limits.amount_minor_min() - 1, limits.amount_minor_max() + 1}) {
    Unwanted unwanted = {absl::StrCat(amount), Wanted(), "amount.amount_minor"};
    unwanted.wanted.request.mutable_amount()->set_amount_minor(amount);
    ExpectRefused(unwanted);
  }
  Unwanted unwanted = {"another currency", Wanted(), "amount.currency_code"};
  unwanted.wanted.request.mutable_amount()->set_currency_code("XTS");
  ExpectRefused(unwanted);
}

TEST_P(HostRefusals, ExtrasThatAreNotDeclared) {
  std::vector<Unwanted> all;
  const auto add = [this, &all](const char* what) -> v1::CreatePaymentRequest& {
    all.push_back({what, Wanted(), ""});
    all.back().wanted.request.set_merchant_customer_id("customer-1");
    return all.back().wanted.request;
  };
  if (!can().saves_cards()) add("save_source").set_save_source(true);
  if (!can().saves_cards()) add("save_destination").set_save_destination(true);
  if (!can().transfers_abroad()) add("receiver").mutable_receiver()->set_country_code("TR");
  if (!Asks(can(), v1::PAYER_ACTION_KIND_FORM_POST_AT_PAYMENT)) {
    add("return_url").set_return_url("https://shop.example/");
    add("failure_return_url").set_failure_return_url("https://shop.example/");
    add("challenge_return_url").set_challenge_return_url("https://shop.example/");
  }
  for (const Unwanted& unwanted : all) ExpectRefused(unwanted);
}

TEST_P(HostRefusals, HoldsLongerThanDeclared) {
  Unwanted unwanted = {"hold_duration", Wanted(), "hold_duration"};
  unwanted.wanted.request.mutable_hold_duration()->set_seconds(can().hold_duration_max().seconds() +
                                                               60);
  ExpectRefused(unwanted);
}

TEST_P(HostRefusals, OptionsThatAreNotDeclared) {
  Unwanted unknown = {"an unknown option", Wanted(), "provider_options"};
  (*unknown.wanted.request.mutable_provider_options())["nobody_knows"] = "1";
  ExpectRefused(unknown);
  for (const v1::ProviderOption& option : can().provider_options()) {
    const std::string field = absl::StrCat("provider_options[\"", option.key(), "\"]");
    Unwanted unwanted = {option.key(), Wanted(), field};
    std::string& value = (*unwanted.wanted.request.mutable_provider_options())[option.key()];
    value = std::string(static_cast<size_t>(option.length_max()) + 1, '1');
    ExpectRefused(unwanted);
    if (option.type() != v1::PROVIDER_OPTION_TYPE_DIGITS) continue;
    value = "a";
    ExpectRefused(unwanted);
  }
}

TEST_P(HostRefusals, LanguagesThatAreNotDeclared) {
  Unwanted unwanted = {"payer.language", Wanted(), "payer.language"};
  unwanted.wanted.request.mutable_payer()->set_language("xx");
  ExpectRefused(unwanted);
}

// Every required field is one that the host knows how to look for.
TEST_P(HostRefusals, RequiredFieldsThatAreAbsent) {
  for (absl::string_view required : can().required_fields()) {
    if (!absl::ConsumePrefix(&required, "create_payment.")) {
      EXPECT_EQ(required, "register_card.phone") << "the host knows no such field";
      continue;
    }
    Unwanted unwanted = {std::string(required), Wanted(), std::string(required)};
    v1::CreatePaymentRequest& request = unwanted.wanted.request;
    request.clear_payer();
    request.clear_return_url();
    request.clear_description();
    request.clear_merchant_customer_id();
    ExpectRefused(unwanted);
  }
}

// -- The other calls --------------------------------------------------------------------------

TEST_P(HostRefusals, CardsAreRegisteredWhereThatIsDeclared) {
  v1::RegisterCardRequest request;
  request.set_request_id("c1");
  request.set_account(kAccount);
  request.set_phone("998911902494");
  const auto card = Register(request);
  EXPECT_EQ(card.ok(), can().card_registration()) << card.status();
  EXPECT_EQ(requests_sent() > 0, can().card_registration());
  EXPECT_EQ(ReasonOf(card.status()), can().card_registration()
                                         ? v1::ERROR_REASON_UNSPECIFIED
                                         : v1::ERROR_REASON_CAPABILITY_NOT_SUPPORTED);
}

TEST_P(HostRefusals, RegistrationsLackNothingThatIsRequired) {
  v1::RegisterCardRequest request;
  request.set_request_id("c1");
  request.set_account(kAccount);
  request.set_phone("998911902494");
  request.set_language("xx");
  EXPECT_FALSE(Register(request).ok());
  request.clear_language();
  request.clear_phone();
  const bool required = std::find(can().required_fields().begin(), can().required_fields().end(),
                                  "register_card.phone") != can().required_fields().end();
  EXPECT_EQ(Register(request).ok(), can().card_registration() && !required);
  EXPECT_EQ(requests_sent() > 0, can().card_registration() && !required);
}

// Of a payment that is held, or of one that has moved in one step and holds nothing.
TEST_P(HostRefusals, PartsAreCapturedWhereThatIsDeclared) {
  const auto payment = Create(Wanted());
  ASSERT_TRUE(payment.ok()) << payment.status();
  const size_t sent_before = requests_sent();
  const absl::Status captured = Capture(payment->name(), Amount().amount_minor() - 1);
  EXPECT_EQ(captured.ok(), can().partial_capture()) << captured;
  EXPECT_EQ(requests_sent() > sent_before, can().partial_capture());
  if (!can().partial_capture()) {
    EXPECT_EQ(ReasonOf(captured), v1::ERROR_REASON_CAPABILITY_NOT_SUPPORTED) << captured;
  }
}

TEST_P(HostRefusals, WhatDoesNotWaitForItsPayerIsNotConfirmed) {
  const auto payment = Create(Wanted());
  ASSERT_TRUE(payment.ok()) << payment.status();
  const size_t sent_before = requests_sent();
  Confirm(payment->name(), "PaRes").IgnoreError();
  EXPECT_EQ(requests_sent(), sent_before);
}

// Money that has moved in one step cannot be released: no provider is asked to.
TEST_P(HostRefusals, PaymentsAreReleasedWhereTheyAreHeld) {
  const auto payment = Create(Wanted());
  ASSERT_TRUE(payment.ok()) << payment.status();
  const size_t sent_before = requests_sent();
  const absl::Status canceled = Cancel(payment->name());
  EXPECT_EQ(canceled.ok(), holds()) << canceled;
  EXPECT_EQ(requests_sent() > sent_before, holds());
}

INSTANTIATE_TEST_SUITE_P(Providers, HostRefusals, testing::ValuesIn(AllProviderRows()),
                         NameOfProviderRow);

}  // namespace
}  // namespace payments
