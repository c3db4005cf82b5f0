#ifndef PAYMENTS_TESTS_SIMULATION_ENGINE_SIMULATION_H_
#define PAYMENTS_TESTS_SIMULATION_ENGINE_SIMULATION_H_

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "server/engine/payment_engine.h"
#include "tests/fakes/memory_store.h"
#include "tests/fakes/simulated_executor.h"
#include "tests/simulation/ledger_world.h"

namespace payments::simulation {

// Seeded bytes.
class SimulatedRandom : public Random {
 public:
  explicit SimulatedRandom(SimulatedExecutor* executor) : executor_(executor) {}
  void Fill(absl::Span<uint8_t> bytes) override;

 private:
  SimulatedExecutor* const executor_;
};

// Counts what operators would hear.
class CountingObserver : public Observer {
 public:
  void OnProviderCall(absl::string_view, absl::string_view, absl::string_view, absl::string_view,
                      absl::string_view, absl::Duration) override {}
  void OnCallback(absl::string_view, absl::string_view, absl::string_view) override {}
  void OnContradiction(absl::string_view, absl::string_view) override { ++contradictions; }
  void OnTrouble(absl::string_view, absl::string_view, absl::string_view) override {}

  int contradictions = 0;
};

struct SimulationOptions {
  Faults faults;
  int store_failures_percent = 3;  // Of the store's calls: nothing is written.
  int lost_commits_percent = 1;    // Of the store's calls: written, but not acknowledged.
};

// One server over a disk and a provider that both survive its crashes, and callers
// that ask, ask again, capture and cancel, all at moments drawn from the seed.
class EngineSimulation {
 public:
  static constexpr absl::Duration kHold = absl::Minutes(10);
  static constexpr char kTenant[] = "default";
  static constexpr char kAccount[] = "accounts/ledger";
  static constexpr char kCard[] = "cards/saved";

  EngineSimulation(uint64_t seed, SimulationOptions options);
  ~EngineSimulation();

  // The server's process ends here and now.
  void Crash();
  // A new process over the same disk.
  void Restart();
  bool is_up() const { return engine_ != nullptr; }

  // A whole random run: callers and faults, crashes, then a time of health that is
  // long enough for everything to be found out.
  void RunToTheEnd();

  // One call each, at once; the answers are kept in `answered`.
  void Create(const std::string& request_id, v1::CaptureMode mode, int64_t amount_minor);
  void Capture(const std::string& name);
  void Cancel(const std::string& name);
  void CancelByRequestId(const std::string& request_id);
  void Check(const std::string& name);
  void DeliverCallback(const std::string& url, const std::string& body);

  // Names of all payments on the disk.
  std::vector<std::string> PaymentNames() const;
  StoredPayment Stored(const std::string& name) const;
  std::vector<std::shared_ptr<const v1::Event>> Events() const;

  SimulatedExecutor& executor() { return executor_; }
  LedgerWorld& world() { return world_; }
  CountingObserver& observer() { return observer_; }
  PaymentEngine& engine() { return *engine_; }
  // Money-moving requests that were sent without a durable intent that says so.
  const std::vector<std::string>& sent_too_early() const { return sent_too_early_; }
  // Names of payments that a caller was told of.
  const std::set<std::string>& answered() const { return answered_; }

 private:
  void SaveCard();
  MemoryStore::Fault NextFault();
  void RandomCall(int requests);
  void OnSend(const LedgerMessage& message);
  absl::Time Deadline() { return executor_.Now() + absl::Seconds(1 + executor_.Random(60)); }

  SimulatedExecutor executor_;
  SimulatedRandom random_;
  const SimulationOptions options_;
  bool healed_ = false;
  LedgerWorld world_;
  CountingObserver observer_;
  std::shared_ptr<MemoryStore::Disk> disk_ = std::make_shared<MemoryStore::Disk>();
  std::unique_ptr<KeyRing> keys_;
  std::unique_ptr<AccountDirectory> accounts_;
  std::unique_ptr<MemoryStore> store_;
  std::unique_ptr<PaymentEngine> engine_;
  std::set<std::string> answered_;
  std::vector<std::string> sent_too_early_;
};

}  // namespace payments::simulation

#endif  // PAYMENTS_TESTS_SIMULATION_ENGINE_SIMULATION_H_
