#ifndef PAYMENTS_TESTS_SIMULATION_ENGINE_SIMULATION_H_
#define PAYMENTS_TESTS_SIMULATION_ENGINE_SIMULATION_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "providers/provider.h"
#include "server/engine/payment_engine.h"
#include "tests/fakes/memory_store.h"
#include "tests/fakes/simulated_executor.h"
#include "tests/simulation/ledger_provider.h"
#include "tests/simulation/ledger_world.h"
#include "tests/simulation/run_record.h"
#include "tests/simulation/story.h"

namespace payments::simulation {

// Seeded bytes.
class SimulatedRandom : public Random {
 public:
  explicit SimulatedRandom(SimulatedExecutor* executor) : executor_(executor) {}
  void Fill(absl::Span<uint8_t> bytes) override;

 private:
  SimulatedExecutor* const executor_;
};

// Counts and keeps what operators would hear.
class CountingObserver : public Observer {
 public:
  void OnProviderCall(absl::string_view, absl::string_view, absl::string_view, absl::string_view,
                      absl::string_view code, absl::Duration) override {
    words.emplace(code);
  }
  void OnCallback(absl::string_view, absl::string_view, absl::string_view verdict) override {
    words.emplace(verdict);
  }
  void OnContradiction(absl::string_view, absl::string_view detail) override {
    ++contradictions;
    words.emplace(detail);
  }
  void OnCheckPostponed(absl::string_view) override {}
  void OnTrouble(absl::string_view, absl::string_view, absl::string_view detail) override {
    words.emplace(detail);
  }

  int contradictions = 0;
  std::set<std::string> words;
};

struct SimulationOptions {
  Faults faults;
  int store_failures_percent = 3;  // Of the store's calls: nothing is written.
  int lost_commits_percent = 1;    // Of the store's calls: written, but not acknowledged.
  int crashes_per_mille = 0;       // Of the crash points.
  std::optional<int> crash_at;     // This crash point, counted from 0.
  int checks_per_second_max = CheckPolicy().checks_per_second_max;
  // How many numbers the terminal that two accounts share has, and what comes after them.
  int terminal_numbers = 10'000;
  NumberRange::AtEnd terminal_at_end = NumberRange::AtEnd::kRefuse;
  bool tell_story = false;
};

// What a caller asks CreatePayment for.
struct Order {
  size_t account = 0;  // Index into EngineSimulation::kAccounts.
  std::string request_id;
  v1::CaptureMode mode = v1::CAPTURE_MODE_AUTOMATIC;
  int64_t amount_minor = 1000;
  bool transfer = false;  // From card to card, by card data.
  // Of transfers alone.
  bool from_saved_card = false;
  bool save_source = false;
  bool save_destination = false;
};

// One server over a disk and a provider that both survive its crashes. Tests call it as
// callers would, let time pass, and look at the record.
//
// A crash point is the moment before or after a write of the store, and before or after
// a request to the provider. At a chosen or drawn one the server's process ends: nothing
// that would have followed in the same task has happened. It comes back up to a minute
// later.
class EngineSimulation {
 public:
  static constexpr absl::Duration kHold = absl::Minutes(10);
  struct AccountName {
    const char* tenant;
    const char* account;
    const char* card;
    const char* label;  // Its name at the provider: that of its terminal.
    LedgerShape shape;
  };
  static constexpr char kBaseUrl[] = "https://pay.test";
  static constexpr char kTerminal[] = "t";
  // Two accounts of one tenant, and one of another tenant by the same name; two that make
  // transfers, at one terminal; and one more that makes them.
  static constexpr std::array<AccountName, 5> kAccounts = {{
      {"default", "accounts/ledger", "cards/saved", "a", {.holds = true}},
      {"default", "accounts/second", "cards/second", kTerminal, {.holds = true, .transfers = true}},
      {"other", "accounts/ledger", "cards/saved", "c", {.holds = true}},
      {"default", "accounts/transfers", "cards/third", kTerminal, {.transfers = true}},
      {"other", "accounts/transfers", "cards/third", "e", {.transfers = true}},
  }};

  EngineSimulation(uint64_t seed, SimulationOptions options);
  ~EngineSimulation();

  // -- The server ----------------------------------------------------------------

  // The server's process ends here and now.
  void Crash();
  // A new process over the same disk.
  void Restart();
  // Ends here, and comes back up to a minute later.
  void CrashForAWhile();
  bool is_up() const { return engine_ != nullptr; }
  // The server's clock is set so far off.
  void SetClock(absl::Duration offset);
  // From now on nothing fails any more, and the server stays up.
  void Heal();

  // -- Time: nothing else makes it pass -------------------------------------------

  void RunFor(absl::Duration duration);
  // So many tasks.
  void RunTasks(uint64_t count);

  // -- Calls, made at once; what callers are told is in the record -----------------

  void Create(const Order& order);
  void Capture(const std::string& name);
  void Cancel(const std::string& name);
  void CancelByRequestId(const std::string& tenant, const std::string& request_id);
  void Check(const std::string& name);
  // The payer is back from the bank's page: his browser posts the result to the server's own
  // page, or the merchant's hands it on by ConfirmPayment. Nothing, if he was never sent there.
  void ReturnByPage(const std::string& name, const std::string& result);
  void ReturnByMerchant(const std::string& name, const std::string& result);
  // He opens the server's page.
  void OpenPage(const std::string& name);
  // An operator looks at the ledger and states what he sees there, if that will not change
  // by itself; or notes what needs review.
  void Resolve(const std::string& name);
  void DeliverCallback(const std::string& url, const std::string& body, int attempt = 1);

  // -- What there is ---------------------------------------------------------------

  // Names of all payments on the disk, in the order of their creation.
  const std::vector<std::string>& names() const { return names_; }
  StoredPayment Stored(const std::string& name) const;
  // Payments that are neither final nor left to an operator.
  const std::set<std::string>& open() const { return open_; }
  // Callbacks that were stored, and not handled.
  int unhandled_callbacks() const;
  // How many crash points there were so far.
  int crash_points() const { return crash_points_; }
  RunRecord Record() const;

  SimulatedExecutor& executor() { return executor_; }
  LedgerWorld& world() { return world_; }
  CountingObserver& observer() { return observer_; }
  Story& story() { return story_; }

 private:
  // Of a payment's operation.
  struct OperationPlace {
    std::string name;
    int index = 0;
  };

  void SaveCard(const AccountName& account);
  Caller CallerOf(const std::string& name) const;
  absl::Time Deadline() { return executor_.Now() + absl::Seconds(1 + executor_.Random(60)); }
  // What an operator would state; UNSPECIFIED: nothing.
  v1::Resolution WhatTheLedgerShows(const std::string& name);
  v1::Resolution WhatTheTransferShows(const std::string& name);
  v1::CreatePaymentRequest MakeRequest(const Order& order) const;
  // Of the page of a payment whose payer was sent to the bank; empty if none was.
  std::string PageToken(const std::string& name) const;
  void HearPage(const std::string& name, const absl::StatusOr<PayerAction>& action);
  std::vector<KeptCard> KeptCards() const;
  std::vector<std::string> KeysOf(const storage::v1::PaymentRecord& record) const;
  template <typename Response>
  void Hear(Told told, const absl::StatusOr<Response>& response);

  // True: the server dies at this moment.
  bool DiesHere(absl::string_view where, absl::string_view what);
  // After each task: what was to die does.
  void AfterTask();
  MemoryStore::Fault NextFault(MemoryStore::Access access);
  bool OnSend(const LedgerMessage& message);
  void CheckIntent(const LedgerMessage& message);
  void OnCommitted(const std::vector<CommittedEvent>& events);
  void OnPaymentCommitted(const CommittedEvent& committed);
  void TellCommit(const v1::Event& event);

  SimulatedExecutor executor_;
  SimulatedRandom random_;
  const SimulationOptions options_;
  Story story_;
  bool healed_ = false;
  bool dying_ = false;  // Nothing that the running task still does has happened.
  int crash_points_ = 0;
  LedgerWorld world_;
  CountingObserver observer_;
  std::shared_ptr<MemoryStore::Disk> disk_ = std::make_shared<MemoryStore::Disk>();
  std::unique_ptr<KeyRing> keys_;
  std::unique_ptr<AccountDirectory> accounts_;
  std::unique_ptr<MemoryStore> store_;
  std::unique_ptr<PaymentEngine> engine_;
  std::vector<std::string> names_;
  std::map<std::string, std::string> tenants_;  // Of payments, by name.
  std::set<std::string> open_;
  std::map<std::string, OperationPlace> places_;  // By the operation's key.
  RunRecord record_;                              // What is collected on the way.
};

// What the engine is run with.
EnginePolicy SimulatedPolicy();
CheckPolicy SimulatedChecks();

}  // namespace payments::simulation

#endif  // PAYMENTS_TESTS_SIMULATION_ENGINE_SIMULATION_H_
