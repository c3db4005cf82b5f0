#ifndef PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_CARDS_H_
#define PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_CARDS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "providers/sandbox/epay/epay_requests.h"

namespace payments::sandbox {

// One of the cards that the guide prints. They are past their expiry, so theirs is
// compared with the guide and not with the clock.
struct GuideCard {
  const char* pan;
  const char* month;
  const char* year;
  const char* cvc;
  bool is_locked;
};
absl::Span<const GuideCard> GuideCards();

// A number whose last four digits ask for something. docs/sandbox.md shows every row.
struct EpayMagicCard {
  enum class Side { kSender, kReceiver };
  enum class ThreeDSecure { kNone, kNested, kFlat, kWithoutAction };

  const char* ending;
  Side side;
  int code;  // Refused with it: at once, or after 3-D Secure; 0: not refused.
  ThreeDSecure three_d_secure = ThreeDSecure::kNone;
};
absl::Span<const EpayMagicCard> EpayMagicCards();

// What is kept of a card; never its number.
struct EpayCard {
  std::string id;  // Empty unless it is saved.
  std::string masked_pan;
  bool is_locked = false;
  const EpayMagicCard* as_sender = nullptr;    // Null if it is ordinary.
  const EpayMagicCard* as_receiver = nullptr;  // Null if it is ordinary.
};

EpayCard EpayCardOf(absl::string_view pan);

// The code that the bank refuses the sender's number, expiry and security code with; 0
// if they are good. Not for saved cards, whose details were good once.
int RefusalOfDetails(const EpaySide& sender, absl::Time now);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_CARDS_H_
