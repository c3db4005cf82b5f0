#ifndef PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_MAGIC_H_
#define PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_MAGIC_H_

#include "absl/types/span.h"
#include "providers/sandbox/magic_table.h"

namespace payments::sandbox {

// A card number whose last four digits ask for a refusal.
struct MagicCard {
  const char* ending;
  const char* code;  // Result/code of partnerRegisterCardIPS.
};

// By AmountInTiyin, about holds; and by CardNumber.
absl::Span<const MagicAmount> UpayMagicAmounts();
absl::Span<const MagicCallback> UpayMagicCallbacks();
absl::Span<const MagicCard> UpayMagicCards();

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_MAGIC_H_
