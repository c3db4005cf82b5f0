#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/unit/upay/upay_fixture.h"

namespace payments::upay {
namespace {

class CheckTest : public testing::Test {
 protected:
  void Begin(const std::vector<int64_t>& numbers, const std::string& hold_id) {
    CheckCall call;
    call.capture_numbers = numbers;
    if (!hold_id.empty()) call.references = {{"hold_id", hold_id}};
    exchange_ = provider_->Check(call);
    step_ = exchange_->Start();
  }

  // Expects a question of that type and target, and answers it.
  void Answer(absl::string_view type, absl::string_view target, const std::string& golden) {
    const HttpRequest request = RequestOf(step_);
    EXPECT_EQ(request.effect, HttpRequest::Effect::kReadOnly);
    EXPECT_TRUE(
        absl::StrContains(request.body.Reveal(),
                          absl::StrCat("<Type>", type, "</Type><Target>", target, "</Target>")));
    step_ = exchange_->OnResponse(Response(ReadGolden(absl::StrCat("responses/", golden, ".xml"))));
  }

  std::string Reading() { return Describe(OutcomeOf<StatusReading>(step_)); }

  std::unique_ptr<Provider> provider_ = MakeProvider();
  std::unique_ptr<Exchange<StatusReading>> exchange_;
  absl::StatusOr<Exchange<StatusReading>::Step> step_ = absl::UnknownError("not started");
};

TEST_F(CheckTest, NothingToAskBy) {
  Begin({}, "");
  EXPECT_EQ(Reading(), "hold not asked, capture not asked []");
}

TEST_F(CheckTest, CapturesFirstThenTheHold) {
  Begin({12345679, 12345678}, "12a34b56c78d");
  Answer("partnerTrxId", "12345679", "check_not_found");
  Answer("partnerTrxId", "12345678", "check_not_found");
  Answer("holdId", "12a34b56c78d", "check_held");
  EXPECT_EQ(Reading(), "hold held, capture not known [OK]");
}

TEST_F(CheckTest, ACaptureFoundEndsTheQuestions) {
  Begin({12345679, 12345678, 5}, "12a34b56c78d");
  Answer("partnerTrxId", "12345679", "check_not_found");
  Answer("partnerTrxId", "12345678", "capture_ok");
  EXPECT_TRUE(absl::StartsWith(Reading(), "hold not asked, capture captured [OK]")) << Reading();
}

TEST_F(CheckTest, ANumberNotAnsweredForLeavesTheQuestionOpen) {
  for (const char* no_answer : {"check_internal_error", "check_in_process", "fault", "garbage_html",
                                "capture_of_another_number"}) {
    Begin({12345679, 12345678}, "12a34b56c78d");
    Answer("partnerTrxId", "12345679", no_answer);
    Answer("partnerTrxId", "12345678", "check_not_found");
    Answer("holdId", "12a34b56c78d", "check_held");
    EXPECT_EQ(Reading(), "hold held, capture no evidence [OK]") << no_answer;

    Begin({12345679, 12345678}, "");
    Answer("partnerTrxId", "12345679", "check_not_found");
    Answer("partnerTrxId", "12345678", no_answer);
    EXPECT_TRUE(absl::StartsWith(Reading(), "hold not asked, capture no evidence")) << no_answer;
  }
}

TEST_F(CheckTest, ACaptureIsBelievedAfterANumberNotAnsweredFor) {
  Begin({12345679, 12345678}, "");
  Answer("partnerTrxId", "12345679", "fault");
  Answer("partnerTrxId", "12345678", "capture_ok");
  EXPECT_TRUE(absl::StartsWith(Reading(), "hold not asked, capture captured [OK]"));
}

TEST_F(CheckTest, TheHoldMayTellOfTheCapture) {
  Begin({12345678}, "12a34b56c78d");
  Answer("partnerTrxId", "12345678", "check_not_found");
  Answer("holdId", "12a34b56c78d", "capture_ok");
  EXPECT_TRUE(absl::StartsWith(Reading(), "hold no evidence, capture captured [OK]"));
}

// The hold must not expire by its time: money may have moved.
TEST_F(CheckTest, ATransactionOfAnUnreadableAmountIsNotSilence) {
  Begin({}, "12a34b56c78d");
  Answer("holdId", "12a34b56c78d", "capture_unreadable_amount");
  EXPECT_EQ(Reading(), "hold in process, capture no evidence [OK]");
}

// "Already closed" may be what a capture that was done after all is answered with: to take
// it for a capture that is not known would release, or let expire, what was paid.
TEST_F(CheckTest, AClosedTransactionIsNotOneThatIsNotKnown) {
  Begin({12345678}, "");
  Answer("partnerTrxId", "12345678", "check_closed");
  EXPECT_EQ(Reading(), "hold not asked, capture no evidence [STPIMS-ERR-092] WRONG_STATE");
}

TEST_F(CheckTest, AClosedHoldWithoutACapture) {
  Begin({12345678}, "12a34b56c78d");
  Answer("partnerTrxId", "12345678", "check_not_found");
  Answer("holdId", "12a34b56c78d", "check_closed");
  EXPECT_EQ(Reading(), "hold closed, capture not known [STPIMS-ERR-092] WRONG_STATE");
}

}  // namespace
}  // namespace payments::upay
