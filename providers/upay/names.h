#ifndef PAYMENTS_PROVIDERS_UPAY_NAMES_H_
#define PAYMENTS_PROVIDERS_UPAY_NAMES_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

// Names and limits that several of the plugin's files share. The names are stored
// or written in configurations: they never change.
namespace payments::upay {

inline constexpr absl::string_view kCurrency = "UZS";

// References.
inline constexpr absl::string_view kHoldId = "hold_id";
inline constexpr absl::string_view kTransactionId = "transaction_id";
inline constexpr absl::string_view kProcessTrxId = "process_trx_id";
inline constexpr absl::string_view kPartnerTrxId = "partner_trx_id";

// Provider options.
inline constexpr absl::string_view kRegionIdOption = "region_id";
inline constexpr absl::string_view kSubRegionIdOption = "sub_region_id";
inline constexpr absl::string_view kServiceIdOption = "service_id";

inline constexpr size_t kRegionIdSizeMax = 32;
inline constexpr size_t kServiceIdDigitsMax = 10;
inline constexpr size_t kOperationNumberDigitsMax = 15;  // Of PartnerTrxId.
inline constexpr int64_t kOperationNumberMax = 999'999'999'999'999;

// Of a reference or a token in a callback.
inline constexpr size_t kCallbackIdSizeMaxBytes = 256;

// What is kept of a provider's own words.
inline constexpr size_t kMaskedNumberSizeMaxBytes = 32;
inline constexpr size_t kAnswerCodeSizeMaxBytes = 64;
inline constexpr size_t kAnswerMessageSizeMaxBytes = 512;

}  // namespace payments::upay

#endif  // PAYMENTS_PROVIDERS_UPAY_NAMES_H_
