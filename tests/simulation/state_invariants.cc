#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "server/engine/payment_phase.h"
#include "server/engine/proto_time.h"
#include "tests/simulation/invariants.h"

// States: each follows from the one before by evidence.
namespace payments::simulation {
namespace {

using Places = std::vector<std::string>;
using Heard = RunIndex::Heard;

// What the server hears just before a commit is what it commits.
constexpr absl::Duration kHeardBeforeCommit = absl::Minutes(1);

bool ByOperator(const Step& step) { return step.cause() == v1::CAUSE_KIND_OPERATOR; }

// The step enters a final state.
bool Ends(const Step& step) {
  return IsFinal(step.is().state()) && (step.before == nullptr || !IsFinal(step.was().state()));
}

std::string StateName(const v1::Payment& payment) { return v1::PaymentState_Name(payment.state()); }

void FinalStays(const RunIndex& run, Places& broken) {
  for (const Step& step : run.steps()) {
    if (step.before == nullptr || !IsFinal(step.was().state())) continue;
    if (step.is().state() == step.was().state()) continue;
    broken.push_back(
        absl::StrCat(step.Name(), ": ", StateName(step.was()), " became ", StateName(step.is())));
  }
}

void AutomaticNeverAuthorized(const RunIndex& run, Places& broken) {
  for (const Step& step : run.steps()) {
    if (step.is().state() == v1::PAYMENT_STATE_AUTHORIZED &&
        step.is().capture_mode() == v1::CAPTURE_MODE_AUTOMATIC) {
      broken.push_back(absl::StrCat(step.Name(), ": AUTOMATIC shows AUTHORIZED"));
    }
  }
}

// Rule 9.
void CancelKept(const RunIndex& run, Places& broken) {
  for (const Step& step : run.steps()) {
    if (step.before == nullptr || !step.was().cancel_requested()) continue;
    const int last = step.is().operations_size() - 1;
    const v1::Operation& operation = step.is().operations(last);
    const bool started = last >= step.was().operations_size() ||
                         (IsInFlight(operation) && !IsInFlight(step.was().operations(last)));
    if (started && (operation.kind() == v1::OPERATION_KIND_CAPTURE ||
                    operation.kind() == v1::OPERATION_KIND_CONFIRM)) {
      broken.push_back(absl::StrCat(step.Name(), ": captured or confirmed after cancel_requested"));
    }
  }
}

// Why a payment cannot end like this with such an operation; empty if it can.
std::string OpenAtTheEnd(const v1::Payment& payment, const v1::Operation& operation) {
  if (payment.state() == v1::PAYMENT_STATE_FAILED &&
      operation.dispatch() != v1::OPERATION_DISPATCH_NOT_SENT) {
    return "what may have been sent";
  }
  const bool capture = operation.kind() == v1::OPERATION_KIND_CAPTURE ||
                       operation.kind() == v1::OPERATION_KIND_TRANSFER ||
                       operation.kind() == v1::OPERATION_KIND_CONFIRM;
  const bool open = operation.result() == v1::OPERATION_RESULT_PENDING ||
                    operation.result() == v1::OPERATION_RESULT_UNKNOWN;
  const bool succeeded = operation.result() == v1::OPERATION_RESULT_SUCCEEDED;
  if (payment.state() == v1::PAYMENT_STATE_SUCCEEDED || !capture) return "";
  if (open) return "what may move money";
  return succeeded ? "what was done" : "";
}

// Rule 4: neither time, nor a jumping clock, nor a release ends what may have been captured.
void NoEndWithOpenCapture(const RunIndex& run, Places& broken) {
  for (const Step& step : run.steps()) {
    if (!Ends(step) || ByOperator(step)) continue;
    for (const v1::Operation& operation : step.is().operations()) {
      const std::string what = OpenAtTheEnd(step.is(), operation);
      if (what.empty()) continue;
      broken.push_back(absl::StrCat(step.Name(), " is ", StateName(step.is()), " with ", what));
    }
    if (step.is().state() == v1::PAYMENT_STATE_SUCCEEDED &&
        !HasSucceeded(step.is(), IsTransfer(step.is()) ? v1::OPERATION_KIND_TRANSFER
                                                       : v1::OPERATION_KIND_CAPTURE)) {
      broken.push_back(absl::StrCat(step.Name(), " is SUCCEEDED without what moves money"));
    }
  }
}

// The payment's time is over by the server's own clock, at least once since the step before:
// a clock that is set back after the server has looked at it undoes nothing.
bool TimeIsOver(const RunIndex& run, const Step& step) {
  return step.was().has_expire_time() &&
         run.LatestClock(step.before->time, step.after->time) >= ToTime(step.was().expire_time());
}

// When the payment became UNKNOWN.
absl::Duration UnknownSince(const RunIndex& run, const Step& step) {
  absl::Duration since;
  v1::PaymentState state = v1::PAYMENT_STATE_UNSPECIFIED;
  for (const Commit* commit : run.lives().at(step.is().name())) {
    if (commit == step.after) break;
    const v1::PaymentState next = commit->event->payment().state();
    if (next == v1::PAYMENT_STATE_UNKNOWN && state != next) since = commit->time;
    state = next;
  }
  return since;
}

void UnknownEndsByEvidence(const RunIndex& run, Places& broken) {
  // What was heard just before may be worked in just after.
  constexpr absl::Duration kWorkedIn = absl::Seconds(10);
  for (const Step& step : run.steps()) {
    if (step.before == nullptr || step.was().state() != v1::PAYMENT_STATE_UNKNOWN) continue;
    if (step.is().state() == v1::PAYMENT_STATE_UNKNOWN || ByOperator(step)) continue;
    if (run.HeardBetween(step.is().name(), UnknownSince(run, step) - kWorkedIn, step.after->time)) {
      continue;
    }
    const bool by_time = TimeIsOver(run, step) && step.is().provider_references().empty() &&
                         (step.is().state() == v1::PAYMENT_STATE_EXPIRED ||
                          step.is().state() == v1::PAYMENT_STATE_CANCELED);
    if (by_time) continue;
    broken.push_back(absl::StrCat(step.Name(), ": UNKNOWN became ", StateName(step.is()),
                                  " though nothing was heard"));
  }
}

// The capture's index that the step takes for not done though it may have been sent.
std::optional<int> BelievedAbsent(const Step& step) {
  if (step.before == nullptr) return std::nullopt;
  for (int i = 0; i < step.was().operations_size() && i < step.is().operations_size(); ++i) {
    const v1::Operation& operation = step.is().operations(i);
    if (operation.kind() == v1::OPERATION_KIND_CAPTURE &&
        operation.dispatch() == v1::OPERATION_DISPATCH_SENT &&
        operation.result() == v1::OPERATION_RESULT_NOT_DONE &&
        step.was().operations(i).result() != v1::OPERATION_RESULT_NOT_DONE) {
      return i;
    }
  }
  return std::nullopt;
}

// Rule 4: "not known" counts when it was said twice, a quiet period apart. With a clock
// that was set the period may have been shorter, yet it was said twice.
void AbsentSaidTwice(const RunIndex& run, Places& broken) {
  constexpr absl::Duration kTolerance = absl::Seconds(10);  // Between hearing and storing.
  for (const Step& step : run.steps()) {
    const std::optional<int> index = BelievedAbsent(step);
    if (!index.has_value() || ByOperator(step)) continue;
    const std::string& key = run.record().operation_keys.at(step.is().name())[*index];
    std::vector<absl::Duration> said;
    for (const Heard* heard : run.HeardAbout(step.is().name())) {
      const bool negative = heard->operation == key && heard->answer == "not_known";
      if (negative && heard->time <= step.after->time) said.push_back(heard->time);
    }
    const bool twice = said.size() >= 2;
    const bool lasted =
        twice && said.back() - said.front() >= run.record().quiet_period - kTolerance;
    if (twice && (lasted || run.record().clock_jumped)) continue;
    broken.push_back(absl::StrCat(step.Name(), ": capture ", key, " is taken for not done after ",
                                  said.size(), " negative answers"));
  }
}

// When the capture was last news: since then nothing is known of it but by asking.
absl::Duration SettledAt(const RunIndex& run, const Step& step, int index) {
  absl::Duration settled;
  v1::OperationResult result = v1::OPERATION_RESULT_UNSPECIFIED;
  for (const Commit* commit : run.lives().at(step.is().name())) {
    if (commit == step.after) break;
    const v1::Payment& payment = commit->event->payment();
    if (payment.operations_size() <= index) continue;
    if (payment.operations(index).result() != result) settled = commit->time;
    result = payment.operations(index).result();
  }
  return settled;
}

// Before another capture is sent, the provider says of each earlier one that it does not
// know it; what it said before that one was over does not count.
void AskedBeforeAnotherCapture(const RunIndex& run, Places& broken) {
  constexpr absl::Duration kTolerance = absl::Milliseconds(1);  // Between storing and telling.
  for (const Step& step : run.steps()) {
    const int last = step.is().operations_size() - 1;
    if (step.before == nullptr || ByOperator(step) || last < step.was().operations_size() ||
        step.is().operations(last).kind() != v1::OPERATION_KIND_CAPTURE) {
      continue;
    }
    for (int i = 0; i < last; ++i) {
      const v1::Operation& earlier = step.is().operations(i);
      if (earlier.kind() != v1::OPERATION_KIND_CAPTURE ||
          earlier.dispatch() == v1::OPERATION_DISPATCH_NOT_SENT) {
        continue;
      }
      const std::string& key = run.record().operation_keys.at(step.is().name())[i];
      const absl::Duration since = SettledAt(run, step, i) - kTolerance;
      const auto& heard = run.HeardAbout(step.is().name());
      const bool denied = std::any_of(heard.begin(), heard.end(), [&](const Heard* one) {
        return one->operation == key && one->answer == "not_known" && one->time > since &&
               one->time <= step.after->time;
      });
      if (denied) continue;
      broken.push_back(absl::StrCat(step.Name(), ": sent though nobody asked about ", key));
    }
  }
}

// What the step commits was heard: an answer, or what the provider was asked.
bool FollowsWhatWasHeard(const RunIndex& run, const Step& step) {
  return run.HeardBetween(step.is().name(), step.after->time - kHeardBeforeCommit,
                          step.after->time);
}

// Rule 4: what is known to the provider does not end before the provider was asked.
void AskedBeforeTheEnd(const RunIndex& run, Places& broken) {
  for (const Step& step : run.steps()) {
    if (step.before == nullptr || !Ends(step) || ByOperator(step)) continue;
    if (step.was().provider_references().empty() || FollowsWhatWasHeard(run, step)) continue;
    // What waits for its payer moves no money unless it is confirmed.
    const bool withdrawn = step.was().state() == v1::PAYMENT_STATE_ACTION_REQUIRED &&
                           step.is().state() == v1::PAYMENT_STATE_CANCELED &&
                           step.is().cancel_requested();
    if (withdrawn) continue;
    broken.push_back(
        absl::StrCat(step.Name(), " is ", StateName(step.is()), ", and nobody had asked"));
  }
}

void NotExpiredEarly(const RunIndex& run, Places& broken) {
  for (const Step& step : run.steps()) {
    if (step.before == nullptr || !Ends(step) || ByOperator(step)) continue;
    // A timer also sends again, and is the cause of what the provider then says.
    if (step.cause() != v1::CAUSE_KIND_TIMER || FollowsWhatWasHeard(run, step)) continue;
    if (TimeIsOver(run, step)) continue;
    broken.push_back(absl::StrCat(step.Name(), ": ended by time before its time"));
  }
}

// Rule 4: without a reference, a payment is only declined if its authorize was. Of transfers,
// transfer_invariants.cc judges.
void DeclinedByEvidence(const RunIndex& /*run*/, const Step& step, Places& broken) {
  const v1::Operation& authorize = step.is().operations(0);
  if (step.is().state() != v1::PAYMENT_STATE_DECLINED) return;
  if (!step.is().provider_references().empty() || IsTransfer(step.is())) return;
  if (authorize.dispatch() == v1::OPERATION_DISPATCH_ANSWERED &&
      authorize.result() == v1::OPERATION_RESULT_DECLINED) {
    return;
  }
  broken.push_back(absl::StrCat(step.Name(), ": DECLINED without evidence"));
}

void DeclinedByEvidence(const RunIndex& run, Places& broken) {
  for (const Step& step : run.steps()) {
    if (Ends(step) && !ByOperator(step)) DeclinedByEvidence(run, step, broken);
  }
}

// What is said to be by an operator is.
void OperatorAudited(const RunIndex& run, Places& broken) {
  for (const Step& step : run.steps()) {
    if (!ByOperator(step)) continue;
    const auto reason = run.record().reasons.find(step.after->event->cause().detail());
    const bool told = reason == run.record().reasons.end() && step.is().needs_review();
    if (told || (reason != run.record().reasons.end() && reason->second == step.is().name())) {
      continue;
    }
    broken.push_back(absl::StrCat(step.Name(), ": no operator said so"));
  }
}

void AllComesToAnEnd(const RunIndex& run, Places& broken) {
  for (const auto& [name, stored] : run.record().payments) {
    const Phase phase = PhaseOf(stored.record);
    if (IsFinal(phase) || phase == Phase::kDisputed) continue;
    broken.push_back(absl::StrCat(name, " is still ", PhaseName(phase)));
  }
  if (run.record().callbacks_unhandled > 0) {
    broken.push_back(absl::StrCat(run.record().callbacks_unhandled, " callbacks are not handled"));
  }
}

}  // namespace

std::vector<Invariant> StateInvariants() {
  return {
      {"final-stays", "final states never change", FinalStays},
      {"automatic-never-authorized", "AUTOMATIC never shows AUTHORIZED", AutomaticNeverAuthorized},
      {"cancel-kept", "nothing is captured after cancel_requested", CancelKept},
      {"no-end-with-open-capture", "a payment does not end while a capture may have been done",
       NoEndWithOpenCapture},
      {"unknown-ends-by-evidence", "UNKNOWN ends by evidence, or by time where nobody can be asked",
       UnknownEndsByEvidence},
      {"absent-said-twice", "\"not known\" is believed when it is said twice", AbsentSaidTwice},
      {"asked-before-another-capture",
       "another capture is sent only when every earlier one is denied", AskedBeforeAnotherCapture},
      {"asked-before-the-end", "a known hold does not end before the provider was asked",
       AskedBeforeTheEnd},
      {"not-expired-early", "time ends nothing before its time", NotExpiredEarly},
      {"declined-by-evidence", "DECLINED only by a refusal", DeclinedByEvidence},
      {"operator-audited", "what an operator stated says so, and why", OperatorAudited},
      {"all-comes-to-an-end", "when nothing fails any more, every payment ends", AllComesToAnEnd},
  };
}

}  // namespace payments::simulation
