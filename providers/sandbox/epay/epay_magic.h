#ifndef PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_MAGIC_H_
#define PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_MAGIC_H_

#include "absl/types/span.h"
#include "providers/sandbox/magic_table.h"

namespace payments::sandbox {

// By the amount in tiyn, about orders.
absl::Span<const MagicAmount> EpayMagicAmounts();
absl::Span<const MagicCallback> EpayMagicCallbacks();

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_MAGIC_H_
