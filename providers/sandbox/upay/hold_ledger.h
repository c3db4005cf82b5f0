#ifndef PAYMENTS_PROVIDERS_SANDBOX_UPAY_HOLD_LEDGER_H_
#define PAYMENTS_PROVIDERS_SANDBOX_UPAY_HOLD_LEDGER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "payments/sandbox/v1/ledger.pb.h"
#include "providers/sandbox/movement_log.h"

namespace payments::sandbox {

struct CardEntry {
  v1::Card card;
  std::string confirm_id;     // The unguessable part of its ConfirmUrl.
  bool bank_refuses = false;  // Whatever the payer does on the page.
  int wrong_codes = 0;
};

struct HoldEntry {
  v1::Hold hold;
  size_t index = 0;
  absl::Time expire_time;
  absl::Time resolve_time = absl::InfiniteFuture();  // While IN_PROCESS or CAPTURING.
  bool resolve_as_failed = false;
  absl::Time payment_time;      // Of the capture.
  std::string process_trx_id;   // Of the capture.
  uint32_t methods_called = 0;  // A bit for every v1::Method.
};

// What truly happened at UPay: cards, holds and every movement of money. Money is taken from a
// hold at most once and released at most once, never both: a step that would break
// that ends the process, since a sandbox that miscounts money proves nothing.
//
// Entries stay where they are until the ledger ends. Thread-compatible.
class HoldLedger {
 public:
  // The log is not owned.
  explicit HoldLedger(MovementLog* movements) : movements_(movements) {}

  static constexpr size_t kCardsMax = 1'000'000;
  static constexpr size_t kHoldsMax = 4'000'000;

  bool IsFullOfCards() const { return cards_.size() >= kCardsMax; }
  bool IsFullOfHolds() const { return holds_.size() >= kHoldsMax; }

  // Its token and confirm_id are new.
  CardEntry* AddCard(CardEntry entry);
  // Null if there is none.
  CardEntry* FindCard(absl::string_view token);
  CardEntry* FindCardByConfirmId(absl::string_view confirm_id);

  // A hold that is IN_PROCESS; its id is new.
  HoldEntry* AddHold(HoldEntry entry);
  HoldEntry* FindHold(absl::string_view hold_id);
  // The hold whose capture, done or in process, has this PartnerTrxId.
  HoldEntry* FindHoldByTrx(absl::string_view partner_trx_id);

  // IN_PROCESS → HELD.
  void Hold(HoldEntry& entry, absl::Time now);
  // IN_PROCESS → FAILED.
  void FailHold(HoldEntry& entry);
  // HELD → CAPTURING; the PartnerTrxId is unused.
  void BeginCapture(HoldEntry& entry, absl::string_view partner_trx_id);
  // CAPTURING → CAPTURED.
  void Capture(HoldEntry& entry, absl::Time now);
  // CAPTURING → HELD; the PartnerTrxId is free again.
  void FailCapture(HoldEntry& entry);
  // HELD → CANCELED.
  void Release(HoldEntry& entry, absl::Time now);

  // `entry` resolves itself at `when`.
  void ResolveAt(HoldEntry& entry, absl::Time when, bool as_failed);
  // Resolves and expires what is due, and returns it, each hold once.
  std::vector<HoldEntry*> TakeDue(absl::Time now);

  const std::deque<CardEntry>& cards() const { return cards_; }
  const std::deque<HoldEntry>& holds() const { return holds_; }
  int64_t captured_minor() const { return captured_minor_; }
  int64_t held_minor() const { return held_minor_; }

 private:
  using Due = std::pair<absl::Time, size_t>;  // When, and the hold's index.

  void Record(v1::MovementKind kind, const HoldEntry& entry, absl::Time now);
  void Expire(HoldEntry& entry, absl::Time now);
  // True if it changed.
  bool Resolve(HoldEntry& entry, absl::Time now);

  MovementLog* const movements_;
  std::deque<CardEntry> cards_;
  std::deque<HoldEntry> holds_;
  absl::flat_hash_map<std::string, CardEntry*> cards_by_token_;
  absl::flat_hash_map<std::string, CardEntry*> cards_by_confirm_id_;
  absl::flat_hash_map<std::string, HoldEntry*> holds_by_id_;
  absl::flat_hash_map<std::string, HoldEntry*> holds_by_trx_;
  // May name holds that have ended since.
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  int64_t captured_minor_ = 0;
  int64_t held_minor_ = 0;
  int64_t next_transaction_id_ = 14'551'222;
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_UPAY_HOLD_LEDGER_H_
