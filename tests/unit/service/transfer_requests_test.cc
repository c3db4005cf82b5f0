#include <map>
#include <string>

#include "gmock/gmock.h"
#include "server/service/request_secrets.h"
#include "server/service/sensitive_messages.h"
#include "tests/unit/service/service_fixture.h"

namespace payments {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr char kPan[] = "4400430000000001";
constexpr char kCvc[] = "847";
constexpr char kPayee[] = "5169490000000002";
constexpr char kPares[] = "said-by-the-bank";

v1::CreatePaymentRequest GoodTransfer() {
  v1::CreatePaymentRequest request;
  request.set_request_id("t-1");
  v1::CardData& card = *request.mutable_source()->mutable_card_data();
  card.set_number(kPan);
  card.set_cvc(kCvc);
  card.mutable_expiry()->set_month(12);
  card.mutable_expiry()->set_year(2099);
  card.set_holder_name("A CARDHOLDER");
  request.mutable_destination()->mutable_card_number()->set_number(kPayee);
  request.mutable_amount()->set_currency_code("KZT");
  request.mutable_amount()->set_amount_minor(1000);
  request.set_capture_mode(v1::CAPTURE_MODE_AUTOMATIC);
  return request;
}

v1::ConfirmPaymentRequest GoodConfirm() {
  v1::ConfirmPaymentRequest request;
  request.set_name("payments/a");
  (*request.mutable_fields())["MD"] = "md-1";
  (*request.mutable_fields())["PaRes"] = kPares;
  return request;
}

// Requests whose secrets are taken out before anything else is done with them.
class TransferRequestsTest : public ServiceFixture {
 protected:
  grpc::Status Create(const v1::CreatePaymentRequest& request) {
    grpc::ClientContext context;
    v1::CreatePaymentResponse response;
    return stub_->CreatePayment(&context, request, &response);
  }
  grpc::Status Confirm(const v1::ConfirmPaymentRequest& request) {
    grpc::ClientContext context;
    v1::ConfirmPaymentResponse response;
    return stub_->ConfirmPayment(&context, request, &response);
  }
  void ExpectNoSecretIn(const grpc::Status& status) const {
    for (const std::string& text : {status.error_message(), status.error_details(), log_.text()}) {
      for (const char* secret : {kPan, kCvc, kPayee, kPares}) {
        EXPECT_THAT(text, Not(HasSubstr(secret)));
      }
    }
  }
};

TEST_F(TransferRequestsTest, CardDataReachesTheEngineAsSecretsOnly) {
  StartServer();
  ASSERT_TRUE(Create(GoodTransfer()).ok());
  ASSERT_EQ(engine_.calls().size(), 1U);
  const FakeEngine::Call call = engine_.calls().front();
  ASSERT_TRUE(call.cards.source.has_value());
  EXPECT_EQ(call.cards.source->number.Reveal(), kPan);
  EXPECT_EQ(call.cards.source->cvc.Reveal(), kCvc);
  EXPECT_EQ(call.cards.source->expiry_month, 12);
  EXPECT_EQ(call.cards.source->expiry_year, 2099);
  EXPECT_EQ(call.cards.source->holder_name, "A CARDHOLDER");
  ASSERT_TRUE(call.cards.destination_number.has_value());
  EXPECT_EQ(call.cards.destination_number->Reveal(), kPayee);
  EXPECT_THAT(call.request, HasSubstr("masked_number: \"440043******0001\""));
  EXPECT_THAT(call.request, HasSubstr("masked_number: \"516949******0002\""));
  for (const char* secret : {kPan, kCvc, kPayee, "A CARDHOLDER"}) {
    EXPECT_THAT(call.request, Not(HasSubstr(secret)));
  }
}

TEST_F(TransferRequestsTest, SavedCardsStayNames) {
  StartServer();
  v1::CreatePaymentRequest request = GoodTransfer();
  request.mutable_source()->set_card("cards/a");
  request.mutable_destination()->set_card("cards/b");
  ASSERT_TRUE(Create(request).ok());
  const FakeEngine::Call call = engine_.calls().front();
  EXPECT_FALSE(call.cards.source.has_value());
  EXPECT_FALSE(call.cards.destination_number.has_value());
  EXPECT_THAT(call.request, HasSubstr("cards/a"));
}

TEST_F(TransferRequestsTest, ARefusedCardIsNotRepeatedAnywhere) {
  StartServer();
  v1::CreatePaymentRequest request = GoodTransfer();
  request.mutable_source()->mutable_card_data()->set_number(std::string(kPan) + "-");
  request.mutable_destination()->mutable_card_number()->set_number(std::string(kPayee) + "-");
  const grpc::Status status = Create(request);
  EXPECT_THAT(FieldsOf(status),
              ElementsAre("source.card_data.number", "destination.card_number.number"));
  ExpectNoSecretIn(status);
  EXPECT_TRUE(engine_.calls().empty());
}

TEST_F(TransferRequestsTest, AMaskedCardIsRefused) {
  StartServer();
  v1::CreatePaymentRequest request = GoodTransfer();
  request.mutable_source()->mutable_masked_card()->set_masked_number("440043******0001");
  request.mutable_destination()->mutable_masked_card();
  EXPECT_THAT(FieldsOf(Create(request)),
              ElementsAre("source.masked_card", "destination.masked_card"));
}

TEST_F(TransferRequestsTest, WhatTheBankPostedReachesTheEngineAsSecretsOnly) {
  StartServer();
  ASSERT_TRUE(Confirm(GoodConfirm()).ok());
  const FakeEngine::Call call = engine_.calls().front();
  EXPECT_EQ(call.method, "ConfirmPayment");
  EXPECT_EQ(call.fields.at("MD").Reveal(), "md-1");
  EXPECT_EQ(call.fields.at("PaRes").Reveal(), kPares);
  EXPECT_EQ(call.request, "name: \"payments/a\"\n");
}

TEST_F(TransferRequestsTest, ARefusedConfirmIsNotRepeatedAnywhere) {
  StartServer();
  v1::ConfirmPaymentRequest request = GoodConfirm();
  request.set_name("nothing");
  const grpc::Status status = Confirm(request);
  EXPECT_THAT(FieldsOf(status), ElementsAre("name"));
  ExpectNoSecretIn(status);
}

TEST_F(TransferRequestsTest, WithoutCredentialsNothingIsSaidAboutTheRequest) {
  StartServer(
      {.principals = {{"shop", kDevTenant,
                       // SHA-256 of "key-one".
                       "9b346041bc9a49574eb2665b2ad2a0a3f9f9cce4e42f5d1f26deb8a256b5966a"}}});
  EXPECT_EQ(Confirm({}).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(Create({}).error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

// -- Taken out and wiped ---------------------------------------------------------------

// The bytes of a string that a message holds, looked at where they are.
bool IsWiped(const std::string& text) { return text.find_first_not_of('\0') == std::string::npos; }

TEST(RequestSecrets, TakingThePostedFieldsLeavesNone) {
  v1::ConfirmPaymentRequest request = GoodConfirm();
  const std::map<std::string, Secret> fields = TakeSecrets(&request);
  EXPECT_EQ(fields.size(), 2U);
  EXPECT_EQ(request.fields_size(), 0);
  EXPECT_TRUE(TakeSecrets(&request).empty());
}

TEST(RequestSecrets, TakingCardDataLeavesMaskedCards) {
  v1::CreatePaymentRequest request = GoodTransfer();
  const PaymentCards cards = TakeSecrets(&request);
  EXPECT_EQ(cards.source->number.Reveal(), kPan);
  EXPECT_EQ(request.source().source_case(), v1::PaymentSource::kMaskedCard);
  EXPECT_EQ(request.destination().destination_case(), v1::PaymentDestination::kMaskedCard);
  const PaymentCards again = TakeSecrets(&request);
  EXPECT_FALSE(again.source.has_value());
  EXPECT_FALSE(again.destination_number.has_value());
}

TEST(RequestSecrets, WhatIsWipedIsGoneFromItsPlace) {
  std::string text = kPan;
  EXPECT_FALSE(IsWiped(text));
  WipeString(text);
  EXPECT_TRUE(IsWiped(text));
}

// gRPC's messages of a call that ends before it was handled, such as one canceled.
TEST(RequestSecrets, MessagesOfACallEndWithIt) {
  SensitiveAllocator<v1::CreatePaymentRequest, v1::CreatePaymentResponse> allocator;
  auto* messages = allocator.AllocateMessages();
  *messages->request() = GoodTransfer();
  EXPECT_NE(messages->response(), nullptr);
  messages->Release();
}

TEST(RequestSecrets, ANumberIsMaskedButForSixAndFour) {
  EXPECT_EQ(MaskedNumber(Secret("4400430000000001")), "440043******0001");
  EXPECT_EQ(MaskedNumber(Secret("123456789012")), "********9012");
  EXPECT_EQ(MaskedNumber(Secret("1234567890123456789")), "123456*********6789");
}

TEST(RequestSecrets, AnUnlikelyNumberIsMaskedTheMore) {
  EXPECT_EQ(MaskedNumber(Secret("12345678901")), "*******8901");
  EXPECT_EQ(MaskedNumber(Secret("1")), "*");
  EXPECT_EQ(MaskedNumber(Secret()), "");
}

}  // namespace
}  // namespace payments
