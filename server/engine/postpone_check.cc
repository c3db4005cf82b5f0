#include "server/engine/postpone_check.h"

#include <memory>
#include <utility>

#include "server/engine/check_schedule.h"
#include "server/engine/proto_time.h"
#include "server/engine/steps.h"

namespace payments {
namespace {

class CheckPostponing : public Steps<CheckPostponing> {
 public:
  CheckPostponing(EngineCore* core, std::string name, absl::AnyInvocable<void() &&> done)
      : core_(core), mark_(core), name_(std::move(name)), done_(std::move(done)) {}

  void Start(const StoredPayment& stored) {
    const storage::v1::PaymentRecord& record = stored.record;
    core_->deps.observer->OnCheckPostponed(record.payment().account());
    storage::v1::CheckSchedule schedule = stored.schedule;
    *schedule.mutable_due_time() = ToTimestamp(core_->Now() + Wait(stored));
    core_->deps.store->SaveSchedule(record.tenant(), name_, record.payment().sequence(),
                                    std::move(schedule), ThenStatus(&CheckPostponing::OnSaved));
  }

 private:
  absl::Duration Wait(const StoredPayment& stored) {
    const Account* account =
        core_->FindAccount(stored.record.tenant(), stored.record.payment().account());
    if (account != nullptr) return core_->rates.Postpone(account, core_->deps.clock->Monotonic());
    return CheckInterval(name_, stored.schedule.checks_done(),
                         core_->policy.checks_without_account);
  }

  void OnSaved(const absl::Status& status) {
    // If somebody was faster, his schedule stands.
    if (!status.ok() && !absl::IsAborted(status)) {
      core_->deps.observer->OnTrouble("store_schedule_failed", name_, status.message());
    }
    std::move(done_)();
  }

  EngineCore* const core_;
  const WorkMark mark_;
  const std::string name_;
  absl::AnyInvocable<void() &&> done_;
};

}  // namespace

void PostponeCheck(EngineCore* core, const StoredPayment& stored,
                   absl::AnyInvocable<void() &&> done) {
  std::make_shared<CheckPostponing>(core, stored.record.payment().name(), std::move(done))
      ->Start(stored);
}

}  // namespace payments
