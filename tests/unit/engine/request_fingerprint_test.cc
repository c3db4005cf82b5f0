#include "server/engine/request_fingerprint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "server/engine/payer_message.h"
#include "tests/unit/engine/engine_fixture.h"

namespace payments {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// With access to the fixture's keys and requests.
class RequestFingerprintTest : public EngineTest {
 protected:
  storage::v1::RequestFingerprint Print(const v1::CreatePaymentRequest& request) {
    return FingerprintOf(*keys_, request, PaymentCards());
  }
};

TEST_F(RequestFingerprintTest, HoldsDigestsAndNoValues) {
  v1::CreatePaymentRequest request = PaymentRequest("the-request-id");
  request.set_description("a private note");
  (*request.mutable_metadata())["seat"] = "12A-private";
  const std::string payment = Print(request).SerializeAsString();
  for (const char* value : {"a private note", "12A-private", "login-1", "the-request-id", kCard}) {
    EXPECT_FALSE(absl::StrContains(payment, value)) << value;
  }
  const std::string card = FingerprintOf(*keys_, CardRequest(), PrintedCard()).SerializeAsString();
  for (const char* value : {"8600123412341234", "A HOLDER", "998901234567", "2030"}) {
    EXPECT_FALSE(absl::StrContains(card, value)) << value;
  }
}

TEST_F(RequestFingerprintTest, CvcIsNeitherRememberedNorCompared) {
  CardSecrets other = PrintedCard();
  other.cvc = Secret("999");
  const auto print = FingerprintOf(*keys_, CardRequest(), PrintedCard());
  EXPECT_THAT(DifferingFields(print, FingerprintOf(*keys_, CardRequest(), other)), IsEmpty());
  for (const auto& [path, digest] : print.fields()) {
    EXPECT_FALSE(absl::StrContains(path, "cvc"));
  }
}

TEST_F(RequestFingerprintTest, IsSaltedByTheRequestId) {
  const auto a = Print(PaymentRequest("a"));
  const auto b = Print(PaymentRequest("b"));
  EXPECT_NE(a.fields().at("amount.amount_minor"), b.fields().at("amount.amount_minor"));
}

TEST_F(RequestFingerprintTest, EveryFieldOfARequestIsCompared) {
  v1::CreatePaymentRequest full = PaymentRequest();
  full.set_account(kAccount);
  full.mutable_hold_duration()->set_seconds(60);
  full.mutable_payer()->set_language("ru");
  full.set_merchant_reference("m");
  full.set_description("d");
  (*full.mutable_metadata())["k"] = "v";
  (*full.mutable_provider_options())["region"] = "1";
  full.set_merchant_customer_id("c");
  EXPECT_THAT(DifferingFields(Print(full), Print(full)), IsEmpty());
  v1::CreatePaymentRequest bare;
  bare.set_request_id(full.request_id());
  EXPECT_THAT(DifferingFields(Print(full), Print(bare)),
              ElementsAre("account", "amount.amount_minor", "amount.currency_code", "capture_mode",
                          "description", "destination.merchant.payer_account", "hold_duration",
                          "merchant_customer_id", "merchant_reference", "metadata[\"k\"]",
                          "payer.language", "provider_options[\"region\"]", "source.card"));
}

TEST_F(RequestFingerprintTest, AnEmptyMetadataValueIsNotAnAbsentOne) {
  v1::CreatePaymentRequest with = PaymentRequest();
  (*with.mutable_metadata())["k"] = "";
  EXPECT_THAT(DifferingFields(Print(with), Print(PaymentRequest())),
              ElementsAre("metadata[\"k\"]"));
}

TEST_F(RequestFingerprintTest, UnderAnotherKeyNothingCanBeTold) {
  auto other = Print(PaymentRequest());
  other.set_key_id("older");
  (*other.mutable_fields())["amount.amount_minor"] = "?";
  EXPECT_THAT(DifferingFields(other, Print(PaymentRequest())), IsEmpty());
}

// A lost or stolen card reads as a plain refusal: the sentence depends on the category alone.
TEST(PayerMessage, DependsOnTheCategoryAlone) {
  ProviderAnswer stolen{"43", "stolen card, pick up", v1::FAILURE_CATEGORY_CARD_BLOCKED};
  ProviderAnswer plain{"05", "do not honour", v1::FAILURE_CATEGORY_ISSUER_DECLINED};
  const v1::Failure of_stolen = MakeFailure(stolen, v1::FAILURE_CATEGORY_PROVIDER_DECLINED);
  const v1::Failure of_plain = MakeFailure(plain, v1::FAILURE_CATEGORY_PROVIDER_DECLINED);
  EXPECT_EQ(of_stolen.payer_message(), of_plain.payer_message());
  EXPECT_EQ(of_stolen.provider_message(), "stolen card, pick up");
  EXPECT_EQ(of_stolen.category(), v1::FAILURE_CATEGORY_CARD_BLOCKED);
  stolen.message = "something else";
  EXPECT_EQ(MakeFailure(stolen, v1::FAILURE_CATEGORY_PROVIDER_DECLINED).payer_message(),
            of_stolen.payer_message());
}

TEST(PayerMessage, IsThereForEveryCategory) {
  for (int category = v1::FailureCategory_MIN; category <= v1::FailureCategory_MAX; ++category) {
    ProviderAnswer answer;
    answer.message = "provider-text";
    answer.category = static_cast<v1::FailureCategory>(category);
    const v1::Failure failure = MakeFailure(answer, v1::FAILURE_CATEGORY_PROVIDER_DECLINED);
    EXPECT_FALSE(failure.payer_message().empty()) << category;
    EXPECT_FALSE(absl::StrContains(failure.payer_message(), "provider-text"));
    EXPECT_NE(failure.category(), v1::FAILURE_CATEGORY_UNSPECIFIED);
  }
}

}  // namespace
}  // namespace payments
