// What the real service would refuse, call by call, over a real socket.

#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/unit/sandbox/sandbox_fixture.h"

namespace payments::sandbox {
namespace {

constexpr char kSoapPath[] = "/STAPI/STWS";

class StrictnessTest : public SandboxTest {
 protected:
  // A call that is fine, to be spoilt.
  static std::string GoodCheck() {
    return Envelope("partnerHoldCheckIPS", {{"StPimsApiPartnerKey", "sandbox-partner-key"},
                                            {"AccessToken", Md5("sandbox12345678sandbox-password")},
                                            {"Type", "partnerTrxId"},
                                            {"Target", "12345678"},
                                            {"Lang", "ru"}});
  }

  static std::string Spoilt(absl::string_view from, absl::string_view to) {
    std::string body = absl::StrReplaceAll(GoodCheck(), {{from, to}});
    EXPECT_NE(body, GoodCheck()) << from << " is not there to be replaced";
    return body;
  }

  void ExpectFault(absl::string_view body, absl::string_view why) {
    const SoapAnswer answer = Post(body);
    EXPECT_EQ(answer.http.status, 500) << why;
    EXPECT_NE(answer.http.body.find("<S:Fault>"), std::string::npos) << why;
    EXPECT_NE(answer.Get("faultstring").find(std::string(why)), std::string::npos)
        << answer.http.body;
  }
};

TEST_F(StrictnessTest, TakesTheGuidesOwnShape) {
  const SoapAnswer answer = Post(GoodCheck());
  EXPECT_EQ(answer.http.status, 200);
  EXPECT_EQ(answer.code(), "ERROR");  // No such transaction: a business error.
  EXPECT_NE(answer.http.body.find("<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/"
                                  "envelope/\"><S:Body><ns2:partnerHoldCheckIPSResponse "
                                  "xmlns:ns2=\"http://st.apus.com/\"><return><Result><code>"),
            std::string::npos);
  EXPECT_FALSE(answer.Get("ServerTime").empty());
  EXPECT_NE(answer.http.head.find("text/xml; charset=utf-8"), std::string::npos);
}

TEST_F(StrictnessTest, TakesWsdlInTheAddress) {
  const RawResponse response = Exchange(
      sandbox_->http_port(), "POST", absl::StrCat(kSoapPath, "?wsdl"),
      {{"Content-Type", "text/xml;charset=\"UTF-8\""}, {"SOAPAction", "\"\""}}, GoodCheck());
  EXPECT_EQ(response.status, 200);
}

TEST_F(StrictnessTest, RefusesOtherHttp) {
  const uint16_t port = sandbox_->http_port();
  const RawHeaders good = {{"Content-Type", "text/xml; charset=utf-8"}, {"SOAPAction", "\"\""}};
  EXPECT_EQ(Exchange(port, "GET", kSoapPath, good, "").status, 405);
  EXPECT_EQ(Exchange(port, "POST", "/STAPI/STWS/", good, GoodCheck()).status, 404);
  EXPECT_EQ(Exchange(port, "POST", "/STAPI/STWS?x=1", good, GoodCheck()).status, 404);
  EXPECT_EQ(Exchange(port, "POST", "/nowhere", good, GoodCheck()).status, 404);
  for (const char* type : {"text/xml", "application/xml; charset=utf-8",
                           "application/soap+xml; charset=utf-8", "text/xml; charset=cp1251"}) {
    EXPECT_EQ(Exchange(port, "POST", kSoapPath, {{"Content-Type", type}, {"SOAPAction", "\"\""}},
                       GoodCheck())
                  .status,
              415)
        << type;
  }
  EXPECT_EQ(Exchange(port, "POST", kSoapPath, {{"SOAPAction", "\"\""}}, GoodCheck()).status, 415);
  EXPECT_EQ(Exchange(port, "POST", kSoapPath, {good[0]}, GoodCheck()).status, 500);
  EXPECT_EQ(
      Exchange(port, "POST", kSoapPath, {good[0], {"SOAPAction", "\"x\""}}, GoodCheck()).status,
      500);
  EXPECT_EQ(Totals().unreadable_requests(), 9);
  EXPECT_EQ(Exchange(port, "POST", kSoapPath, good, std::string(65 << 10, 'x')).status, 413);
}

TEST_F(StrictnessTest, RefusesWhatIsNotSoap) {
  ExpectFault("", "not well-formed");
  ExpectFault("<<not xml", "not well-formed");
  ExpectFault("<a/>", "SOAP 1.1 Envelope");
  ExpectFault(absl::StrCat("<!DOCTYPE a [<!ENTITY x 'y'>]>", GoodCheck()), "document type");
  ExpectFault(Spoilt("schemas.xmlsoap.org/soap/envelope/", "www.w3.org/2003/05/soap-envelope"),
              "SOAP 1.1 Envelope");
  ExpectFault(Spoilt("soapenv:Body", "soapenv:Bodies"), "one Body");
  ExpectFault(Spoilt("<soapenv:Body>", "<soapenv:Body>text"), "unexpected content");
  ExpectFault(Spoilt("</st:partnerHoldCheckIPS>", "</st:partnerHoldCheckIPS><x/>"),
              "exactly one child");
}

TEST_F(StrictnessTest, RefusesOtherNamespaces) {
  ExpectFault(Spoilt("st:partnerHoldCheckIPS", "partnerHoldCheckIPS"), "must be in");
  ExpectFault(Spoilt("http://st.apus.com/", "http://st.apus.com"), "must be in");
  ExpectFault(Spoilt("<partnerHoldCheckIPSRequest>",
                     "<partnerHoldCheckIPSRequest xmlns=\"http://st.apus.com/\">"),
              "in no namespace");
  ExpectFault(Spoilt("<Type>", "<Type xmlns=\"http://st.apus.com/\">"), "in no namespace");
}

TEST_F(StrictnessTest, RefusesOtherElements) {
  ExpectFault(Spoilt("partnerHoldCheckIPS", "partnerHoldCheck"), "no operation");
  ExpectFault(Spoilt("partnerHoldCheckIPSRequest", "request"), "partnerHoldCheckIPSRequest");
  ExpectFault(Spoilt("<Lang>ru</Lang>", "<Language>ru</Language>"), "unknown");
  ExpectFault(Spoilt("<Lang>ru</Lang>", "<Lang>ru</Lang><Lang>ru</Lang>"), "repeated");
  ExpectFault(Spoilt("<Type>partnerTrxId</Type>\n<Target>12345678</Target>",
                     "<Target>12345678</Target>\n<Type>partnerTrxId</Type>"),
              "out of order");
  ExpectFault(Spoilt("<Target>12345678</Target>", "<Target><b>12345678</b></Target>"), "text only");
  EXPECT_EQ(Counts(v1::METHOD_HOLD_CHECK).received(), 0);
}

TEST_F(StrictnessTest, ChecksTheAccessTokenOfEveryMethod) {
  EXPECT_EQ(RegisterCard().code(), "OK");
  const Fields wrong = {{"AccessToken", "0123456789abcdef0123456789abcdef"}};
  EXPECT_EQ(RegisterCard(wrong).code(), "ERROR");
  EXPECT_EQ(HoldCreate("x", 100, wrong).code(), "ERROR");
  EXPECT_EQ(HoldPayment("x", "1", wrong).code(), "ERROR");
  EXPECT_EQ(HoldCheck("holdId", "x", wrong).code(), "ERROR");
  EXPECT_EQ(HoldCancel("x", wrong).code(), "ERROR");
  const SoapAnswer answer = HoldCancel("x", wrong);
  EXPECT_EQ(answer.http.status, 200);
  EXPECT_NE(answer.Get("Description").find("AccessToken"), std::string::npos);
  EXPECT_EQ(Counts(v1::METHOD_REGISTER_CARD).refused(), 1);
  EXPECT_EQ(Counts(v1::METHOD_HOLD_CANCEL).refused(), 2);
}

TEST_F(StrictnessTest, ExpectsTheAccessTokenInLowerCase) {
  // What md5sum says of it.
  const std::string token =
      Md5("sandbox4719515042883250"
          "1299"
          "003"
          "sandbox-password");
  EXPECT_EQ(token, "6c378f1a3e7461590ed89edf63c2561d");
  EXPECT_EQ(RegisterCard({{"AccessToken", token}}).code(), "OK");
  EXPECT_EQ(RegisterCard({{"AccessToken", absl::AsciiStrToUpper(token)}}).code(), "ERROR");
}

TEST_F(StrictnessTest, ChecksThePartnerKey) {
  const SoapAnswer answer = RegisterCard({{"StPimsApiPartnerKey", "another"}});
  EXPECT_EQ(answer.code(), "ERROR");
  EXPECT_NE(answer.Get("Description").find("StPimsApiPartnerKey"), std::string::npos);
}

struct BadValue {
  const char* field;
  const char* value;  // "-": the field is left out.
};

TEST_F(StrictnessTest, RefusesBadCardValues) {
  for (const BadValue& bad :
       std::initializer_list<BadValue>{{"StPimsApiPartnerKey", "-"},
                                       {"AccessToken", "-"},
                                       {"CardNumber", "-"},
                                       {"CardNumber", ""},
                                       {"CardNumber", "47195150428"},           // 11 digits.
                                       {"CardNumber", "47195150428832501234"},  // 20 digits.
                                       {"CardNumber", "4719 5150 4288 3250"},
                                       {"CardNumber", "471951504288325x"},
                                       {"CardExDate", "-"},
                                       {"CardExDate", "1399"},
                                       {"CardExDate", "0099"},
                                       {"CardExDate", "12/99"},
                                       {"CardExDate", "9912"},
                                       {"CardHolderName", "-"},
                                       {"CardCVV", "-"},
                                       {"CardCVV", "12"},
                                       {"CardCVV", "12345"},
                                       {"PhoneNumber", "-"},
                                       {"PhoneNumber", "+998911902494"},
                                       {"NotifyUrl", "ftp://x"},
                                       {"Version", "one"},
                                       {"Lang", "kk"}}) {
    const SoapAnswer answer = RegisterCard({{bad.field, bad.value}});
    EXPECT_EQ(answer.http.status, 200);
    EXPECT_EQ(answer.code(), "STPIMS-ERR-009") << bad.field << " " << bad.value;
    EXPECT_NE(answer.Get("Description").find(bad.field), std::string::npos)
        << answer.Get("Description");
    EXPECT_FALSE(answer.Has("CardToken"));
  }
  EXPECT_EQ(Totals().cards(), 0);
}

TEST_F(StrictnessTest, TakesWhatIsOptional) {
  EXPECT_EQ(RegisterCard({{"NotifyUrl", "-"}, {"Version", "-"}, {"Lang", "-"}}).code(), "OK");
  EXPECT_EQ(RegisterCard({{"NotifyUrl", ""}, {"Version", ""}, {"Lang", ""}}).code(), "OK");
  EXPECT_EQ(RegisterCard({{"CardNumber", "471951504288"}}).code(), "OK");
  EXPECT_EQ(RegisterCard({{"CardNumber", "4719515042883250123"}}).code(), "OK");
}

TEST_F(StrictnessTest, RefusesACardThatIsPast) {
  EXPECT_EQ(RegisterCard({{"CardExDate", "0624"}}).code(), "STPIMS-ERR-067");
}

TEST_F(StrictnessTest, RefusesBadHoldValues) {
  const std::string card = ActiveCard();
  for (const BadValue& bad : std::initializer_list<BadValue>{{"CardToken", "-"},
                                                             {"ServiceId", "-"},
                                                             {"ServiceId", "999"},
                                                             {"ServiceId", "x"},
                                                             {"PersonalAccount", ""},
                                                             {"AmountInTiyin", "-"},
                                                             {"AmountInTiyin", "0"},
                                                             {"AmountInTiyin", "-100"},
                                                             {"AmountInTiyin", "100.00"},
                                                             {"AmountInTiyin", "1000000000001"},
                                                             {"HoldMinute", "0"},
                                                             {"HoldMinute", "43201"},
                                                             {"HoldMinute", "-"},
                                                             {"NotifyUrl", "-"}}) {
    const SoapAnswer answer = HoldCreate(card, 100'000, {{bad.field, bad.value}});
    EXPECT_EQ(answer.code(), "STPIMS-ERR-009") << bad.field << " " << bad.value;
    EXPECT_FALSE(answer.Has("HoldId"));
  }
  EXPECT_EQ(Totals().holds(), 0);
  EXPECT_EQ(HoldCheck("cardToken", "x").code(), "STPIMS-ERR-009");
  EXPECT_EQ(HoldPayment("x", "").code(), "STPIMS-ERR-009");
  EXPECT_EQ(HoldCancel("").code(), "STPIMS-ERR-009");
}

TEST_F(StrictnessTest, SpeaksTheCallersLanguage) {
  EXPECT_EQ(RegisterCard({{"Lang", "en"}}).Get("Description"), "Success");
  EXPECT_EQ(RegisterCard({{"Lang", "uz"}}).Get("Description"), "Muvaffaqiyatli");
  EXPECT_EQ(RegisterCard({{"Lang", "-"}}).Get("Description"), "Успешно");
}

TEST_F(StrictnessTest, HashesTheValuesAndNotTheirEscapes) {
  const std::string card = ActiveCard();
  // The account is A&B <ü>; the wire has it escaped, the hash has not.
  const SoapAnswer answer = HoldCreate(
      card, 500,
      {{"PersonalAccount", "A&amp;B &lt;ü&gt;"},
       {"AccessToken", Md5(absl::StrCat("sandbox", card, "628A&B <ü>500sandbox-password"))}});
  EXPECT_EQ(answer.code(), "OK");
  EXPECT_EQ(HoldOf(answer.Get("HoldId")).personal_account(), "A&B <ü>");
}

}  // namespace
}  // namespace payments::sandbox
