#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/epay/epay_fixture.h"

namespace payments::epay {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr absl::string_view kPostLink =
    R"({"id":"a9e1b986-37f5-4d0c-8d0a-2f6f0a4bd111","invoiceId":"1234567",)"
    R"("amount":100.5,"currency":"KZT",)"
    R"("terminal":"40a348cb-6f8e-4b8a-9c1d-5a2d7e3f9b10","description":"TEST p2p",)"
    R"("cardMask":"4003********9821",)"
    R"("cardType":"VISA","cardId":"88481433","reference":"204978430339","approvalCode":"1",)"
    R"("secure":"yes","language":"kk","code":"ok","reason":"success","reasonCode":0,)"
    R"("name":"x","email":"y","phone":"z","secret_hash":"h@sh/1"})";

class CallbackTest : public testing::Test {
 protected:
  absl::StatusOr<CallbackNotice> Read(absl::string_view body) {
    HttpRequest request;
    request.body = Secret(body);
    return provider_->ReadCallback(CallbackSubject::kPayment, request);
  }

  absl::StatusOr<CallbackNotice> ReadWith(absl::string_view what, absl::string_view by) {
    return Read(absl::StrReplaceAll(kPostLink, {{what, by}}));
  }

  static void ExpectError(const absl::StatusOr<CallbackNotice>& notice, absl::StatusCode code,
                          const std::string& why) {
    ASSERT_FALSE(notice.ok()) << why;
    EXPECT_EQ(notice.status().code(), code) << notice.status();
    EXPECT_THAT(std::string(notice.status().message()), HasSubstr(why));
    EXPECT_THAT(std::string(notice.status().message()), Not(HasSubstr("h@sh")));
    EXPECT_THAT(std::string(notice.status().message()), Not(HasSubstr("a9e1")));
  }

  std::unique_ptr<Provider> provider_ = MakeProvider();
};

TEST_F(CallbackTest, ASuccessIsAHint) {
  const auto notice = Read(kPostLink);
  ASSERT_TRUE(notice.ok()) << notice.status();
  EXPECT_EQ(notice->evidence, CallbackNotice::Evidence::kHint);
  EXPECT_TRUE(notice->success);
  EXPECT_TRUE(notice->references.empty()) << "nobody has signed them";
  EXPECT_EQ(notice->answer.code, "0");
  EXPECT_EQ(notice->answer.category, v1::FAILURE_CATEGORY_UNSPECIFIED);
  EXPECT_TRUE(notice->card_token.empty());
}

TEST_F(CallbackTest, AFailureIsAHint) {
  for (const char* reason_code : {"484", "\"484\""}) {
    const auto notice =
        ReadWith(R"("ok","reason":"success","reasonCode":0)",
                 absl::StrCat(R"("error","reason":"No money","reasonCode":)", reason_code));
    ASSERT_TRUE(notice.ok()) << notice.status();
    EXPECT_EQ(notice->evidence, CallbackNotice::Evidence::kHint);
    EXPECT_FALSE(notice->success);
    EXPECT_EQ(notice->answer.code, "484");
    EXPECT_EQ(notice->answer.message, "No money");
    EXPECT_EQ(notice->answer.category, v1::FAILURE_CATEGORY_INSUFFICIENT_FUNDS);
    EXPECT_FALSE(notice->answer.unlisted);
  }
  const auto without =
      Read(R"({"id":"1","code":"error","reasonCode":null,"secret_hash":"h@sh/1"})");
  ASSERT_TRUE(without.ok()) << without.status();
  EXPECT_EQ(without->answer.code, "error");
  EXPECT_EQ(without->answer.category, v1::FAILURE_CATEGORY_PROVIDER_DECLINED);
  const auto unlisted =
      Read(R"({"id":"1","code":"error","reasonCode":9999,"secret_hash":"h@sh/1"})");
  ASSERT_TRUE(unlisted.ok());
  EXPECT_TRUE(unlisted->answer.unlisted);
}

TEST_F(CallbackTest, OtherSpellings) {
  for (const char* body : {R"({"ID":7,"InvoiceID":1234567,"Code":"OK","secretHash":"h@sh/1"})",
                           R"({"orderID":"1234567","code":0,"secret_hash":"h@sh/1"})"}) {
    const auto notice = Read(body);
    ASSERT_TRUE(notice.ok()) << body << notice.status();
    EXPECT_TRUE(notice->success) << body;
  }
}

TEST_F(CallbackTest, AFormIsUnderstood) {
  const auto notice = Read(
      "id=a9e1&invoiceId=1234567&code=error&reason=No+money%21&reasonCode=484"
      "&secret_hash=h%40sh%2F1\n");
  ASSERT_TRUE(notice.ok()) << notice.status();
  EXPECT_FALSE(notice->success);
  EXPECT_EQ(notice->answer.message, "No money!");
  EXPECT_EQ(notice->answer.category, v1::FAILURE_CATEGORY_INSUFFICIENT_FUNDS);
  ExpectError(Read("id=a9e1&code=ok"), absl::StatusCode::kUnauthenticated, "is missing");
  ExpectError(Read("id=%zz"), absl::StatusCode::kInvalidArgument, "percent escape");
  ExpectError(Read(std::string(64 * 1024, '=') + "x"), absl::StatusCode::kInvalidArgument,
              "larger than 65536 bytes");
}

TEST_F(CallbackTest, AWrongSecretHashIsNotAuthentic) {
  const auto code = absl::StatusCode::kUnauthenticated;
  ExpectError(ReadWith("h@sh/1", "h@sh/2"), code, "secret_hash is wrong");
  ExpectError(ReadWith("h@sh/1", "h@sh/1x"), code, "secret_hash is wrong");
  ExpectError(ReadWith("h@sh/1", ""), code, "secret_hash is missing");
  ExpectError(ReadWith("h@sh/1", " "), code, "secret_hash is missing");
  ExpectError(ReadWith("secret_hash", "other"), code, "secret_hash is missing");
}

TEST_F(CallbackTest, WithoutASecretHashOfOursNoneIsLookedAt) {
  AccountSettings settings = TestSettings();
  settings.secrets.erase("secret_hash");
  provider_ = MakeProvider(settings);
  EXPECT_TRUE(Read(kPostLink).ok());
  EXPECT_TRUE(ReadWith("secret_hash", "other").ok());
}

TEST_F(CallbackTest, WhatIsUnintelligibleIsRefused) {
  const auto code = absl::StatusCode::kInvalidArgument;
  for (const char* body : {"", "a9e1", "[]", "{", "<xml/>", "{\"id\":\"\xFF\"}"}) {
    ExpectError(Read(body), code, "unreadable");
  }
  ExpectError(ReadWith(R"("code":"ok",)", ""), code, "code is missing");
  ExpectError(Read(R"({"code":"ok","reference":"a9e1","secret_hash":"h@sh/1"})"), code,
              "neither id nor invoiceId");
  ExpectError(ReadWith("a9e1b986-37f5-4d0c-8d0a-2f6f0a4bd111", std::string(129, 'x')), code,
              "longer than 128 bytes");
  ExpectError(ReadWith("a9e1b986-37f5-4d0c-8d0a-2f6f0a4bd111", "a9e1 b986"), code, "visible ASCII");
  ExpectError(ReadWith(R"("code":"ok")", R"("code":"ok","Code":"error")"), code, "twice");
  ExpectError(Read(absl::StrCat(kPostLink, std::string(64 * 1024, ' '))), code,
              "larger than 65536 bytes");
  ExpectError(Read(std::string(60'000, '[')), code, "unreadable");
  HttpRequest request;
  request.body = Secret(kPostLink);
  ExpectError(provider_->ReadCallback(CallbackSubject::kCardRegistration, request), code,
              "registers no cards");
}

TEST_F(CallbackTest, EveryPrefixIsReadWithoutHarm) {
  for (size_t size = 0; size < kPostLink.size(); ++size) {
    EXPECT_FALSE(Read(kPostLink.substr(0, size)).ok()) << size;
  }
}

TEST_F(CallbackTest, TheReasonIsFitToBeShown) {
  const auto notice = ReadWith(R"("success")", R"("card 4003032704549821 \u0007ok")");
  ASSERT_TRUE(notice.ok());
  EXPECT_EQ(notice->answer.message, "card ************9821  ok");
}

TEST_F(CallbackTest, OnlyWhatIsHarmlessIsShown) {
  const auto shown = provider_->RedactCallback(kPostLink);
  ASSERT_TRUE(shown.ok()) << shown.status();
  EXPECT_EQ(*shown,
            R"({"id":"a9e1b986-37f5-4d0c-8d0a-2f6f0a4bd111","invoiceId":"1234567",)"
            R"("amount":100.5,"currency":"KZT",)"
            R"("terminal":"40a348cb-6f8e-4b8a-9c1d-5a2d7e3f9b10","description":"[redacted]",)"
            R"("cardMask":"[redacted]",)"
            R"("cardType":"VISA","cardId":"[redacted]","reference":"204978430339",)"
            R"("approvalCode":"[redacted]","secure":"yes","language":"kk","code":"ok",)"
            R"("reason":"[redacted]","reasonCode":0,"name":"[redacted]","email":"[redacted]",)"
            R"("phone":"[redacted]","secret_hash":"[redacted]"})");
  const auto form =
      provider_->RedactCallback("invoiceID=7&phone=77010000000&secret_hash=h%40sh%2F1");
  ASSERT_TRUE(form.ok()) << form.status();
  EXPECT_EQ(*form, "invoiceID=7&phone=[redacted]&secret_hash=[redacted]");
  EXPECT_FALSE(provider_->RedactCallback("a9e1").ok());
}

TEST_F(CallbackTest, Acknowledgement) {
  const HttpResponse response = provider_->AcknowledgeCallback();
  EXPECT_EQ(response.status_code, 200);
  EXPECT_EQ(response.body.Reveal(), "OK");
}

}  // namespace
}  // namespace payments::epay
