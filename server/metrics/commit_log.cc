#include "server/metrics/commit_log.h"

#include <string>

#include "server/metrics/state_name.h"

namespace payments {
namespace {

// A resource's first event has no state before it.
constexpr char kNone[] = "none";

void LogPayment(Logger& logger, const std::string& tenant, const v1::Event& event) {
  const v1::Payment& payment = event.payment();
  const std::string previous =
      event.has_previous_payment_state() ? ShortName(event.previous_payment_state()) : kNone;
  logger.Log(payment.needs_review() ? LogLevel::kWarning : LogLevel::kInfo, "payment_changed",
             {{"payment", payment.name()},
              {"request_id", payment.request_id()},
              {"tenant", tenant},
              {"account", payment.account()},
              {"state", ShortName(payment.state())},
              {"previous", previous},
              {"cause", ShortName(event.cause().kind())},
              {"cause_id", event.cause().id()},
              {"detail", event.cause().detail()},
              {"needs_review", payment.needs_review() ? "true" : "false"},
              {"sequence", event.sequence()},
              {"revision", event.revision()}});
}

void LogCard(Logger& logger, const std::string& tenant, const v1::Event& event) {
  const v1::Card& card = event.card();
  const std::string previous =
      event.has_previous_card_state() ? ShortName(event.previous_card_state()) : kNone;
  logger.Log(LogLevel::kInfo, "card_changed",
             {{"card", card.name()},
              {"request_id", card.request_id()},
              {"tenant", tenant},
              {"account", card.account()},
              {"state", ShortName(card.state())},
              {"previous", previous},
              {"cause", ShortName(event.cause().kind())},
              {"cause_id", event.cause().id()},
              {"detail", event.cause().detail()},
              {"sequence", event.sequence()},
              {"revision", event.revision()}});
}

}  // namespace

void CommitLog::OnCommitted(const std::vector<CommittedEvent>& events) const {
  for (const CommittedEvent& committed : events) {
    if (committed.event->has_payment()) LogPayment(*logger_, committed.tenant, *committed.event);
    if (committed.event->has_card()) LogCard(*logger_, committed.tenant, *committed.event);
  }
}

}  // namespace payments
