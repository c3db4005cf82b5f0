#ifndef PAYMENTS_PROVIDERS_EPAY_NAMES_H_
#define PAYMENTS_PROVIDERS_EPAY_NAMES_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

// Names and limits that several of the plugin's files share. The names of references are
// stored: they never change.
namespace payments::epay {

inline constexpr absl::string_view kCurrency = "KZT";

// References.
inline constexpr absl::string_view kTransactionId = "transaction_id";  // `id`, and `ID` of confirm.
inline constexpr absl::string_view kReference = "reference";
inline constexpr absl::string_view kIntReference = "int_reference";
inline constexpr absl::string_view kOrderId = "order_id";

// Fields of the form that the payer's browser posts to the bank, and of what comes back.
inline constexpr absl::string_view kPaReqField = "PaReq";
inline constexpr absl::string_view kMdField = "MD";
inline constexpr absl::string_view kTermUrlField = "TermUrl";
inline constexpr absl::string_view kPaResField = "PaRes";

// order.id is 6 to 15 digits and never begins with 0: it may come back as a number.
inline constexpr int64_t kOrderNumberMin = 100'000;
inline constexpr int64_t kOrderNumberMax = 999'999'999'999'999;

// How long a transfer's token lives at most: `expires_in` of the guide's example. Epay takes
// a transfer no later than that, so ProviderPlugin.execution_delay_max is built on it, and a
// transfer whose token says that it lives longer is not sent.
inline constexpr absl::Duration kTransferTokenLifetimeMax = absl::Hours(2);

// Sizes on both sides of the wire.
inline constexpr size_t kReferenceSizeMaxBytes = 128;
inline constexpr size_t kCardTokenSizeMaxBytes = 256;
inline constexpr size_t kAccessTokenSizeMaxBytes = 8 * 1024;
inline constexpr size_t kUrlSizeMaxBytes = 2048;
inline constexpr size_t kMdSizeMaxBytes = 1024;
inline constexpr size_t kPaymentAuthSizeMaxBytes = 32 * 1024;  // PaReq; PaRes as in the API.

// What is kept of a provider's own words.
inline constexpr size_t kMaskedNumberSizeMaxBytes = 32;
inline constexpr size_t kAnswerCodeSizeMaxBytes = 64;
inline constexpr size_t kAnswerMessageSizeMaxBytes = 512;

}  // namespace payments::epay

#endif  // PAYMENTS_PROVIDERS_EPAY_NAMES_H_
