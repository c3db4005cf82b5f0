#include "tests/simulation/ledger_world.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/simulation/canaries.h"

namespace payments::simulation {
namespace {

constexpr absl::Duration kLatencyMax = absl::Milliseconds(400);
// An answer comes after what it answers, whatever the executor adds.
constexpr absl::Duration kJitter =
    absl::Microseconds(SimulatedExecutor::kJitterMicrosecondsMax + 1);
constexpr absl::Duration kNextToNothing = absl::Microseconds(500);
constexpr absl::Duration kCallbackDelayMax = absl::Seconds(2);
constexpr absl::Duration kCallbackLateMax = absl::Minutes(10);
constexpr absl::Duration kCallbackRetryDelay = absl::Seconds(20);
constexpr int kCallbackAttemptsMax = 3;
// The server has stored what it heard by then, though the store fails now and then.
constexpr absl::Duration kStoredWithin = absl::Seconds(30);
constexpr absl::Duration kUndeadAfterMax = absl::Minutes(3);
constexpr int kHttpOk = 200;
constexpr int kHttpInternalError = 500;

// Empty for a message without a number.
std::string KeyOf(const LedgerMessage& message) {
  const std::string number = Field(message, "number");
  if (number.empty()) return "";
  const std::string key = OperationKey(Field(message, "account"), number);
  return message.verb == "confirm" ? ConfirmKey(key) : key;
}

// It asks, and changes nothing.
bool IsQuestion(const LedgerMessage& message) {
  return message.verb == "check" || message.verb == "check_transfer" || message.verb == "token";
}

std::string Line(const LedgerMessage& message) {
  return absl::StrCat(message.verb, " ", KeyOf(message), " ", Field(message, "hold_id"));
}

std::string OneLine(const std::string& text) { return absl::StrReplaceAll(text, {{"\n", " "}}); }

}  // namespace

std::string Field(const LedgerMessage& message, const char* name) {
  const auto it = message.fields.find(name);
  return it == message.fields.end() ? "" : it->second;
}

std::string OperationKey(absl::string_view account, absl::string_view number) {
  return absl::StrCat(account, "#", number);
}

std::string ConfirmKey(absl::string_view transfer_key) {
  return absl::StrCat(transfer_key, "/confirm");
}

const LedgerWorld::Hold* LedgerWorld::HoldOf(const std::string& authorize_key) const {
  const auto it = hold_of_.find(authorize_key);
  return it == hold_of_.end() ? nullptr : &holds_.at(it->second);
}

bool LedgerWorld::IsOnItsWay(const std::string& key) const {
  const auto coming = on_their_way_.find(key);
  return coming != on_their_way_.end() && coming->second > 0;
}

bool LedgerWorld::IsAlive(const std::string& authorize_key) const {
  if (IsOnItsWay(authorize_key)) return true;
  const Hold* hold = HoldOf(authorize_key);
  return hold != nullptr &&
         (hold->state == HoldState::kHeld || hold->state == HoldState::kInProcess);
}

// Half of the time next to nothing, so that answers, callbacks and commits meet.
absl::Duration LedgerWorld::DrawDelay(absl::Duration max) {
  const absl::Duration limit = executor_->Random(2) == 0 ? kNextToNothing : max;
  return absl::Microseconds(1 + executor_->Random(absl::ToInt64Microseconds(limit)));
}

uint64_t LedgerWorld::Later(absl::Duration delay, absl::AnyInvocable<void()> action) {
  const uint64_t id = ++next_pending_;
  pending_.emplace(id, Pending{executor_->Monotonic() + delay, std::move(action)});
  executor_->PostAfter(delay, [this, id] { RunPending(id); });
  return id;
}

void LedgerWorld::RunPending(uint64_t id) {
  auto node = pending_.extract(id);
  if (!node.empty()) node.mapped().action();
}

void LedgerWorld::AfterCrash() {
  for (auto it = heard_.rbegin(); it != heard_.rend(); ++it) {
    if (executor_->Monotonic() - it->time > kStoredWithin) break;
    it->forgotten = true;
  }
  for (const auto& [id, pending] : pending_) {
    executor_->PostAfter(std::max(pending.when - executor_->Monotonic(), absl::ZeroDuration()),
                         [this, pending_id = id] { RunPending(pending_id); });
  }
}

// -- The way there and back ------------------------------------------------------

LedgerWorld::Fate LedgerWorld::DrawFate() {
  if (Chance(faults_.refused)) return Fate::kRefused;
  if (Chance(faults_.lost_before)) return Fate::kLost;
  if (Chance(faults_.late)) return Fate::kLate;
  if (Chance(faults_.lost_answer)) return Fate::kAnswerLost;
  return Fate::kAnswered;
}

// Without a token nothing happens, in whatever way it is not given: one is enough.
LedgerWorld::Fate LedgerWorld::DrawTokenFate() {
  return Chance(faults_.refused) ? Fate::kRefused : Fate::kAnswered;
}

void LedgerWorld::Send(HttpRequest request, absl::Duration timeout, DoneHttp done) {
  const LedgerMessage message = Decode(request.body.Reveal());
  if (gate_ && !gate_(message)) return;
  const absl::Duration latency = DrawDelay(kLatencyMax);
  const Fate fate = message.verb == "token" ? DrawTokenFate() : DrawFate();
  if (fate == Fate::kRefused) {
    story_->Tell("  wire: ", Line(message), ": refused, provably not sent");
    return executor_->PostAfter(latency, [done = std::move(done)]() mutable {
      std::move(done)(HttpFailure{false, absl::UnavailableError("refused")});
    });
  }
  const std::string key = KeyOf(message);
  if (!key.empty() && !IsQuestion(message)) {
    ++sends_[absl::StrCat(message.verb, " ", key)];
    if (fate != Fate::kLost) ++on_their_way_[key];
  }
  if (fate == Fate::kAnswered) return Answer(message, latency, std::move(done));
  if (fate == Fate::kLost) {
    story_->Tell("  wire: ", Line(message), ": sent, lost");
  } else {
    const absl::Duration late =
        absl::Seconds(1 + executor_->Random(absl::ToInt64Seconds(kLateMax)));
    story_->Tell("  wire: ", Line(message), ": sent, its answer will be lost");
    Later(fate == Fate::kLate ? late : latency, [this, message] { Apply(message); });
  }
  executor_->PostAfter(timeout, [done = std::move(done)]() mutable {
    std::move(done)(HttpFailure{true, absl::DeadlineExceededError("no answer")});
  });
}

void LedgerWorld::Answer(const LedgerMessage& message, absl::Duration latency, DoneHttp done) {
  story_->Tell("  wire: ", Line(message), ": sent");
  const bool garbage = Chance(faults_.garbage);
  // The provider applies it whether or not the server lives to hear about it.
  auto answer = std::make_shared<std::string>();
  Later(latency, [this, message, answer] { *answer = Apply(message); });
  executor_->PostAfter(
      latency + kJitter, [this, message, answer, garbage, done = std::move(done)]() mutable {
        Hear(message, *answer, garbage);
        std::move(done)(HttpResponse{
            garbage ? kHttpInternalError : kHttpOk, {}, Secret(garbage ? "?" : *answer)});
      });
}

void LedgerWorld::Hear(const LedgerMessage& message, const std::string& answer, bool garbage) {
  const LedgerMessage said = Decode(answer);
  Heard heard;
  heard.time = executor_->Monotonic();
  heard.verb = message.verb == "check_transfer" ? "check" : message.verb;
  heard.operation = KeyOf(message);
  heard.hold_id = Field(message, "hold_id");
  heard.answer = garbage ? "garbage" : said.verb;
  if (!garbage) (void)absl::SimpleAtoi(Field(said, "amount"), &heard.amount_minor);
  const bool refused = heard.answer == "refused";
  if (refused) ++refusals_[absl::StrCat(message.verb, " ", heard.operation)];
  story_->Tell("  wire: ", Line(message), ": answered ", garbage ? "garbage" : OneLine(answer));
  // Of tokens nothing is to be kept.
  if (message.verb != "token" && !refused) heard_.push_back(std::move(heard));
}

// -- What the provider does --------------------------------------------------------

std::string LedgerWorld::Apply(const LedgerMessage& message) {
  if (message.verb == "check") return Check(message);
  if (message.verb == "check_transfer") return CheckTransfer(KeyOf(message));
  if (message.verb == "token") return Chance(faults_.no_token) ? "no_token" : "ok";
  if (message.verb == "register") return Register(message);
  --on_their_way_[KeyOf(message)];
  std::string answer = "refused";
  if (message.verb != "transfer" || !Chance(faults_.token_refused)) {
    ++arrivals_[absl::StrCat(message.verb, " ", KeyOf(message))];
    answer = Work(message);
  }
  story_->Tell("ledger: ", Line(message), ": ", OneLine(answer));
  return answer;
}

std::string LedgerWorld::Work(const LedgerMessage& message) {
  if (message.verb == "authorize") return Authorize(message);
  if (message.verb == "capture") return Capture(message);
  if (message.verb == "transfer") return StartTransfer(message);
  if (message.verb == "confirm") return Confirm(message);
  return Cancel(message);
}

std::string LedgerWorld::Authorize(const LedgerMessage& message) {
  const std::string key = KeyOf(message);
  const std::string payer = absl::StrCat(Field(message, "account"), " ", Field(message, "payer"));
  ++authorizations_[payer];
  if (Chance(faults_.declined)) return "declined";
  const std::string id = absl::StrCat("hold-", holds_.size() + 1);
  hold_of_[key] = id;
  Hold& hold = holds_[id];
  hold.operation = key;
  hold.payer = payer;
  hold.url = Field(message, "url");
  (void)absl::SimpleAtoi(Field(message, "amount"), &hold.amount_minor);
  (void)absl::SimpleAtoi(Field(message, "minutes"), &hold.minutes);
  hold.stated_minor = hold.amount_minor + (Chance(faults_.wrong_amount) ? 1 : 0);
  Later(absl::Minutes(hold.minutes), [this, id] { EndHold(id, HoldState::kExpired); });
  if (!Chance(faults_.in_process)) {
    Notify(hold.url, id, true);
    return Encode({"ok", {{"hold_id", id}}});
  }
  hold.state = HoldState::kInProcess;
  const bool held = !Chance(faults_.declined);
  Later(absl::Seconds(1 + executor_->Random(absl::ToInt64Seconds(kLateMax))),
        [this, id, held] { Resolve(id, held); });
  return Encode({"in_process", {{"hold_id", id}}});
}

void LedgerWorld::Resolve(const std::string& id, bool held) {
  Hold& hold = holds_[id];
  if (hold.state != HoldState::kInProcess) return;
  hold.state = held ? HoldState::kHeld : HoldState::kDeclined;
  story_->Tell("ledger: ", id, held ? " is held" : " is declined");
  Notify(hold.url, id, held);
}

std::string LedgerWorld::Capture(const LedgerMessage& message) {
  const std::string key = KeyOf(message);
  auto it = holds_.find(Field(message, "hold_id"));
  if (it == holds_.end() || Chance(faults_.declined)) return "declined";
  Hold& hold = it->second;
  if (hold.state != HoldState::kHeld && hold.state != HoldState::kCaptured) return "declined";
  hold.state = HoldState::kCaptured;
  ++hold.captures;
  captures_[key] = it->first;
  Notify(hold.url, it->first, true);
  return Encode({"ok", {{"amount", absl::StrCat(hold.stated_minor)}}});
}

std::string LedgerWorld::Cancel(const LedgerMessage& message) {
  auto it = holds_.find(Field(message, "hold_id"));
  if (it == holds_.end()) return "declined";
  Hold& hold = it->second;
  // As UPay's "already closed": the caller has to ask what it is.
  if (hold.state != HoldState::kHeld && hold.state != HoldState::kInProcess) return "closed";
  if (Chance(faults_.declined)) return "declined";
  EndHold(it->first, HoldState::kReleased);
  return "ok";
}

std::string LedgerWorld::Check(const LedgerMessage& message) {
  const std::string key = KeyOf(message);
  std::string id = Field(message, "hold_id");
  if (!key.empty()) {
    auto capture = captures_.find(key);
    if (capture == captures_.end()) return "not_known";
    id = capture->second;
  }
  auto it = holds_.find(id);
  if (it == holds_.end()) return "no_such_hold";
  switch (it->second.state) {
    case HoldState::kInProcess:
      return "in_process";
    case HoldState::kHeld:
      return "held";
    case HoldState::kCaptured:
      return Encode({"captured", {{"amount", absl::StrCat(it->second.stated_minor)}}});
    default:
      return "closed";
  }
}

std::string LedgerWorld::Register(const LedgerMessage& message) {
  if (Chance(faults_.declined)) return "declined";
  const std::string token = absl::StrCat(kCardTokenCanary, ++next_pending_);
  const std::string url = Field(message, "url");
  Later(absl::Seconds(executor_->Random(absl::ToInt64Seconds(kLateMax))), [this, url, token] {
    Deliver(url, {"notice", {{"card_token", token}, {"status", "0"}}});
  });
  return Encode({"ok", {{"card_token", token}}});
}

void LedgerWorld::EndHold(const std::string& id, HoldState end) {
  Hold& hold = holds_[id];
  if (hold.state != HoldState::kHeld && hold.state != HoldState::kInProcess) return;
  hold.state = end;
  story_->Tell("ledger: ", id, end == HoldState::kExpired ? " expires" : " is released");
  Notify(hold.url, id, false);
  if (!Chance(faults_.undead)) return;
  Later(absl::Seconds(1 + executor_->Random(absl::ToInt64Seconds(kUndeadAfterMax))),
        [this, id] { RiseAgain(id); });
}

void LedgerWorld::RiseAgain(const std::string& id) {
  Hold& hold = holds_[id];
  hold.state = HoldState::kCaptured;
  hold.undead = true;
  ++hold.captures;
  story_->Tell("ledger: ", id, " was over, and is captured all the same");
  Notify(hold.url, id, true);
}

// -- Callbacks ---------------------------------------------------------------------

void LedgerWorld::Notify(const std::string& url, const std::string& hold_id, bool success) {
  const bool told = Chance(faults_.callback_forged) ? !success : success;
  Deliver(url, {"notice", {{"hold_id", hold_id}, {"status", told ? "0" : "1"}}});
}

void LedgerWorld::Deliver(const std::string& url, const LedgerMessage& notice) {
  int copies = Chance(faults_.callback_lost) ? 0 : 1;
  if (Chance(faults_.callback_twice)) ++copies;
  for (int i = 0; i < copies; ++i) {
    const absl::Duration delay_max =
        Chance(faults_.callback_late) ? kCallbackLateMax : kCallbackDelayMax;
    Later(DrawDelay(delay_max), [this, url, body = Encode(notice)] {
      if (sink_) sink_(url, body, 1);
    });
  }
}

void LedgerWorld::DeliverAgain(const std::string& url, const std::string& body, int attempt) {
  if (attempt >= kCallbackAttemptsMax) return;
  Later(kCallbackRetryDelay, [this, url, body, attempt] {
    if (sink_) sink_(url, body, attempt + 1);
  });
}

}  // namespace payments::simulation
