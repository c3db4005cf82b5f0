#include "providers/sandbox/epay/transfer_ledger.h"

#include <cstdlib>
#include <functional>

#include "absl/strings/str_cat.h"

namespace payments::sandbox {
namespace {

constexpr size_t kEndingDigits = 6;

template <typename Map>
typename Map::mapped_type FindIn(const Map& map, absl::string_view key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second;
}

void Require(bool invariant) {
  if (!invariant) std::abort();
}

std::string KeyOf(absl::string_view terminal, absl::string_view order_id) {
  return absl::StrCat(terminal, " ", order_id);
}

std::string EndingOf(absl::string_view terminal, absl::string_view order_id) {
  const size_t size = std::min(order_id.size(), kEndingDigits);
  return KeyOf(terminal, order_id.substr(order_id.size() - size));
}

}  // namespace

bool TransferLedger::IsFull() const {
  return transfers_.size() >= kTransfersMax || cards_.size() + 2 > kCardsMax;
}

bool TransferLedger::IsOrderTaken(absl::string_view terminal, absl::string_view order_id) const {
  return taken_endings_.contains(EndingOf(terminal, order_id));
}

TransferEntry* TransferLedger::Add(TransferEntry entry) {
  TransferEntry& added = transfers_.emplace_back(std::move(entry));
  added.index = transfers_.size() - 1;
  v1::Transfer& transfer = added.transfer;
  transfer.set_state(v1::TRANSFER_STATE_IN_PROCESS);
  Require(by_id_.try_emplace(transfer.id(), &added).second);
  Require(by_order_.try_emplace(KeyOf(transfer.terminal_id(), transfer.order_id()), &added).second);
  Require(taken_endings_.insert(EndingOf(transfer.terminal_id(), transfer.order_id())).second);
  return &added;
}

TransferEntry* TransferLedger::Find(absl::string_view id) { return FindIn(by_id_, id); }

TransferEntry* TransferLedger::FindByOrder(absl::string_view terminal, absl::string_view order_id) {
  return FindIn(by_order_, KeyOf(terminal, order_id));
}

TransferEntry* TransferLedger::FindByMd(absl::string_view md) { return FindIn(by_md_, md); }

TransferEntry* TransferLedger::FindByPageId(absl::string_view page_id) {
  return FindIn(by_page_id_, page_id);
}

void TransferLedger::AskForThreeDSecure(TransferEntry& entry, ThreeDSecureEntry three_d_secure,
                                        absl::Time when, int code) {
  Require(entry.transfer.state() == v1::TRANSFER_STATE_IN_PROCESS);
  entry.transfer.set_state(v1::TRANSFER_STATE_THREE_D_SECURE);
  Require(by_md_.try_emplace(entry.transfer.md(), &entry).second);
  Require(by_page_id_.try_emplace(three_d_secure.page_id, &entry).second);
  entry.three_d_secure = std::move(three_d_secure);
  EndAt(entry, when, code);
}

void TransferLedger::Resume(TransferEntry& entry) {
  Require(entry.transfer.state() == v1::TRANSFER_STATE_THREE_D_SECURE);
  entry.transfer.set_state(v1::TRANSFER_STATE_IN_PROCESS);
  entry.due_time = absl::InfiniteFuture();
}

void TransferLedger::Move(TransferEntry& entry, absl::Time now) {
  v1::Transfer& transfer = entry.transfer;
  Require(transfer.state() == v1::TRANSFER_STATE_IN_PROCESS && transfer.movement_count() == 0);
  transfer.set_state(v1::TRANSFER_STATE_DONE);
  transfer.set_movement_count(1);
  transferred_minor_ += transfer.amount_minor();
  if (entry.saves_sender) cards_.insert_or_assign(entry.sender.id, entry.sender);
  if (entry.saves_receiver) cards_.insert_or_assign(entry.receiver.id, entry.receiver);
  transfer.set_sender_card_id(entry.sender.id);
  transfer.set_receiver_card_id(entry.receiver.id);
  v1::Movement movement;
  movement.set_kind(v1::MOVEMENT_KIND_TRANSFER);
  movement.set_order_id(transfer.order_id());
  movement.set_amount_minor(transfer.amount_minor());
  movements_->Record(std::move(movement), now);
}

void TransferLedger::Fail(TransferEntry& entry, int code) {
  const v1::TransferState state = entry.transfer.state();
  Require(state == v1::TRANSFER_STATE_IN_PROCESS || state == v1::TRANSFER_STATE_THREE_D_SECURE);
  Require(code != 0);
  entry.transfer.set_state(v1::TRANSFER_STATE_FAILED);
  entry.transfer.set_code(code);
}

void TransferLedger::EndAt(TransferEntry& entry, absl::Time when, int code) {
  entry.due_time = when;
  entry.due_code = code;
  if (when != absl::InfiniteFuture()) due_.emplace(when, entry.index);
}

std::vector<TransferEntry*> TransferLedger::TakeDue(absl::Time now) {
  std::vector<TransferEntry*> ended;
  while (!due_.empty() && due_.top().first <= now) {
    TransferEntry& entry = transfers_[due_.top().second];
    due_.pop();
    const v1::TransferState state = entry.transfer.state();
    const bool is_open =
        state == v1::TRANSFER_STATE_IN_PROCESS || state == v1::TRANSFER_STATE_THREE_D_SECURE;
    if (!is_open || entry.due_time > now) continue;
    entry.due_code == 0 ? Move(entry, now) : Fail(entry, entry.due_code);
    ended.push_back(&entry);
  }
  return ended;
}

const EpayCard* TransferLedger::FindCard(absl::string_view card_id) const {
  const auto found = cards_.find(card_id);
  return found == cards_.end() ? nullptr : &found->second;
}

}  // namespace payments::sandbox
