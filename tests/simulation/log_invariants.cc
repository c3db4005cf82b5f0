#include <map>

#include "absl/strings/str_cat.h"
#include "server/engine/proto_time.h"
#include "tests/simulation/invariants.h"

// The event log: complete, in order, and the same as what is stored.
namespace payments::simulation {
namespace {

using Places = std::vector<std::string>;

// Without what changes without an event.
v1::Payment WithoutSchedule(v1::Payment payment) {
  for (v1::Operation& operation : *payment.mutable_operations()) {
    operation.clear_checks_done();
    operation.clear_next_check_time();
  }
  return payment;
}

// Without what every commit changes. A contradiction is news by its words alone.
std::string Content(const v1::Event& event) {
  v1::Payment content = WithoutSchedule(event.payment());
  content.clear_sequence();
  content.clear_etag();
  content.clear_update_time();
  return absl::StrCat(content.SerializeAsString(),
                      content.needs_review() ? event.cause().detail() : "");
}

void RevisionsDense(const RunIndex& run, Places& broken) {
  for (const auto& [tenant, log] : run.record().logs) {
    int64_t revision = 0;
    for (const auto& event : log) {
      if (event->revision() == ++revision) continue;
      broken.push_back(absl::StrCat(tenant, ": revision ", event->revision(), " where ", revision,
                                    " should be"));
      return;
    }
  }
}

void SequencesDense(const RunIndex& run, Places& broken) {
  std::map<std::string, int64_t> sequences;
  for (const auto& [tenant, log] : run.record().logs) {
    for (const auto& event : log) {
      if (!event->has_payment()) continue;
      const int64_t expected = ++sequences[event->resource()];
      if (event->sequence() != expected || event->payment().sequence() != expected ||
          event->payment().name() != event->resource()) {
        broken.push_back(absl::StrCat(event->resource(), ": sequence ", event->sequence(),
                                      " where ", expected, " should be"));
      }
    }
  }
}

// Who listens hears each event once, in the log's order, whatever crashed in between.
void EveryEventTold(const RunIndex& run, Places& broken) {
  std::map<std::string, std::vector<int64_t>> told;
  for (const Commit& commit : run.record().commits) {
    told[commit.tenant].push_back(commit.event->revision());
  }
  for (const auto& [tenant, log] : run.record().logs) {
    std::vector<int64_t> logged;
    for (const auto& event : log) {
      if (event->has_payment()) logged.push_back(event->revision());
    }
    if (logged != told[tenant]) broken.push_back(absl::StrCat(tenant, ": told other events"));
  }
}

void StatesLink(const RunIndex& run, Places& broken) {
  for (const Step& step : run.steps()) {
    const v1::PaymentState before =
        step.before == nullptr ? v1::PAYMENT_STATE_UNSPECIFIED : step.was().state();
    if (step.after->event->previous_payment_state() != before) {
      broken.push_back(absl::StrCat(step.Name(), ": previous_state is not the state before"));
    }
  }
}

void TimesNeverGoBack(const RunIndex& run, Places& broken) {
  for (const Step& step : run.steps()) {
    if (step.before == nullptr) continue;
    if (ToTime(step.after->event->time()) < ToTime(step.before->event->time())) {
      broken.push_back(absl::StrCat(step.Name(), " is earlier than the event before"));
    }
  }
}

void EveryEventAChange(const RunIndex& run, Places& broken) {
  for (const auto& [name, life] : run.lives()) {
    std::string before;
    for (const Commit* commit : life) {
      std::string after = Content(*commit->event);
      if (after == before) {
        broken.push_back(
            absl::StrCat(name, " #", commit->event->sequence(), " repeats the event before"));
      }
      before = std::move(after);
    }
  }
}

// The last event of a payment is what is stored of it.
void LogReplays(const RunIndex& run, Places& broken) {
  std::map<std::string, const v1::Payment*> last;
  for (const auto& [tenant, log] : run.record().logs) {
    for (const auto& event : log) {
      if (event->has_payment()) last[event->resource()] = &event->payment();
    }
  }
  for (const auto& [name, stored] : run.record().payments) {
    const auto it = last.find(name);
    if (it == last.end()) {
      broken.push_back(absl::StrCat(name, " is stored, and no event tells of it"));
    } else if (WithoutSchedule(*it->second).SerializeAsString() !=
               WithoutSchedule(stored.record.payment()).SerializeAsString()) {
      broken.push_back(absl::StrCat(name, " is not what its last event says"));
    }
  }
  for (const auto& [name, payment] : last) {
    if (!run.record().payments.contains(name)) {
      broken.push_back(absl::StrCat(name, " has events, and is not stored"));
    }
  }
}

}  // namespace

std::vector<Invariant> LogInvariants() {
  return {
      {"revisions-dense", "a tenant's revisions have no gap", RevisionsDense},
      {"sequences-dense", "a payment's sequences have no gap", SequencesDense},
      {"every-event-told", "listeners hear every event once, in order", EveryEventTold},
      {"states-link", "previous_state is the state before", StatesLink},
      {"times-never-go-back", "a payment's events are in the order of their times",
       TimesNeverGoBack},
      {"every-event-a-change", "a change has one event, and no event is without one",
       EveryEventAChange},
      {"log-replays", "replaying the log gives what is stored", LogReplays},
  };
}

}  // namespace payments::simulation
