#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/engine/payment_phase.h"
#include "tests/simulation/invariants.h"

// Callers: what they were told holds, and the same request_id is the same payment.
namespace payments::simulation {
namespace {

using Places = std::vector<std::string>;
// Tenant and request_id.
using Request = std::pair<std::string, std::string>;

// By request, in the order of their creation.
std::map<Request, std::vector<const v1::Payment*>> PaymentsOfRequests(const RunIndex& run) {
  std::map<Request, std::vector<const v1::Payment*>> payments;
  for (const Step& step : run.steps()) {
    if (step.before != nullptr) continue;
    const auto stored = run.record().payments.find(step.is().name());
    if (stored == run.record().payments.end()) continue;
    payments[{step.after->tenant, step.is().request_id()}].push_back(
        &stored->second.record.payment());
  }
  return payments;
}

// Only after FAILED, which proves that nothing happened, the same id may run again.
void OnePaymentPerRequest(const RunIndex& run, Places& broken) {
  for (const auto& [request, payments] : PaymentsOfRequests(run)) {
    std::string before;
    for (const v1::Payment* payment : payments) {
      const bool last = payment == payments.back();
      const absl::Duration begin = run.lives().at(payment->name()).front()->time;
      const v1::Payment* earlier = run.AsOf(before, begin);
      if (payment->retry_of() != before) {
        broken.push_back(absl::StrCat(payment->name(), ": retry_of is not the one before"));
      }
      if (!last && payment->state() != v1::PAYMENT_STATE_FAILED) {
        broken.push_back(absl::StrCat(request.second, " made another payment after ",
                                      payment->name(), " was ",
                                      v1::PaymentState_Name(payment->state())));
      }
      if (earlier != nullptr && earlier->cancel_requested()) {
        broken.push_back(absl::StrCat(request.second, " ran again after it was canceled"));
      }
      before = payment->name();
    }
  }
}

void RequestsCompared(const RunIndex& run, Places& broken) {
  std::set<std::tuple<std::string, std::string, int64_t>> stored;
  for (const auto& [request, payments] : PaymentsOfRequests(run)) {
    for (const v1::Payment* payment : payments) {
      stored.emplace(request.first, request.second, payment->amount().amount_minor());
    }
  }
  for (const Told& told : run.record().told) {
    if (told.call != "CreatePayment") continue;
    if (told.code == absl::StatusCode::kOk &&
        (told.payment.amount().amount_minor() != told.asked_minor ||
         told.payment.request_id() != told.request_id)) {
      broken.push_back(absl::StrCat(told.request_id, " over ", told.asked_minor,
                                    " was answered with another's ", told.payment.name()));
    }
    const auto first = stored.lower_bound({told.tenant, told.request_id, INT64_MIN});
    const bool differs = first != stored.end() &&
                         *first != std::tuple(told.tenant, told.request_id, told.asked_minor);
    if (told.code == absl::StatusCode::kAlreadyExists && !differs) {
      broken.push_back(absl::StrCat(told.request_id, " was refused, though it is the same"));
    }
  }
}

void TombstoneKept(const RunIndex& run, Places& broken) {
  const auto payments = PaymentsOfRequests(run);
  for (const Told& told : run.record().told) {
    if (told.tombstoned && payments.contains({told.tenant, told.request_id})) {
      broken.push_back(absl::StrCat(told.request_id, " was tombstoned, and ran"));
    }
  }
}

void NothingForgotten(const RunIndex& run, Places& broken) {
  for (const Told& told : run.record().told) {
    if (told.code != absl::StatusCode::kOk || told.tombstoned) continue;
    const auto it = run.record().payments.find(told.payment.name());
    if (it == run.record().payments.end()) {
      broken.push_back(absl::StrCat(told.payment.name(), " was told of, and is not there"));
      continue;
    }
    const v1::Payment& stored = it->second.record.payment();
    if (stored.sequence() < told.payment.sequence()) {
      broken.push_back(absl::StrCat(stored.name(), " is older than a caller was told"));
    }
    if (IsFinal(told.payment.state()) && stored.state() != told.payment.state()) {
      broken.push_back(absl::StrCat(stored.name(), " was said to be ",
                                    v1::PaymentState_Name(told.payment.state()), " and is ",
                                    v1::PaymentState_Name(stored.state())));
    }
  }
  if (run.record().callbacks_acknowledged > run.record().callbacks_recorded) {
    broken.push_back(absl::StrCat(run.record().callbacks_acknowledged, " callbacks acknowledged, ",
                                  run.record().callbacks_recorded, " stored"));
  }
}

}  // namespace

std::vector<Invariant> RequestInvariants() {
  return {
      {"one-payment-per-request", "a request_id is one payment", OnePaymentPerRequest},
      {"requests-compared", "another request under the same id is refused", RequestsCompared},
      {"tombstone-kept", "a request_id that was canceled unseen never runs", TombstoneKept},
      {"nothing-forgotten", "what was accepted, or told to a caller, is there", NothingForgotten},
  };
}

}  // namespace payments::simulation
