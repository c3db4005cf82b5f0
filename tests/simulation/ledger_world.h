#ifndef PAYMENTS_TESTS_SIMULATION_LEDGER_WORLD_H_
#define PAYMENTS_TESTS_SIMULATION_LEDGER_WORLD_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "server/engine/http_client.h"
#include "tests/fakes/simulated_executor.h"
#include "tests/simulation/ledger_provider.h"
#include "tests/simulation/story.h"

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
  int callback_late = 10;    // Each callback comes minutes later.
  int callback_forged = 10;  // Each callback comes with a lie about the status.
  // A provider that contradicts itself: what it then says is no fault of the server's.
  int wrong_amount = 0;  // Each hold: it is captured with another amount than was asked for.
  // Each hold that is over, each transfer that was refused: done all the same, minutes later.
  int undead = 0;
  int returned = 0;  // Each transfer that was done: it is given back, minutes later.
  // Transfers alone.
  int no_token = 3;         // The access token is not given.
  int token_refused = 8;    // The token is refused, before the transfer is looked at.
  int challenge = 60;       // The payer has to act.
  int payer_late = 20;      // Each transfer that waits for the payer is given up by the bank.
  int status_lagging = 25;  // Each change is told by the status query some time later only.

  static constexpr Faults None() {
    return {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  }
};

// The provider: what truly happened, whatever the answers said. It survives a crash
// of the server, and what is on its way inside it goes on.
//
// It is naive: a capture of what was captured before charges once more, and so does a
// transfer or a confirmation that comes again. So a server that sends twice is found out,
// whatever a careful provider would have done.
class LedgerWorld : public HttpClient {
 public:
  // What a request that was late or "in process" takes at most. Less than the quiet
  // period after which a negative answer is believed.
  static constexpr absl::Duration kLateMax = absl::Seconds(60);

  enum class HoldState { kInProcess, kHeld, kCaptured, kReleased, kExpired, kDeclined };
  struct Hold {
    std::string operation;  // The authorize's key.
    std::string payer;      // Account and payer_account: which request it was for.
    std::string url;
    int64_t amount_minor = 0;  // As asked for.
    int64_t stated_minor = 0;  // As the provider has it.
    int64_t minutes = 0;
    HoldState state = HoldState::kHeld;
    int captures = 0;
    bool undead = false;  // It was captured after it was over: a contradiction.
  };
  enum class TransferState { kInProcess, kWaits, kDone, kDeclined, kWithdrawn, kReturned };
  struct Transfer {
    std::string payer;  // Account and description: which request it was for.
    std::string url;
    int64_t amount_minor = 0;  // As asked for.
    int64_t stated_minor = 0;  // As the provider has it.
    TransferState state = TransferState::kInProcess;
    int moves = 0;        // So often money moved.
    int confirms = 0;     // So many confirmations were received.
    bool undead = false;  // It was done after it was over: a contradiction.
    // What the status query still tells, and until when (of Monotonic()).
    std::optional<TransferState> told_before;  // Unset: that it is not known.
    absl::Duration lags_until;
  };
  // An answer that the server heard.
  struct Heard {
    absl::Duration time;       // Of Monotonic().
    std::string verb;          // "authorize", "capture", "cancel", "transfer", "confirm", "check".
    std::string operation;     // The key that it was about; empty for a check of a hold.
    std::string hold_id;       // Of a check of a hold, and of a cancel.
    std::string answer;        // The answer's verb, or "garbage".
    int64_t amount_minor = 0;  // As stated; 0 if not.
    bool forgotten = false;    // The server crashed before it must have stored it.
  };
  // A callback on its way to the server: URL, body, and which attempt it is.
  using CallbackSink = absl::AnyInvocable<void(const std::string&, const std::string&, int)>;

  // Neither is owned.
  LedgerWorld(SimulatedExecutor* executor, Story* story, Faults faults)
      : executor_(executor), story_(story), faults_(faults) {}

  void Send(HttpRequest request, absl::Duration timeout, DoneHttp done) override;

  // Called with each message inside Send(), before anything becomes of it. False: the
  // server is gone before it could be sent.
  void SetGate(absl::AnyInvocable<bool(const LedgerMessage&)> gate) { gate_ = std::move(gate); }
  // Where callbacks go. Unset: nobody listens.
  void SetCallbackSink(CallbackSink sink) { sink_ = std::move(sink); }
  // The server did not take a callback: it is delivered again, a few times.
  void DeliverAgain(const std::string& url, const std::string& body, int attempt);
  // From now on everything works.
  void Heal() { faults_ = Faults::None(); }
  void SetFaults(Faults faults) { faults_ = faults; }
  // The executor dropped its tasks: what goes on inside the provider goes on. What the
  // server heard shortly before may be lost to it.
  void AfterCrash();

  // Something is still going on inside the provider, or on its way from it.
  bool busy() const { return !pending_.empty(); }

  const std::map<std::string, Hold>& holds() const { return holds_; }
  // The hold that an authorize placed; nullptr if it placed none (yet).
  const Hold* HoldOf(const std::string& authorize_key) const;
  // Money is held for this authorize, or will be: it is on its way.
  bool IsAlive(const std::string& authorize_key) const;
  // The request was sent and is still to be worked on.
  bool IsOnItsWay(const std::string& key) const;
  const std::map<std::string, Transfer>& transfers() const { return transfers_; }
  // The transfer of that key; nullptr if the provider knows of none (yet).
  const Transfer* TransferOf(const std::string& key) const;
  // Money may still move by this transfer, whatever the server does now.
  bool MayStillMove(const std::string& transfer_key) const;
  // Requests with a number that may have left the server, by "verb key".
  const std::map<std::string, int>& sends() const { return sends_; }
  // Of those, the ones that were answered by a refusal of the token, and heard.
  const std::map<std::string, int>& refusals() const { return refusals_; }
  // Requests with a number that the provider worked on, by "verb key".
  const std::map<std::string, int>& arrivals() const { return arrivals_; }
  // Authorize and transfer requests that the provider worked on, by payer.
  const std::map<std::string, int>& authorizations() const { return authorizations_; }
  const std::vector<Heard>& heard() const { return heard_; }

 private:
  struct Pending {
    absl::Duration when;
    absl::AnyInvocable<void()> action;
  };
  // What becomes of a request.
  enum class Fate { kRefused, kLost, kLate, kAnswerLost, kAnswered };

  bool Chance(int percent) { return static_cast<int>(executor_->Random(100)) < percent; }
  uint64_t Later(absl::Duration delay, absl::AnyInvocable<void()> action);
  void RunPending(uint64_t id);
  Fate DrawFate();
  Fate DrawTokenFate();
  absl::Duration DrawDelay(absl::Duration max);
  void Answer(const LedgerMessage& message, absl::Duration latency, DoneHttp done);
  void Hear(const LedgerMessage& message, const std::string& answer, bool garbage);

  std::string Apply(const LedgerMessage& message);
  std::string Work(const LedgerMessage& message);
  std::string Authorize(const LedgerMessage& message);
  std::string Capture(const LedgerMessage& message);
  std::string Cancel(const LedgerMessage& message);
  std::string Check(const LedgerMessage& message);
  std::string Register(const LedgerMessage& message);
  // Transfers: ledger_transfers.cc.
  std::string StartTransfer(const LedgerMessage& message);
  std::string Confirm(const LedgerMessage& message);
  std::string CheckTransfer(const std::string& key) const;
  std::string Move(const std::string& key);
  std::string MoveLater(const std::string& key);
  void ResolveTransfer(const std::string& key, bool done);
  void GiveUp(const std::string& key, TransferState end);
  void Return(const std::string& key);
  void EndTransfer(const std::string& key, TransferState end);
  void MayRiseAgain(const std::string& key);
  void RiseAgainAsTransfer(const std::string& key);
  void Enter(const std::string& key, TransferState state);
  void NotifyOfTransfer(const std::string& key, bool success);

  void Resolve(const std::string& id, bool held);
  void EndHold(const std::string& id, HoldState end);
  void RiseAgain(const std::string& id);
  void Notify(const std::string& url, const std::string& hold_id, bool success);
  void Deliver(const std::string& url, const LedgerMessage& notice);

  SimulatedExecutor* const executor_;
  Story* const story_;
  Faults faults_;
  CallbackSink sink_;
  absl::AnyInvocable<bool(const LedgerMessage&)> gate_;
  std::map<std::string, Hold> holds_;
  std::map<std::string, std::string> hold_of_;   // The authorize's key to the hold's id.
  std::map<std::string, std::string> captures_;  // The capture's key to the hold's id.
  std::map<std::string, int> on_their_way_;      // By key: requests that will be worked on.
  std::map<std::string, Transfer> transfers_;    // By the transfer's key.
  std::map<std::string, int> sends_;
  std::map<std::string, int> refusals_;
  std::map<std::string, int> arrivals_;
  std::map<std::string, int> authorizations_;
  std::vector<Heard> heard_;
  std::map<uint64_t, Pending> pending_;
  uint64_t next_pending_ = 0;
};

// A message's field; empty if it has none.
std::string Field(const LedgerMessage& message, const char* name);

// How an operation is known in the ledger: account (of a transfer: terminal) and number.
std::string OperationKey(absl::string_view account, absl::string_view number);
// A confirmation has its transfer's number.
std::string ConfirmKey(absl::string_view transfer_key);

}  // namespace payments::simulation

#endif  // PAYMENTS_TESTS_SIMULATION_LEDGER_WORLD_H_
