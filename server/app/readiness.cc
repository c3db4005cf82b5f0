#include "server/app/readiness.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace payments {
namespace {

std::string LineOf(const Readiness::Impairment& impairment, absl::Time since) {
  return absl::StrCat(impairment.what, impairment.of.empty() ? "" : " ", impairment.of, " since ",
                      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", since, absl::UTCTimeZone()));
}

Readiness::Impairment StoreImpairment(StoreTrouble trouble) {
  return {absl::StrCat("store_", StoreTroubleName(trouble)), ""};
}

}  // namespace

void Readiness::Attach(absl::AnyInvocable<void(bool)> set_serving) {
  const std::lock_guard lock(mutex_);
  set_serving_ = std::move(set_serving);
  serving_ = IsReadyLocked();
  set_serving_(serving_);
}

void Readiness::Detach() {
  const std::lock_guard lock(mutex_);
  set_serving_ = nullptr;
}

void Readiness::SetStarted() {
  const std::lock_guard lock(mutex_);
  started_ = true;
  TellServingLocked();
}

void Readiness::SetDraining() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
  TellServingLocked();
  set_serving_ = nullptr;  // For good.
}

void Readiness::Impair(const Impairment& impairment, Effect effect, absl::string_view detail) {
  const std::lock_guard lock(mutex_);
  const bool is_new =
      impairments_.try_emplace(impairment, Lasting{effect, clock_->Now(), clock_->Monotonic()})
          .second;
  if (!is_new) return;
  const bool stops_work = effect == Effect::kStopsWork;
  logger_->Log(stops_work ? LogLevel::kError : LogLevel::kWarning, "impaired",
               {{"what", impairment.what},
                {"of", impairment.of},
                {"stops_work", stops_work ? "true" : "false"},
                {"detail", detail}});
  TellServingLocked();
}

void Readiness::Recover(const Impairment& impairment) {
  const std::lock_guard lock(mutex_);
  const auto found = impairments_.find(impairment);
  if (found == impairments_.end()) return;
  const absl::Duration lasted = clock_->Monotonic() - found->second.since_monotonic;
  impairments_.erase(found);
  logger_->Log(LogLevel::kInfo, "recovered",
               {{"what", impairment.what},
                {"of", impairment.of},
                {"lasted_ms", absl::ToInt64Milliseconds(lasted)}});
  TellServingLocked();
}

void Readiness::OnStoreHealth(const StoreHealth& health) {
  StoreTrouble before = StoreTrouble::kNone;
  {
    const std::lock_guard lock(mutex_);
    before = std::exchange(store_trouble_, health.trouble);
  }
  if (before == health.trouble) return;
  // The new one first, so that the store is not called well between the two.
  if (health.trouble != StoreTrouble::kNone) {
    Impair(StoreImpairment(health.trouble), Effect::kStopsWork, health.detail);
  }
  if (before != StoreTrouble::kNone) Recover(StoreImpairment(before));
}

bool Readiness::IsReadyLocked() const {
  return started_ && !draining_ &&
         std::none_of(impairments_.begin(), impairments_.end(),
                      [](const auto& one) { return one.second.effect == Effect::kStopsWork; });
}

void Readiness::TellServingLocked() {
  const bool serving = IsReadyLocked();
  if (serving == serving_ || set_serving_ == nullptr) return;
  serving_ = serving;
  set_serving_(serving);
}

ReadinessReport Readiness::Report() const {
  const std::lock_guard lock(mutex_);
  ReadinessReport report;
  if (!started_) report.not_ready.emplace_back("starting");
  if (draining_) report.not_ready.emplace_back("draining");
  for (const auto& [impairment, lasting] : impairments_) {
    auto& lines = lasting.effect == Effect::kStopsWork ? report.not_ready : report.degraded;
    lines.push_back(LineOf(impairment, lasting.since));
  }
  return report;
}

std::vector<ImpairmentReading> Readiness::Readings() const {
  const std::lock_guard lock(mutex_);
  std::vector<ImpairmentReading> readings;
  for (const auto& [impairment, lasting] : impairments_) {
    readings.push_back({impairment.what, impairment.of});
  }
  return readings;
}

}  // namespace payments
