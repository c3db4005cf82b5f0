#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "providers/upay/soap_request.h"
#include "tests/unit/upay/upay_fixture.h"

namespace payments::upay {
namespace {

using Effect = HttpRequest::Effect;

class RequestGoldenTest : public testing::Test {
 protected:
  template <typename Outcome>
  void ExpectRequest(std::unique_ptr<Exchange<Outcome>> exchange, Effect effect,
                     const std::string& golden, absl::string_view access_token) {
    const HttpRequest request = RequestOf(exchange->Start());
    EXPECT_EQ(request.effect, effect);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://api.upay.uz/STAPI/STWS");
    const HttpHeaders headers = {{"Content-Type", "text/xml; charset=utf-8"},
                                 {"SOAPAction", "\"\""}};
    EXPECT_EQ(request.headers, headers);
    ExpectGolden(golden, request.body.Reveal());
    // Computed with md5sum, so that a rewritten golden file cannot hide a wrong one.
    EXPECT_TRUE(absl::StrContains(request.body.Reveal(),
                                  absl::StrCat("<AccessToken>", access_token, "</AccessToken>")));
  }

  template <typename Outcome>
  void ExpectRefused(std::unique_ptr<Exchange<Outcome>> exchange, absl::string_view field) {
    const auto step = exchange->Start();
    ASSERT_FALSE(step.ok()) << field;
    EXPECT_EQ(step.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(step.status().message()), testing::HasSubstr(std::string(field)));
  }

  std::unique_ptr<Provider> provider_ = MakeProvider();
};

TEST_F(RequestGoldenTest, RegisterCard) {
  ExpectRequest(provider_->RegisterCard(SampleRegisterCard()), Effect::kRepeatable,
                "register_card.xml", "2168bc55a7257c9478b4b89753d1cc61");
}

TEST_F(RequestGoldenTest, HoldCreate) {
  ExpectRequest(provider_->Authorize(SampleAuthorize()), Effect::kMovesMoney, "hold_create.xml",
                "3e54ac558af87f2417ab4b9d8ec962cd");
}

TEST_F(RequestGoldenTest, HoldCreateWithEveryOption) {
  AuthorizeCall call = SampleAuthorize();
  call.options = {{"region_id", "26"}, {"sub_region_id", "a&b"}, {"service_id", "777"}};
  call.language = "en";
  call.payer_account = "order <7> & \"ko'p\"";
  ExpectRequest(provider_->Authorize(call), Effect::kMovesMoney, "hold_create_options.xml",
                "abd6cb259973284b0d47ad4081651362");
}

TEST_F(RequestGoldenTest, HoldPayment) {
  ExpectRequest(provider_->Capture(SampleCapture()), Effect::kMovesMoney, "hold_payment.xml",
                "3cb63c9fa25da8e83af3277a69dbf4f5");
}

TEST_F(RequestGoldenTest, HoldCheckByCaptureNumber) {
  CheckCall call;
  call.capture_numbers = {12345678};
  ExpectRequest(provider_->Check(call), Effect::kReadOnly, "hold_check_capture.xml",
                "93cec287fe21a77cb0d4c180bfb5b6b8");
}

TEST_F(RequestGoldenTest, HoldCheckByHoldId) {
  CheckCall call;
  call.references = {{"hold_id", "12a34b56c78d"}};
  call.language = "uz";
  ExpectRequest(provider_->Check(call), Effect::kReadOnly, "hold_check_hold.xml",
                "9fa5093bd12e0abee8de700d7c726d2a");
}

TEST_F(RequestGoldenTest, HoldCancel) {
  ExpectRequest(provider_->Cancel(SampleCancel()), Effect::kRepeatable, "hold_cancel.xml",
                "9fa5093bd12e0abee8de700d7c726d2a");
}

TEST_F(RequestGoldenTest, WhatIsNotConfiguredIsLeftOut) {
  AccountSettings settings = TestSettings();
  settings.settings.erase("version");
  settings.settings.erase("language");
  RegisterCardCall call = SampleRegisterCard();
  call.callback_url.clear();
  ExpectRequest(MakeProvider(settings)->RegisterCard(call), Effect::kRepeatable,
                "register_card_minimal.xml", "2168bc55a7257c9478b4b89753d1cc61");
}

TEST_F(RequestGoldenTest, LargestCaptureNumber) {
  CaptureCall call = SampleCapture();
  call.number = 999'999'999'999'999;
  EXPECT_TRUE(provider_->Capture(call)->Start().ok());
  call.number += 1;
  ExpectRefused(provider_->Capture(call), "PartnerTrxId");
  call.number = 0;
  ExpectRefused(provider_->Capture(call), "PartnerTrxId");
  CheckCall check;
  check.capture_numbers = {1'000'000'000'000'000};
  ExpectRefused(provider_->Check(check), "PartnerTrxId");
}

TEST_F(RequestGoldenTest, RegisterCardRefusesWhatUpayCannotBeTold) {
  const auto refused = [this](void (*spoil)(RegisterCardCall&), absl::string_view field) {
    RegisterCardCall call = SampleRegisterCard();
    spoil(call);
    ExpectRefused(provider_->RegisterCard(call), field);
  };
  refused([](RegisterCardCall& c) { c.card.number = Secret("47195150428"); }, "CardNumber");
  refused([](RegisterCardCall& c) { c.card.number = Secret("47195150428832501234"); },
          "CardNumber");
  refused([](RegisterCardCall& c) { c.card.number = Secret("4719515042883x50"); }, "CardNumber");
  refused([](RegisterCardCall& c) { c.card.cvc = Secret("12"); }, "CardCVV");
  refused([](RegisterCardCall& c) { c.card.cvc = Secret("12345"); }, "CardCVV");
  refused([](RegisterCardCall& c) { c.card.cvc = Secret("<00"); }, "CardCVV");
  refused([](RegisterCardCall& c) { c.card.expiry_month = 0; }, "CardExDate");
  refused([](RegisterCardCall& c) { c.card.expiry_month = 13; }, "CardExDate");
  refused([](RegisterCardCall& c) { c.card.expiry_year = 1999; }, "CardExDate");
  refused([](RegisterCardCall& c) { c.card.expiry_year = 2100; }, "CardExDate");
  refused([](RegisterCardCall& c) { c.card.holder_name = ""; }, "CardHolderName");
  refused([](RegisterCardCall& c) { c.card.holder_name = "A\x01B"; }, "CardHolderName");
  refused([](RegisterCardCall& c) { c.card.holder_name = "\xC0\xBC"; }, "CardHolderName");
  refused([](RegisterCardCall& c) { c.phone = ""; }, "PhoneNumber");
  refused([](RegisterCardCall& c) { c.phone = "+998911902494"; }, "PhoneNumber");
  refused([](RegisterCardCall& c) { c.callback_url = std::string("h\0", 2); }, "NotifyUrl");
}

TEST_F(RequestGoldenTest, AuthorizeRefusesWhatUpayCannotBeTold) {
  const auto refused = [this](void (*spoil)(AuthorizeCall&), absl::string_view field) {
    AuthorizeCall call = SampleAuthorize();
    spoil(call);
    ExpectRefused(provider_->Authorize(call), field);
  };
  refused([](AuthorizeCall& c) { c.amount.set_currency_code("KZT"); }, "AmountInTiyin");
  refused([](AuthorizeCall& c) { c.amount.set_amount_minor(0); }, "AmountInTiyin");
  refused([](AuthorizeCall& c) { c.amount.set_amount_minor(-1); }, "AmountInTiyin");
  refused([](AuthorizeCall& c) { c.hold_duration = absl::ZeroDuration(); }, "HoldMinute");
  refused([](AuthorizeCall& c) { c.hold_duration = absl::Seconds(90); }, "HoldMinute");
  refused([](AuthorizeCall& c) { c.hold_duration = absl::InfiniteDuration(); }, "HoldMinute");
  refused([](AuthorizeCall& c) { c.card_token = Secret(); }, "CardToken");
  refused([](AuthorizeCall& c) { c.payer_account = ""; }, "PersonalAccount");
  refused([](AuthorizeCall& c) { c.payer_account = "a\x1F"; }, "PersonalAccount");
  refused([](AuthorizeCall& c) { c.payer_account = std::string(2049, 'a'); }, "2048 bytes");
  refused([](AuthorizeCall& c) { c.callback_url = ""; }, "NotifyUrl");
  refused([](AuthorizeCall& c) { c.options["service_id"] = "62a"; }, "ServiceId");
  refused([](AuthorizeCall& c) { c.options["region_id"] = "\xFF"; }, "RegionId");
}

TEST_F(RequestGoldenTest, WithoutAHoldThereIsNothingToCaptureOrCancel) {
  CaptureCall capture = SampleCapture();
  capture.references.clear();
  ExpectRefused(provider_->Capture(capture), "HoldId");
  CancelCall cancel = SampleCancel();
  cancel.references = {{"transaction_id", "1"}};
  ExpectRefused(provider_->Cancel(cancel), "HoldId");
}

TEST_F(RequestGoldenTest, ARefusalNeverQuotesAValue) {
  RegisterCardCall call = SampleRegisterCard();
  call.card.number = Secret("471951504288325X");
  const auto step = provider_->RegisterCard(call)->Start();
  EXPECT_THAT(std::string(step.status().message()), testing::Not(testing::HasSubstr("4719")));
}

TEST(SoapRequestTest, EveryControlCharacterIsRefusedAndWhiteSpaceKept) {
  for (char c = 0; c < ' '; ++c) {
    const std::string value(1, c);
    const bool allowed = c == '\t' || c == '\n' || c == '\r';
    EXPECT_EQ(SoapRequestBody("m", {{"F", value}}).ok(), allowed) << static_cast<int>(c);
  }
  EXPECT_TRUE(absl::StrContains(SoapRequestBody("m", {{"F", "a\r\nb\tc"}})->Reveal(),
                                "<F>a&#13;\nb\tc</F>"));
}

TEST(SoapRequestTest, OnlyCharactersOfXmlInUtf8) {
  for (const char* good : {"Ўзбек", "\xF0\x9F\x92\xB3", "\xEE\x80\x80", "\x7F"}) {
    EXPECT_TRUE(SoapRequestBody("m", {{"F", good}}).ok()) << good;
  }
  const std::vector<std::string> bad = {
      "\x80",              // Not the beginning of a character.
      "\x9F\xBF",          // Nor with another one behind it.
      "\xC3",              // Cut off.
      "\xC1\x81",          // Longer than need be.
      "\xE0\x80\xBC",      // The same in three bytes.
      "\xF0\x80\x80\xBC",  // And in four.
      "\xED\xA0\x80",      // Half of a surrogate pair.
      "\xEF\xBF\xBE",      // U+FFFE.
      "\xF4\x90\x80\x80",  // Beyond Unicode.
      "\xF8\x88\x80\x80\x80",
  };
  for (const std::string& text : bad) {
    EXPECT_FALSE(SoapRequestBody("m", {{"F", text}}).ok()) << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace payments::upay
