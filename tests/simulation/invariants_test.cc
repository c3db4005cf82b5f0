#include "tests/simulation/invariants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "server/engine/payment_phase.h"
#include "server/engine/proto_time.h"
#include "tests/simulation/canaries.h"
#include "tests/simulation/random_run.h"

namespace payments::simulation {
namespace {

Faults Only(int Faults::*fault) {
  Faults faults = Faults::None();
  faults.*fault = 100;
  return faults;
}

// A run in which everything happens that the invariants speak of, by request_id.
class GoodRun {
 public:
  GoodRun() : simulation_(1, {Faults::None(), 0, 0}) {
    Run("automatic", v1::CAPTURE_MODE_AUTOMATIC, Faults::None());
    Run("canceled", v1::CAPTURE_MODE_MANUAL, Faults::None());
    simulation_.Cancel(simulation_.names().back());
    simulation_.RunFor(absl::Seconds(5));
    Run("declined", v1::CAPTURE_MODE_MANUAL, Only(&Faults::declined));
    Run("failed", v1::CAPTURE_MODE_MANUAL, Only(&Faults::refused));
    Run("failed", v1::CAPTURE_MODE_MANUAL, Faults::None());
    Run("lost", v1::CAPTURE_MODE_MANUAL, Only(&Faults::lost_before));
    Transfer("transferred", Faults::None());
    Transfer("confirmed", Only(&Faults::challenge));
    simulation_.ReturnByPage(simulation_.names().back(), kAccepted);
    simulation_.RunFor(absl::Seconds(5));
    Transfer("abandoned", Only(&Faults::challenge));
    Transfer("transfer lost", Only(&Faults::lost_before));
    Run("not captured", v1::CAPTURE_MODE_MANUAL, Faults::None());
    simulation_.world().SetFaults(Only(&Faults::lost_before));
    simulation_.Capture(simulation_.names().back());
    simulation_.RunFor(absl::Seconds(31));
    simulation_.CancelByRequestId("default", "never seen");
    RunInHealth(simulation_);
  }

  RunRecord Record() const { return simulation_.Record(); }

 private:
  void Run(const std::string& request_id, v1::CaptureMode mode, Faults faults) {
    simulation_.world().SetFaults(faults);
    simulation_.Create({.request_id = request_id, .mode = mode});
    simulation_.RunFor(absl::Seconds(31));
    simulation_.world().SetFaults(Faults::None());
  }

  void Transfer(const std::string& request_id, Faults faults) {
    constexpr size_t kTransferAccount = 3;
    simulation_.world().SetFaults(faults);
    simulation_.Create({.account = kTransferAccount,
                        .request_id = request_id,
                        .transfer = true,
                        .save_source = true});
    simulation_.RunFor(absl::Seconds(31));
    simulation_.world().SetFaults(Faults::None());
  }

  EngineSimulation simulation_;
};

// -- Ways to break a record ----------------------------------------------------------

// The first payment's of the request.
std::string NameOf(const RunRecord& record, const std::string& request_id) {
  for (const Commit& commit : record.commits) {
    if (commit.event->payment().request_id() == request_id) return commit.event->resource();
  }
  return "";
}

LedgerWorld::Hold& HoldOf(RunRecord& record, const std::string& request_id) {
  const std::string key = record.operation_keys.at(NameOf(record, request_id)).front();
  const auto it = std::find_if(record.holds.begin(), record.holds.end(),
                               [&key](const auto& one) { return one.second.operation == key; });
  return it->second;
}

v1::Payment& StoredOf(RunRecord& record, const std::string& request_id) {
  return *record.payments.at(NameOf(record, request_id)).record.mutable_payment();
}

// The last commit of the request's payment; `back` ones before it.
Commit& CommitOf(RunRecord& record, const std::string& request_id, int back = 0) {
  const std::string name = NameOf(record, request_id);
  auto it = record.commits.rbegin();
  while (it->event->resource() != name || back-- > 0) ++it;
  return *it;
}

// Replaces the commit's event by one that can be changed.
v1::Event& Edit(Commit& commit) {
  auto event = std::make_shared<v1::Event>(*commit.event);
  commit.event = event;
  return *event;
}

// Adds a commit that repeats the payment's last one.
v1::Payment& Append(RunRecord& record, const std::string& request_id) {
  Commit commit = CommitOf(record, request_id);
  v1::Event& event = Edit(commit);
  event.set_previous_payment_state(event.payment().state());
  record.commits.push_back(commit);
  return *event.mutable_payment();
}

void Charged(RunRecord& record) { ++HoldOf(record, "automatic").captures; }
void AuthorizedTwice(RunRecord& record) { ++record.authorizations.begin()->second; }
void SentTwice(RunRecord& record) { ++record.sends.begin()->second; }
void SentEarly(RunRecord& record) { record.sent_without_intent.emplace_back("capture a#2"); }

void AnswerIgnored(RunRecord& record) {
  LedgerWorld::Heard heard = record.heard.front();
  heard.answer = heard.answer == "ok" ? "declined" : "ok";
  record.heard.push_back(heard);
}

void CaptureSwallowed(RunRecord& record) {
  const std::string name = NameOf(record, "canceled");
  record.heard.push_back({CommitOf(record, "canceled").time, "check",
                          record.operation_keys.at(name).front(), "", "captured"});
}

void AnotherAmount(RunRecord& record) { ++HoldOf(record, "automatic").stated_minor; }

void FalseAlarm(RunRecord& record) {
  Edit(CommitOf(record, "canceled")).mutable_payment()->set_needs_review(true);
}

void LeftHeld(RunRecord& record) { CommitOf(record, "canceled").hold_alive = true; }
void NotCaptured(RunRecord& record) { HoldOf(record, "automatic").captures = 0; }

void RevisionMissing(RunRecord& record) {
  auto& log = record.logs.at("default");
  log.erase(log.begin());
}

void SequenceMissing(RunRecord& record) {
  auto event = std::make_shared<v1::Event>(*record.logs.at("default").back());
  event->set_sequence(event->sequence() + 1);
  record.logs.at("default").back() = event;
}

void EventNotTold(RunRecord& record) { record.commits.pop_back(); }

void StateNotLinked(RunRecord& record) {
  Edit(CommitOf(record, "canceled")).set_previous_payment_state(v1::PAYMENT_STATE_UNKNOWN);
}

void TimeWentBack(RunRecord& record) {
  Edit(CommitOf(record, "canceled")).mutable_time()->set_seconds(0);
}

void EventRepeated(RunRecord& record) { Append(record, "canceled"); }

void StoredDiffers(RunRecord& record) {
  StoredOf(record, "automatic").set_description("not in the log");
}

void FinalChanged(RunRecord& record) {
  Append(record, "automatic").set_state(v1::PAYMENT_STATE_DECLINED);
}

void AutomaticAuthorized(RunRecord& record) {
  Append(record, "automatic").set_state(v1::PAYMENT_STATE_AUTHORIZED);
}

v1::Operation& AddCapture(v1::Payment& payment, v1::OperationResult result) {
  v1::Operation& operation = *payment.add_operations();
  operation.set_kind(v1::OPERATION_KIND_CAPTURE);
  operation.set_dispatch(v1::OPERATION_DISPATCH_SENT);
  operation.set_result(result);
  return operation;
}

void CapturedAfterCancel(RunRecord& record) {
  AddCapture(Append(record, "canceled"), v1::OPERATION_RESULT_PENDING);
}

// What a clock that jumps must not do: EXPIRED while nobody knows what a capture did.
void ExpiredWithOpenCapture(RunRecord& record) {
  record.clock_jumped = true;
  AddCapture(*Edit(CommitOf(record, "not captured")).mutable_payment(),
             v1::OPERATION_RESULT_UNKNOWN);
}

void NothingHeard(RunRecord& record) { record.heard.clear(); }

void SaidOnce(RunRecord& record) {
  const auto is_negative = [](const auto& one) { return one.answer == "not_known"; };
  const auto first = std::find_if(record.heard.begin(), record.heard.end(), is_negative);
  record.heard.erase(std::remove_if(first + 1, record.heard.end(), is_negative),
                     record.heard.end());
}

void CapturedUnasked(RunRecord& record) {
  NothingHeard(record);
  AddCapture(Append(record, "not captured"), v1::OPERATION_RESULT_PENDING);
}

void EndedEarly(RunRecord& record) {
  v1::Event& before = Edit(CommitOf(record, "lost", 1));
  before.mutable_payment()->mutable_expire_time()->set_seconds(before.time().seconds() * 2);
}

void DeclinedByGuess(RunRecord& record) {
  v1::Payment& payment = *Edit(CommitOf(record, "declined")).mutable_payment();
  payment.mutable_operations(0)->set_result(v1::OPERATION_RESULT_UNKNOWN);
}

void SaidToBeAnOperator(RunRecord& record) {
  Edit(CommitOf(record, "declined")).mutable_cause()->set_kind(v1::CAUSE_KIND_OPERATOR);
}

void NeverEnds(RunRecord& record) {
  StoredOf(record, "canceled").set_state(v1::PAYMENT_STATE_AUTHORIZED);
}

void SecondPayment(RunRecord& record) {
  StoredOf(record, "failed").set_state(v1::PAYMENT_STATE_DECLINED);
}

void NotCompared(RunRecord& record) { ++record.told.front().asked_minor; }

void TombstoneIgnored(RunRecord& record) { record.told.back().request_id = "automatic"; }

void Forgotten(RunRecord& record) { record.payments.erase(NameOf(record, "automatic")); }

void ConfirmedTwice(RunRecord& record) {
  record.transfers.at(record.operation_keys.at(NameOf(record, "confirmed")).front()).confirms = 2;
}

void NumberTaken(RunRecord& record) {
  record.operation_keys.at(NameOf(record, "abandoned")).front() =
      record.operation_keys.at(NameOf(record, "transferred")).front();
}

void CardKeptTwice(RunRecord& record) { record.kept_cards.push_back(record.kept_cards.front()); }

void NumberStored(RunRecord& record) {
  StoredOf(record, "automatic").set_description(kSourceNumber);
}

using Breaker = void (*)(RunRecord&);

// How each invariant is broken, by its name.
std::map<std::string, Breaker> Breakers() {
  return {
      {"one-charge", Charged},
      {"one-authorize", AuthorizedTwice},
      {"sent-once", SentTwice},
      {"intent-first", SentEarly},
      {"answers-kept", AnswerIgnored},
      {"contradictions-told", CaptureSwallowed},
      {"amounts-compared", AnotherAmount},
      {"no-false-alarm", FalseAlarm},
      {"nothing-held-at-the-end", LeftHeld},
      {"end-agrees-with-ledger", NotCaptured},
      {"transfer-succeeded-if-said", NothingHeard},
      {"transfer-denied-twice", SaidOnce},
      {"action-expires-when-asked", NothingHeard},
      {"one-confirm", ConfirmedTwice},
      {"numbers-unique", NumberTaken},
      {"cards-as-asked", CardKeptTwice},
      {"card-data-nowhere", NumberStored},
      {"revisions-dense", RevisionMissing},
      {"sequences-dense", SequenceMissing},
      {"every-event-told", EventNotTold},
      {"states-link", StateNotLinked},
      {"times-never-go-back", TimeWentBack},
      {"every-event-a-change", EventRepeated},
      {"log-replays", StoredDiffers},
      {"final-stays", FinalChanged},
      {"automatic-never-authorized", AutomaticAuthorized},
      {"cancel-kept", CapturedAfterCancel},
      {"no-end-with-open-capture", ExpiredWithOpenCapture},
      {"unknown-ends-by-evidence", NothingHeard},
      {"absent-said-twice", SaidOnce},
      {"asked-before-another-capture", CapturedUnasked},
      {"asked-before-the-end", NothingHeard},
      {"not-expired-early", EndedEarly},
      {"declined-by-evidence", DeclinedByGuess},
      {"operator-audited", SaidToBeAnOperator},
      {"all-comes-to-an-end", NeverEnds},
      {"one-payment-per-request", SecondPayment},
      {"requests-compared", NotCompared},
      {"tombstone-kept", TombstoneIgnored},
      {"nothing-forgotten", Forgotten},
  };
}

std::vector<std::string> NamesOf(const std::vector<Broken>& broken) {
  std::vector<std::string> names;
  for (const auto& [name, place] : broken) names.push_back(name);
  return names;
}

TEST(Invariants, HoldInAGoodRun) {
  const GoodRun run;
  const std::vector<Broken> broken = BrokenInvariants(run.Record());
  EXPECT_TRUE(broken.empty()) << broken.front().first << ": " << broken.front().second;
}

TEST(Invariants, EachCanFail) {
  const GoodRun run;
  const std::map<std::string, Breaker> breakers = Breakers();
  for (const Invariant& invariant : AllInvariants()) {
    SCOPED_TRACE(std::string(invariant.name));
    const auto breaker = breakers.find(std::string(invariant.name));
    ASSERT_NE(breaker, breakers.end()) << "nothing here breaks it";
    RunRecord record = run.Record();
    breaker->second(record);
    EXPECT_THAT(NamesOf(BrokenInvariants(record)), testing::Contains(breaker->first));
  }
}

TEST(Invariants, HaveDifferentNames) { EXPECT_EQ(AllInvariants().size(), Breakers().size()); }

// Another clock excuses that somebody was asked too soon, and nothing else.
TEST(Invariants, AJumpingClockExcusesFewThings) {
  const GoodRun run;
  std::vector<std::string> excused;
  for (const auto& [name, breaker] : Breakers()) {
    RunRecord record = run.Record();
    breaker(record);
    record.clock_jumped = true;
    const std::vector<std::string> broken = NamesOf(BrokenInvariants(record));
    if (std::find(broken.begin(), broken.end(), name) == broken.end()) excused.push_back(name);
  }
  EXPECT_THAT(excused, testing::ElementsAre("nothing-held-at-the-end"));
}

}  // namespace
}  // namespace payments::simulation
