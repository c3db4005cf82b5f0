#ifndef PAYMENTS_TESTS_SIMULATION_LEDGER_WORLD_H_
#define PAYMENTS_TESTS_SIMULATION_LEDGER_WORLD_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "server/engine/http_client.h"
#include "tests/fakes/simulated_executor.h"
#include "tests/simulation/ledger_provider.h"

namespace payments::simulation {

// How the provider and the way to it behave; probabilities in percent.
struct Faults {
  int refused = 5;           // Provably not sent.
  int lost_before = 5;       // Sent, never applied, no answer.
  int lost_answer = 10;      // Applied, no answer.
  int late = 5;              // Applied after the client gave up.
  int garbage = 5;           // Applied, answered with nonsense.
  int declined = 10;         // Refused by the business.
  int in_process = 15;       // Held later.
  int callback_lost = 30;    // Each callback.
  int callback_twice = 20;   // Each callback.
  int callback_forged = 10;  // Each callback comes with a lie about the status.
};

// The provider: what truly happened, whatever the answers said. It survives a crash
// of the server, and what is on its way inside it goes on.
class LedgerWorld : public HttpClient {
 public:
  // What a request that was late or "in process" takes at most. Less than the quiet
  // period after which a negative answer is believed.
  static constexpr absl::Duration kLateMax = absl::Seconds(60);

  enum class HoldState { kInProcess, kHeld, kCaptured, kReleased, kExpired, kDeclined };
  struct Hold {
    std::string payer;  // The payment's payer_account: which request it was for.
    std::string url;
    int64_t amount_minor = 0;
    int64_t minutes = 0;
    HoldState state = HoldState::kHeld;
    int captures = 0;
  };
  // A callback on its way to the server: URL and body.
  using CallbackSink = absl::AnyInvocable<void(const std::string&, std::string)>;

  LedgerWorld(SimulatedExecutor* executor, Faults faults) : executor_(executor), faults_(faults) {}

  void Send(HttpRequest request, absl::Duration timeout, DoneHttp done) override;

  // Called with each message inside Send(), before anything becomes of it.
  void SetSpy(absl::AnyInvocable<void(const LedgerMessage&)> spy) { spy_ = std::move(spy); }
  // Where callbacks go. Unset: nobody listens.
  void SetCallbackSink(CallbackSink sink) { sink_ = std::move(sink); }
  // From now on everything works.
  void Heal() { faults_ = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0}; }
  void SetFaults(Faults faults) { faults_ = faults; }
  // The executor dropped its tasks: what goes on inside the provider goes on. What the
  // server heard shortly before may be lost to it.
  void AfterCrash();

  const std::map<std::string, Hold>& holds() const { return holds_; }
  // Authorize and capture requests that arrived, by the operation's number.
  const std::map<std::string, int>& arrivals() const { return arrivals_; }
  // When the server heard an answer to an authorize or capture, by the operation's number.
  const std::map<std::string, absl::Duration>& heard() const { return heard_; }

 private:
  struct Pending {
    absl::Duration when;
    absl::AnyInvocable<void()> action;
  };

  bool Chance(int percent) { return static_cast<int>(executor_->Random(100)) < percent; }
  void Later(absl::Duration delay, absl::AnyInvocable<void()> action);
  void RunPending(uint64_t id);

  std::string Apply(const LedgerMessage& message);
  std::string Authorize(const LedgerMessage& message);
  std::string Capture(const LedgerMessage& message);
  std::string Cancel(const LedgerMessage& message);
  std::string Check(const LedgerMessage& message);
  std::string Register(const LedgerMessage& message);
  void EndHold(const std::string& id);
  void Notify(const std::string& url, const std::string& hold_id, bool success);
  void Deliver(const std::string& url, const LedgerMessage& notice);

  SimulatedExecutor* const executor_;
  Faults faults_;
  CallbackSink sink_;
  std::map<std::string, Hold> holds_;
  std::map<std::string, std::string> captures_;  // Our number to the hold's id.
  std::map<std::string, int> arrivals_;
  std::map<std::string, absl::Duration> heard_;
  absl::AnyInvocable<void(const LedgerMessage&)> spy_;
  std::map<uint64_t, Pending> pending_;
  uint64_t next_pending_ = 0;
};

}  // namespace payments::simulation

#endif  // PAYMENTS_TESTS_SIMULATION_LEDGER_WORLD_H_
