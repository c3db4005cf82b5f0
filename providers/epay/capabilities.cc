#include "providers/epay/capabilities.h"

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "providers/epay/names.h"

namespace payments::epay {
namespace {

constexpr int64_t kAmountMinorMin = 100;               // 1 tenge.
constexpr int64_t kAmountMinorMax = 1'000'000'000'00;  // A thousand million; Epay names none.

absl::Status Wrong(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("amount_limits: ", why));
}

absl::Status ValidateLimits(const v1::CurrencyLimits& limits) {
  if (limits.currency_code() != kCurrency) return Wrong("Epay moves KZT only");
  if (limits.amount_minor_min() < kAmountMinorMin || limits.amount_minor_max() > kAmountMinorMax ||
      limits.amount_minor_min() > limits.amount_minor_max()) {
    return Wrong(absl::StrCat("must lie within ", kAmountMinorMin, " and ", kAmountMinorMax,
                              " minor units"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Capabilities> ReadCapabilities(const std::vector<v1::CurrencyLimits>& limits) {
  if (limits.size() > 1) return Wrong("Epay has one currency, KZT");
  v1::Capabilities result;
  result.add_source_kinds(v1::SOURCE_KIND_CARD_DATA);
  result.add_source_kinds(v1::SOURCE_KIND_SAVED_CARD);
  result.add_destination_kinds(v1::DESTINATION_KIND_CARD_DATA);
  result.add_destination_kinds(v1::DESTINATION_KIND_SAVED_CARD);
  result.add_capture_modes(v1::CAPTURE_MODE_AUTOMATIC);
  v1::CurrencyLimits& currency = *result.add_currencies();
  currency.set_currency_code(std::string(kCurrency));
  currency.set_amount_minor_min(kAmountMinorMin);
  currency.set_amount_minor_max(kAmountMinorMax);
  if (!limits.empty()) {
    if (absl::Status status = ValidateLimits(limits.front()); !status.ok()) return status;
    currency = limits.front();
  }
  result.set_card_registration(false);
  // The guide marks backLink as one that must be sent.
  result.add_required_fields("create_payment.return_url");
  result.add_payer_actions(v1::PAYER_ACTION_KIND_FORM_POST_AT_PAYMENT);
  result.set_partial_capture(false);
  result.set_status_query(true);
  result.set_callback_evidence(v1::CALLBACK_EVIDENCE_HINT);
  for (const char* language : {"kk", "ru", "en"}) result.add_languages(language);
  result.set_saves_cards(true);
  result.set_transfers_abroad(true);
  return result;
}

}  // namespace payments::epay
