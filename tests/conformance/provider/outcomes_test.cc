// What a provider declares, it does: one call of each kind at its sandbox, ending well and
// ending badly.

#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "tests/conformance/provider/provider_conformance.h"

namespace payments {
namespace {

using Effect = HttpRequest::Effect;
using Verdict = OperationOutcome::Verdict;
using Transfer = StatusReading::Transfer;
using Capture = StatusReading::Capture;
using Hold = StatusReading::Hold;

class DeclaredOperation : public ProviderConformance,
                          public testing::WithParamInterface<OperationParam> {
 protected:
  DeclaredOperation() : ProviderConformance(GetParam().row) {}
  Operation operation() const { return GetParam().operation; }

  // What a check says after the operation, whose own answer did not come.
  StatusReading Asked(const AnyCall& call) {
    CheckCall check;
    check.amount = Amount();
    if (const auto* capture = std::get_if<CaptureCall>(&call)) {
      check.references = capture->references;
      check.capture_numbers = {capture->number};
    } else if (const auto* confirm = std::get_if<ConfirmCall>(&call)) {
      check.references = confirm->references;
      check.transfer_number = confirm->transfer_number;
    } else if (const auto* transfer = std::get_if<TransferCall>(&call)) {
      check.transfer_number = transfer->number;
    }
    return Ended<StatusReading>(check);
  }
};

TEST_P(DeclaredOperation, Succeeds) {
  const AnyCall call = MakeCall(operation());
  const Transcript transcript = Run(call);
  ASSERT_TRUE(transcript.end.ok()) << transcript.end.status();
  EXPECT_TRUE(IsDone(operation(), *transcript.end)) << TextOf(*transcript.end);
  EXPECT_EQ(AnswerOf(*transcript.end).category, v1::FAILURE_CATEGORY_UNSPECIFIED);
  EXPECT_FALSE(AnswerOf(*transcript.end).unlisted);
  EXPECT_EQ(transcript.MoneyRequests(), MovesMoney(operation()) ? 1U : 0U);
  const std::optional<v1::Money> amount = AmountOf(*transcript.end);
  if (amount.has_value()) {
    EXPECT_EQ(amount->amount_minor(), Amount().amount_minor());
    EXPECT_EQ(amount->currency_code(), Amount().currency_code());
  }
}

TEST_P(DeclaredOperation, SaysOfEveryRequestWhatSendingItCanDo) {
  const AnyCall call = MakeCall(operation());
  const Transcript transcript = Run(call);
  EXPECT_FALSE(transcript.requests.empty());
  for (const HttpRequest& request : transcript.requests) {
    if (IsCheck(operation())) {
      EXPECT_EQ(request.effect, Effect::kReadOnly);
    }
  }
}

// The plugin keeps no state: the same call is the same bytes, but for what answers gave.
TEST_P(DeclaredOperation, StartsAlikeEveryTime) {
  const AnyCall call = MakeCall(operation());
  const auto first = Begin(*provider_, call)->Start();
  const auto second = Begin(*provider_, call)->Start();
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(second.ok()) << second.status();
  const auto& one = std::get<HttpRequest>(*first);
  const auto& other = std::get<HttpRequest>(*second);
  EXPECT_EQ(one.url, other.url);
  EXPECT_EQ(one.headers, other.headers);
  EXPECT_TRUE(one.body.EqualsInConstantTime(other.body.Reveal()));
}

INSTANTIATE_TEST_SUITE_P(Providers, DeclaredOperation, testing::ValuesIn(DeclaredOperations()),
                         NameOfOperationParam);

// -- What changes something -------------------------------------------------------------

class DeclaredAct : public DeclaredOperation {
 protected:
  static bool Quotes(const Transcript& transcript, const std::string& words) {
    for (const HttpResponse& response : transcript.responses) {
      if (absl::StrContains(response.body.Reveal(), words)) return true;
      for (const auto& [name, value] : response.headers) {
        if (absl::StrContains(value, words)) return true;
      }
    }
    return false;
  }
};

TEST_P(DeclaredAct, IsDeclinedInTheProvidersWords) {
  const AnyCall call = MakeCall(operation());
  const KnownRefusal refusal = case_->RefusalOf(operation());
  sandbox::v1::Fault fault;
  fault.set_kind(sandbox::v1::FAULT_KIND_BUSINESS_ERROR);
  fault.set_code(refusal.code);
  Plan(operation(), fault);
  const Transcript transcript = Run(call);
  ASSERT_TRUE(transcript.end.ok()) << transcript.end.status();
  EXPECT_TRUE(IsDeclined(*transcript.end)) << TextOf(*transcript.end);
  const ProviderAnswer& answer = AnswerOf(*transcript.end);
  EXPECT_EQ(answer.code, refusal.code);
  EXPECT_FALSE(answer.message.empty());
  EXPECT_EQ(answer.category, refusal.category) << v1::FailureCategory_Name(answer.category);
  EXPECT_FALSE(answer.unlisted);
}

// A refusal that quotes the card must not carry it into what is stored and shown.
TEST_P(DeclaredAct, ShowsNoCardNumberThatTheProviderQuotes) {
  const AnyCall call = MakeCall(operation());
  sandbox::v1::Fault fault;
  fault.set_kind(sandbox::v1::FAULT_KIND_BUSINESS_ERROR);
  fault.set_code(case_->RefusalOf(operation()).code);
  fault.set_description(std::string("card ") + kSourcePan + " to " + kDestinationPan);
  Plan(operation(), fault);
  const Transcript transcript = Run(call);  // Converse() looks for it.
  ASSERT_TRUE(transcript.end.ok()) << transcript.end.status();
  EXPECT_TRUE(IsDeclined(*transcript.end));
  EXPECT_TRUE(Quotes(transcript, kSourcePan)) << "the sandbox did not say it";
}

INSTANTIATE_TEST_SUITE_P(Providers, DeclaredAct,
                         testing::ValuesIn(DeclaredWhere([](Operation o) { return !IsCheck(o); })),
                         NameOfOperationParam);

// -- What moves money -------------------------------------------------------------------

class DeclaredMove : public DeclaredOperation {};

TEST_P(DeclaredMove, InProcessIsNoEnd) {
  const AnyCall call = MakeCall(operation());
  Plan(operation(), sandbox::v1::FAULT_KIND_IN_PROCESS);
  const Transcript transcript = Run(call);
  ASSERT_TRUE(transcript.end.ok()) << transcript.end.status();
  EXPECT_FALSE(ClaimsAnything(*transcript.end)) << TextOf(*transcript.end);
  EXPECT_EQ(transcript.MoneyRequests(), 1U);
}

TEST_P(DeclaredMove, AnotherAmountIsGivenOutAndNotJudged) {
  const AnyCall call = MakeCall(operation());
  const Transcript right = Run(MakeCall(operation()));
  Plan(operation(), sandbox::v1::FAULT_KIND_WRONG_AMOUNT);
  const Transcript wrong = Run(call);
  ASSERT_TRUE(right.end.ok() && wrong.end.ok());
  // Where an answer states no amount, there is none to be wrong; a confirmation's is the
  // status', which nobody falsified.
  const bool states = AmountOf(*right.end).has_value() && operation() != Operation::kConfirm;
  ASSERT_EQ(AmountOf(*wrong.end).has_value(), AmountOf(*right.end).has_value());
  EXPECT_EQ(states && AmountOf(*wrong.end)->amount_minor() != Amount().amount_minor(), states);
}

TEST_P(DeclaredMove, GivesOutReferencesToAskBy) {
  const AnyCall call = MakeCall(operation());
  const auto moved = Ended<OperationOutcome>(call);
  EXPECT_FALSE(moved.references.empty());
  for (const auto& [key, value] : moved.references) {
    EXPECT_FALSE(key.empty());
    EXPECT_FALSE(value.empty()) << key;
  }
}

// HTTP 401 is a refusal at the door: a new token may be tried, but not for ever.
TEST_P(DeclaredMove, ADoorThatStaysShutIsTriedTwiceAtMost) {
  constexpr int kHttpUnauthorized = 401;
  constexpr size_t kTriesMax = 2;
  class ShutDoor final : public Wire {
   public:
    explicit ShutDoor(InProcessSandbox* sandbox) : sandbox_(sandbox) {}
    HttpResponse Answer(const HttpRequest& request) override {
      if (request.effect != Effect::kMovesMoney) return sandbox_->Send(request);
      return Response(kHttpUnauthorized, "");
    }

   private:
    InProcessSandbox* const sandbox_;
  } wire(&sandbox_);
  const AnyCall call = MakeCall(operation());
  const Transcript transcript = Converse(*Begin(*provider_, call), wire, secrets());
  EXPECT_LE(transcript.MoneyRequests(), kTriesMax);
  ASSERT_TRUE(transcript.end.ok()) << transcript.end.status();
  EXPECT_FALSE(IsDone(operation(), *transcript.end));
}

INSTANTIATE_TEST_SUITE_P(Providers, DeclaredMove, testing::ValuesIn(DeclaredWhere(MovesMoney)),
                         NameOfOperationParam);

// -- What became of an answer that was lost -----------------------------------------------

// Where a check can tell. A hold has no name until its answer comes.
bool CanBeAskedAbout(Operation operation) {
  return operation == Operation::kCapture || operation == Operation::kTransfer ||
         operation == Operation::kConfirm;
}

class DeclaredTruth : public DeclaredOperation {};

TEST_P(DeclaredTruth, IsToldWhenItWasDone) {
  const AnyCall call = MakeCall(operation());
  Plan(operation(), sandbox::v1::FAULT_KIND_APPLY_THEN_DROP);
  EXPECT_TRUE(Run(call).lost());
  const StatusReading reading = Asked(call);
  const bool captured = reading.capture == Capture::kCaptured;
  EXPECT_TRUE(captured || reading.transfer == Transfer::kSucceeded) << TextOf(reading);
  ASSERT_TRUE(reading.amount.has_value());
  EXPECT_EQ(reading.amount->amount_minor(), Amount().amount_minor());
}

TEST_P(DeclaredTruth, IsToldWhenItWasNotDone) {
  const AnyCall call = MakeCall(operation());
  Plan(operation(), sandbox::v1::FAULT_KIND_DROP_BEFORE_APPLY);
  EXPECT_TRUE(Run(call).lost());
  const StatusReading reading = Asked(call);
  switch (operation()) {
    case Operation::kCapture:
      EXPECT_EQ(reading.capture, Capture::kNotKnown);
      EXPECT_EQ(reading.hold, Hold::kHeld);
      break;
    case Operation::kTransfer:
      EXPECT_EQ(reading.transfer, Transfer::kNotKnown);
      break;
    default:  // Of a confirm: the transfer still waits for it.
      EXPECT_EQ(reading.transfer, Transfer::kActionRequired);
  }
}

INSTANTIATE_TEST_SUITE_P(Providers, DeclaredTruth,
                         testing::ValuesIn(DeclaredWhere(CanBeAskedAbout)), NameOfOperationParam);

// -- Checks -----------------------------------------------------------------------------

class DeclaredCheck : public DeclaredOperation {};

TEST_P(DeclaredCheck, SaysTheSameWhenRepeated) {
  const AnyCall call = MakeCall(operation());
  const auto first = Ended<StatusReading>(call);
  const auto second = Ended<StatusReading>(call);
  EXPECT_EQ(first.hold, second.hold);
  EXPECT_EQ(first.capture, second.capture);
  EXPECT_EQ(first.transfer, second.transfer);
  EXPECT_EQ(first.references, second.references);
}

TEST_P(DeclaredCheck, AsksNothingWithoutAnythingToAskBy) {
  CheckCall nothing;
  nothing.amount = Amount();
  const Transcript transcript = Run(nothing);
  EXPECT_TRUE(transcript.requests.empty());
  ASSERT_TRUE(transcript.end.ok()) << transcript.end.status();
  EXPECT_FALSE(ClaimsAnything(*transcript.end));
}

// A session saves requests, and one that the provider has forgotten costs nothing but time.
TEST_P(DeclaredCheck, CopesWithSessionsOldAndNew) {
  auto check = std::get<CheckCall>(MakeCall(operation()));
  const Transcript without = Run(check);
  ASSERT_TRUE(without.end.ok());
  const auto session = std::get<StatusReading>(*without.end).session;
  if (session.has_value()) {
    EXPECT_GT(session->lifetime, absl::ZeroDuration());
    AddSecret(session->value);
    check.session = session->value;
    EXPECT_LT(Run(check).requests.size(), without.requests.size());
  }
  check.session = Secret("a-session-that-nobody-knows");
  const Transcript forgotten = Run(check);
  ASSERT_TRUE(forgotten.end.ok()) << forgotten.end.status();
  EXPECT_TRUE(IsDone(operation(), *forgotten.end));
}

INSTANTIATE_TEST_SUITE_P(Providers, DeclaredCheck, testing::ValuesIn(DeclaredWhere(IsCheck)),
                         NameOfOperationParam);

// -- Releases -----------------------------------------------------------------------------

class DeclaredCancel : public DeclaredOperation {};

TEST_P(DeclaredCancel, MayBeSentAgainAndEndsTheHold) {
  const AnyCall call = MakeCall(operation());
  const Transcript first = Run(call);
  for (const HttpRequest& request : first.requests) {
    EXPECT_NE(request.effect, Effect::kMovesMoney);
  }
  EXPECT_FALSE(IsDone(operation(), *Run(call).end)) << "a hold was released twice";
  CheckCall check;
  check.references = std::get<CancelCall>(call).references;
  check.amount = Amount();
  EXPECT_EQ(Ended<StatusReading>(check).hold, Hold::kClosed);
}

INSTANTIATE_TEST_SUITE_P(Providers, DeclaredCancel,
                         testing::ValuesIn(DeclaredWhere([](Operation o) {
                           return o == Operation::kCancel;
                         })),
                         NameOfOperationParam);

// -- Cards that are kept --------------------------------------------------------------------

class DeclaredSaving : public DeclaredOperation {};

TEST_P(DeclaredSaving, KeepsWhatItIsAskedToAndNothingElse) {
  auto call = std::get<TransferCall>(MakeCall(operation()));
  const auto both = Ended<OperationOutcome>(call);
  ASSERT_EQ(both.saved_source.has_value(), can().saves_cards());
  ASSERT_EQ(both.saved_destination.has_value(), can().saves_cards());
  auto neither = std::get<TransferCall>(MakeCall(operation()));
  neither.source.save = neither.destination.save = false;
  const auto none = Ended<OperationOutcome>(neither);
  EXPECT_FALSE(none.saved_source.has_value());
  EXPECT_FALSE(none.saved_destination.has_value());
}

TEST_P(DeclaredSaving, PaysFromASavedCardToASavedCard) {
  const auto saved = Ended<OperationOutcome>(MakeCall(operation()));
  ASSERT_TRUE(saved.saved_source.has_value() && saved.saved_destination.has_value());
  AddSecret(saved.saved_source->card_token);
  auto call = std::get<TransferCall>(MakeCall(operation()));
  call.source = {.card_token = saved.saved_source->card_token};
  call.destination = {.card_token = saved.saved_destination->card_token};
  EXPECT_EQ(Ended<OperationOutcome>(call).verdict, Verdict::kSucceeded);
}

INSTANTIATE_TEST_SUITE_P(Providers, DeclaredSaving,
                         testing::ValuesIn(DeclaredWhere([](Operation o) {
                           return o == Operation::kTransfer;
                         })),
                         NameOfOperationParam);

}  // namespace
}  // namespace payments
