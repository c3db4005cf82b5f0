#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "providers/upay/callback_fields.h"
#include "tests/unit/upay/upay_fixture.h"

namespace payments::upay {
namespace {

using Evidence = CallbackNotice::Evidence;
using testing::HasSubstr;

// Computed with sha1sum.
constexpr absl::string_view kCardAccessToken = "2719c1fb454a09972a0256903b236338856de0b0";
constexpr absl::string_view kHoldAccessToken = "4d3ec1487f64cc058a234f58e7577e87b6955440";

constexpr absl::string_view kHoldJson =
    R"({"holdId": "3794392756034717", "serviceId": 628, "status": 0, "message": "Success",
        "holdDate": "2021-04-15 23:35:04", "accessToken": "TOKEN"})";
constexpr absl::string_view kCardJson =
    R"({"cardToken": "60f74ae9c13cfc8s464a5", "pan": "4719*****3250", "status": 0,
        "message": "Success", "registerDate": "2021-04-15 23:35:04", "accessToken": "TOKEN"})";

class CallbackTest : public testing::Test {
 protected:
  absl::StatusOr<CallbackNotice> Read(CallbackSubject subject, absl::string_view body,
                                      absl::string_view content_type = "application/json") {
    HttpRequest request;
    if (!content_type.empty()) request.headers = {{"content-type", std::string(content_type)}};
    request.body = Secret(absl::StrReplaceAll(
        body,
        {{"TOKEN", subject == CallbackSubject::kPayment ? kHoldAccessToken : kCardAccessToken}}));
    return provider_->ReadCallback(subject, request);
  }

  void ExpectHold(absl::string_view body, bool success = true,
                  absl::string_view content_type = "application/json") {
    const auto notice = Read(CallbackSubject::kPayment, body, content_type);
    ASSERT_TRUE(notice.ok()) << notice.status() << " " << body;
    EXPECT_EQ(notice->evidence, Evidence::kHint);
    EXPECT_EQ(notice->success, success) << body;
    const ProviderReferences references = {{"hold_id", "3794392756034717"}};
    EXPECT_EQ(notice->references, references);
    EXPECT_TRUE(notice->card_token.empty());
  }

  void ExpectError(CallbackSubject subject, absl::string_view body, absl::StatusCode code,
                   const std::string& why) {
    const auto notice = Read(subject, body);
    ASSERT_FALSE(notice.ok()) << body;
    EXPECT_EQ(notice.status().code(), code) << notice.status();
    EXPECT_THAT(std::string(notice.status().message()), HasSubstr(why)) << body;
  }

  std::unique_ptr<Provider> provider_ = MakeProvider();
};

TEST_F(CallbackTest, HoldIsAHint) {
  ExpectHold(kHoldJson);
  const auto notice = Read(CallbackSubject::kPayment, kHoldJson);
  EXPECT_EQ(notice->answer.code, "0");
  EXPECT_EQ(notice->answer.message, "Success");
  EXPECT_EQ(notice->answer.category, v1::FAILURE_CATEGORY_UNSPECIFIED);
}

TEST_F(CallbackTest, RegistrationIsProof) {
  const auto notice = Read(CallbackSubject::kCardRegistration, kCardJson);
  ASSERT_TRUE(notice.ok()) << notice.status();
  EXPECT_EQ(notice->evidence, Evidence::kProof);
  EXPECT_TRUE(notice->success);
  EXPECT_EQ(notice->card_token.Reveal(), "60f74ae9c13cfc8s464a5");
  EXPECT_EQ(notice->masked_number, "4719*****3250");
  EXPECT_TRUE(notice->references.empty());
}

TEST_F(CallbackTest, ARegistrationThatFailedIsProofToo) {
  const auto notice = Read(CallbackSubject::kCardRegistration,
                           R"({"cardToken":"60f74ae9c13cfc8s464a5","status":"STPIMS-ERR-044",
          "message":"4719515042883250","pan":"4719515042883250","accessToken":"TOKEN"})");
  ASSERT_TRUE(notice.ok()) << notice.status();
  EXPECT_FALSE(notice->success);
  EXPECT_EQ(notice->answer.code, "STPIMS-ERR-044");
  EXPECT_EQ(notice->answer.category, v1::FAILURE_CATEGORY_AUTHENTICATION_FAILED);
  EXPECT_EQ(notice->answer.message, "************3250");
  EXPECT_EQ(notice->masked_number, "************3250");
}

TEST_F(CallbackTest, EveryEncodingIsUnderstoodWhateverTheContentType) {
  constexpr absl::string_view kForm =
      "holdId=3794392756034717&serviceId=628&status=0&message=All+right%21&"
      "holdDate=2021-04-15+23%3A35%3A04&accessToken=TOKEN";
  for (const absl::string_view type : {"application/json", "application/x-www-form-urlencoded",
                                       "text/plain", "", "x", "Application/JSON; charset=utf-8"}) {
    ExpectHold(kHoldJson, true, type);
    ExpectHold(kForm, true, type);
  }
  EXPECT_EQ(Read(CallbackSubject::kPayment, kForm)->answer.message, "All right!");
}

TEST_F(CallbackTest, NumbersAndStringsAlike) {
  ExpectHold(R"({"holdId":3794392756034717,"status":"0","accessToken":"TOKEN"})");
  ExpectHold(R"({"holdId":"3794392756034717","status":0,"accessToken":"TOKEN"})");
  ExpectHold(R"({"holdId":"3794392756034717","status":" 0 ","accessToken":" TOKEN\n"})");
}

TEST_F(CallbackTest, OnlyZeroIsSuccess) {
  for (const absl::string_view status :
       {"1", "-1", "\"-0\"", "0.0", "0e0", "false", "true", "\"00\"", "\"OK\"", "\"ERR-112\"",
        "9999999999999999999999"}) {
    const std::string body = absl::StrCat(R"({"holdId":"3794392756034717","status":)", status,
                                          R"(,"accessToken":"TOKEN"})");
    ExpectHold(body, false);
    EXPECT_NE(Read(CallbackSubject::kPayment, body)->answer.category,
              v1::FAILURE_CATEGORY_UNSPECIFIED);
  }
}

TEST_F(CallbackTest, HexInEitherCase) {
  ExpectHold(R"({"holdId":"3794392756034717","status":0,
                 "accessToken":"4D3EC1487F64CC058A234F58E7577E87B6955440"})");
}

TEST_F(CallbackTest, NestedAndUnknownFieldsArePassedOver) {
  ExpectHold(R"({"data":{"holdId":"1","status":5,"a":[1,{"status":7}]},"list":["x",1.5,null,true],
                 "holdId":"3794392756034717","status":0,"new":null,"accessToken":"TOKEN"})");
  ExpectHold(
      "\xEF\xBB\xBF \r\n{\"holdId\":\"3794392756034717\",\"status\":0,"
      "\"accessToken\":\"TOKEN\"}\n");
}

TEST_F(CallbackTest, AWrongTokenIsNotAuthentic) {
  const auto code = absl::StatusCode::kUnauthenticated;
  const auto subject = CallbackSubject::kPayment;
  ExpectError(subject, R"({"holdId":"3794392756034717","status":0})", code, "is missing");
  ExpectError(subject, R"({"holdId":"3794392756034717","status":0,"accessToken":""})", code,
              "is missing");
  ExpectError(subject, R"({"holdId":"3794392756034717","status":0,"accessToken":null})", code,
              "is missing");
  ExpectError(subject, R"({"holdId":"3794392756034717","status":0,"accessToken":"TOKEN0"})", code,
              "is wrong");
  ExpectError(subject, R"({"holdId":"3794392756034718","status":0,"accessToken":"TOKEN"})", code,
              "is wrong");
  ExpectError(subject,
              R"({"holdId":"3794392756034717","status":0,
                  "accessToken":"5d3ec1487f64cc058a234f58e7577e87b6955440"})",
              code, "is wrong");
  ExpectError(CallbackSubject::kCardRegistration,
              R"({"cardToken":"another","status":0,"accessToken":"TOKEN"})", code, "is wrong");
}

TEST_F(CallbackTest, ACallbackOfTheOtherKindIsRefused) {
  ExpectError(CallbackSubject::kPayment, kCardJson, absl::StatusCode::kInvalidArgument, "holdId");
  ExpectError(CallbackSubject::kCardRegistration, kHoldJson, absl::StatusCode::kInvalidArgument,
              "cardToken");
}

TEST_F(CallbackTest, UnintelligibleBodiesAreRefused) {
  const auto code = absl::StatusCode::kInvalidArgument;
  const auto subject = CallbackSubject::kPayment;
  ExpectError(subject, "", code, "holdId must be 1 to 256 bytes");
  ExpectError(subject, "{}", code, "holdId");
  ExpectError(subject, "{", code, "not well-formed JSON");
  ExpectError(subject, R"({"holdId":"3794392756034717","status":0,)", code, "JSON");
  ExpectError(subject, absl::StrCat(kHoldJson, "x"), code, "JSON");
  ExpectError(subject, "[1]", code, "neither");
  ExpectError(subject, "<xml/>", code, "neither");
  ExpectError(subject, "holdId=%", code, "percent");
  ExpectError(subject, "holdId=%4", code, "percent");
  ExpectError(subject, "holdId=%4g", code, "percent");
  ExpectError(subject, "%zz=1", code, "percent");
  ExpectError(subject, "holdId=%FF&status=0", code, "UTF-8");
  ExpectError(subject, "holdId=a%00b&status=0", code, "UTF-8");
  ExpectError(subject, "{\"holdId\":\"\xFF\"}", code, "JSON");
  ExpectError(subject, R"({"holdId":"a\u0000b"})", code, "UTF-8");
  ExpectError(subject, absl::StrCat("holdId=", std::string(257, '7')), code, "256 bytes");
  ExpectError(subject, R"({"holdId":"3794392756034717","accessToken":"TOKEN"})", code, "status");
  ExpectError(subject, R"({"holdId":"3794392756034717","accessToken":"TOKEN","status":""})", code,
              "status");
}

TEST_F(CallbackTest, AFieldStatedTwiceIsRefused) {
  const auto code = absl::StatusCode::kInvalidArgument;
  ExpectError(CallbackSubject::kPayment,
              R"({"holdId":"3794392756034717","status":1,"status":0,"accessToken":"TOKEN"})", code,
              "twice");
  ExpectError(CallbackSubject::kPayment,
              "holdId=3794392756034717&status=1&status=0&accessToken=TOKEN", code, "twice");
}

TEST_F(CallbackTest, SizeAndNumberOfFieldsAreLimited) {
  const auto code = absl::StatusCode::kInvalidArgument;
  const std::string padding(kCallbackSizeMaxBytes - kHoldJson.size() - 35, ' ');
  ExpectHold(absl::StrCat(kHoldJson, padding));
  ExpectError(CallbackSubject::kPayment, absl::StrCat(kHoldJson, padding, " "), code,
              "larger than 65536 bytes");
  std::string form = "holdId=3794392756034717&status=0&accessToken=TOKEN";
  for (size_t i = 3; i < kCallbackFieldsMax; ++i) absl::StrAppend(&form, "&f", i, "=1");
  ExpectHold(form);
  absl::StrAppend(&form, "&one=more");
  ExpectError(CallbackSubject::kPayment, form, code, "more than 64 fields");
  ExpectHold(absl::StrCat(R"({"deep":)", std::string(5000, '['), std::string(5000, ']'),
                          R"(,"holdId":"3794392756034717","status":0,"accessToken":"TOKEN"})"));
}

TEST_F(CallbackTest, EveryPrefixIsReadWithoutHarm) {
  for (const absl::string_view body : {kHoldJson, kCardJson}) {
    for (size_t size = 0; size < body.size(); ++size) {
      EXPECT_FALSE(Read(CallbackSubject::kPayment, body.substr(0, size)).ok()) << size;
    }
  }
}

TEST_F(CallbackTest, OnlyWhatIsHarmlessIsShown) {
  const auto hold = provider_->RedactCallback(
      R"({"holdId":"3794392756034717","serviceId":12,"status":-1,"message":"Ali's card",)"
      R"("holdDate":"22.11.2026","accessToken":"0a1b","pan":"8600123412341234"})");
  ASSERT_TRUE(hold.ok()) << hold.status();
  EXPECT_EQ(*hold, R"({"holdId":"3794392756034717","serviceId":12,"status":-1,)"
                   R"("message":"[redacted]","holdDate":"[redacted]",)"
                   R"("accessToken":"[redacted]","pan":"[redacted]"})");
  const auto card = provider_->RedactCallback("cardToken=t0k3n&pan=860012******1234&status=0");
  ASSERT_TRUE(card.ok()) << card.status();
  EXPECT_EQ(*card, "cardToken=[redacted]&pan=[redacted]&status=0");
  EXPECT_FALSE(provider_->RedactCallback("<xml/>").ok());
}

TEST_F(CallbackTest, Acknowledgement) {
  const HttpResponse response = provider_->AcknowledgeCallback();
  EXPECT_EQ(response.status_code, 200);
  EXPECT_EQ(response.body.Reveal(), R"({"status":0,"message":"Success"})");
  const HttpHeaders headers = {{"Content-Type", "application/json"}};
  EXPECT_EQ(response.headers, headers);
}

}  // namespace
}  // namespace payments::upay
