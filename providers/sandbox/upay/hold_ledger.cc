#include "providers/sandbox/upay/hold_ledger.h"

#include <cstdlib>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "providers/sandbox/limits.h"

namespace payments::sandbox {
namespace {

template <typename Map>
typename Map::mapped_type Find(const Map& map, absl::string_view key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second;
}

void Require(bool invariant) {
  if (!invariant) std::abort();
}

}  // namespace

CardEntry* HoldLedger::AddCard(CardEntry entry) {
  CardEntry& added = cards_.emplace_back(std::move(entry));
  Require(cards_by_token_.try_emplace(added.card.card_token(), &added).second);
  Require(cards_by_confirm_id_.try_emplace(added.confirm_id, &added).second);
  return &added;
}

CardEntry* HoldLedger::FindCard(absl::string_view token) { return Find(cards_by_token_, token); }

CardEntry* HoldLedger::FindCardByConfirmId(absl::string_view confirm_id) {
  return Find(cards_by_confirm_id_, confirm_id);
}

HoldEntry* HoldLedger::AddHold(HoldEntry entry) {
  HoldEntry& added = holds_.emplace_back(std::move(entry));
  added.index = holds_.size() - 1;
  added.hold.set_state(v1::HOLD_STATE_IN_PROCESS);
  SetTimestamp(added.expire_time, added.hold.mutable_expire_time());
  Require(holds_by_id_.try_emplace(added.hold.hold_id(), &added).second);
  due_.emplace(added.expire_time, added.index);
  return &added;
}

HoldEntry* HoldLedger::FindHold(absl::string_view hold_id) { return Find(holds_by_id_, hold_id); }

HoldEntry* HoldLedger::FindHoldByTrx(absl::string_view partner_trx_id) {
  return Find(holds_by_trx_, partner_trx_id);
}

void HoldLedger::Hold(HoldEntry& entry, absl::Time now) {
  Require(entry.hold.state() == v1::HOLD_STATE_IN_PROCESS);
  entry.hold.set_state(v1::HOLD_STATE_HELD);
  held_minor_ += entry.hold.amount_minor();
  Record(v1::MOVEMENT_KIND_HOLD, entry, now);
}

void HoldLedger::FailHold(HoldEntry& entry) {
  Require(entry.hold.state() == v1::HOLD_STATE_IN_PROCESS);
  entry.hold.set_state(v1::HOLD_STATE_FAILED);
}

void HoldLedger::BeginCapture(HoldEntry& entry, absl::string_view partner_trx_id) {
  Require(entry.hold.state() == v1::HOLD_STATE_HELD);
  entry.hold.set_state(v1::HOLD_STATE_CAPTURING);
  entry.hold.set_partner_trx_id(std::string(partner_trx_id));
  Require(holds_by_trx_.try_emplace(std::string(partner_trx_id), &entry).second);
}

void HoldLedger::Capture(HoldEntry& entry, absl::Time now) {
  Require(entry.hold.state() == v1::HOLD_STATE_CAPTURING && entry.hold.capture_count() == 0);
  entry.hold.set_state(v1::HOLD_STATE_CAPTURED);
  entry.hold.set_capture_count(1);
  entry.hold.set_captured_minor(entry.hold.amount_minor());
  entry.hold.set_transaction_id(absl::StrCat(next_transaction_id_));
  entry.process_trx_id = absl::StrFormat("%012d", next_transaction_id_);
  entry.payment_time = now;
  ++next_transaction_id_;
  held_minor_ -= entry.hold.amount_minor();
  captured_minor_ += entry.hold.amount_minor();
  Record(v1::MOVEMENT_KIND_CAPTURE, entry, now);
}

void HoldLedger::FailCapture(HoldEntry& entry) {
  Require(entry.hold.state() == v1::HOLD_STATE_CAPTURING);
  entry.hold.set_state(v1::HOLD_STATE_HELD);
  holds_by_trx_.erase(entry.hold.partner_trx_id());
  entry.hold.clear_partner_trx_id();
  due_.emplace(entry.expire_time, entry.index);  // The expiry may have been skipped meanwhile.
}

void HoldLedger::Release(HoldEntry& entry, absl::Time now) {
  Require(entry.hold.state() == v1::HOLD_STATE_HELD);
  entry.hold.set_state(v1::HOLD_STATE_CANCELED);
  entry.hold.set_cancel_count(1);
  held_minor_ -= entry.hold.amount_minor();
  Record(v1::MOVEMENT_KIND_RELEASE, entry, now);
}

void HoldLedger::ResolveAt(HoldEntry& entry, absl::Time when, bool as_failed) {
  entry.resolve_time = when;
  entry.resolve_as_failed = as_failed;
  if (when != absl::InfiniteFuture()) due_.emplace(when, entry.index);
}

std::vector<HoldEntry*> HoldLedger::TakeDue(absl::Time now) {
  std::vector<HoldEntry*> changed;
  while (!due_.empty() && due_.top().first <= now) {
    HoldEntry& entry = holds_[due_.top().second];
    due_.pop();
    bool moved = Resolve(entry, now);
    const v1::HoldState state = entry.hold.state();
    if (entry.expire_time <= now &&
        (state == v1::HOLD_STATE_HELD || state == v1::HOLD_STATE_IN_PROCESS)) {
      Expire(entry, now);
      moved = true;
    }
    if (moved) changed.push_back(&entry);
  }
  return changed;
}

void HoldLedger::Record(v1::MovementKind kind, const HoldEntry& entry, absl::Time now) {
  v1::Movement movement;
  movement.set_kind(kind);
  movement.set_hold_id(entry.hold.hold_id());
  movement.set_amount_minor(entry.hold.amount_minor());
  if (kind == v1::MOVEMENT_KIND_CAPTURE) {
    movement.set_partner_trx_id(entry.hold.partner_trx_id());
  }
  movements_->Record(std::move(movement), now);
}

void HoldLedger::Expire(HoldEntry& entry, absl::Time now) {
  if (entry.hold.state() == v1::HOLD_STATE_HELD) {
    held_minor_ -= entry.hold.amount_minor();
    Record(v1::MOVEMENT_KIND_EXPIRE, entry, now);
  }
  entry.hold.set_state(v1::HOLD_STATE_EXPIRED);
}

bool HoldLedger::Resolve(HoldEntry& entry, absl::Time now) {
  if (entry.resolve_time > now) return false;
  const v1::HoldState state = entry.hold.state();
  if (state != v1::HOLD_STATE_IN_PROCESS && state != v1::HOLD_STATE_CAPTURING) return false;
  entry.resolve_time = absl::InfiniteFuture();
  if (state == v1::HOLD_STATE_IN_PROCESS) {
    entry.resolve_as_failed ? FailHold(entry) : Hold(entry, now);
  } else {
    entry.resolve_as_failed ? FailCapture(entry) : Capture(entry, now);
  }
  return true;
}

}  // namespace payments::sandbox
