#include "tests/simulation/random_run.h"

#include "absl/strings/str_cat.h"
#include "tests/fakes/simulated_executor.h"
#include "tests/simulation/canaries.h"

namespace payments::simulation {
namespace {

// A clock is set so far off at most, to either side.
constexpr absl::Duration kClockOffsetMax = absl::Minutes(40);
// Health lasts so long at most: a hold and its margin, a release, and a clock that was set.
constexpr absl::Duration kHealthMax = absl::Minutes(100);
constexpr absl::Duration kHealthStep = absl::Minutes(1);

// From begin to end.
int Between(SimulatedExecutor& dice, int begin, int end) {
  const uint64_t choices = static_cast<uint64_t>(end) - begin + 1;
  return begin + static_cast<int>(dice.Random(choices));
}

Faults BadWeather() {
  Faults faults;
  faults.refused = 10;
  faults.lost_before = 15;
  faults.lost_answer = 25;
  faults.late = 15;
  faults.garbage = 10;
  faults.callback_lost = 50;
  return faults;
}

// The calls of one run.
class Callers {
 public:
  Callers(EngineSimulation& simulation, const RunPlan& plan)
      : simulation_(simulation), dice_(simulation.executor()), plan_(plan) {}

  void CallOnce() {
    switch (dice_.Random(12)) {
      case 0:
        return CancelSomething();
      case 1:
      case 2:
        return Capture();
      case 3:
        return dice_.Random(4) == 0 ? CancelByRequestId() : void();
      case 4:
      case 5:
        return Check();
      case 6:
        return plan_.operators && dice_.Random(2) == 0 ? Resolve() : Race();
      case 7:
      case 8:
        return PayerReturns();
      default:
        return Create();
    }
  }

 private:
  // The same id always means the same request, but once in a while a caller errs.
  Order DrawOrder() {
    const int number = plan_.first_order + Between(dice_, 0, plan_.orders - 1);
    Order order;
    order.account = number % EngineSimulation::kAccounts.size();
    const EngineSimulation::AccountName& account = EngineSimulation::kAccounts.at(order.account);
    // The other tenant uses the same ids.
    const bool first_tenant = account.tenant == EngineSimulation::kAccounts[0].tenant;
    order.request_id = absl::StrCat("request-", first_tenant ? number + 2 : number);
    order.transfer = account.shape.transfers && (!account.shape.holds || number % 2 == 0);
    const bool manual = !order.transfer && number % 4 < 2;
    order.mode = manual ? v1::CAPTURE_MODE_MANUAL : v1::CAPTURE_MODE_AUTOMATIC;
    order.from_saved_card = number % 3 == 0;
    order.save_source = number % 3 == 1;
    order.save_destination = number % 4 == 0;
    if (dice_.Random(20) == 0) order.amount_minor = 7;
    return order;
  }

  void Create() {
    const Order order = DrawOrder();
    simulation_.Create(order);
    // Somebody is impatient.
    if (dice_.Random(4) == 0) simulation_.Create(order);
  }

  std::string DrawName() {
    const std::vector<std::string>& names = simulation_.names();
    return names.empty() ? "" : names[dice_.Random(names.size())];
  }

  // Comes back from the bank's page, whatever has become of the payment; once more, the
  // other way, or reloads the page.
  void PayerReturns() {
    const std::string name = DrawPayer();
    if (name.empty()) return Create();
    if (static_cast<int>(dice_.Random(100)) >= plan_.payers_return_percent) {
      return simulation_.OpenPage(name);
    }
    const char* result = dice_.Random(5) == 0 ? kWrongCode : kAccepted;
    const bool by_page = dice_.Random(2) == 0;
    by_page ? simulation_.ReturnByPage(name, result) : simulation_.ReturnByMerchant(name, result);
    if (dice_.Random(3) != 0) return;
    if (dice_.Random(2) == 0) simulation_.RunTasks(dice_.Random(20));
    by_page ? simulation_.ReturnByMerchant(name, result) : simulation_.ReturnByPage(name, result);
  }

  // Mostly one who is waited for.
  std::string DrawPayer() {
    std::vector<std::string> waiting;
    for (const std::string& name : simulation_.names()) {
      const v1::PaymentState state = simulation_.Stored(name).record.payment().state();
      if (state == v1::PAYMENT_STATE_ACTION_REQUIRED) waiting.push_back(name);
    }
    if (waiting.empty() || dice_.Random(5) == 0) return DrawName();
    return waiting[dice_.Random(waiting.size())];
  }

  void Capture() {
    const std::string name = DrawName();
    if (!name.empty()) simulation_.Capture(name);
    if (plan_.insists && !name.empty()) Insist(name);
  }
  // A capture that was refused, or that is not known, is asked for again and again.
  void Insist(const std::string& name) {
    for (int i = Between(dice_, 1, 4); i > 0; --i) {
      simulation_.RunFor(absl::Seconds(dice_.Random(100)));
      // Takes the account's turn to ask.
      if (dice_.Random(2) == 0) simulation_.Check(name);
      simulation_.Capture(name);
    }
  }
  void Check() {
    const std::string name = DrawName();
    if (!name.empty()) simulation_.Check(name);
  }
  void Resolve() {
    const std::string name = DrawName();
    if (!name.empty()) simulation_.Resolve(name);
  }
  void CancelSomething() {
    const std::string name = DrawName();
    name.empty() ? CancelByRequestId() : simulation_.Cancel(name);
  }
  void CancelByRequestId() {
    const Order order = DrawOrder();
    simulation_.CancelByRequestId(EngineSimulation::kAccounts.at(order.account).tenant,
                                  order.request_id);
  }

  // Several who do not know of each other, at the same moment.
  void Race() {
    const std::string name = DrawName();
    if (name.empty()) return Create();
    if (dice_.Random(2) == 0) simulation_.Capture(name);
    if (dice_.Random(2) == 0) simulation_.Cancel(name);
    if (dice_.Random(2) == 0) simulation_.Check(name);
    if (plan_.operators && dice_.Random(2) == 0) simulation_.Resolve(name);
    if (dice_.Random(2) == 0) simulation_.ReturnByPage(name, kAccepted);
    if (dice_.Random(2) == 0) simulation_.Capture(name);
  }

  EngineSimulation& simulation_;
  SimulatedExecutor& dice_;
  const RunPlan& plan_;
};

// A few tasks, a moment, or a while.
void PassTime(EngineSimulation& simulation) {
  SimulatedExecutor& dice = simulation.executor();
  switch (dice.Random(4)) {
    case 0:
    case 1:
      return simulation.RunTasks(dice.Random(60));
    case 2:
      return simulation.RunFor(absl::Milliseconds(dice.Random(1500)));
    default:
      return simulation.RunFor(absl::Seconds(dice.Random(150)));
  }
}

}  // namespace

RunPlan PlanOf(uint64_t seed) {
  SimulatedExecutor dice(~seed);
  RunPlan plan;
  const uint64_t size = dice.Random(100);
  if (size < 82) {
    plan.orders = Between(dice, 1, 3);
    plan.calls = Between(dice, 5, 14);
  } else if (size < 98) {
    plan.orders = Between(dice, 3, 8);
    plan.calls = Between(dice, 12, 30);
  } else {
    plan.orders = Between(dice, 20, 48);
    plan.calls = Between(dice, 80, 160);
  }
  constexpr int kOrdersOfAllKinds = 60;
  plan.first_order = Between(dice, 0, kOrdersOfAllKinds - 1);
  const uint64_t weather = dice.Random(8);
  if (weather == 0) plan.options = {Faults::None(), 0, 0};
  if (weather >= 6) plan.options = {BadWeather(), 5, 3};
  if (dice.Random(6) == 0) {
    plan.options.faults.wrong_amount = 10;
    plan.options.faults.undead = 50;
    plan.options.faults.returned = 20;
  }
  if (dice.Random(2) == 0) plan.options.crashes_per_mille = Between(dice, 2, 20);
  plan.clock_jumps = dice.Random(4) == 0;
  plan.operators = dice.Random(3) == 0;
  plan.payers_return_percent = dice.Random(4) == 0 ? 20 : 90;
  plan.options.terminal_at_end =
      dice.Random(2) == 0 ? NumberRange::AtEnd::kRefuse : NumberRange::AtEnd::kStartAgain;
  plan.insists = dice.Random(4) == 0;
  if (plan.insists) {
    plan.options.faults.declined = plan.options.faults.garbage = 30;
    // So few that callers and the reconciler are in each other's way.
    plan.options.checks_per_second_max = 1;
  }
  return plan;
}

void RunToTheEnd(EngineSimulation& simulation, const RunPlan& plan) {
  SimulatedExecutor& dice = simulation.executor();
  Callers callers(simulation, plan);
  for (int i = 0; i < plan.calls; ++i) {
    callers.CallOnce();
    PassTime(simulation);
    if (dice.Random(8) == 0) simulation.CrashForAWhile();
    if (plan.clock_jumps && dice.Random(4) == 0) {
      const int minutes_max = static_cast<int>(absl::ToInt64Minutes(kClockOffsetMax));
      simulation.SetClock(absl::Minutes(Between(dice, -minutes_max, minutes_max)));
    }
  }
  RunInHealth(simulation);
  if (!plan.operators) return;
  // What nobody else can end, a person does.
  for (const std::string& name : simulation.names()) simulation.Resolve(name);
  RunInHealth(simulation);
}

void RunInHealth(EngineSimulation& simulation) {
  simulation.Heal();
  const absl::Duration end = simulation.executor().Monotonic() + kHealthMax;
  while (simulation.executor().Monotonic() < end &&
         (!simulation.open().empty() || simulation.world().busy())) {
    simulation.RunFor(kHealthStep);
  }
  // Of callbacks that nobody handled, the next start takes care.
  if (simulation.unhandled_callbacks() == 0) return;
  simulation.Crash();
  simulation.Restart();
  simulation.RunFor(2 * kHealthStep);
}

}  // namespace payments::simulation
