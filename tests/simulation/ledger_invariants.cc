#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "server/engine/payment_phase.h"
#include "tests/simulation/invariants.h"

// Money: the ledger against what the server says.
namespace payments::simulation {
namespace {

using Places = std::vector<std::string>;
using Heard = RunIndex::Heard;
using Hold = RunIndex::Hold;

void OneCharge(const RunIndex& run, Places& broken) {
  std::map<std::string, int> charges;
  for (const auto& [id, hold] : run.record().holds) {
    // What a provider captures by itself, after the end, is not the server's doing.
    charges[hold.payer] += hold.captures - (hold.undead ? 1 : 0);
  }
  for (const auto& [key, transfer] : run.record().transfers) {
    charges[transfer.payer] += transfer.moves - (transfer.undead ? 1 : 0);
  }
  for (const auto& [payer, count] : charges) {
    if (count > 1) broken.push_back(absl::StrCat(payer, " was charged ", count, " times"));
  }
}

void OneAuthorize(const RunIndex& run, Places& broken) {
  for (const auto& [payer, count] : run.record().authorizations) {
    if (count > 1) broken.push_back(absl::StrCat(payer, " was authorized ", count, " times"));
  }
}

void SentOnce(const RunIndex& run, Places& broken) {
  for (const auto& [what, count] : run.record().sends) {
    const auto refused = run.record().refusals.find(what);
    const int resends = refused == run.record().refusals.end() ? 0 : refused->second;
    if (count > 1 + resends) broken.push_back(absl::StrCat(what, " was sent ", count, " times"));
  }
  for (const auto& [what, count] : run.record().arrivals) {
    if (count > 1) broken.push_back(absl::StrCat(what, " was worked on ", count, " times"));
  }
}

void IntentFirst(const RunIndex& run, Places& broken) {
  for (const std::string& what : run.record().sent_without_intent) {
    broken.push_back(absl::StrCat(what, " was sent before its intent was durable"));
  }
}

bool IsConclusive(v1::OperationResult result) {
  return result == v1::OPERATION_RESULT_SUCCEEDED || result == v1::OPERATION_RESULT_DECLINED ||
         result == v1::OPERATION_RESULT_NOT_DONE;
}

// Why the operation is not what the answer makes of it; empty if it is.
std::string NotKept(const Heard& heard, const v1::Payment& payment, int index) {
  const v1::Operation& operation = payment.operations(index);
  if (IsInFlight(operation)) return "is still awaited";
  const bool tells = heard.answer == "ok" || heard.answer == "declined" ||
                     heard.answer == "in_process" || heard.answer == "action_required";
  // A contradiction leaves its trace in the payment.
  if (!tells || payment.needs_review()) return "";
  if (operation.dispatch() != v1::OPERATION_DISPATCH_ANSWERED &&
      !IsConclusive(operation.result())) {
    return "left no trace";
  }
  if (heard.verb == "cancel") return "";
  if (heard.answer == "ok" && operation.result() != v1::OPERATION_RESULT_SUCCEEDED) {
    return "is not recorded as done";
  }
  if (heard.answer == "declined" && operation.result() != v1::OPERATION_RESULT_DECLINED) {
    return "is not recorded as declined";
  }
  return "";
}

// Rule 3: no answer is dropped, and each is worked in soon.
void AnswersKept(const RunIndex& run, Places& broken) {
  for (const Heard& heard : run.record().heard) {
    if (heard.forgotten || heard.verb == "check") continue;
    const RunIndex::Place* place = run.PlaceOf(heard.operation);
    if (place == nullptr) continue;
    const v1::Payment* payment = run.AsOf(place->first, heard.time + RunIndex::kStoredWithin);
    if (payment == nullptr || payment->operations_size() <= place->second) continue;
    const std::string why = NotKept(heard, *payment, place->second);
    if (why.empty()) continue;
    broken.push_back(absl::StrCat(place->first, ": the answer to ", heard.verb, " ",
                                  heard.operation, ", ", heard.answer, ", ", why));
  }
}

// By then, somebody was told of a contradiction; an operator may have noted it since.
bool WasReviewed(const std::vector<const Commit*>& life, absl::Duration by) {
  return std::any_of(life.begin(), life.end(), [by](const Commit* commit) {
    return commit->time <= by && commit->event->payment().needs_review();
  });
}

// Captured, transferred, or given back after that.
bool TellsOfMoney(const Heard& heard) {
  const bool moves = heard.verb == "capture" || heard.verb == "transfer" || heard.verb == "confirm";
  return heard.answer == "captured" || heard.answer == "done" || heard.answer == "returned" ||
         (moves && heard.answer == "ok");
}

// Rule 5: what the server heard of captured money is either its end, or said to a person.
void ContradictionsTold(const RunIndex& run, Places& broken) {
  for (const auto& [name, life] : run.lives()) {
    for (const Heard* heard : run.HeardAbout(name)) {
      if (!TellsOfMoney(*heard) || heard->forgotten) continue;
      const v1::Payment* payment = run.AsOf(name, heard->time + RunIndex::kStoredWithin);
      const bool agrees = payment != nullptr && heard->answer != "returned" &&
                          payment->state() == v1::PAYMENT_STATE_SUCCEEDED;
      if (payment == nullptr || agrees ||
          WasReviewed(life, heard->time + RunIndex::kStoredWithin)) {
        continue;
      }
      broken.push_back(absl::StrCat(name, " was heard to have ended with money, is ",
                                    v1::PaymentState_Name(payment->state()),
                                    ", and nobody is told"));
    }
  }
}

// By how much what the provider has differs from what it was asked for.
int64_t Difference(const RunIndex& run, const std::string& name) {
  const Hold* hold = run.HoldOf(name);
  if (hold != nullptr) return hold->stated_minor - hold->amount_minor;
  const RunIndex::Transfer* transfer = run.TransferOf(name);
  return transfer == nullptr ? 0 : transfer->stated_minor - transfer->amount_minor;
}

// Rule 6.
void AmountsCompared(const RunIndex& run, Places& broken) {
  for (const Step& step : run.steps()) {
    const int64_t difference = Difference(run, step.is().name());
    if (difference == 0 || step.before == nullptr) continue;
    if (step.was().state() != v1::PAYMENT_STATE_SUCCEEDED &&
        step.is().state() == v1::PAYMENT_STATE_SUCCEEDED &&
        step.cause() != v1::CAUSE_KIND_OPERATOR) {
      broken.push_back(
          absl::StrCat(step.Name(), ": SUCCEEDED, but the provider states ", difference, " more"));
    }
  }
}

// A capture that the server took for not done was done later: a negative answer lasted
// only because its clock was set.
bool AbsentCaptureCame(const RunIndex& run, const v1::Payment& payment) {
  const Hold* hold = run.HoldOf(payment.name());
  if (hold == nullptr || hold->captures == 0) return false;
  return std::any_of(payment.operations().begin(), payment.operations().end(),
                     [](const v1::Operation& operation) {
                       return operation.kind() == v1::OPERATION_KIND_CAPTURE &&
                              operation.dispatch() == v1::OPERATION_DISPATCH_SENT &&
                              operation.result() == v1::OPERATION_RESULT_NOT_DONE;
                     });
}

// The payment's end was committed while money was held for it.
bool EndedWhileHeld(const RunIndex& run, const std::string& name) {
  const auto& life = run.lives().at(name);
  return std::any_of(life.begin(), life.end(), [](const Commit* commit) {
    return IsFinal(commit->event->payment().state()) && commit->hold_alive;
  });
}

// A person is only asked when the provider contradicts itself, or when a clock that was
// set made time seem to have passed.
void NoFalseAlarm(const RunIndex& run, Places& broken) {
  for (const Step& step : run.steps()) {
    const v1::Payment& payment = step.is();
    if (!payment.needs_review() || (step.before != nullptr && step.was().needs_review())) continue;
    if (run.Misbehaves(payment.name())) continue;
    const bool clock = run.record().clock_jumped &&
                       (EndedWhileHeld(run, payment.name()) || AbsentCaptureCame(run, payment));
    if (clock) continue;
    broken.push_back(absl::StrCat(step.Name(), " needs review: a guess was taken for evidence"));
  }
}

// With a clock that is right, an end that says "no money moved" leaves none held.
void NothingHeldAtTheEnd(const RunIndex& run, Places& broken) {
  if (run.record().clock_jumped) return;
  for (const Step& step : run.steps()) {
    if (step.before == nullptr || IsFinal(step.was().state())) continue;
    if (!IsFinal(step.is().state()) || step.cause() == v1::CAUSE_KIND_OPERATOR) continue;
    if (!step.after->hold_alive) continue;
    broken.push_back(absl::StrCat(step.Name(), " is ", v1::PaymentState_Name(step.is().state()),
                                  " while money is held for it"));
  }
}

// So often money moved for the payment.
int MovesOf(const RunIndex& run, const std::string& name) {
  const Hold* hold = run.HoldOf(name);
  if (hold != nullptr) return hold->captures;
  const RunIndex::Transfer* transfer = run.TransferOf(name);
  return transfer == nullptr ? 0 : transfer->moves;
}

// When everything has been found out: SUCCEEDED and nothing else means that money moved. A
// transfer that was taken for not done because a clock was set may come later, and nobody asks.
void EndAgreesWithLedger(const RunIndex& run, Places& broken) {
  for (const auto& [name, stored] : run.record().payments) {
    const v1::Payment& payment = stored.record.payment();
    if (run.Misbehaves(name) || !IsFinal(payment.state())) continue;
    const int moves = MovesOf(run, name);
    const bool succeeded = payment.state() == v1::PAYMENT_STATE_SUCCEEDED;
    if (succeeded == (moves == 1)) continue;
    const bool clock =
        run.record().clock_jumped && IsTransfer(payment) && EndedWhileHeld(run, name);
    if (clock && !succeeded) continue;
    broken.push_back(absl::StrCat(name, " is ", v1::PaymentState_Name(payment.state()),
                                  " but money moved ", moves, " times"));
  }
}

}  // namespace

std::vector<Invariant> LedgerInvariants() {
  return {
      {"one-charge", "a request moves money at most once", OneCharge},
      {"one-authorize", "a request reaches the provider once, however often it comes",
       OneAuthorize},
      {"sent-once", "what may have been sent is sent again only if it was refused unread",
       SentOnce},
      {"intent-first", "the wire is touched only after the intent is durable", IntentFirst},
      {"answers-kept", "no answer is dropped", AnswersKept},
      {"contradictions-told", "what contradicts the end is told, never swallowed",
       ContradictionsTold},
      {"amounts-compared", "another amount than ours is never taken for success", AmountsCompared},
      {"no-false-alarm", "needs_review only where there is a contradiction", NoFalseAlarm},
      {"nothing-held-at-the-end", "a payment that ends without money leaves none held",
       NothingHeldAtTheEnd},
      {"end-agrees-with-ledger", "SUCCEEDED means that money moved once, every other end never",
       EndAgreesWithLedger},
  };
}

}  // namespace payments::simulation
