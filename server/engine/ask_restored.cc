#include "server/engine/ask_restored.h"

#include <utility>

#include "server/engine/payment_check.h"
#include "server/engine/payment_phase.h"

namespace payments {
namespace {

bool WaitsForPayer(const StoredPayment& stored) {
  return PhaseOf(stored.record) == Phase::kActionRequired;
}

// What the caller is told once the provider was asked, or could not be.
class RestoredAnswer {
 public:
  explicit RestoredAnswer(Done<StoredPayment> done) : done_(std::move(done)) {}

  void operator()(CheckDone check) && {
    if (!WaitsForPayer(check.stored) || check.waits_for_payer) {
      return std::move(done_)(std::move(check.stored));
    }
    std::move(done_)(MakeError(
        absl::StatusCode::kUnavailable, v1::ERROR_REASON_PROVIDER_UNAVAILABLE,
        "the payment was restored from a backup, and the provider does not say that it still "
        "waits for the payer; nothing was done",
        {{"payment", check.stored.record.payment().name()},
         {"provider_called", check.asked ? "true" : "false"},
         {"safe_to_retry", "false"}}));
  }

 private:
  Done<StoredPayment> done_;
};

}  // namespace

void AskRestored(EngineCore* core, StoredPayment stored, v1::Cause cause, absl::Time deadline,
                 Done<StoredPayment> done) {
  if (!WaitsForPayer(stored) || !stored.record.restored()) {
    return std::move(done)(std::move(stored));
  }
  CheckStored(core, std::move(stored),
              {.trigger = CheckTrigger::kCaller, .cause = std::move(cause), .deadline = deadline},
              RestoredAnswer(std::move(done)));
}

}  // namespace payments
