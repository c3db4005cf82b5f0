#ifndef PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_CALLBACK_H_
#define PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_CALLBACK_H_

#include <string>

#include "absl/time/time.h"
#include "providers/sandbox/callback_order.h"
#include "providers/sandbox/upay/access_token.h"

namespace payments::sandbox {

inline constexpr int kCallbackSucceeded = 0;
inline constexpr int kCallbackFailed = 1;  // The guide names no other value.

// What a callback of UPay tells.
struct UpayCallback {
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
};

// The callback as `policy` asks for it, forgeries included. Thread-safe.
CallbackOrder WriteUpayCallback(const UpayCallback& callback, const v1::CallbackPolicy& policy,
                                const UpayCredentials& credentials);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_CALLBACK_H_
