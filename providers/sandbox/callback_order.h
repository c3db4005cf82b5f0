#ifndef PAYMENTS_PROVIDERS_SANDBOX_CALLBACK_ORDER_H_
#define PAYMENTS_PROVIDERS_SANDBOX_CALLBACK_ORDER_H_

#include <string>

#include "absl/time/time.h"
#include "payments/sandbox/v1/callback.pb.h"

namespace payments::sandbox {

inline constexpr int kCallbackSucceeded = 0;
inline constexpr int kCallbackFailed = 1;  // The guide names no other value.

// A callback that is to be sent, and how.
struct CallbackOrder {
  enum class Subject { kCard, kHold };

  Subject subject = Subject::kHold;
  std::string id;          // CardToken or HoldId.
  std::string masked_pan;  // Cards.
  std::string service_id;  // Holds.
  std::string url;
  int status = kCallbackSucceeded;
  std::string message = "Success";
  absl::Time date;           // registerDate or holdDate.
  std::string access_token;  // Overrides the right one unless empty.
  v1::CallbackPolicy policy;
};

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_CALLBACK_ORDER_H_
