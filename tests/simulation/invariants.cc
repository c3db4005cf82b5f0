#include "tests/simulation/invariants.h"

#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/engine/payment_phase.h"
#include "server/engine/proto_time.h"

namespace payments::simulation {
namespace {

using Broken = std::vector<std::string>;

int CountCaptures(const v1::Payment& payment) {
  int count = 0;
  for (const v1::Operation& operation : payment.operations()) {
    count += operation.kind() == v1::OPERATION_KIND_CAPTURE &&
             operation.dispatch() != v1::OPERATION_DISPATCH_NOT_SENT;
  }
  return count;
}

void CheckLedger(EngineSimulation& simulation, Broken& broken) {
  for (const auto& [what, count] : simulation.world().arrivals()) {
    if (count > 1) broken.push_back(absl::StrCat(what, " arrived ", count, " times"));
  }
  std::map<std::string, int> captured;
  for (const auto& [id, hold] : simulation.world().holds()) captured[hold.payer] += hold.captures;
  for (const auto& [payer, count] : captured) {
    if (count > 1) broken.push_back(absl::StrCat(payer, " was charged ", count, " times"));
  }
}

void CheckSending(EngineSimulation& simulation, Broken& broken) {
  for (const std::string& what : simulation.sent_too_early()) {
    broken.push_back(absl::StrCat(what, " was sent before its intent was durable"));
  }
}

// Rule 3: what the server heard, and had the time to store, is in the operation.
void CheckHeard(EngineSimulation& simulation, Broken& broken) {
  const auto& heard = simulation.world().heard();
  for (const std::string& name : simulation.PaymentNames()) {
    const storage::v1::PaymentRecord record = simulation.Stored(name).record;
    for (int i = 0; i < record.operations_size(); ++i) {
      const v1::Operation& operation = record.payment().operations(i);
      const bool known = operation.dispatch() == v1::OPERATION_DISPATCH_ANSWERED ||
                         operation.result() == v1::OPERATION_RESULT_SUCCEEDED ||
                         operation.result() == v1::OPERATION_RESULT_DECLINED;
      if (known || !heard.contains(absl::StrCat(record.operations(i).number()))) continue;
      if (operation.kind() == v1::OPERATION_KIND_CANCEL) continue;
      broken.push_back(absl::StrCat(name, ": the answer to operation ", i, " was dropped"));
    }
  }
}

// Rule 4: DECLINED says that the provider refused, or that it was asked.
void CheckDeclined(const v1::Event& event, Broken& broken) {
  const v1::Payment& payment = event.payment();
  if (payment.state() != v1::PAYMENT_STATE_DECLINED || payment.operations_size() != 1) return;
  const bool asked = event.cause().kind() == v1::CAUSE_KIND_CHECK ||
                     event.cause().kind() == v1::CAUSE_KIND_CALLBACK;
  const bool refused = payment.operations(0).result() == v1::OPERATION_RESULT_DECLINED;
  if (!asked && !refused) broken.push_back(payment.name() + ": DECLINED without evidence");
}

void CheckStep(const v1::Payment& before, const v1::Event& event, Broken& broken) {
  const v1::Payment& after = event.payment();
  const std::string where = absl::StrCat(after.name(), " #", after.sequence());
  if (after.sequence() != before.sequence() + 1) broken.push_back(where + ": sequence has a gap");
  if (event.previous_payment_state() != before.state()) {
    broken.push_back(where + ": previous_state is not the state before");
  }
  if (IsFinal(before.state()) && after.state() != before.state()) {
    broken.push_back(where + ": a final state changed");
  }
  if (before.cancel_requested() && CountCaptures(after) > CountCaptures(before)) {
    broken.push_back(where + ": captured after cancel_requested");
  }
  if (before.state() == v1::PAYMENT_STATE_UNKNOWN && IsFinal(after.state()) &&
      event.cause().kind() == v1::CAUSE_KIND_TIMER &&
      ToTime(event.time()) < ToTime(before.expire_time())) {
    broken.push_back(where + ": UNKNOWN ended by time before its time");
  }
}

void CheckLog(EngineSimulation& simulation, Broken& broken) {
  std::map<std::string, v1::Payment> last;
  int64_t revision = 0;
  for (const auto& event : simulation.Events()) {
    if (event->revision() != ++revision) broken.push_back("revision has a gap");
    if (!event->has_payment()) continue;
    const v1::Payment& payment = event->payment();
    if (payment.state() == v1::PAYMENT_STATE_AUTHORIZED &&
        payment.capture_mode() == v1::CAPTURE_MODE_AUTOMATIC) {
      broken.push_back(absl::StrCat(payment.name(), ": AUTOMATIC shows AUTHORIZED"));
    }
    CheckDeclined(*event, broken);
    auto [it, first] = last.try_emplace(payment.name(), payment);
    if (!first) CheckStep(it->second, *event, broken);
    it->second = payment;
  }
  for (const std::string& name : simulation.answered()) {
    if (!last.contains(name)) broken.push_back(absl::StrCat(name, " was forgotten"));
  }
}

void CheckEnds(EngineSimulation& simulation, Broken& broken) {
  std::map<std::string, int> captured;
  for (const auto& [id, hold] : simulation.world().holds()) captured[hold.url] += hold.captures;
  for (const std::string& name : simulation.PaymentNames()) {
    const StoredPayment stored = simulation.Stored(name);
    const v1::Payment& payment = stored.record.payment();
    // The simulated provider is late and loses things, but never contradicts itself.
    if (payment.needs_review()) {
      broken.push_back(absl::StrCat(name, " needs review: a guess was taken for evidence"));
      continue;
    }
    const std::string state = v1::PaymentState_Name(payment.state());
    if (!IsFinal(payment.state())) {
      broken.push_back(
          absl::StrCat(name, " is still ", state, ", ", PhaseName(PhaseOf(stored.record))));
    }
    int captures = 0;
    const std::string id = name.substr(name.find('/') + 1);
    for (const auto& [url, count] : captured) {
      if (absl::StrContains(url, id)) captures += count;
    }
    const bool succeeded = payment.state() == v1::PAYMENT_STATE_SUCCEEDED;
    if (succeeded != (captures == 1)) {
      broken.push_back(absl::StrCat(name, " is ", state, " but was captured ", captures, " times"));
    }
  }
}

}  // namespace

std::vector<std::string> BrokenInvariants(EngineSimulation& simulation) {
  Broken broken;
  CheckLedger(simulation, broken);
  CheckSending(simulation, broken);
  CheckHeard(simulation, broken);
  CheckLog(simulation, broken);
  CheckEnds(simulation, broken);
  return broken;
}

}  // namespace payments::simulation
