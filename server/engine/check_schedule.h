#ifndef PAYMENTS_SERVER_ENGINE_CHECK_SCHEDULE_H_
#define PAYMENTS_SERVER_ENGINE_CHECK_SCHEDULE_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "payments/storage/v1/records.pb.h"
#include "server/engine/check_policy.h"

namespace payments {

// When payments are looked at again. Pure: no I/O, no clock.

// The wait before the next check: doubled with each check done, and lengthened by a share
// of the jitter that depends on nothing but the arguments.
absl::Duration CheckInterval(const std::string& name, int checks_done, const CheckPolicy& policy);

// When the hold is over beyond doubt: its time, and the margin.
absl::Time HoldOverTime(const storage::v1::PaymentRecord& record, const CheckPolicy& policy);

// Whether time alone proves that nothing is held. Never of a restored payment: what may have
// been done with its hold after the backup is not recorded. Nor of one whose release began later
// than that: its hold has outlived its time, so that only the provider can say that it is over.
bool MayEndByTime(const storage::v1::PaymentRecord& record, const CheckPolicy& policy,
                  absl::Time now);
// When the payer's time to act is over beyond doubt: expire_time, and the same margin.
absl::Time ActionOverTime(const storage::v1::PaymentRecord& record, const CheckPolicy& policy);

// When the payment is to be looked at next; nothing for one that nobody needs to look at.
std::optional<absl::Time> NextDueTime(const storage::v1::PaymentRecord& record, int checks_done,
                                      const CheckPolicy& policy, absl::Time now);

}  // namespace payments

#endif  // PAYMENTS_SERVER_ENGINE_CHECK_SCHEDULE_H_
