#ifndef PAYMENTS_TESTS_SIMULATION_RUN_RECORD_H_
#define PAYMENTS_TESTS_SIMULATION_RUN_RECORD_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/engine/store.h"
#include "tests/simulation/ledger_world.h"

namespace payments::simulation {

// What a caller was told.
struct Told {
  absl::Duration time;
  std::string call;  // The rpc's name.
  std::string tenant;
  std::string request_id;   // CreatePayment, and CancelPayment by request_id.
  int64_t asked_minor = 0;  // CreatePayment: the amount that was asked for.
  absl::StatusCode code = absl::StatusCode::kOk;
  v1::Payment payment;  // If code is kOk.
  bool tombstoned = false;
};

// An event, when the store's listener was told of it.
struct Commit {
  std::string tenant;
  std::shared_ptr<const v1::Event> event;
  absl::Duration time;  // Of Monotonic().
  // Money is held for the payment now, or will be; of a transfer: money moves, or has moved,
  // though the payment is not SUCCEEDED.
  bool hold_alive = false;
};

// A card that a payment left behind.
struct KeptCard {
  std::string tenant;
  storage::v1::CardRecord record;
  std::string token;  // What its sealed token is.
};

// All that is judged about a run, as plain data: so that a test can break it, and see
// that the invariants notice. Times are Monotonic().
struct RunRecord {
  // By tenant, as it is on the disk.
  std::map<std::string, std::vector<std::shared_ptr<const v1::Event>>> logs;
  // By name, as they are on the disk.
  std::map<std::string, StoredPayment> payments;
  std::vector<Commit> commits;
  std::vector<Told> told;
  // By a payment's name: the key of each of its operations, as the ledger knows it.
  std::map<std::string, std::vector<std::string>> operation_keys;

  // The ledger; see LedgerWorld.
  std::map<std::string, LedgerWorld::Hold> holds;
  std::map<std::string, int> sends;
  std::map<std::string, LedgerWorld::Transfer> transfers;
  std::map<std::string, int> refusals;
  std::map<std::string, int> arrivals;
  std::map<std::string, int> authorizations;
  std::vector<LedgerWorld::Heard> heard;

  std::vector<KeptCard> kept_cards;
  // What was said to callers, payers and operators, in words.
  std::set<std::string> words;

  // What operators gave as reasons, each once, and for which payment.
  std::map<std::string, std::string> reasons;
  // Requests that were sent without a durable intent that says so.
  std::vector<std::string> sent_without_intent;
  int callbacks_acknowledged = 0;  // With 200.
  int callbacks_recorded = 0;
  int callbacks_unhandled = 0;

  // The server's clock was set.
  bool clock_jumped = false;
  // By how much it was off, from when on; and what it showed at first.
  std::map<absl::Duration, absl::Duration> clock_offsets;
  absl::Time clock_start;
  // How long a negative answer has to last, by the engine's policy.
  absl::Duration quiet_period;
};

}  // namespace payments::simulation

#endif  // PAYMENTS_TESTS_SIMULATION_RUN_RECORD_H_
