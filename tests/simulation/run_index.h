#ifndef PAYMENTS_TESTS_SIMULATION_RUN_INDEX_H_
#define PAYMENTS_TESTS_SIMULATION_RUN_INDEX_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/run_record.h"

namespace payments::simulation {

// One commit of a payment, beside the one before.
struct Step {
  const Commit* before = nullptr;  // nullptr: it is the payment's first.
  const Commit* after = nullptr;

  const v1::Payment& was() const { return before->event->payment(); }
  const v1::Payment& is() const { return after->event->payment(); }
  v1::CauseKind cause() const { return after->event->cause().kind(); }
  // "payments/… #3".
  std::string Name() const;
};

bool IsTransfer(const v1::Payment& payment);

// A run's record, arranged for the invariants. Points into the record.
class RunIndex {
 public:
  using Heard = LedgerWorld::Heard;
  using Hold = LedgerWorld::Hold;
  using Transfer = LedgerWorld::Transfer;
  // A payment, and which of its operations.
  using Place = std::pair<std::string, int>;

  // What the server heard is stored by then, unless it crashed.
  static constexpr absl::Duration kStoredWithin = absl::Seconds(30);

  explicit RunIndex(const RunRecord& record);

  const RunRecord& record() const { return record_; }
  // All commits of payments, in order.
  const std::vector<Step>& steps() const { return steps_; }
  // By a payment's name; never empty.
  const std::map<std::string, std::vector<const Commit*>>& lives() const { return lives_; }
  // What the server heard about a payment, in order.
  const std::vector<const Heard*>& HeardAbout(const std::string& name) const;
  // Something about the payment was heard in (after, until].
  bool HeardBetween(const std::string& name, absl::Duration after, absl::Duration until) const;
  // The latest that the server can have taken the time for between two moments.
  absl::Time LatestClock(absl::Duration from, absl::Duration until) const;
  // The payment's hold in the ledger; nullptr: none.
  const Hold* HoldOf(const std::string& name) const;
  // The payment's transfer in the ledger; nullptr: none.
  const Transfer* TransferOf(const std::string& name) const;
  // The provider contradicts itself about this payment.
  bool Misbehaves(const std::string& name) const;
  // The operation that a key names; nullptr: none.
  const Place* PlaceOf(const std::string& key) const;
  // The payment as it was committed by then; nullptr: not yet.
  const v1::Payment* AsOf(const std::string& name, absl::Duration time) const;

 private:
  // Until when the server may go on by the clock as it was set at `since`: it believes a
  // later setting once it has lasted.
  absl::Duration DoubtEnds(absl::Duration since, absl::Duration until) const;

  const std::string* PaymentOf(const Heard& heard) const;

  const RunRecord& record_;
  std::vector<Step> steps_;
  std::map<std::string, std::vector<const Commit*>> lives_;
  std::map<std::string, Place> places_;
  std::map<std::string, const Hold*> holds_;  // By the payment's name.
  std::map<std::string, std::vector<const Heard*>> heard_;
  std::map<std::string, const Transfer*> transfers_;  // By the payment's name.
  const std::vector<const Heard*> nothing_;
};

}  // namespace payments::simulation

#endif  // PAYMENTS_TESTS_SIMULATION_RUN_INDEX_H_
