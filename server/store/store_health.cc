#include "server/store/store_health.h"

#include <utility>

#include "absl/strings/cord.h"

namespace payments {
namespace {

constexpr char kTroubleUrl[] = "payments/store_trouble";
constexpr std::array kTroubles = {StoreTrouble::kLocked, StoreTrouble::kInputOutput,
                                  StoreTrouble::kReadOnly, StoreTrouble::kDiskFull,
                                  StoreTrouble::kDamaged};

}  // namespace

absl::string_view StoreTroubleName(StoreTrouble trouble) {
  switch (trouble) {
    case StoreTrouble::kNone:
      return "none";
    case StoreTrouble::kLocked:
      return "locked";
    case StoreTrouble::kInputOutput:
      return "input_output";
    case StoreTrouble::kReadOnly:
      return "read_only";
    case StoreTrouble::kDiskFull:
      return "disk_full";
    case StoreTrouble::kDamaged:
      return "damaged";
  }
  return "unknown";
}

absl::Status WithTrouble(absl::Status error, StoreTrouble trouble) {
  if (trouble != StoreTrouble::kNone) {
    error.SetPayload(kTroubleUrl, absl::Cord(StoreTroubleName(trouble)));
  }
  return error;
}

StoreTrouble TroubleOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kTroubleUrl);
  if (!payload.has_value()) return StoreTrouble::kNone;
  for (const StoreTrouble trouble : kTroubles) {
    if (*payload == StoreTroubleName(trouble)) return trouble;
  }
  return StoreTrouble::kNone;
}

void StoreHealthMonitor::Report(Side side, const absl::Status& outcome) {
  const std::lock_guard lock(mutex_);
  const bool only_by_probe = TroubleLocked(side) == StoreTrouble::kInputOutput;
  if (only_by_probe && TroubleOf(outcome) < StoreTrouble::kInputOutput) return;
  ReportLocked(side, outcome);
}

void StoreHealthMonitor::ReportProbe(Side side, const absl::Status& outcome) {
  const std::lock_guard lock(mutex_);
  ReportLocked(side, outcome);
}

void StoreHealthMonitor::ReportLocked(Side side, const absl::Status& outcome) {
  outcomes_.at(static_cast<size_t>(side)) = outcome;
  if (damage_.ok() && TroubleOf(outcome) == StoreTrouble::kDamaged) damage_ = outcome;
  const absl::Status& worst = WorstLocked();
  const StoreTrouble trouble = TroubleOf(worst);
  if (trouble == told_) return;
  told_ = trouble;
  if (listener_) listener_({trouble, std::string(worst.message())});
}

const absl::Status& StoreHealthMonitor::WorstLocked() const {
  if (!damage_.ok()) return damage_;
  const auto& [writing, reading] = outcomes_;
  return TroubleOf(writing) >= TroubleOf(reading) ? writing : reading;
}

StoreHealth StoreHealthMonitor::Snapshot() const {
  const std::lock_guard lock(mutex_);
  const absl::Status& worst = WorstLocked();
  return {TroubleOf(worst), std::string(worst.message())};
}

bool StoreHealthMonitor::IsIll(Side side) const {
  const std::lock_guard lock(mutex_);
  return TroubleLocked(side) != StoreTrouble::kNone;
}

bool StoreHealthMonitor::NeedsProbe(Side side) const {
  const std::lock_guard lock(mutex_);
  return TroubleLocked(side) == StoreTrouble::kInputOutput;
}

StoreTrouble StoreHealthMonitor::TroubleLocked(Side side) const {
  return TroubleOf(outcomes_.at(static_cast<size_t>(side)));
}

absl::Status StoreHealthMonitor::Damage() const {
  const std::lock_guard lock(mutex_);
  return damage_;
}

}  // namespace payments
