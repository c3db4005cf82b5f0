#ifndef PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_CODES_H_
#define PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_CODES_H_

#include <string>

namespace payments::sandbox {

// The codes that the sandbox answers by itself.
inline constexpr int kEpayTryLater = 454;          // Says nothing of the outcome.
inline constexpr int kEpayNotAuthenticated = 455;  // The bank's page said no.
inline constexpr int kEpayWrongExpiry = 457;
inline constexpr int kEpaySystemError = 461;
inline constexpr int kEpayCardBlocked = 465;
inline constexpr int kEpayInvalid = 469;  // A request that cannot be meant.
inline constexpr int kEpayWrongCardNumber = 471;
inline constexpr int kEpayCardExpired = 478;
inline constexpr int kEpayUnreadablePaRes = 496;
inline constexpr int kEpayWrongCvc = 501;
inline constexpr int kEpayAbandoned = 503;  // Nobody came back from the bank's page.

// The text that goes with a code; never empty. Thread-safe.
std::string EpayMessageOf(int code);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_EPAY_EPAY_CODES_H_
