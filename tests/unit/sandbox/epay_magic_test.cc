// Epay's magic amounts and cards: each row of the tables does what docs/sandbox.md says.

#include "providers/sandbox/epay/epay_magic.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "providers/sandbox/epay/epay_cards.h"
#include "tests/support/source_tree.h"
#include "tests/unit/sandbox/epay_fixture.h"

namespace payments::sandbox {
namespace {

class EpayMagicTest : public EpayTest {
 protected:
  // 100 tenge and an ending.
  static std::string Amount(int ending) {
    return absl::StrCat("100.", absl::Dec(ending, absl::kZeroPad2));
  }
  static int64_t Minor(int ending) { return 10'000 + ending; }
  static std::string OrderOf(int ending) { return absl::StrCat(700'000 + ending); }

  EpayReply TransferWith(int ending) { return Transfer(OrderOf(ending), Amount(ending)); }
  v1::TransferState StateOf(int ending) { return TransferOf(OrderOf(ending)).state(); }

  // The payer accepts and the merchant confirms.
  EpayReply AcceptAndConfirm(int ending) {
    v1::AnswerThreeDSecureRequest request;
    v1::AnswerThreeDSecureResponse decision;
    request.set_order_id(OrderOf(ending));
    EXPECT_EQ(Order(&v1::SandboxService::Stub::AnswerThreeDSecure, request, &decision), grpc::OK);
    pa_res_ = decision.pa_res();
    return ConfirmAgain(ending);
  }
  EpayReply ConfirmAgain(int ending) {
    const v1::Transfer transfer = TransferOf(OrderOf(ending));
    return Confirm(transfer.id(), pa_res_, transfer.md());
  }

  std::string pa_res_;
};

TEST_F(EpayMagicTest, EveryRowIsDocumented) {
  std::ifstream file(absl::StrCat(SourceTree(), "/docs/sandbox.md"));
  std::stringstream text;
  text << file.rdbuf();
  const std::string page = text.str();
  const std::string epay = page.substr(page.find("\n## Epay\n"));
  for (const MagicAmount& row : EpayMagicAmounts()) {
    const std::string cell = absl::StrCat("| …", absl::Dec(row.ending, absl::kZeroPad2), " |");
    EXPECT_TRUE(absl::StrContains(epay, cell)) << cell;
  }
  for (const MagicCallback& row : EpayMagicCallbacks()) {
    EXPECT_TRUE(absl::StrContains(epay, absl::StrCat("| …", row.ending, " |"))) << row.ending;
  }
  for (const EpayMagicCard& row : EpayMagicCards()) {
    EXPECT_TRUE(absl::StrContains(epay, absl::StrCat("| …", row.ending, " |"))) << row.ending;
  }
  for (const GuideCard& card : GuideCards()) {
    EXPECT_TRUE(absl::StrContains(epay, absl::StrCat("| ", card.pan, " |"))) << card.pan;
  }
}

TEST_F(EpayMagicTest, OrdinaryAmountsAreOrdinary) {
  EXPECT_EQ(TransferWith(0).Get("status"), "AUTH");
  EXPECT_EQ(TransferWith(99).Get("status"), "AUTH");
}

TEST_F(EpayMagicTest, RefusesTransfers) {
  for (const auto& [ending, code] : std::vector<std::pair<int, std::string>>{
           {1, "484"}, {3, "487"}, {17, "458"}, {18, "9999"}}) {
    EXPECT_EQ(TransferWith(ending).Get("code"), code);
    EXPECT_EQ(StateOf(ending), v1::TRANSFER_STATE_FAILED);
  }
  EXPECT_EQ(TransferWith(7).Get("code"), "460");
  EXPECT_EQ(StateOf(7), v1::TRANSFER_STATE_DONE);
}

TEST_F(EpayMagicTest, TransfersInProcess) {
  for (const int ending : {2, 6, 13}) EXPECT_EQ(TransferWith(ending).Get("code"), "454");
  MoveClock(1);
  EXPECT_EQ(StateOf(2), v1::TRANSFER_STATE_DONE);
  EXPECT_EQ(StateOf(6), v1::TRANSFER_STATE_FAILED);
  EXPECT_EQ(StateOf(13), v1::TRANSFER_STATE_IN_PROCESS);
}

TEST_F(EpayMagicTest, LosesAnswersOfTransfers) {
  EXPECT_EQ(TransferWith(4).http.status, 0);
  EXPECT_EQ(TransferWith(5).http.status, 0);
  EXPECT_EQ(TransferWith(8).http.status, 500);
  EXPECT_EQ(TransferWith(10).http.status, 503);
  EXPECT_EQ(Totals().transferred_minor(), Minor(4));
  for (const int ending : {9, 11, 19}) EXPECT_EQ(TransferWith(ending).Get("status"), "");
  EXPECT_EQ(Totals().transferred_minor(), Minor(4) + Minor(9) + Minor(11) + Minor(19));
}

TEST_F(EpayMagicTest, SpeaksOtherwise) {
  EXPECT_EQ(TransferWith(12).Get("invoiceID"), OrderOf(12));
  EXPECT_EQ(TransferWith(16).Get("amount"), "101.16");
  EXPECT_EQ(TransferWith(15).http.status, 401);
  EXPECT_EQ(TransferWith(15).Get("status"), "AUTH");
}

TEST_F(EpayMagicTest, AsksForThreeDSecure) {
  EXPECT_FALSE(TransferWith(21).Get("secure3D.action").empty());
  EXPECT_FALSE(TransferWith(22).Get("action").empty());
  EXPECT_EQ(TransferWith(27).Get("secure3D.action"), "");
  EXPECT_TRUE(absl::StrContains(AcceptAndConfirm(21).Header("Location"), "success.html"));
}

TEST_F(EpayMagicTest, SpoilsConfirms) {
  for (const int ending : {23, 24, 25, 26, 28}) {
    EXPECT_FALSE(TransferWith(ending).Get("secure3D.action").empty()) << ending;
  }
  EXPECT_EQ(AcceptAndConfirm(23).http.status, 0);
  EXPECT_EQ(StateOf(23), v1::TRANSFER_STATE_DONE);
  EXPECT_EQ(ConfirmAgain(23).http.status, 302);
  EXPECT_EQ(AcceptAndConfirm(24).http.status, 0);
  EXPECT_EQ(StateOf(24), v1::TRANSFER_STATE_THREE_D_SECURE);
  EXPECT_EQ(ConfirmAgain(24).http.status, 302);
  EXPECT_EQ(StateOf(24), v1::TRANSFER_STATE_DONE);
  EXPECT_EQ(AcceptAndConfirm(25).http.status, 200);
  EXPECT_TRUE(absl::StrContains(AcceptAndConfirm(26).Header("Location"), "code=484"));
  EXPECT_TRUE(absl::StrContains(AcceptAndConfirm(28).Header("Location"), "code=454"));
  MoveClock(1);
  EXPECT_EQ(StateOf(28), v1::TRANSFER_STATE_DONE);
}

TEST_F(EpayMagicTest, SpoilsStatuses) {
  for (const int ending : {41, 42, 43, 44, 45, 46, 47}) TransferWith(ending);
  EXPECT_EQ(Status(OrderOf(41)).http.status, 500);
  EXPECT_EQ(Status(OrderOf(41)).http.status, 500);
  EXPECT_EQ(Status(OrderOf(42)).Get("transaction.p2p.amount"), "101.42");
  EXPECT_EQ(Status(OrderOf(43)).Get("resultCode"), "100");
  EXPECT_EQ(Status(OrderOf(44)).Get("result.code"), "102");
  EXPECT_EQ(Status(OrderOf(44)).Get("result.code"), "100");
  EXPECT_EQ(Status(OrderOf(45)).Get("result.code"), "104");
  EXPECT_EQ(Status(OrderOf(46)).Get("transaction.p2p.statusName"), "SOMETHING_NEW");
  EXPECT_EQ(Status(OrderOf(47)).Get("transaction.p2p.statusName"), "REFUND");
}

TEST_F(EpayMagicTest, SpoilsTokens) {
  const auto ask = [this](int ending) {
    return PostForm(kTokenPath, Form(TokenFields(OrderOf(ending), Amount(ending))));
  };
  EXPECT_EQ(ask(61).http.status, 401);
  EXPECT_EQ(ask(61).Get("error"), "invalid_client");
  EXPECT_EQ(ask(62).http.status, 503);
  bool is_text = false;
  EXPECT_EQ(ask(63).Get("expires_in", &is_text), "7200");
  EXPECT_TRUE(is_text);
  EXPECT_EQ(ask(64).http.status, 0);
}

TEST_F(EpayMagicTest, SpoilsCallbacks) {
  TransferWith(51);
  TransferWith(56);
  EXPECT_EQ(JsonMember(merchant_.Next().body, "code"), "error");
  EXPECT_EQ(StateOf(56), v1::TRANSFER_STATE_DONE);
  TransferWith(54);
  EXPECT_EQ(merchant_.waiting(), 1U);
  EXPECT_EQ(JsonMember(merchant_.Next().body, "invoiceId"), OrderOf(54));
  TransferWith(59);
  EXPECT_EQ(JsonMember(merchant_.Next().body, "invoiceID"), OrderOf(59));
}

TEST_F(EpayMagicTest, APlannedFaultOutranksTheAmount) {
  Plan(v1::METHOD_EPAY_TRANSFER, v1::FAULT_KIND_UNSPECIFIED);
  EXPECT_EQ(TransferWith(1).Get("status"), "AUTH");
}

}  // namespace
}  // namespace payments::sandbox
