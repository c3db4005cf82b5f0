#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/service/validate_payment.h"
#include "tests/unit/service/violations.h"

namespace payments {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Request = v1::CreatePaymentRequest;

constexpr char kPan[] = "4400430000000001";
constexpr char kCvc[] = "847";
constexpr absl::Time kNow = absl::FromUnixSeconds(1'767'225'600);  // 2026-01-01 00:00 UTC.

// A transfer from card data to a card number, as it is once the secrets are taken out.
struct Transfer {
  Request request;
  PaymentCards cards;

  absl::Status Judge() const { return ValidateCreatePayment(request, cards, kNow); }
};

Transfer GoodTransfer() {
  Transfer good;
  good.request.set_request_id("t-1");
  good.request.mutable_source()->mutable_masked_card()->set_masked_number("440043******0001");
  good.request.mutable_destination()->mutable_masked_card();
  good.request.mutable_amount()->set_currency_code("KZT");
  good.request.mutable_amount()->set_amount_minor(1);
  good.request.set_capture_mode(v1::CAPTURE_MODE_AUTOMATIC);
  CardSecrets& card = good.cards.source.emplace();
  card.number = Secret(kPan);
  card.cvc = Secret(kCvc);
  card.expiry_month = 1;
  card.expiry_year = 2026;
  card.holder_name = "A CARDHOLDER";
  good.cards.destination_number = Secret("5169490000000002");
  return good;
}

std::vector<std::string> FieldsWith(absl::FunctionRef<void(Transfer&)> change) {
  Transfer transfer = GoodTransfer();
  change(transfer);
  return Fields(transfer.Judge());
}
std::vector<std::string> RequestFields(absl::FunctionRef<void(Request&)> change) {
  return FieldsWith([&](Transfer& t) { change(t.request); });
}
std::vector<std::string> CardFields(absl::FunctionRef<void(CardSecrets&)> change) {
  return FieldsWith([&](Transfer& t) { change(*t.cards.source); });
}
std::vector<std::string> PayerFields(absl::FunctionRef<void(v1::Payer&)> change) {
  return FieldsWith([&](Transfer& t) { change(*t.request.mutable_payer()); });
}
std::vector<std::string> ReceiverFields(absl::FunctionRef<void(v1::Receiver&)> change) {
  return FieldsWith([&](Transfer& t) {
    v1::Receiver& receiver = *t.request.mutable_receiver();
    receiver.set_first_name("ANNA");
    receiver.set_last_name("O'NEIL-SMITH Jr.");
    receiver.set_country_code("UZ");
    change(receiver);
  });
}

TEST(ValidateTransferTest, AcceptsWhatIsGood) {
  EXPECT_THAT(FieldsWith([](Transfer&) {}), IsEmpty());
  EXPECT_THAT(RequestFields([](Request& r) {
                r.mutable_payer()->set_ip_address("2001:db8::1");
                r.mutable_payer()->set_email("a@b.test");
                r.mutable_payer()->set_phone("77010000000");
                r.mutable_payer()->set_address("Абай 1");
                r.set_return_url("https://shop.test/back?x=1");
                r.set_failure_return_url("https://shop.test");
                r.set_challenge_return_url("http://127.0.0.1:8080/3ds");
                r.set_save_source(true);
                r.set_save_destination(true);
              }),
              IsEmpty());
  EXPECT_THAT(ReceiverFields([](v1::Receiver&) {}), IsEmpty());
}

TEST(ValidateTransferTest, SavedCardsAreNames) {
  EXPECT_THAT(FieldsWith([](Transfer& t) {
                t.cards = {};
                t.request.mutable_source()->set_card("cards/a");
                t.request.mutable_destination()->set_card("cards/b");
              }),
              IsEmpty());
  EXPECT_THAT(FieldsWith([](Transfer& t) {
                t.cards = {};
                t.request.mutable_source()->set_card("a");
                t.request.mutable_destination()->set_card("payments/b");
              }),
              ElementsAre("source.card", "destination.card"));
}

TEST(ValidateTransferTest, CardDataIsJudgedByItsPath) {
  EXPECT_THAT(CardFields([](CardSecrets& c) { c.number = Secret("12345678901"); }),
              ElementsAre("source.card_data.number"));
  EXPECT_THAT(CardFields([](CardSecrets& c) { c.number = Secret("4400 4300 0000 0001"); }),
              ElementsAre("source.card_data.number"));
  EXPECT_THAT(CardFields([](CardSecrets& c) { c.cvc = Secret("12"); }),
              ElementsAre("source.card_data.cvc"));
  EXPECT_THAT(CardFields([](CardSecrets& c) { c.cvc = Secret(); }),
              ElementsAre("source.card_data.cvc"));
  EXPECT_THAT(CardFields([](CardSecrets& c) { c.expiry_month = 13; }),
              ElementsAre("source.card_data.expiry.month"));
  EXPECT_THAT(CardFields([](CardSecrets& c) { c.expiry_year = 26; }),
              ElementsAre("source.card_data.expiry.year"));
  EXPECT_THAT(CardFields([](CardSecrets& c) { c.expiry_year = 2025; }),
              ElementsAre("source.card_data.expiry"));
  EXPECT_THAT(CardFields([](CardSecrets& c) { c.holder_name = ""; }),
              ElementsAre("source.card_data.holder_name"));
  for (const char* number : {"", "12345678901", "12345678901234567890", "516949000000000x"}) {
    EXPECT_THAT(FieldsWith([number](Transfer& t) { t.cards.destination_number = Secret(number); }),
                ElementsAre("destination.card_number.number"))
        << number;
  }
}

TEST(ValidateTransferTest, ARefusalNeverRepeatsWhatIsSecret) {
  Transfer bad = GoodTransfer();
  bad.cards.source->number = Secret(absl::StrCat(kPan, "-"));
  bad.cards.source->cvc = Secret(absl::StrCat(kCvc, "77"));
  bad.cards.destination_number = Secret(absl::StrCat(kPan, "+"));
  const std::string text = bad.Judge().ToString();
  EXPECT_THAT(text, Not(HasSubstr(kPan)));
  EXPECT_THAT(text, Not(HasSubstr(kCvc)));
  EXPECT_THAT(text, HasSubstr("12 to 19 digits"));
}

TEST(ValidateTransferTest, MaskedCardsAreForAnswersOnly) {
  EXPECT_THAT(FieldsWith([](Transfer& t) { t.cards = {}; }),
              ElementsAre("source.masked_card", "destination.masked_card"));
}

TEST(ValidateTransferTest, OnlyCardsThatCameAsDataAreKept) {
  EXPECT_THAT(FieldsWith([](Transfer& t) {
                t.cards = {};
                t.request.mutable_source()->set_card("cards/a");
                t.request.mutable_destination()->set_card("cards/b");
                t.request.set_save_source(true);
                t.request.set_save_destination(true);
              }),
              ElementsAre("save_source", "save_destination"));
}

TEST(ValidateTransferTest, ThePayersIpAddressIsOne) {
  for (const char* good : {"192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"}) {
    EXPECT_THAT(PayerFields([good](v1::Payer& p) { p.set_ip_address(good); }), IsEmpty()) << good;
  }
  const std::string zero_byte = absl::StrCat("192.0.2.1", absl::string_view("\0x", 2));
  for (const std::string& bad :
       {std::string("192.0.2.256"), std::string("192.0.2"), std::string("shop.test"),
        std::string("192.0.2.1 "), std::string("192.0.2.1:80"), zero_byte, std::string("[::1]")}) {
    EXPECT_THAT(PayerFields([&bad](v1::Payer& p) { p.set_ip_address(bad); }),
                ElementsAre("payer.ip_address"))
        << bad;
  }
}

TEST(ValidateTransferTest, ThePayersFieldsHaveLimits) {
  EXPECT_THAT(PayerFields([](v1::Payer& p) { p.set_email(std::string(250, 'e') + "@b.c"); }),
              IsEmpty());
  EXPECT_THAT(PayerFields([](v1::Payer& p) { p.set_email(std::string(251, 'e') + "@b.c"); }),
              ElementsAre("payer.email"));
  EXPECT_THAT(PayerFields([](v1::Payer& p) { p.set_email("nobody"); }), ElementsAre("payer.email"));
  EXPECT_THAT(PayerFields([](v1::Payer& p) { p.set_email("a@b\r\nX: y"); }),
              ElementsAre("payer.email"));
  for (const char* phone : {"123456", "1234567890123456", "+77010000000", "7701 000"}) {
    EXPECT_THAT(PayerFields([phone](v1::Payer& p) { p.set_phone(phone); }),
                ElementsAre("payer.phone"))
        << phone;
  }
  EXPECT_THAT(PayerFields([](v1::Payer& p) { p.set_address(std::string(200, 'a')); }), IsEmpty());
  EXPECT_THAT(PayerFields([](v1::Payer& p) { p.set_address(std::string(201, 'a')); }),
              ElementsAre("payer.address"));
  EXPECT_THAT(PayerFields([](v1::Payer& p) { p.set_address("two\nlines"); }),
              ElementsAre("payer.address"));
}

TEST(ValidateTransferTest, ReceiversAreNamedInLatinLetters) {
  EXPECT_THAT(ReceiverFields([](v1::Receiver& r) { r.set_first_name("Анна"); }),
              ElementsAre("receiver.first_name"));
  EXPECT_THAT(ReceiverFields([](v1::Receiver& r) { r.set_last_name("Ёлкина"); }),
              ElementsAre("receiver.last_name"));
  EXPECT_THAT(ReceiverFields([](v1::Receiver& r) { r.set_first_name(std::string(65, 'A')); }),
              ElementsAre("receiver.first_name"));
  EXPECT_THAT(ReceiverFields([](v1::Receiver& r) { r.set_last_name(std::string(64, 'A')); }),
              IsEmpty());
  for (const char* country : {"", "U", "uz", "UZB", "U1"}) {
    EXPECT_THAT(ReceiverFields([country](v1::Receiver& r) { r.set_country_code(country); }),
                ElementsAre("receiver.country_code"))
        << country;
  }
  EXPECT_THAT(RequestFields([](Request& r) { r.mutable_receiver(); }),
              ElementsAre("receiver.first_name", "receiver.last_name", "receiver.country_code"));
}

TEST(ValidateTransferTest, UrlsAreHttpsOrOfThisMachine) {
  const std::string longest = "https://shop.test/" + std::string(2048 - 18, 'u');
  for (const std::string& good : {std::string("https://shop.test"), std::string("http://localhost"),
                                  std::string("http://localhost:1/x"), longest}) {
    EXPECT_THAT(RequestFields([&good](Request& r) { r.set_return_url(good); }), IsEmpty()) << good;
  }
  for (const std::string& bad :
       {std::string("http://shop.test"), std::string("https://"), std::string("https:///x"),
        std::string("https://:1"), std::string("shop.test/x"), std::string("javascript:alert(1)"),
        std::string("https://shop.test/a b"), std::string("https://shop.test/\r\nX: y"),
        std::string("https://shop.test/ж"), std::string("http://127.0.0.1.evil.test/"),
        std::string("http://localhost@evil.test/"), longest + "u"}) {
    EXPECT_THAT(RequestFields([&bad](Request& r) { r.set_return_url(bad); }),
                ElementsAre("return_url"))
        << bad;
  }
  EXPECT_THAT(RequestFields([](Request& r) { r.set_failure_return_url("x"); }),
              ElementsAre("failure_return_url"));
  EXPECT_THAT(RequestFields([](Request& r) { r.set_challenge_return_url("x"); }),
              ElementsAre("challenge_return_url"));
}

// -- ConfirmPayment ------------------------------------------------------------------------

using Posted = std::map<std::string, Secret>;

absl::Status JudgeConfirm(const std::string& name, const Posted& fields) {
  v1::ConfirmPaymentRequest request;
  request.set_name(name);
  return ValidateConfirmPayment(request, fields, kNow);
}
std::vector<std::string> ConfirmFields(const Posted& fields) {
  return Fields(JudgeConfirm("payments/a", fields));
}
Posted ManyFields(int count) {
  Posted fields;
  for (int i = 0; i < count; ++i) fields.emplace(absl::StrCat("f", i), Secret("v"));
  return fields;
}

TEST(ValidateConfirmTest, FieldsAreRequired) {
  EXPECT_THAT(ConfirmFields({{"MD", Secret("1")}, {"PaRes", Secret()}}), IsEmpty());
  EXPECT_THAT(ConfirmFields({}), ElementsAre("fields"));
  EXPECT_THAT(Fields(JudgeConfirm("cards/a", {{"MD", Secret("1")}})), ElementsAre("name"));
}

TEST(ValidateConfirmTest, FieldsHaveLimits) {
  EXPECT_THAT(ConfirmFields(ManyFields(16)), IsEmpty());
  EXPECT_THAT(ConfirmFields(ManyFields(17)), ElementsAre("fields"));
  EXPECT_THAT(ConfirmFields({{std::string(64, 'n'), Secret("v")}}), IsEmpty());
  EXPECT_THAT(ConfirmFields({{std::string(65, 'n'), Secret("v")}}), ElementsAre("fields"));
  EXPECT_THAT(ConfirmFields({{"", Secret("v")}}), ElementsAre("fields"));
  const std::string half(16'384, 'v');
  EXPECT_THAT(ConfirmFields({{"a", Secret(half)}, {"b", Secret(half)}}), IsEmpty());
  EXPECT_THAT(ConfirmFields({{"a", Secret(half)}, {"b", Secret(half + "v")}}),
              ElementsAre("fields"));
}

TEST(ValidateConfirmTest, ARefusalNeverRepeatsAValue) {
  const absl::Status status = JudgeConfirm(
      "payments/a", {{"PaRes", Secret("said-by-the-bank" + std::string(40'000, 'v'))}});
  EXPECT_THAT(status.ToString(), Not(HasSubstr("said-by-the-bank")));
  EXPECT_THAT(status.ToString(), HasSubstr("32768"));
}

TEST(ValidateConfirmTest, IdsHaveLimits) {
  v1::ConfirmPaymentRequest request;
  request.set_name("payments/a");
  request.set_request_id(std::string(129, 'r'));
  request.set_etag(std::string(129, 'e'));
  EXPECT_THAT(Fields(ValidateConfirmPayment(request, {{"MD", Secret("1")}}, kNow)),
              ElementsAre("request_id", "etag"));
}

}  // namespace
}  // namespace payments
