#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/engine/proto_time.h"
#include "server/service/validate_card.h"
#include "server/service/validate_events.h"
#include "server/service/validate_fields.h"
#include "server/service/validate_payment.h"
#include "tests/unit/service/violations.h"

namespace payments {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr char kPan[] = "4111111111111111";

std::string Long(size_t chars) { return std::string(chars, 'x'); }
// As many characters, twice as many bytes.
std::string LongCyrillic(size_t chars) {
  std::string text;
  for (size_t i = 0; i < chars; ++i) text += "ж";
  return text;
}

constexpr absl::Time kNow = absl::FromUnixSeconds(1'767'225'600);  // 2026-01-01 00:00 UTC.

// -- RegisterCard --------------------------------------------------------------------

struct Registration {
  v1::RegisterCardRequest request;
  CardSecrets card;
  absl::Time now = kNow;
};

Registration GoodRegistration() {
  Registration good;
  good.request.set_request_id("r-1");
  good.request.mutable_card();
  good.card.number = Secret(kPan);
  good.card.expiry_month = 12;
  good.card.expiry_year = 2030;
  good.card.cvc = Secret("123");
  good.card.holder_name = "A CARDHOLDER";
  return good;
}

std::vector<std::string> CardFields(absl::FunctionRef<void(Registration&)> change) {
  Registration registration = GoodRegistration();
  change(registration);
  return Fields(ValidateRegisterCard(registration.request, registration.card, registration.now));
}

TEST(ValidateCardTest, AcceptsWhatIsGood) {
  EXPECT_THAT(CardFields([](Registration&) {}), IsEmpty());
  EXPECT_THAT(CardFields([](Registration& r) {
                r.request.set_account("accounts/shop-1");
                r.request.set_phone("998901234567");
                r.request.set_language("uz-Latn");
                r.request.set_merchant_customer_id(Long(64));
                r.card.holder_name = LongCyrillic(100);
                r.card.number = Secret(std::string(19, '4'));
                r.card.cvc = Secret("1234");
              }),
              IsEmpty());
}

TEST(ValidateCardTest, NamesEachFieldAtFault) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {"request_id", CardFields([](Registration& r) { r.request.set_request_id(""); })},
      {"request_id", CardFields([](Registration& r) { r.request.set_request_id("a b"); })},
      {"request_id", CardFields([](Registration& r) { r.request.set_request_id(Long(129)); })},
      {"account", CardFields([](Registration& r) { r.request.set_account("shop"); })},
      {"account", CardFields([](Registration& r) { r.request.set_account("accounts/"); })},
      {"account", CardFields([](Registration& r) { r.request.set_account("accounts/a/b"); })},
      {"card.number", CardFields([](Registration& r) { r.card.number = Secret("41111111111"); })},
      {"card.number",
       CardFields([](Registration& r) { r.card.number = Secret(std::string(20, '4')); })},
      {"card.number",
       CardFields([](Registration& r) { r.card.number = Secret("4111 1111 1111 1111"); })},
      {"card.number", CardFields([](Registration& r) { r.card.number = Secret(); })},
      {"card.cvc", CardFields([](Registration& r) { r.card.cvc = Secret("12"); })},
      {"card.cvc", CardFields([](Registration& r) { r.card.cvc = Secret("12345"); })},
      {"card.cvc", CardFields([](Registration& r) { r.card.cvc = Secret("12a"); })},
      {"card.expiry.month", CardFields([](Registration& r) { r.card.expiry_month = 0; })},
      {"card.expiry.month", CardFields([](Registration& r) { r.card.expiry_month = 13; })},
      {"card.expiry.year", CardFields([](Registration& r) { r.card.expiry_year = 30; })},
      {"card.expiry.year", CardFields([](Registration& r) { r.card.expiry_year = 2100; })},
      {"card.expiry", CardFields([](Registration& r) { r.card.expiry_year = 2024; })},
      {"card.holder_name", CardFields([](Registration& r) { r.card.holder_name = ""; })},
      {"card.holder_name", CardFields([](Registration& r) { r.card.holder_name = Long(101); })},
      {"card.holder_name", CardFields([](Registration& r) { r.card.holder_name = "A\nB"; })},
      {"phone", CardFields([](Registration& r) { r.request.set_phone("123456"); })},
      {"phone", CardFields([](Registration& r) { r.request.set_phone(std::string(16, '1')); })},
      {"phone", CardFields([](Registration& r) { r.request.set_phone("+998901234567"); })},
      {"language", CardFields([](Registration& r) { r.request.set_language("r u"); })},
      {"merchant_customer_id",
       CardFields([](Registration& r) { r.request.set_merchant_customer_id(Long(65)); })}};
  for (const auto& [field, fields] : cases) EXPECT_THAT(fields, ElementsAre(field));
}

TEST(ValidateCardTest, ACardIsGoodUntilItsMonthIsOverEverywhere) {
  const auto expiry_at = [](int year, int month, int day, int hour) {
    return CardFields([&](Registration& r) {
      r.card.expiry_month = 1;
      r.card.expiry_year = 2026;
      r.now = absl::FromCivil(absl::CivilHour(year, month, day, hour), absl::UTCTimeZone());
    });
  };
  EXPECT_THAT(expiry_at(2026, 1, 31, 23), IsEmpty());
  EXPECT_THAT(expiry_at(2026, 2, 1, 11), IsEmpty());
  EXPECT_THAT(expiry_at(2026, 2, 1, 12), ElementsAre("card.expiry"));
}

TEST(ValidateCardTest, ReportsAllAtOnceAndNeverTheValue) {
  Registration bad = GoodRegistration();
  bad.request.clear_request_id();
  bad.card.number = Secret("4111-1111-1111-1111");
  bad.card.cvc = Secret("98765");
  const absl::Status status = ValidateRegisterCard(bad.request, bad.card, bad.now);
  EXPECT_THAT(Fields(status), ElementsAre("request_id", "card.number", "card.cvc"));
  const std::string wire = ToRpcStatus(status).DebugString() + status.ToString();
  EXPECT_EQ(wire.find("4111-1111"), std::string::npos);
  EXPECT_EQ(wire.find("98765"), std::string::npos);
}

TEST(ValidateCardTest, TheCardIsRequired) {
  Registration good = GoodRegistration();
  good.request.clear_card();
  EXPECT_THAT(Fields(ValidateRegisterCard(good.request, {}, good.now)), ElementsAre("card"));
}

TEST(ValidateCardTest, OtherCardRequests) {
  v1::GetCardRequest get;
  EXPECT_THAT(Fields(ValidateGetCard(get)), ElementsAre("name"));
  get.set_name("payments/a");
  EXPECT_THAT(Fields(ValidateGetCard(get)), ElementsAre("name"));
  get.set_name("cards/01abc");
  EXPECT_THAT(Fields(ValidateGetCard(get)), IsEmpty());

  v1::DeleteCardRequest remove;
  remove.set_etag(Long(129));
  EXPECT_THAT(Fields(ValidateDeleteCard(remove)), ElementsAre("name", "etag"));

  v1::ListCardsRequest list;
  EXPECT_THAT(Fields(ValidateListCards(list)), IsEmpty());
  list.set_page_size(1001);
  list.set_account("x");
  list.set_merchant_customer_id(Long(65));
  EXPECT_THAT(Fields(ValidateListCards(list)),
              ElementsAre("page_size", "account", "merchant_customer_id"));
}

// -- Payments ------------------------------------------------------------------------

v1::CreatePaymentRequest GoodPayment() {
  v1::CreatePaymentRequest request;
  request.set_request_id("A.b_c:d-9");
  request.mutable_source()->set_card("cards/01abc");
  request.mutable_destination()->mutable_merchant()->set_payer_account("998");
  request.mutable_amount()->set_currency_code("UZS");
  request.mutable_amount()->set_amount_minor(1);
  request.set_capture_mode(v1::CAPTURE_MODE_MANUAL);
  return request;
}

std::vector<std::string> PaymentFields(absl::FunctionRef<void(v1::CreatePaymentRequest&)> change) {
  v1::CreatePaymentRequest request = GoodPayment();
  change(request);
  return Fields(ValidateCreatePayment(request, {}, kNow));
}

TEST(ValidatePaymentTest, AcceptsWhatIsGood) {
  using Request = v1::CreatePaymentRequest;
  EXPECT_THAT(PaymentFields([](Request&) {}), IsEmpty());
  EXPECT_THAT(PaymentFields([](Request& r) {
                r.set_request_id(Long(128));
                r.mutable_hold_duration()->set_seconds(60);
                r.set_description("two\nlines");
                r.set_merchant_reference(LongCyrillic(64));
                for (int i = 0; i < 20; ++i) {
                  (*r.mutable_metadata())[absl::StrCat(Long(30), i)] = LongCyrillic(500);
                }
              }),
              IsEmpty());
}

TEST(ValidatePaymentTest, AnEmptyRequestNamesAllThatIsRequired) {
  EXPECT_THAT(Fields(ValidateCreatePayment({}, {}, kNow)),
              ElementsAre("request_id", "source", "destination", "amount.currency_code",
                          "amount.amount_minor", "capture_mode"));
}

TEST(ValidatePaymentTest, NamesEachFieldAtFault) {
  using Request = v1::CreatePaymentRequest;
  const auto hold = [](int64_t seconds, int32_t nanos) {
    return PaymentFields([&](Request& r) {
      r.mutable_hold_duration()->set_seconds(seconds);
      r.mutable_hold_duration()->set_nanos(nanos);
    });
  };
  const auto metadata = [](const std::string& key, const std::string& value) {
    return PaymentFields([&](Request& r) { (*r.mutable_metadata())[key] = value; });
  };
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {"source.card", PaymentFields([](Request& r) { r.mutable_source()->set_card("01abc"); })},
      {"destination.merchant.payer_account", PaymentFields([](Request& r) {
         r.mutable_destination()->mutable_merchant()->clear_payer_account();
       })},
      {"destination.merchant.payer_account", PaymentFields([](Request& r) {
         r.mutable_destination()->mutable_merchant()->set_payer_account(Long(65));
       })},
      {"amount.amount_minor",
       PaymentFields([](Request& r) { r.mutable_amount()->set_amount_minor(0); })},
      {"amount.amount_minor",
       PaymentFields([](Request& r) { r.mutable_amount()->set_amount_minor(-5); })},
      {"amount.currency_code",
       PaymentFields([](Request& r) { r.mutable_amount()->set_currency_code("uzs"); })},
      {"amount.currency_code",
       PaymentFields([](Request& r) { r.mutable_amount()->set_currency_code("UZSS"); })},
      {"capture_mode",
       PaymentFields([](Request& r) { r.set_capture_mode(static_cast<v1::CaptureMode>(9)); })},
      {"hold_duration", hold(0, 0)},
      {"hold_duration", hold(30, 0)},
      {"hold_duration", hold(-60, 0)},
      {"hold_duration", hold(90, 0)},
      {"hold_duration", hold(60, 1)},
      {"hold_duration", hold(60, -1)},
      {"hold_duration", hold(int64_t{1} << 62, 0)},
      {"payer.language",
       PaymentFields([](Request& r) { r.mutable_payer()->set_language(Long(17)); })},
      {"merchant_reference", PaymentFields([](Request& r) { r.set_merchant_reference(Long(65)); })},
      {"description", PaymentFields([](Request& r) { r.set_description(Long(251)); })},
      {"description", PaymentFields([](Request& r) { r.set_description(std::string("a\0b", 3)); })},
      {"metadata", metadata("", "v")},
      {"metadata", metadata(Long(41), "v")},
      {"metadata[\"k\"]", metadata("k", Long(501))},
      {"metadata", PaymentFields([](Request& r) {
         for (int i = 0; i < 21; ++i) (*r.mutable_metadata())[absl::StrCat(i)] = "v";
       })},
      {"provider_options[\"RegionId\"]",
       PaymentFields([](Request& r) { (*r.mutable_provider_options())["RegionId"] = Long(501); })},
      {"merchant_customer_id",
       PaymentFields([](Request& r) { r.set_merchant_customer_id(Long(65)); })}};
  for (const auto& [field, fields] : cases) EXPECT_THAT(fields, ElementsAre(field));
}

TEST(ValidatePaymentTest, KeysAreExactlyOne) {
  EXPECT_THAT(Fields(ValidateGetPayment({})), ElementsAre("key"));
  EXPECT_THAT(Fields(ValidateCancelPayment({})), ElementsAre("key"));
  v1::GetPaymentRequest get;
  get.set_name("cards/a");
  EXPECT_THAT(Fields(ValidateGetPayment(get)), ElementsAre("name"));
  get.set_request_id("a b");
  EXPECT_THAT(Fields(ValidateGetPayment(get)), ElementsAre("request_id"));
  get.set_request_id("r");
  EXPECT_THAT(Fields(ValidateGetPayment(get)), IsEmpty());
  v1::CancelPaymentRequest cancel;
  cancel.set_create_request_id("");
  EXPECT_THAT(Fields(ValidateCancelPayment(cancel)), ElementsAre("create_request_id"));
  cancel.set_name("x");
  cancel.set_request_id(Long(129));
  cancel.set_etag(Long(129));
  EXPECT_THAT(Fields(ValidateCancelPayment(cancel)), ElementsAre("name", "request_id", "etag"));
}

TEST(ValidatePaymentTest, CaptureAndCheck) {
  v1::CapturePaymentRequest capture;
  capture.set_name("payments/a");
  EXPECT_THAT(Fields(ValidateCapturePayment(capture)), IsEmpty());
  capture.mutable_amount();
  capture.set_request_id(Long(129));
  capture.set_etag(Long(129));
  EXPECT_THAT(Fields(ValidateCapturePayment(capture)),
              ElementsAre("amount.currency_code", "amount.amount_minor", "request_id", "etag"));
  EXPECT_THAT(Fields(ValidateCheckPayment({})), ElementsAre("name"));
}

TEST(ValidatePaymentTest, ListFilters) {
  EXPECT_THAT(Fields(ValidateListPayments({})), IsEmpty());
  v1::ListPaymentsRequest list;
  list.set_page_size(-1);
  v1::PaymentFilter& filter = *list.mutable_filter();
  filter.add_names("payments/a");
  filter.add_names("cards/a");
  filter.add_states(v1::PAYMENT_STATE_UNSPECIFIED);
  filter.add_states(static_cast<v1::PaymentState>(99));
  filter.add_accounts("x");
  filter.set_merchant_reference(Long(65));
  filter.set_provider_reference(Long(129));
  filter.mutable_create_time_min()->set_nanos(-1);
  filter.mutable_create_time_max()->set_seconds(int64_t{1} << 60);
  EXPECT_THAT(
      Fields(ValidateListPayments(list)),
      ElementsAre("page_size", "filter.names[1]", "filter.states[0]", "filter.states[1]",
                  "filter.accounts[0]", "filter.merchant_reference", "filter.provider_reference",
                  "filter.create_time_min", "filter.create_time_max"));
}

TEST(ValidatePaymentTest, ListFiltersAreNotEndless) {
  v1::ListPaymentsRequest list;
  v1::PaymentFilter& filter = *list.mutable_filter();
  for (int i = 0; i < 101; ++i) filter.add_names("payments/a");
  for (int i = 0; i < 101; ++i) filter.add_accounts("accounts/a");
  for (int i = 0; i < 17; ++i) filter.add_states(v1::PAYMENT_STATE_FAILED);
  filter.mutable_create_time_min()->set_seconds(2);
  filter.mutable_create_time_max()->set_seconds(2);
  EXPECT_THAT(Fields(ValidateListPayments(list)),
              UnorderedElementsAre("filter.names", "filter.accounts", "filter.states",
                                   "filter.create_time_max"));
}

TEST(ValidatePaymentTest, SoAreTheViolations) {
  v1::ListPaymentsRequest list;
  for (int i = 0; i < 100; ++i) list.mutable_filter()->add_names("x");
  EXPECT_EQ(Fields(ValidateListPayments(list)).size(), FieldChecker::kViolationsMax);
}

// -- Events --------------------------------------------------------------------------

TEST(ValidateEventsTest, AStartIsRequired) {
  v1::WatchEventsRequest request;
  EXPECT_THAT(Fields(ValidateWatchEvents(request)), ElementsAre("start"));
  request.set_now(false);
  EXPECT_THAT(Fields(ValidateWatchEvents(request)), ElementsAre("now"));
  request.set_beginning(false);
  EXPECT_THAT(Fields(ValidateWatchEvents(request)), ElementsAre("beginning"));
  request.mutable_start_time()->set_nanos(1'000'000'000);
  EXPECT_THAT(Fields(ValidateWatchEvents(request)), ElementsAre("start_time"));
  request.set_beginning(true);
  EXPECT_THAT(Fields(ValidateWatchEvents(request)), IsEmpty());
}

TEST(ValidateEventsTest, NamesEachFieldAtFault) {
  v1::WatchEventsRequest request;
  request.set_now(true);
  request.set_stop_when_final(true);
  *request.mutable_heartbeat_interval() = ToDurationProto(absl::Milliseconds(999));
  EXPECT_THAT(Fields(ValidateWatchEvents(request)),
              ElementsAre("heartbeat_interval", "filter.names"));
  *request.mutable_heartbeat_interval() = ToDurationProto(absl::Minutes(5) + absl::Nanoseconds(1));
  EXPECT_THAT(Fields(ValidateWatchEvents(request)),
              ElementsAre("heartbeat_interval", "filter.names"));
  *request.mutable_heartbeat_interval() = ToDurationProto(absl::Seconds(1));
  EXPECT_THAT(Fields(ValidateWatchEvents(request)), ElementsAre("filter.names"));
  *request.mutable_heartbeat_interval() = ToDurationProto(absl::Minutes(5));
  v1::EventFilter& filter = *request.mutable_filter();
  filter.add_names("cards/a");
  filter.add_names("accounts/a");
  filter.add_payment_states(v1::PAYMENT_STATE_UNSPECIFIED);
  filter.add_card_states(static_cast<v1::CardState>(77));
  filter.add_accounts("a");
  filter.add_kinds(v1::RESOURCE_KIND_UNSPECIFIED);
  filter.set_merchant_reference(Long(65));
  EXPECT_THAT(Fields(ValidateWatchEvents(request)),
              ElementsAre("filter.names[1]", "filter.payment_states[0]", "filter.card_states[0]",
                          "filter.card_states", "filter.accounts[0]", "filter.kinds[0]",
                          "filter.merchant_reference"));
  for (int i = 0; i < 9; ++i) filter.add_kinds(v1::RESOURCE_KIND_CARD);
  EXPECT_THAT(Fields(ValidateWatchEvents(request)), testing::Contains("filter.kinds"));
}

}  // namespace
}  // namespace payments
