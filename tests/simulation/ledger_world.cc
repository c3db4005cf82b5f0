#include "tests/simulation/ledger_world.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace payments::simulation {
namespace {

constexpr absl::Duration kLatencyMax = absl::Milliseconds(400);
// The server has stored what it heard by then, though the store fails now and then.
constexpr absl::Duration kStoredWithin = absl::Seconds(30);
constexpr int kHttpOk = 200;
constexpr int kHttpInternalError = 500;

}  // namespace

void LedgerWorld::Later(absl::Duration delay, absl::AnyInvocable<void()> action) {
  const uint64_t id = ++next_pending_;
  pending_.emplace(id, Pending{executor_->Monotonic() + delay, std::move(action)});
  executor_->PostAfter(delay, [this, id] { RunPending(id); });
}

void LedgerWorld::RunPending(uint64_t id) {
  auto node = pending_.extract(id);
  if (!node.empty()) node.mapped().action();
}

void LedgerWorld::AfterCrash() {
  for (auto it = heard_.begin(); it != heard_.end();) {
    const bool stored = executor_->Monotonic() - it->second > kStoredWithin;
    it = stored ? std::next(it) : heard_.erase(it);
  }
  for (const auto& [id, pending] : pending_) {
    executor_->PostAfter(std::max(pending.when - executor_->Monotonic(), absl::ZeroDuration()),
                         [this, pending_id = id] { RunPending(pending_id); });
  }
}

void LedgerWorld::Send(HttpRequest request, absl::Duration timeout, DoneHttp done) {
  const std::string body(request.body.Reveal());
  const LedgerMessage message = Decode(body);
  if (spy_) spy_(message);
  const absl::Duration latency =
      absl::Milliseconds(1 + executor_->Random(absl::ToInt64Milliseconds(kLatencyMax)));
  if (Chance(faults_.refused)) {
    return executor_->PostAfter(latency, [done = std::move(done)]() mutable {
      std::move(done)(HttpFailure{false, absl::UnavailableError("refused")});
    });
  }
  bool answered = false;
  if (Chance(faults_.lost_before)) {
    // Nothing arrives.
  } else if (Chance(faults_.late)) {
    const absl::Duration late =
        absl::Seconds(1 + executor_->Random(absl::ToInt64Seconds(kLateMax)));
    Later(late, [this, body] { Apply(Decode(body)); });
  } else if (Chance(faults_.lost_answer)) {
    Later(latency, [this, body] { Apply(Decode(body)); });
  } else {
    answered = true;
  }
  if (!answered) {
    return executor_->PostAfter(timeout, [done = std::move(done)]() mutable {
      std::move(done)(HttpFailure{true, absl::DeadlineExceededError("no answer")});
    });
  }
  const bool garbage = Chance(faults_.garbage);
  // The provider applies it whether or not the server lives to hear about it.
  auto answer = std::make_shared<std::string>();
  Later(latency, [this, body, answer] { *answer = Apply(Decode(body)); });
  executor_->PostAfter(latency + absl::Milliseconds(1), [this, message, answer, garbage,
                                                         done = std::move(done)]() mutable {
    if (!garbage && message.verb != "check" && message.fields.contains("number")) {
      heard_[message.fields.at("number")] = executor_->Monotonic();
    }
    std::move(done)(
        HttpResponse{garbage ? kHttpInternalError : kHttpOk, {}, Secret(garbage ? "?" : *answer)});
  });
}

std::string LedgerWorld::Apply(const LedgerMessage& message) {
  if (message.verb == "authorize") return Authorize(message);
  if (message.verb == "capture") return Capture(message);
  if (message.verb == "cancel") return Cancel(message);
  if (message.verb == "register") return Register(message);
  return Check(message);
}

std::string LedgerWorld::Authorize(const LedgerMessage& message) {
  ++arrivals_[absl::StrCat("authorize ", message.fields.at("number"))];
  if (Chance(faults_.declined)) return "declined";
  const std::string id = absl::StrCat("hold-", holds_.size() + 1);
  Hold& hold = holds_[id];
  hold.payer = message.fields.at("payer");
  hold.url = message.fields.at("url");
  (void)absl::SimpleAtoi(message.fields.at("amount"), &hold.amount_minor);
  (void)absl::SimpleAtoi(message.fields.at("minutes"), &hold.minutes);
  Later(absl::Minutes(hold.minutes), [this, id] { EndHold(id); });
  if (!Chance(faults_.in_process)) {
    Notify(hold.url, id, true);
    return Encode({"ok", {{"hold_id", id}}});
  }
  hold.state = HoldState::kInProcess;
  const bool held = !Chance(faults_.declined);
  Later(absl::Seconds(1 + executor_->Random(absl::ToInt64Seconds(kLateMax))), [this, id, held] {
    Hold& resolved = holds_[id];
    if (resolved.state != HoldState::kInProcess) return;
    resolved.state = held ? HoldState::kHeld : HoldState::kDeclined;
    Notify(resolved.url, id, held);
  });
  return Encode({"in_process", {{"hold_id", id}}});
}

std::string LedgerWorld::Capture(const LedgerMessage& message) {
  const std::string& number = message.fields.at("number");
  ++arrivals_[absl::StrCat("capture ", number)];
  auto it = holds_.find(message.fields.at("hold_id"));
  if (it == holds_.end() || it->second.state != HoldState::kHeld || Chance(faults_.declined)) {
    return "declined";
  }
  it->second.state = HoldState::kCaptured;
  ++it->second.captures;
  captures_[number] = it->first;
  Notify(it->second.url, it->first, true);
  return Encode({"ok", {{"amount", absl::StrCat(it->second.amount_minor)}}});
}

std::string LedgerWorld::Cancel(const LedgerMessage& message) {
  auto it = holds_.find(message.fields.at("hold_id"));
  if (it == holds_.end()) return "declined";
  Hold& hold = it->second;
  // As UPay's "already closed": the caller has to ask what it is.
  if (hold.state != HoldState::kHeld && hold.state != HoldState::kInProcess) return "closed";
  if (Chance(faults_.declined)) return "declined";
  hold.state = HoldState::kReleased;
  Notify(hold.url, it->first, false);
  return "ok";
}

std::string LedgerWorld::Check(const LedgerMessage& message) {
  auto number = message.fields.find("number");
  std::string id;
  if (number != message.fields.end()) {
    auto capture = captures_.find(number->second);
    if (capture == captures_.end()) return "not_known";
    id = capture->second;
  } else {
    id = message.fields.at("hold_id");
  }
  auto it = holds_.find(id);
  if (it == holds_.end()) return "no_such_hold";
  switch (it->second.state) {
    case HoldState::kInProcess:
      return "in_process";
    case HoldState::kHeld:
      return "held";
    case HoldState::kCaptured:
      return Encode({"captured", {{"amount", absl::StrCat(it->second.amount_minor)}}});
    default:
      return "closed";
  }
}

std::string LedgerWorld::Register(const LedgerMessage& message) {
  if (Chance(faults_.declined)) return "declined";
  const std::string token = absl::StrCat("token-", ++next_pending_);
  const std::string url = message.fields.at("url");
  Later(absl::Seconds(executor_->Random(absl::ToInt64Seconds(kLateMax))), [this, url, token] {
    Deliver(url, {"notice", {{"card_token", token}, {"status", "0"}}});
  });
  return Encode({"ok", {{"card_token", token}}});
}

void LedgerWorld::EndHold(const std::string& id) {
  Hold& hold = holds_[id];
  if (hold.state != HoldState::kHeld && hold.state != HoldState::kInProcess) return;
  hold.state = HoldState::kExpired;
  Notify(hold.url, id, false);
}

void LedgerWorld::Notify(const std::string& url, const std::string& hold_id, bool success) {
  const bool told = Chance(faults_.callback_forged) ? !success : success;
  Deliver(url, {"notice", {{"hold_id", hold_id}, {"status", told ? "0" : "1"}}});
}

void LedgerWorld::Deliver(const std::string& url, const LedgerMessage& notice) {
  int copies = Chance(faults_.callback_lost) ? 0 : 1;
  if (Chance(faults_.callback_twice)) ++copies;
  for (int i = 0; i < copies; ++i) {
    const absl::Duration delay = absl::Milliseconds(executor_->Random(2000));
    Later(delay, [this, url, body = Encode(notice)] {
      if (sink_) sink_(url, body);
    });
  }
}

}  // namespace payments::simulation
