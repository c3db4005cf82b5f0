#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/engine/payment_phase.h"
#include "server/engine/rpc_table.h"
#include "server/engine/stated_outcome.h"
#include "server/engine/transition_table.h"
#include "tests/support/source_tree.h"

namespace payments {
namespace {

// Compares byte for byte; with UPDATE_GOLDEN=1 in the environment it writes instead.
void ExpectGolden(const std::string& file_name, const std::string& actual) {
  const std::string path = absl::StrCat(SourceTree(), "/tests/golden/engine/", file_name);
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here sets the environment.
  const char* update = std::getenv("UPDATE_GOLDEN");
  if (update != nullptr && absl::string_view(update) == "1") {
    std::ofstream file(path, std::ios::binary);
    file << actual;
    ASSERT_TRUE(file.good()) << "cannot write " << path;
    return;
  }
  std::ifstream file(path, std::ios::binary);
  ASSERT_TRUE(file.is_open()) << "no golden file " << path;
  const std::string golden{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_EQ(golden, actual) << "differs from " << path;
}

TEST(Tables, TransitionsAreAsPrinted) {
  ExpectGolden("transition_table.txt", PrintTransitionTable());
}

TEST(Tables, RpcVerdictsAreAsPrinted) { ExpectGolden("rpc_table.txt", PrintRpcTable()); }

// Rule 5: nothing that is learned moves a final state; it is ignored or reviewed.
TEST(Tables, NothingMovesAFinalState) {
  for (int phase = 0; phase < kPhaseCount; ++phase) {
    if (!IsFinal(static_cast<Phase>(phase))) continue;
    for (int learned = 0; learned < kLearnedCount; ++learned) {
      const Move move = MoveFor(static_cast<Phase>(phase), static_cast<Learned>(learned));
      // A wish to cancel is kept with a FAILED one: its request_id may not run again.
      const bool kept_wish = static_cast<Phase>(phase) == Phase::kFailed &&
                             static_cast<Learned>(learned) == Learned::kCancelWanted;
      EXPECT_TRUE(move == Move::kIgnore || move == Move::kReview || move == Move::kReviewIfHeld ||
                  move == Move::kReviewIfStated || move == Move::kAcknowledge ||
                  (move == Move::kCancelLater && kept_wish))
          << PhaseName(static_cast<Phase>(phase)) << " x "
          << LearnedName(static_cast<Learned>(learned));
    }
  }
}

// Rule 4: a lost answer never ends a payment.
TEST(Tables, NothingLostEndsAPayment) {
  for (int phase = 0; phase < kPhaseCount; ++phase) {
    for (const Learned lost : {Learned::kHoldLost, Learned::kCaptureLost, Learned::kReleaseLost}) {
      const Move move = MoveFor(static_cast<Phase>(phase), lost);
      EXPECT_TRUE(move == Move::kIgnore || move == Move::kHoldUnknown ||
                  move == Move::kCaptureUnknown || move == Move::kReleaseUnknown)
          << PhaseName(static_cast<Phase>(phase)) << " x " << LearnedName(lost);
    }
  }
}

// Rule 4: a timer never acts on a capture that may have been executed.
TEST(Tables, NoTimerEndsAnOpenCapture) {
  for (const Phase phase : {Phase::kCapturing, Phase::kCaptureUnknown}) {
    for (const Learned timer :
         {Learned::kHoldTimeOver, Learned::kHoldOverdue, Learned::kResendDue}) {
      EXPECT_EQ(MoveFor(phase, timer), Move::kIgnore)
          << PhaseName(phase) << " x " << LearnedName(timer);
    }
  }
}

// Rule 6: a difference disputes every payment that is not final.
TEST(Tables, AMismatchDisputesWhatIsNotFinal) {
  for (int phase = 0; phase < kPhaseCount; ++phase) {
    const Phase where = static_cast<Phase>(phase);
    const bool stays = IsFinal(where) || where == Phase::kDisputed;
    EXPECT_EQ(MoveFor(where, Learned::kMismatch), stays ? Move::kReview : Move::kDispute)
        << PhaseName(where);
  }
}

// What ResolvePayment lets through is what the transition table knows how to do.
TEST(Tables, AnOperatorsWordHasAMoveWhereItIsTaken) {
  constexpr int kFirst = static_cast<int>(Learned::kAcknowledged);
  for (int phase = 0; phase < kPhaseCount; ++phase) {
    const Phase where = static_cast<Phase>(phase);
    for (int i = kFirst; i < kLearnedCount; ++i) {
      const Learned learned = static_cast<Learned>(i);
      const bool looks = learned == Learned::kAcknowledged;
      RpcVerdict verdict = VerdictFor(looks ? PaymentRpc::kAcknowledge : PaymentRpc::kState, where);
      if (verdict == RpcVerdict::kIfSame) {
        const bool same = StatedState(learned) == StateOf(where);
        verdict = same ? RpcVerdict::kBegin : RpcVerdict::kWrongState;
      }
      EXPECT_EQ(verdict == RpcVerdict::kBegin, MoveFor(where, learned) != Move::kIgnore)
          << PhaseName(where) << " x " << LearnedName(learned);
    }
  }
}

TEST(Tables, EveryPhaseShowsItsState) {
  EXPECT_EQ(StateOf(Phase::kCaptureDue), v1::PAYMENT_STATE_PROCESSING);
  EXPECT_EQ(StateOf(Phase::kReleaseUnknown), v1::PAYMENT_STATE_UNKNOWN);
  for (int phase = 0; phase < kPhaseCount; ++phase) {
    const Phase where = static_cast<Phase>(phase);
    EXPECT_EQ(IsFinal(where), IsFinal(StateOf(where)));
    EXPECT_NE(PhaseName(where), "?");
  }
}

}  // namespace
}  // namespace payments
