#ifndef PAYMENTS_SERVER_METRICS_STATE_NAME_H_
#define PAYMENTS_SERVER_METRICS_STATE_NAME_H_

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "payments/v1/card.pb.h"
#include "payments/v1/event.pb.h"
#include "payments/v1/payment.pb.h"

namespace payments {

// Enum values as operators read them: "authorized" of PAYMENT_STATE_AUTHORIZED.
inline std::string ShortName(absl::string_view name, absl::string_view prefix) {
  return absl::AsciiStrToLower(absl::StripPrefix(name, prefix));
}
inline std::string ShortName(v1::PaymentState state) {
  return ShortName(v1::PaymentState_Name(state), "PAYMENT_STATE_");
}
inline std::string ShortName(v1::CardState state) {
  return ShortName(v1::CardState_Name(state), "CARD_STATE_");
}
inline std::string ShortName(v1::CauseKind kind) {
  return ShortName(v1::CauseKind_Name(kind), "CAUSE_KIND_");
}

}  // namespace payments

#endif  // PAYMENTS_SERVER_METRICS_STATE_NAME_H_
