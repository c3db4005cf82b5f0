#include "tests/simulation/run_index.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/engine/trusted_time.h"

namespace payments::simulation {

std::string Step::Name() const { return absl::StrCat(is().name(), " #", is().sequence()); }

bool IsTransfer(const v1::Payment& payment) {
  return payment.operations(0).kind() == v1::OPERATION_KIND_TRANSFER;
}

RunIndex::RunIndex(const RunRecord& record) : record_(record) {
  for (const Commit& commit : record.commits) {
    std::vector<const Commit*>& life = lives_[commit.event->payment().name()];
    steps_.push_back({life.empty() ? nullptr : life.back(), &commit});
    life.push_back(&commit);
  }
  for (const auto& [name, keys] : record.operation_keys) {
    for (size_t i = 0; i < keys.size(); ++i) places_[keys[i]] = {name, static_cast<int>(i)};
  }
  for (const auto& [id, hold] : record.holds) {
    const Place* place = PlaceOf(hold.operation);
    if (place != nullptr) holds_[place->first] = &hold;
  }
  for (const auto& [key, transfer] : record.transfers) {
    const Place* place = PlaceOf(key);
    if (place != nullptr) transfers_[place->first] = &transfer;
  }
  for (const Heard& heard : record.heard) {
    const std::string* name = PaymentOf(heard);
    if (name != nullptr) heard_[*name].push_back(&heard);
  }
}

const std::string* RunIndex::PaymentOf(const Heard& heard) const {
  std::string key = heard.operation;
  const auto hold = record_.holds.find(heard.hold_id);
  if (key.empty() && hold != record_.holds.end()) key = hold->second.operation;
  const Place* place = PlaceOf(key);
  return place == nullptr ? nullptr : &place->first;
}

const std::vector<const RunIndex::Heard*>& RunIndex::HeardAbout(const std::string& name) const {
  const auto it = heard_.find(name);
  return it == heard_.end() ? nothing_ : it->second;
}

bool RunIndex::HeardBetween(const std::string& name, absl::Duration after,
                            absl::Duration until) const {
  const std::vector<const Heard*>& heard = HeardAbout(name);
  return std::any_of(heard.begin(), heard.end(), [after, until](const Heard* one) {
    return one->time > after && one->time <= until;
  });
}

absl::Duration RunIndex::DoubtEnds(absl::Duration since, absl::Duration until) const {
  const auto& offsets = record_.clock_offsets;
  for (auto it = offsets.upper_bound(since); it != offsets.end() && it->first <= until; ++it) {
    const auto next = std::next(it);
    const absl::Duration end = next == offsets.end() ? until : next->first;
    if (end - it->first >= TrustedTime::kBelievedAfter) {
      return std::min(it->first + TrustedTime::kBelievedAfter, until);
    }
  }
  return until;
}

absl::Time RunIndex::LatestClock(absl::Duration from, absl::Duration until) const {
  absl::Time latest = absl::InfinitePast();
  const auto& offsets = record_.clock_offsets;
  for (auto it = offsets.begin(); it != offsets.end() && it->first <= until; ++it) {
    const absl::Duration end = DoubtEnds(it->first, until);
    if (end >= from) latest = std::max(latest, record_.clock_start + end + it->second);
  }
  return latest;
}

const RunIndex::Hold* RunIndex::HoldOf(const std::string& name) const {
  const auto it = holds_.find(name);
  return it == holds_.end() ? nullptr : it->second;
}

const RunIndex::Transfer* RunIndex::TransferOf(const std::string& name) const {
  const auto it = transfers_.find(name);
  return it == transfers_.end() ? nullptr : it->second;
}

bool RunIndex::Misbehaves(const std::string& name) const {
  const Transfer* transfer = TransferOf(name);
  if (transfer != nullptr) {
    return transfer->undead || transfer->stated_minor != transfer->amount_minor ||
           transfer->state == LedgerWorld::TransferState::kReturned;
  }
  const Hold* hold = HoldOf(name);
  return hold != nullptr && (hold->undead || hold->stated_minor != hold->amount_minor);
}

const RunIndex::Place* RunIndex::PlaceOf(const std::string& key) const {
  const auto it = places_.find(key);
  return it == places_.end() ? nullptr : &it->second;
}

const v1::Payment* RunIndex::AsOf(const std::string& name, absl::Duration time) const {
  const v1::Payment* payment = nullptr;
  const auto it = lives_.find(name);
  if (it == lives_.end()) return nullptr;
  for (const Commit* commit : it->second) {
    if (commit->time <= time) payment = &commit->event->payment();
  }
  return payment;
}

}  // namespace payments::simulation
