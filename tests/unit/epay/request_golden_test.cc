#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/epay/epay_fixture.h"

namespace payments::epay {
namespace {

using Effect = HttpRequest::Effect;
using testing::HasSubstr;
using testing::Not;

class RequestGoldenTest : public testing::Test {
 protected:
  static void ExpectRequest(const HttpRequest& request, Effect effect, absl::string_view url,
                            absl::string_view content_type, const std::string& golden) {
    EXPECT_EQ(request.effect, effect);
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, url);
    const HttpHeaders headers = {{"Content-Type", std::string(content_type)}};
    EXPECT_EQ(request.headers, headers);
    ExpectGolden(golden, request.body.Reveal());
  }

  static void ExpectToken(const HttpRequest& request, const std::string& golden) {
    ExpectRequest(request, Effect::kReadOnly, "https://testoauth.homebank.kz/epay2/oauth2/token",
                  "application/x-www-form-urlencoded", golden);
    EXPECT_TRUE(request.bearer_token.empty());
  }

  // The transfer that follows a token.
  HttpRequest Transfer(const TransferCall& call) {
    const auto exchange = provider_->Transfer(call);
    RequestOf(exchange->Start());
    return RequestOf(exchange->OnResponse(Response(kTokenAnswer)));
  }

  void ExpectTransfer(const TransferCall& call, const std::string& golden) {
    const HttpRequest request = Transfer(call);
    ExpectRequest(request, Effect::kMovesMoney, "https://testepay.homebank.kz/api/p2p/transfer",
                  "application/json", golden);
    EXPECT_TRUE(request.bearer_token.EqualsInConstantTime("DCEB8O_ZM5U7SO_T_U5EJQ"));
  }

  template <typename Outcome>
  static void ExpectRefused(std::unique_ptr<Exchange<Outcome>> exchange, absl::string_view why) {
    const auto step = exchange->Start();
    ASSERT_FALSE(step.ok()) << why;
    EXPECT_EQ(step.status().code(), absl::StatusCode::kInvalidArgument);
    const std::string message(step.status().message());
    EXPECT_THAT(message, HasSubstr(std::string(why)));
    for (const char* secret : {"3775", "4169", "5522", "yF587", "ZUo742", "271710719"}) {
      EXPECT_THAT(message, Not(HasSubstr(secret)));
    }
  }

  std::unique_ptr<Provider> provider_ = MakeProvider();
};

TEST_F(RequestGoldenTest, TokenOfATransfer) {
  ExpectToken(RequestOf(provider_->Transfer(SampleTransfer())->Start()), "token_transfer.txt");
}

TEST_F(RequestGoldenTest, TokenWithoutASecretHash) {
  AccountSettings settings = TestSettings();
  settings.secrets.erase("secret_hash");
  settings.settings["transfer_scope"] = "transfer p2p";
  ExpectToken(RequestOf(MakeProvider(settings)->Transfer(SampleTransfer())->Start()),
              "token_transfer_without_hash.txt");
}

TEST_F(RequestGoldenTest, TokenOfTheStatusQuery) {
  ExpectToken(RequestOf(provider_->Check(SampleCheck())->Start()), "token_status.txt");
}

TEST_F(RequestGoldenTest, TransferFromCardToCard) {
  ExpectTransfer(SampleTransfer(), "transfer_card_to_card.json");
}

TEST_F(RequestGoldenTest, TransferBetweenSavedCards) {
  TransferCall call = SampleTransfer();
  call.source = {};
  call.source.card_token = Secret("88481433-595e");
  call.destination = {};
  call.destination.card_token = Secret("86496cb0-bb5d");
  call.failure_return_url.clear();
  call.payer = {};
  ExpectTransfer(call, "transfer_saved_to_saved.json");
}

TEST_F(RequestGoldenTest, TransferAbroadThatSavesBothCards) {
  TransferCall call = SampleTransfer();
  call.source.save = true;
  call.destination.save = true;
  call.merchant_customer_id = "customer-7";
  call.receiver = Receiver{"Ayşe", "Yılmaz", "TR"};
  ExpectTransfer(call, "transfer_abroad_saving.json");
}

TEST_F(RequestGoldenTest, Confirm) {
  const HttpRequest request = RequestOf(provider_->Confirm(SampleConfirm())->Start());
  ExpectRequest(request, Effect::kMovesMoney, "https://testepay.homebank.kz/api/p2p/api/confirm",
                "application/json", "confirm.json");
  EXPECT_TRUE(request.bearer_token.empty());
}

TEST_F(RequestGoldenTest, Status) {
  const auto exchange = provider_->Check(SampleCheck());
  RequestOf(exchange->Start());
  const HttpRequest request = RequestOf(exchange->OnResponse(Response(kTokenAnswer)));
  EXPECT_EQ(request.effect, Effect::kReadOnly);
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.url, "https://testepay.homebank.kz/api/check-status/p2p/transaction/1234567");
  EXPECT_TRUE(request.headers.empty());
  EXPECT_TRUE(request.body.empty());
  EXPECT_TRUE(request.bearer_token.EqualsInConstantTime("DCEB8O_ZM5U7SO_T_U5EJQ"));
}

TEST_F(RequestGoldenTest, TheAmountIsTheSameTextInTokenAndTransfer) {
  const std::vector<std::pair<int64_t, const char*>> amounts = {
      {10'000, "100"}, {10'001, "100.01"}, {9'007'199'254'740'993, "90071992547409.93"}};
  for (const auto& [amount_minor, text] : amounts) {
    TransferCall call = SampleTransfer();
    call.amount.set_amount_minor(amount_minor);
    const auto exchange = provider_->Transfer(call);
    EXPECT_THAT(std::string(RequestOf(exchange->Start()).body.Reveal()),
                HasSubstr(absl::StrCat("&amount=", text, "&")));
    EXPECT_THAT(std::string(RequestOf(exchange->OnResponse(Response(kTokenAnswer))).body.Reveal()),
                HasSubstr(absl::StrCat(R"("amount":)", text, ",")));
  }
}

TEST_F(RequestGoldenTest, ADescriptionIsCutAtACharactersBorder) {
  TransferCall call = SampleTransfer();
  call.description = absl::StrCat(std::string(124, 'x'), "ә");
  EXPECT_THAT(std::string(Transfer(call).body.Reveal()),
              HasSubstr(absl::StrCat("\"", std::string(124, 'x'), "\"")));
  call.description = absl::StrCat(std::string(123, 'x'), "ә");
  EXPECT_THAT(std::string(Transfer(call).body.Reveal()), HasSubstr("xә\""));
  call.description.clear();
  EXPECT_THAT(std::string(Transfer(call).body.Reveal()), HasSubstr(R"("description":"1234567")"));
}

TEST_F(RequestGoldenTest, OrderNumbersAre6To15Digits) {
  for (const int64_t number : {int64_t{100'000}, int64_t{999'999'999'999'999}}) {
    TransferCall call = SampleTransfer();
    call.number = number;
    EXPECT_THAT(std::string(Transfer(call).body.Reveal()),
                HasSubstr(absl::StrCat(R"("id":")", number, "\"")));
  }
  for (const int64_t number :
       {int64_t{0}, int64_t{-1}, int64_t{99'999}, int64_t{1'000'000'000'000'000},
        std::numeric_limits<int64_t>::min()}) {
    TransferCall call = SampleTransfer();
    call.number = number;
    ExpectRefused(provider_->Transfer(call), "6 to 15 digits");
    ConfirmCall confirm = SampleConfirm();
    confirm.transfer_number = number;
    ExpectRefused(provider_->Confirm(confirm), "6 to 15 digits");
    if (number == 0) continue;  // Nothing to ask by.
    CheckCall check = SampleCheck();
    check.transfer_number = number;
    ExpectRefused(provider_->Check(check), "6 to 15 digits");
  }
}

TEST_F(RequestGoldenTest, TransferRefusesWhatEpayCannotBeTold) {
  const auto refused = [this](void (*spoil)(TransferCall&), absl::string_view why) {
    TransferCall call = SampleTransfer();
    spoil(call);
    ExpectRefused(provider_->Transfer(call), why);
  };
  refused([](TransferCall& c) { c.amount.set_currency_code("UZS"); }, "amount");
  refused([](TransferCall& c) { c.amount.set_amount_minor(0); }, "amount");
  refused([](TransferCall& c) { c.amount.set_amount_minor(-1); }, "amount");
  refused([](TransferCall& c) { c.source.card_token = Secret("x"); }, "source");
  refused([](TransferCall& c) { c.source.card.reset(); }, "source");
  refused([](TransferCall& c) { c.destination.card.reset(); }, "destination");
  refused([](TransferCall& c) { c.destination.card_token = Secret("x"); }, "destination");
  refused([](TransferCall& c) { c.source.card->number = Secret("37751450000"); }, "source's");
  refused([](TransferCall& c) { c.source.card->number = Secret("377514500004820x"); }, "source's");
  refused([](TransferCall& c) { c.source.card->number = Secret("37751450000482012345"); },
          "source's");
  refused([](TransferCall& c) { c.source.card->cvc = Secret("41"); }, "cvc");
  refused([](TransferCall& c) { c.source.card->cvc = Secret("41690"); }, "cvc");
  refused([](TransferCall& c) { c.source.card->cvc = Secret("41x"); }, "cvc");
  refused([](TransferCall& c) { c.source.card->expiry_month = 0; }, "expiry");
  refused([](TransferCall& c) { c.source.card->expiry_month = 13; }, "expiry");
  refused([](TransferCall& c) { c.source.card->expiry_year = 25; }, "expiry");
  refused([](TransferCall& c) { c.source.card->expiry_year = 2100; }, "expiry");
  refused([](TransferCall& c) { c.source.card->holder_name = ""; }, "holder_name");
  refused([](TransferCall& c) { c.source.card->holder_name = "4169\xFF"; }, "name is not UTF-8");
  refused([](TransferCall& c) { c.destination.card->number = Secret("5522"); }, "destination's");
  refused([](TransferCall& c) { c.source.save = true; }, "merchant_customer_id");
  refused([](TransferCall& c) { c.destination.save = true; }, "merchant_customer_id");
  refused([](TransferCall& c) { c.receiver = Receiver{"", "B", "TR"}; }, "first_name");
  refused([](TransferCall& c) { c.receiver = Receiver{"A", "", "TR"}; }, "last_name");
  refused([](TransferCall& c) { c.receiver = Receiver{"A", "B", "TUR"}; }, "country_code");
  refused([](TransferCall& c) { c.return_url.clear(); }, "return_url");
  refused([](TransferCall& c) { c.callback_url.clear(); }, "callback_url");
  refused([](TransferCall& c) { c.challenge_url.clear(); }, "challenge_url");
  refused([](TransferCall& c) { c.challenge_url.assign(2049, 'x'); }, "challenge_url");
  refused([](TransferCall& c) { c.payer.address.assign(2049, 'x'); },
          "address is longer than 2048 bytes");
  refused([](TransferCall& c) { c.merchant_customer_id.assign(2049, 'x'); }, "2048 bytes");
}

TEST_F(RequestGoldenTest, WhatIsNotDeclaredEndsBeforeAnythingIsSent) {
  ExpectRefused(provider_->RegisterCard({}), "does not support");
  ExpectRefused(provider_->Authorize({}), "does not support");
  ExpectRefused(provider_->Capture({}), "does not support");
  ExpectRefused(provider_->Cancel({}), "does not support");
}

}  // namespace
}  // namespace payments::epay
