// The magic amounts and cards: each row of the tables does what docs/sandbox.md says.

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "providers/sandbox/upay/upay_magic.h"
#include "tests/support/source_tree.h"
#include "tests/unit/sandbox/sandbox_fixture.h"

namespace payments::sandbox {
namespace {

class MagicTest : public SandboxTest {
 protected:
  // 1,000 so'm and an ending.
  static int64_t Amount(int ending) { return 100'000 + ending; }

  SoapAnswer CreateWith(int ending) { return HoldCreate(ActiveCard(), Amount(ending)); }
};

TEST_F(MagicTest, EveryRowIsDocumented) {
  std::ifstream file(absl::StrCat(SourceTree(), "/docs/sandbox.md"));
  std::stringstream text;
  text << file.rdbuf();
  const std::string whole = text.str();
  const size_t begin = whole.find("\n## UPay\n");
  const std::string page = whole.substr(begin, whole.find("\n## Epay\n") - begin);
  for (const MagicAmount& row : UpayMagicAmounts()) {
    const std::string cell = absl::StrCat("| …", row.ending < 10 ? "0" : "", row.ending, " |");
    EXPECT_NE(page.find(cell), std::string::npos) << cell;
  }
  for (const MagicCallback& row : UpayMagicCallbacks()) {
    const std::string cell = absl::StrCat("| …", row.ending, " |");
    EXPECT_NE(page.find(cell), std::string::npos) << cell;
  }
  for (const MagicCard& row : UpayMagicCards()) {
    EXPECT_NE(page.find(absl::StrCat("| …", row.ending, " |")), std::string::npos) << row.ending;
  }
}

TEST_F(MagicTest, OrdinaryAmountsAreOrdinary) {
  EXPECT_EQ(CreateWith(0).code(), "OK");
  EXPECT_EQ(CreateWith(99).code(), "OK");
}

TEST_F(MagicTest, RefusesHolds) {
  EXPECT_EQ(CreateWith(1).code(), "STPIMS-ERR-112");
  EXPECT_EQ(CreateWith(3).code(), "ERROR");
  EXPECT_EQ(CreateWith(7).code(), "STPIMS-ERR-001");
  EXPECT_EQ(Totals().holds(), 0);
}

TEST_F(MagicTest, HoldsInProcess) {
  const SoapAnswer held = CreateWith(2);
  const SoapAnswer failed = CreateWith(6);
  const SoapAnswer without_id = CreateWith(12);
  const SoapAnswer never = CreateWith(13);
  for (const SoapAnswer& answer : {held, failed, without_id, never}) {
    EXPECT_EQ(answer.code(), "STPIMS-ERR-065");
  }
  EXPECT_FALSE(without_id.Has("HoldId"));
  MoveClock(1);
  EXPECT_EQ(HoldOf(held.Get("HoldId")).state(), v1::HOLD_STATE_HELD);
  EXPECT_EQ(HoldOf(failed.Get("HoldId")).state(), v1::HOLD_STATE_FAILED);
  EXPECT_EQ(HoldOf(never.Get("HoldId")).state(), v1::HOLD_STATE_IN_PROCESS);
  EXPECT_EQ(Totals().held_minor(), Amount(2) + Amount(12));
}

TEST_F(MagicTest, LosesAnswersOfHolds) {
  EXPECT_EQ(CreateWith(4).http.status, 0);
  EXPECT_EQ(Totals().held_minor(), Amount(4));
  EXPECT_EQ(CreateWith(5).http.status, 0);
  EXPECT_EQ(CreateWith(8).http.status, 500);
  EXPECT_EQ(CreateWith(10).http.status, 503);
  EXPECT_EQ(Totals().held_minor(), Amount(4));
  EXPECT_EQ(CreateWith(9).code(), "");
  EXPECT_EQ(CreateWith(11).code(), "");
  EXPECT_EQ(Totals().held_minor(), Amount(4) + Amount(9) + Amount(11));
}

TEST_F(MagicTest, RefusesCapturesEveryTime) {
  const std::string hold = Held(Amount(21));
  EXPECT_EQ(HoldPayment(hold, "1").code(), "ERROR");
  EXPECT_EQ(HoldPayment(hold, "2").code(), "ERROR");
  EXPECT_EQ(HoldCancel(hold).code(), "OK");
}

TEST_F(MagicTest, SpoilsTheFirstCaptureOnly) {
  const std::string applied = Held(Amount(22));
  EXPECT_EQ(HoldPayment(applied, "1").http.status, 0);
  EXPECT_EQ(HoldPayment(applied, "2").code(), "STPIMS-ERR-092");

  const std::string lost = Held(Amount(23));
  EXPECT_EQ(HoldPayment(lost, "3").http.status, 0);
  EXPECT_EQ(HoldPayment(lost, "4").code(), "OK");

  const std::string internal = Held(Amount(26));
  EXPECT_EQ(HoldPayment(internal, "5").code(), "STPIMS-ERR-001");
  EXPECT_EQ(HoldPayment(internal, "6").code(), "OK");

  const std::string in_process = Held(Amount(24));
  const std::string failing = Held(Amount(27));
  EXPECT_EQ(HoldPayment(in_process, "7").code(), "STPIMS-ERR-065");
  EXPECT_EQ(HoldPayment(failing, "8").code(), "STPIMS-ERR-065");
  MoveClock(1);
  EXPECT_EQ(HoldOf(in_process).state(), v1::HOLD_STATE_CAPTURED);
  EXPECT_EQ(HoldOf(failing).state(), v1::HOLD_STATE_HELD);
  EXPECT_EQ(HoldPayment(failing, "9").code(), "OK");
}

TEST_F(MagicTest, LiesAboutAmounts) {
  EXPECT_EQ(HoldPayment(Held(Amount(25)), "1").Get("PaymentAmount"),
            absl::StrCat(Amount(25) + 100));
  EXPECT_EQ(HoldPayment(Held(Amount(42)), "2").Get("PaymentAmount"), absl::StrCat(Amount(42)));
  EXPECT_EQ(HoldCheck("partnerTrxId", "2").Get("PaymentAmount"), absl::StrCat(Amount(42) + 100));
}

TEST_F(MagicTest, SpoilsCancelsAndChecks) {
  const std::string refused = Held(Amount(31));
  EXPECT_EQ(HoldCancel(refused).code(), "ERROR");
  EXPECT_EQ(HoldCancel(refused).code(), "ERROR");
  const std::string applied = Held(Amount(32));
  EXPECT_EQ(HoldCancel(applied).http.status, 0);
  EXPECT_EQ(HoldCancel(applied).code(), "STPIMS-ERR-092");
  const std::string lost = Held(Amount(33));
  EXPECT_EQ(HoldCancel(lost).http.status, 0);
  EXPECT_EQ(HoldCancel(lost).code(), "OK");
  EXPECT_EQ(HoldCheck("holdId", Held(Amount(41))).code(), "STPIMS-ERR-001");
}

TEST_F(MagicTest, APlannedFaultOutranksTheAmount) {
  const std::string card = ActiveCard();
  Plan(v1::METHOD_HOLD_CREATE, v1::FAULT_KIND_UNSPECIFIED);
  EXPECT_EQ(HoldCreate(card, Amount(1)).code(), "OK");
}

TEST_F(MagicTest, RefusesCards) {
  for (const MagicCard& row : UpayMagicCards()) {
    const SoapAnswer answer =
        RegisterCard({{"CardNumber", absl::StrCat("471951504288", row.ending)}});
    EXPECT_EQ(answer.code(), row.code);
  }
  EXPECT_EQ(Totals().cards(), 0);
}

}  // namespace
}  // namespace payments::sandbox
