#include "providers/upay/soap_response.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "providers/text.h"
#include "providers/upay/text.h"
#include "tests/unit/upay/upay_fixture.h"

namespace payments::upay {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string MessageOf(const std::string& golden) {
  const std::string body = ReadGolden(absl::StrCat("responses/", golden, ".xml"));
  return Converse(*MakeProvider()->Authorize(SampleAuthorize()), Response(body)).answer.message;
}

TEST(SoapResponseTest, EveryFieldOfTheGuidesSampleIsRead) {
  const auto read = ReadSoapResponse(ReadGolden("responses/capture_ok.xml"));
  ASSERT_TRUE(read.ok()) << read.status();
  const auto& answer = std::get<SoapAnswer>(*read);
  EXPECT_EQ(answer.code, "OK");
  EXPECT_EQ(answer.description, "Успешно");
  EXPECT_EQ(answer.transaction_id, "14551222");
  EXPECT_EQ(answer.process_trx_id, "008204253403");
  EXPECT_EQ(answer.partner_trx_id, "12345678");
  EXPECT_EQ(answer.payment_amount, "100000");
  EXPECT_EQ(answer.card_token.Reveal(), "60f74ae9c13cfc8s464a4a5");
  EXPECT_EQ(answer.hold_id, "");
}

TEST(SoapResponseTest, ErrorsSayWhatIsWrong) {
  const auto error = [](const std::string& golden) {
    return std::string(ReadSoapResponse(ReadGolden(absl::StrCat("responses/", golden, ".xml")))
                           .status()
                           .message());
  };
  EXPECT_EQ(error("evil_dtd"), "unreadable answer: not well-formed XML");
  EXPECT_EQ(error("hold_utf_16"), "unreadable answer: not UTF-8, or with control characters");
  EXPECT_EQ(error("garbage_not_soap"), "unreadable answer: not SOAP");
  EXPECT_EQ(error("garbage_no_body"), "unreadable answer: no Body");
  EXPECT_EQ(error("garbage_empty_body"), "unreadable answer: an empty Body");
  EXPECT_EQ(error("hold_without_return"), "unreadable answer: no return");
  EXPECT_EQ(error("hold_two_codes"), "unreadable answer: more than one code");
  EXPECT_EQ(error("hold_nested_hold_id"), "unreadable answer: HoldId is not plain text");
  EXPECT_EQ(error("hold_endless_hold_id"), "unreadable answer: HoldId is longer than 128 bytes");
}

TEST(SoapResponseTest, SizeIsLimited) {
  const std::string fits = ReadGolden("responses/hold_ok.xml");
  std::string body = fits + std::string(kResponseSizeMaxBytes - fits.size(), '\n');
  EXPECT_TRUE(ReadSoapResponse(body).ok());
  body += '\n';
  EXPECT_THAT(std::string(ReadSoapResponse(body).status().message()),
              HasSubstr("larger than 262144 bytes"));
  constexpr size_t kTwoMebibytes = 2 * 1024 * 1024;
  EXPECT_FALSE(ReadSoapResponse(std::string(kTwoMebibytes, '<')).ok());
}

TEST(SoapResponseTest, TheProvidersWordsAreKept) {
  EXPECT_EQ(MessageOf("hold_insufficient_funds"), "Недостаточно средств");
  EXPECT_EQ(MessageOf("hold_cdata_and_comments"), "a < b & c");
  EXPECT_EQ(MessageOf("fault"), "java.lang.NullPointerException");
}

TEST(SoapResponseTest, TheProvidersWordsAreCutAtACharactersBorder) {
  const std::string message = MessageOf("hold_endless_description");
  EXPECT_EQ(message.size(), 512);
  EXPECT_TRUE(IsXmlText(message));
}

TEST(SoapResponseTest, AQuotedCardNumberIsMasked) {
  EXPECT_EQ(MessageOf("hold_description_quotes_card"), "Card ************3250 not found");
  EXPECT_THAT(MessageOf("fault_quoting_the_request"), Not(HasSubstr("4719")));
}

TEST(SoapResponseTest, PresentableCutsAndMasks) {
  EXPECT_EQ(Presentable("", 8), "");
  EXPECT_EQ(Presentable("12345678901", 64), "12345678901");
  EXPECT_EQ(Presentable("123456789012", 64), "********9012");
  EXPECT_EQ(Presentable("a1234567890123 4719515042883250b", 64),
            "a*********0123 ************3250b");
  EXPECT_EQ(Presentable("aЯЯ", 4), "aЯ");
  EXPECT_EQ(Presentable("Я", 1), "");
}

}  // namespace
}  // namespace payments::upay
