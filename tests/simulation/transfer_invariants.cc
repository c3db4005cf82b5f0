#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/engine/payment_phase.h"
#include "server/engine/proto_time.h"
#include "tests/simulation/canaries.h"
#include "tests/simulation/invariants.h"

// Transfers: what ends them, what the payer does, which cards are kept, and what is told.
namespace payments::simulation {
namespace {

using Places = std::vector<std::string>;
using Heard = RunIndex::Heard;

bool Ends(const Step& step) {
  return step.before != nullptr && IsFinal(step.is().state()) && !IsFinal(step.was().state());
}

bool ByOperator(const Step& step) { return step.cause() == v1::CAUSE_KIND_OPERATOR; }

// Ends of transfers that nobody but the provider can have brought about.
std::vector<const Step*> EndsByEvidence(const RunIndex& run) {
  std::vector<const Step*> ends;
  for (const Step& step : run.steps()) {
    if (Ends(step) && IsTransfer(step.is()) && !ByOperator(step)) ends.push_back(&step);
  }
  return ends;
}

// It was said by then, in one of these words.
bool WasSaid(const RunIndex& run, const Step& step, const std::set<std::string>& words) {
  const auto& heard = run.HeardAbout(step.is().name());
  return std::any_of(heard.begin(), heard.end(), [&](const Heard* one) {
    return one->time <= step.after->time && words.contains(one->answer);
  });
}

void SucceededIfSaid(const RunIndex& run, Places& broken) {
  for (const Step* step : EndsByEvidence(run)) {
    if (step->is().state() != v1::PAYMENT_STATE_SUCCEEDED) continue;
    if (WasSaid(run, *step, {"ok", "done"})) continue;
    broken.push_back(absl::StrCat(step->Name(), " is SUCCEEDED, and nobody said so"));
  }
}

// What it needs to prove that no money moved and none will; of a withdrawal by the caller
// nothing: nothing moves unless it is confirmed.
bool NeedsDenial(const RunIndex& run, const Step& step) {
  const v1::PaymentState state = step.is().state();
  if (state == v1::PAYMENT_STATE_SUCCEEDED) return false;
  // Proven by the connection that was never made, or the token that was never given.
  if (step.is().operations(0).dispatch() == v1::OPERATION_DISPATCH_NOT_SENT) return false;
  const bool waited = step.was().state() == v1::PAYMENT_STATE_ACTION_REQUIRED ||
                      WasSaid(run, step, {"action_required"});
  if (state == v1::PAYMENT_STATE_CANCELED && step.is().cancel_requested() && waited) return false;
  return !WasSaid(run, step, {"declined", "withdrawn"});
}

// How often, and for how long, the provider denied it.
std::vector<absl::Duration> Denials(const RunIndex& run, const Step& step) {
  std::vector<absl::Duration> said;
  for (const Heard* heard : run.HeardAbout(step.is().name())) {
    const bool denied = heard->answer == "not_known" || heard->answer == "waits";
    if (denied && heard->time <= step.after->time) said.push_back(heard->time);
  }
  return said;
}

// Rule 4: "not known", or that it still waits, counts when it was said twice, a quiet period
// apart. Where the payer was asked and nothing was confirmed, once is enough: see
// action-expires-when-asked.
void DeniedTwice(const RunIndex& run, Places& broken) {
  constexpr absl::Duration kTolerance = absl::Seconds(10);  // Between hearing and storing.
  for (const Step* step : EndsByEvidence(run)) {
    if (!NeedsDenial(run, *step)) continue;
    if (step->was().state() == v1::PAYMENT_STATE_ACTION_REQUIRED) continue;
    const std::vector<absl::Duration> said = Denials(run, *step);
    const bool twice = said.size() >= 2;
    const bool lasted =
        twice && said.back() - said.front() >= run.record().quiet_period - kTolerance;
    if (twice && (lasted || run.record().clock_jumped)) continue;
    broken.push_back(absl::StrCat(step->Name(), " is ", v1::PaymentState_Name(step->is().state()),
                                  " after ", said.size(), " denials"));
  }
}

// Rule 10: an abandoned page expires after its time, and after the provider was asked.
void ActionExpiresWhenAsked(const RunIndex& run, Places& broken) {
  constexpr absl::Duration kHeardBeforeCommit = absl::Minutes(1);
  for (const Step* step : EndsByEvidence(run)) {
    if (step->was().state() != v1::PAYMENT_STATE_ACTION_REQUIRED) continue;
    if (!NeedsDenial(run, *step)) continue;
    const std::vector<absl::Duration> said = Denials(run, *step);
    const bool asked = !said.empty() && said.back() >= step->after->time - kHeardBeforeCommit;
    const bool over =
        run.LatestClock(step->before->time, step->after->time) >= ToTime(step->was().expire_time());
    if (asked && over) continue;
    broken.push_back(
        absl::StrCat(step->Name(), ": the payer's time ended ", asked ? "early" : "unasked"));
  }
}

void OneConfirm(const RunIndex& run, Places& broken) {
  for (const auto& [key, transfer] : run.record().transfers) {
    if (transfer.confirms <= 1) continue;
    broken.push_back(absl::StrCat(key, " was confirmed ", transfer.confirms, " times"));
  }
}

void NumbersUnique(const RunIndex& run, Places& broken) {
  std::set<std::string> seen;
  for (const auto& [name, keys] : run.record().operation_keys) {
    for (const std::string& key : keys) {
      // What waits for a number has none.
      if (absl::EndsWith(key, "#0") || seen.insert(key).second) continue;
      broken.push_back(absl::StrCat(name, ": ", key, " is another's number too"));
    }
  }
}

// -- Cards ---------------------------------------------------------------------------

// By the payment's end, as the card's request_id says it: the cards that are there.
std::map<std::string, std::vector<const KeptCard*>> CardsByEnd(const RunIndex& run) {
  std::map<std::string, std::vector<const KeptCard*>> cards;
  for (const KeptCard& kept : run.record().kept_cards) {
    cards[kept.record.card().request_id()].push_back(&kept);
  }
  return cards;
}

// What is wrong with the cards of one end of a payment; empty if nothing is.
std::string WrongCards(const std::vector<const KeptCard*>& cards, bool asked,
                       const std::string& told, const RunIndex::Transfer* transfer,
                       const std::string& token) {
  if (cards.size() > 1) return "is kept twice";
  if (cards.empty()) return told.empty() ? "" : "is said to be kept, and is not there";
  if (!asked) return "is kept, and nobody asked for it";
  if (transfer == nullptr || transfer->moves == 0) return "is kept, though nothing was paid";
  const v1::Card& card = cards.front()->record.card();
  if (card.state() != v1::CARD_STATE_ACTIVE) return "is kept, but not ACTIVE";
  if (cards.front()->token != token) return "is kept with another's token";
  return "";
}

void CardsAsAsked(const RunIndex& run, Places& broken) {
  auto cards = CardsByEnd(run);
  for (const auto& [name, stored] : run.record().payments) {
    const storage::v1::PaymentRecord& record = stored.record;
    const v1::Payment& payment = record.payment();
    if (!IsTransfer(payment)) continue;
    const RunIndex::Transfer* transfer = run.TransferOf(name);
    const std::string token =
        absl::StrCat(kCardTokenCanary, run.record().operation_keys.at(name).front());
    const std::string source = absl::StrCat(name, "/source");
    const std::string destination = absl::StrCat(name, "/destination");
    for (const std::string& why :
         {WrongCards(cards[source], record.save_source(), payment.saved_source_card(), transfer,
                     absl::StrCat(token, "-source")),
          WrongCards(cards[destination], record.save_destination(),
                     payment.saved_destination_card(), transfer,
                     absl::StrCat(token, "-destination"))}) {
      if (!why.empty()) broken.push_back(absl::StrCat(name, ": a card ", why));
    }
    cards.erase(source);
    cards.erase(destination);
    const bool missing = (record.save_source() && payment.saved_source_card().empty()) ||
                         (record.save_destination() && payment.saved_destination_card().empty());
    if (missing && payment.state() == v1::PAYMENT_STATE_SUCCEEDED && !record.resolved()) {
      broken.push_back(absl::StrCat(name, " is SUCCEEDED, and a card is not kept"));
    }
  }
  for (const auto& [end, kept] : cards) broken.push_back(absl::StrCat(end, ": no payment's card"));
}

// -- Secrets -------------------------------------------------------------------------

void FindCanaries(const std::string& where, const std::string& text, Places& broken) {
  for (const char* canary : kCanaries) {
    if (absl::StrContains(text, canary)) broken.push_back(absl::StrCat(where, " has ", canary));
  }
}

void CardDataNowhere(const RunIndex& run, Places& broken) {
  const RunRecord& record = run.record();
  for (const auto& [name, stored] : record.payments) {
    FindCanaries(absl::StrCat(name, " as stored"), stored.record.SerializeAsString(), broken);
  }
  for (const auto& [tenant, log] : record.logs) {
    for (const auto& event : log) {
      FindCanaries(absl::StrCat(event->resource(), " in the log"), event->SerializeAsString(),
                   broken);
    }
  }
  for (const KeptCard& kept : record.kept_cards) {
    FindCanaries(kept.record.card().name(), kept.record.SerializeAsString(), broken);
  }
  for (const Told& told : record.told) {
    FindCanaries(told.call, told.payment.SerializeAsString(), broken);
  }
  for (const std::string& words : record.words) FindCanaries("what was said", words, broken);
}

}  // namespace

std::vector<Invariant> TransferInvariants() {
  return {
      {"transfer-succeeded-if-said", "a transfer is SUCCEEDED only if the provider said so",
       SucceededIfSaid},
      {"transfer-denied-twice", "a transfer without an answer is denied twice before it ends",
       DeniedTwice},
      {"action-expires-when-asked", "the payer's time ends when it is over and the provider asked",
       ActionExpiresWhenAsked},
      {"one-confirm", "what the payer did is handed on once", OneConfirm},
      {"numbers-unique", "no two operations of a terminal have one number", NumbersUnique},
      {"cards-as-asked", "cards are kept if asked for, paid and told, each once", CardsAsAsked},
      {"card-data-nowhere", "card data, tokens and the bank's words are stored and told nowhere",
       CardDataNowhere},
  };
}

}  // namespace payments::simulation
