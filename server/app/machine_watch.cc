#include "server/app/machine_watch.h"

#include "absl/strings/str_cat.h"

namespace payments {
namespace {

Readiness::Impairment ClockStepped() { return {"clock_stepped", ""}; }
Readiness::Impairment DescriptorsExhausted() { return {"descriptors_exhausted", ""}; }

}  // namespace

MachineWatch::MachineWatch(Dependencies deps)
    : deps_(deps), wall_(deps.clock->Now()), monotonic_(deps.clock->Monotonic()) {}

void MachineWatch::Start(Dependencies deps) { std::make_shared<MachineWatch>(deps)->LookAndGoOn(); }

void MachineWatch::LookAndGoOn() {
  Look();
  deps_.executor->PostAfter(kInterval, [self = shared_from_this()] { self->LookAndGoOn(); });
}

void MachineWatch::Look() {
  LookAtClock();
  LookAtDescriptors();
}

void MachineWatch::LookAtClock() {
  const absl::Time wall = deps_.clock->Now();
  const absl::Duration monotonic = deps_.clock->Monotonic();
  const absl::Duration step = (wall - wall_) - (monotonic - monotonic_);
  wall_ = wall;
  monotonic_ = monotonic;
  if (absl::AbsDuration(step) >= kClockStepMin) {
    deps_.logger->Log(LogLevel::kWarning, "clock_stepped",
                      {{"by_ms", absl::ToInt64Milliseconds(step)}});
    stepped_at_ = monotonic;
    deps_.readiness->Impair(ClockStepped(), Readiness::Effect::kHampers,
                            absl::StrCat("the wall clock was set by ", absl::FormatDuration(step)));
  } else if (stepped_at_.has_value() && monotonic - *stepped_at_ >= kClockStepShown) {
    stepped_at_.reset();
    deps_.readiness->Recover(ClockStepped());
  }
}

void MachineWatch::LookAtDescriptors() {
  if (deps_.has_descriptors()) return deps_.readiness->Recover(DescriptorsExhausted());
  deps_.readiness->Impair(DescriptorsExhausted(), Readiness::Effect::kStopsWork,
                          "the process has too many files and connections open");
}

}  // namespace payments
