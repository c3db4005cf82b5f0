// Epay's transfers: by number and by saved card, abroad, and what is refused.

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "providers/sandbox/epay/epay_cards.h"
#include "tests/unit/sandbox/epay_fixture.h"

namespace payments::sandbox {
namespace {

constexpr char kCustomer[] = "\"merchantIdForSavingCards\": \"customer-1\"";
constexpr char kNoCustomer[] = "\"merchantIdForSavingCards\": \"\"";

class EpayTransferTest : public EpayTest {
 protected:
  // Spoils the sample with one edit: it must be refused for its shape.
  void ExpectRefused(const std::string& from, const std::string& to, absl::string_view names) {
    const EpayReply reply = PostJson(kTransferPath, TransferToken("123456", "100"),
                                     Body("123456", "100", {{from, to}}));
    EXPECT_EQ(reply.http.status, 400) << to;
    EXPECT_EQ(reply.Get("code"), "469") << to;
    EXPECT_NE(reply.Get("message").find(std::string(names)), std::string::npos) << reply.http.body;
  }
};

TEST_F(EpayTransferTest, MovesMoneyByNumbers) {
  const EpayReply reply = Transfer("123456787538", "100");
  EXPECT_EQ(reply.http.status, 200);
  EXPECT_EQ(reply.Get("id").size(), 36U);
  EXPECT_EQ(reply.Get("amount"), "100");
  EXPECT_EQ(reply.Get("currency"), "KZT");
  EXPECT_EQ(reply.Get("email"), "armanali@epay.kz");
  EXPECT_EQ(reply.Get("description"), "TEST p2p");
  EXPECT_EQ(reply.Get("reference").size(), 12U);
  EXPECT_EQ(reply.Get("orderID"), "123456787538");
  EXPECT_EQ(reply.Get("senderCardID"), "");
  EXPECT_EQ(reply.Get("senderCardPAN"), "4400********0001");
  EXPECT_EQ(reply.Get("receiverCardPAN"), "5578********0002");
  EXPECT_EQ(reply.Get("intReference").size(), 16U);
  EXPECT_EQ(reply.Get("terminalID"), "95555555");
  EXPECT_EQ(reply.Get("code"), "0");
  EXPECT_EQ(reply.Get("status"), "AUTH");

  const v1::Transfer transfer = TransferOf("123456787538");
  EXPECT_EQ(transfer.state(), v1::TRANSFER_STATE_DONE);
  EXPECT_EQ(transfer.amount_minor(), 10'000);
  EXPECT_EQ(transfer.movement_count(), 1);
  EXPECT_EQ(Totals().transferred_minor(), 10'000);
  v1::ListMovementsResponse movements;
  EXPECT_EQ(Order(&v1::SandboxService::Stub::ListMovements, v1::ListMovementsRequest(), &movements),
            grpc::OK);
  ASSERT_EQ(movements.movements_size(), 1);
  EXPECT_EQ(movements.movements(0).kind(), v1::MOVEMENT_KIND_TRANSFER);
  EXPECT_EQ(movements.movements(0).order_id(), "123456787538");
}

TEST_F(EpayTransferTest, CountsAmountsExactly) {
  EXPECT_NE(Transfer("100001", "0.34").http.body.find("\"amount\":0.34,"), std::string::npos);
  EXPECT_NE(Transfer("100002", "12.30").http.body.find("\"amount\":12.3,"), std::string::npos);
  EXPECT_NE(Transfer("100003", "9007199254.99").http.body.find("\"amount\":9007199254.99,"),
            std::string::npos);
  EXPECT_EQ(Totals().transferred_minor(), 34 + 1230 + 900719925499);
}

TEST_F(EpayTransferTest, TakesTheProductionPath) {
  EXPECT_EQ(PostJson("/p2p/transfer", TransferToken("123456", "100"), Body("123456", "100"))
                .Get("status"),
            "AUTH");
}

TEST_F(EpayTransferTest, SavesCardsOnBothSides) {
  const EpayReply reply =
      PostJson(kTransferPath, TransferToken("123456", "100"),
               Body("123456", "100",
                    {{kNoCustomer, kCustomer},
                     {"\"save\": false", "\"save\": true"},     // The sender's comes first.
                     {"\"save\": false", "\"save\": true"}}));  // Then the receiver's.
  const std::string sender = reply.Get("senderCardID");
  const std::string receiver = reply.Get("receiverCardID");
  EXPECT_EQ(sender.size(), 36U) << reply.http.body;
  EXPECT_EQ(receiver.size(), 36U);
  EXPECT_NE(sender, receiver);
  EXPECT_EQ(TransferOf("123456").receiver_card_id(), receiver);

  const EpayReply again =
      Transfer("123457", "100",
               {{"\"transferType\": \"TYPEPAN\"", R"("transferType": "TYPECARDID")"},
                {"4400430000000001", sender},
                {"\"id\": \"\"", absl::StrCat("\"id\": \"", receiver, "\"")},
                {"\"transferType\": \"TYPEPAN\"", R"("transferType": "TYPECARDID")"},
                {"5578340000000002", receiver}});
  EXPECT_EQ(again.Get("status"), "AUTH") << again.http.body;
  EXPECT_EQ(again.Get("senderCardID"), sender);
  EXPECT_EQ(again.Get("senderCardPAN"), "4400********0001");
  EXPECT_EQ(again.Get("receiverCardID"), receiver);
}

TEST_F(EpayTransferTest, ASavedCardNeedsNeitherExpiryNorCode) {
  const std::string card = SavedCard("100001");
  const Fields edits = {{"\"transferType\": \"TYPEPAN\"", R"("transferType": "TYPECARDID")"},
                        {"\"cvc\": \"815\"", "\"cvc\": \"\""},
                        {"4400430000000001", card},
                        {"\"month\": \"12\"", "\"month\": \"\""},
                        {"\"year\": \"99\"", "\"year\": \"\""}};
  EXPECT_EQ(Transfer("123457", "100", edits).Get("status"), "AUTH");
}

TEST_F(EpayTransferTest, RefusesCardsThatAreNotSaved) {
  const Fields edits = {{"\"transferType\": \"TYPEPAN\"", R"("transferType": "TYPECARDID")"},
                        {"4400430000000001", "88481433-595e-4c01-941f-34569db2426e"}};
  EXPECT_EQ(Transfer("123456", "100", edits).Get("code"), "471");
  EXPECT_EQ(Totals().transfers(), 0);
}

TEST_F(EpayTransferTest, SavesNothingIfTheTransferFails) {
  const EpayReply reply = Transfer("123456", "100",
                                   {{kNoCustomer, kCustomer},
                                    {"\"save\": false", "\"save\": true"},
                                    {"4400430000000001", "4400430000000484"}});
  EXPECT_EQ(reply.Get("code"), "484");
  EXPECT_EQ(reply.Get("senderCardID"), "");
}

TEST_F(EpayTransferTest, SendsAbroad) {
  const std::string receiver = "\"cardCred\": \"5578340000000002\"";
  const std::string names =
      absl::StrCat(receiver, R"(, "firstName": "Ann", "lastName": "Lee", "countryCode": "UZB")");
  EXPECT_EQ(
      Transfer("123456", "100", {{"\"foreign\": false", "\"foreign\": true"}, {receiver, names}})
          .Get("status"),
      "AUTH");
  ExpectRefused("\"foreign\": false", "\"foreign\": true", "firstName");
  ExpectRefused(receiver, names, "firstName");
}

TEST_F(EpayTransferTest, RefusesWrongShapes) {
  ExpectRefused("\"amount\": 100", "\"amount\": \"100\"", "order.amount");
  ExpectRefused("\"amount\": 100", "\"amount\": 100.001", "order.amount");
  ExpectRefused("\"amount\": 100", "\"amount\": 1e2", "order.amount");
  ExpectRefused("\"currency\": \"KZT\"", "\"currency\": \"UZS\"", "order.currency");
  ExpectRefused("\"foreign\": false", "\"foreign\": \"false\"", "order.foreign");
  ExpectRefused("\"id\": \"123456\"", "\"id\": 123456", "order.id");
  ExpectRefused("TEST p2p", std::string(126, 'x'), "order.description");
  ExpectRefused("\"postLink\": \"http", "\"postLink\": \"ftp", "order.postLink");
  ExpectRefused("\"terminalId\"", "\"terminalID\"", "order.terminalId");
  ExpectRefused("TYPEPAN", "PAN", "card.sender.transferType");
  ExpectRefused("4400430000000001", "4400 4300 0000 0001", "card.sender.cardCred");
  ExpectRefused("\"cvc\": \"815\"", "\"cvc\": \"81\"", "card.sender.cvc");
  ExpectRefused("\"month\": \"12\"", "\"month\": \"13\"", "card.sender.expire.month");
  ExpectRefused("\"year\": \"99\"", "\"year\": \"2099\"", "card.sender.expire.year");
  ExpectRefused("\"number\": \"\"", "\"number\": \"1\"", "card.sender.number");
  ExpectRefused("\"address\": \"\"", "\"colour\": \"\"", "card.sender");
  ExpectRefused("\"save\": false", "\"save\": true", "merchantIdForSavingCards");
  ExpectRefused("\"id\": \"\"", "\"id\": \"1\"", "card.receiver.id");
  EXPECT_EQ(Totals().transfers(), 0);
}

TEST_F(EpayTransferTest, RefusesWhatIsNoJson) {
  ExpectRefused("\"foreign\": false,", "\"foreign\": false,,", "not well-formed");
  ExpectRefused("\"foreign\": false", "\"foreign\": false, \"foreign\": false", "repeated");
  ExpectRefused("\"description\": \"TEST p2p\"", "\"description\": [\"TEST p2p\"]", "array");
  ExpectRefused("TEST p2p", "\xff", "not well-formed");
  std::string deep;
  for (int i = 0; i < 20; ++i) absl::StrAppend(&deep, "{\"x\":");
  ExpectRefused("\"description\": \"TEST p2p\"", absl::StrCat("\"description\": ", deep), "deeper");
  std::string wide = "\"description\": \"\"";
  for (int i = 0; i < 70; ++i) absl::StrAppend(&wide, ",\"x", i, "\":1");
  ExpectRefused("\"description\": \"TEST p2p\"", wide, "more than 64");
}

TEST_F(EpayTransferTest, TakesBytesAndNotCharactersForADescription) {
  // 63 Cyrillic letters are 126 bytes.
  std::string letters;
  for (int i = 0; i < 63; ++i) letters += "я";
  ExpectRefused("TEST p2p", letters, "order.description");
}

TEST_F(EpayTransferTest, RefusesAnOrderNumberTwice) {
  EXPECT_EQ(Transfer("123456", "100").Get("status"), "AUTH");
  const EpayReply again = Transfer("123456", "100");
  EXPECT_EQ(again.http.status, 200);
  EXPECT_EQ(again.Get("code"), "469");
  EXPECT_EQ(again.Get("invoiceId"), "123456");
  // Another number, but the same last six digits.
  EXPECT_EQ(Transfer("777123456", "100").Get("code"), "469");
  EXPECT_EQ(Transfer("123456777", "100").Get("status"), "AUTH");
  EXPECT_EQ(Totals().transfers(), 2);
  EXPECT_EQ(Counts(v1::METHOD_EPAY_TRANSFER).declined(), 2);
}

TEST_F(EpayTransferTest, ARefusedOrderNumberIsUsedUp) {
  EXPECT_EQ(Transfer("123456", "100", {{"4400430000000001", "4400430000000484"}}).Get("code"),
            "484");
  EXPECT_EQ(Transfer("123456", "100").Get("code"), "469");
}

TEST_F(EpayTransferTest, KnowsTheGuidesCards) {
  int order = 200'000;
  for (const GuideCard& card : GuideCards()) {
    const Fields edits = {{"\"cvc\": \"815\"", absl::StrCat("\"cvc\": \"", card.cvc, "\"")},
                          {"4400430000000001", card.pan},
                          {"\"month\": \"12\"", absl::StrCat("\"month\": \"", card.month, "\"")},
                          {"\"year\": \"99\"", absl::StrCat("\"year\": \"", card.year, "\"")}};
    EXPECT_EQ(Transfer(absl::StrCat(++order), "100", edits).Get("code"),
              card.is_locked ? "465" : "0")
        << card.pan;
    Fields wrong = edits;
    wrong[0].second = "\"cvc\": \"999\"";
    EXPECT_EQ(Transfer(absl::StrCat(++order), "100", wrong).Get("code"), "501") << card.pan;
    wrong = edits;
    wrong[3].second = "\"year\": \"98\"";
    EXPECT_EQ(Transfer(absl::StrCat(++order), "100", wrong).Get("code"), "457") << card.pan;
    // As a receiver.
    EXPECT_EQ(Transfer(absl::StrCat(++order), "100", {{"5578340000000002", card.pan}}).Get("code"),
              card.is_locked ? "465" : "0")
        << card.pan;
  }
}

TEST_F(EpayTransferTest, RefusesExpiredCards) {
  EXPECT_EQ(Transfer("123456", "100", {{"\"year\": \"99\"", "\"year\": \"20\""}}).Get("code"),
            "478");
}

TEST_F(EpayTransferTest, RefusesCardsByTheirEnding) {
  int order = 300'000;
  for (const EpayMagicCard& card : EpayMagicCards()) {
    if (card.three_d_secure != EpayMagicCard::ThreeDSecure::kNone) continue;
    const bool is_sender = card.side == EpayMagicCard::Side::kSender;
    const std::string ordinary = is_sender ? "4400430000000001" : "5578340000000002";
    const std::string number = absl::StrCat(ordinary.substr(0, 12), card.ending);
    const EpayReply reply = Transfer(absl::StrCat(++order), "100", {{ordinary, number}});
    EXPECT_EQ(reply.Get("code"), absl::StrCat(card.code)) << card.ending;
    EXPECT_FALSE(reply.Get("message").empty());
    const v1::Transfer transfer = TransferOf(absl::StrCat(order));
    EXPECT_EQ(transfer.state(), v1::TRANSFER_STATE_FAILED);
    EXPECT_EQ(transfer.code(), card.code);
    EXPECT_EQ(transfer.movement_count(), 0);
  }
  EXPECT_EQ(Totals().movements(), 0);
}

}  // namespace
}  // namespace payments::sandbox
