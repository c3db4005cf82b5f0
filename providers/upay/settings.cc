#include "providers/upay/settings.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "providers/endpoint.h"
#include "providers/text.h"
#include "providers/upay/names.h"
#include "providers/upay/text.h"

namespace payments::upay {
namespace {

constexpr size_t kCredentialSizeMaxBytes = 256;
constexpr size_t kVersionDigitsMax = 9;
constexpr int64_t kAmountMinorMin = 100;               // 1 so'm.
constexpr int64_t kAmountMinorMax = 1'000'000'000'00;  // A thousand million so'm; UPay names none.
// UPay names no limit; banks release holds on international cards after about a month.
constexpr int64_t kHoldDurationMaxDays = 30;
constexpr std::array<absl::string_view, 3> kLanguages = {"ru", "uz", "en"};

absl::Status Wrong(absl::string_view setting, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(setting, ": ", why));
}

absl::Status ValidateCredential(absl::string_view name, absl::string_view value) {
  if (value.empty()) return Wrong(name, "must not be empty");
  if (value.size() > kCredentialSizeMaxBytes) {
    return Wrong(name, absl::StrCat("is longer than ", kCredentialSizeMaxBytes, " bytes"));
  }
  if (!IsXmlText(value) || std::any_of(value.begin(), value.end(), absl::ascii_iscntrl)) {
    return Wrong(name, "is not UTF-8 or holds a control character, perhaps a line's end");
  }
  return absl::OkStatus();
}

absl::Status ValidateDigits(absl::string_view name, absl::string_view value, size_t size_max) {
  if (IsDigits(value, size_max)) return absl::OkStatus();
  return Wrong(name, absl::StrCat("must be 1 to ", size_max, " digits"));
}

absl::Status Validate(const UpaySettings& settings) {
  absl::Status status = ValidateEndpoint("endpoint", settings.endpoint);
  status.Update(ValidateCredential("username", settings.username));
  status.Update(ValidateDigits("service_id", settings.service_id, kServiceIdDigitsMax));
  if (!settings.version.empty()) {
    status.Update(ValidateDigits("version", settings.version, kVersionDigitsMax));
  }
  if (!settings.language.empty() &&
      std::find(kLanguages.begin(), kLanguages.end(), settings.language) == kLanguages.end()) {
    status.Update(Wrong("language", "must be ru, uz or en"));
  }
  status.Update(ValidateCredential("partner_key", settings.partner_key.Reveal()));
  status.Update(ValidateCredential("password", settings.password.Reveal()));
  return status;
}

std::string SettingOrEmpty(const AccountSettings& settings, const std::string& name) {
  const auto found = settings.settings.find(name);
  return found == settings.settings.end() ? std::string() : found->second;
}

Secret SecretOrEmpty(const AccountSettings& settings, const std::string& name) {
  const auto found = settings.secrets.find(name);
  return found == settings.secrets.end() ? Secret() : found->second;
}

void AddOption(absl::string_view key, v1::ProviderOptionType type, size_t length_max,
               absl::string_view description, v1::Capabilities& capabilities) {
  v1::ProviderOption& option = *capabilities.add_provider_options();
  option.set_key(std::string(key));
  option.set_type(type);
  option.set_length_max(static_cast<int32_t>(length_max));
  option.set_description(std::string(description));
}

absl::Status ValidateLimits(const v1::CurrencyLimits& limits) {
  if (limits.currency_code() != kCurrency) return Wrong("amount_limits", "UPay moves UZS only");
  if (limits.amount_minor_min() < kAmountMinorMin || limits.amount_minor_max() > kAmountMinorMax ||
      limits.amount_minor_min() > limits.amount_minor_max()) {
    return Wrong("amount_limits", absl::StrCat("must lie within ", kAmountMinorMin, " and ",
                                               kAmountMinorMax, " minor units"));
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<SettingSpec> SettingSpecs() {
  return {
      {"endpoint", true, "URL of UPay's SOAP service; https, or http to loopback."},
      {"username", true, "The merchant's user name at UPay; signs requests, is never sent."},
      {"service_id", true, "The merchant's ServiceId; digits."},
      {"version", false, "Version of the calling application; digits; not sent if absent."},
      {"language", false, "Language of UPay's texts where a call names none: ru, uz or en."},
  };
}

std::vector<SettingSpec> SecretSpecs() {
  return {
      {"partner_key", true, "StPimsApiPartnerKey, which identifies the merchant."},
      {"password", true, "The merchant's password; signs requests, is never sent."},
  };
}

std::map<std::string, std::map<std::string, std::string>> Presets() {
  return {
      {"production", {{"endpoint", "https://api.upay.uz/STAPI/STWS"}}},
      {"sandbox", {{"endpoint", "https://b2bapi.upaydev.uz/STAPI/STWS"}}},
  };
}

absl::StatusOr<UpaySettings> ReadSettings(const AccountSettings& settings) {
  UpaySettings result{.endpoint = SettingOrEmpty(settings, "endpoint"),
                      .username = SettingOrEmpty(settings, "username"),
                      .service_id = SettingOrEmpty(settings, "service_id"),
                      .version = SettingOrEmpty(settings, "version"),
                      .language = SettingOrEmpty(settings, "language"),
                      .partner_key = SecretOrEmpty(settings, "partner_key"),
                      .password = SecretOrEmpty(settings, "password")};
  if (absl::Status status = Validate(result); !status.ok()) return status;
  return result;
}

absl::StatusOr<v1::Capabilities> ReadCapabilities(const std::vector<v1::CurrencyLimits>& limits) {
  if (limits.size() > 1) return Wrong("amount_limits", "UPay has one currency, UZS");
  v1::Capabilities result;
  result.add_source_kinds(v1::SOURCE_KIND_SAVED_CARD);
  result.add_destination_kinds(v1::DESTINATION_KIND_MERCHANT);
  result.add_capture_modes(v1::CAPTURE_MODE_MANUAL);
  result.add_capture_modes(v1::CAPTURE_MODE_AUTOMATIC);
  v1::CurrencyLimits& currency = *result.add_currencies();
  currency.set_currency_code(std::string(kCurrency));
  currency.set_amount_minor_min(kAmountMinorMin);
  currency.set_amount_minor_max(kAmountMinorMax);
  if (!limits.empty()) {
    if (absl::Status status = ValidateLimits(limits.front()); !status.ok()) return status;
    currency = limits.front();
  }
  result.set_card_registration(true);
  result.add_required_fields("register_card.phone");
  AddOption(kRegionIdOption, v1::PROVIDER_OPTION_TYPE_STRING, kRegionIdSizeMax,
            "Region of the merchant's branch.", result);
  AddOption(kSubRegionIdOption, v1::PROVIDER_OPTION_TYPE_STRING, kRegionIdSizeMax,
            "District of the merchant's branch within the region.", result);
  AddOption(kServiceIdOption, v1::PROVIDER_OPTION_TYPE_DIGITS, kServiceIdDigitsMax,
            "ServiceId to pay to in place of the account's own.", result);
  result.add_payer_actions(v1::PAYER_ACTION_KIND_REDIRECT_AT_REGISTRATION);
  result.set_partial_capture(false);
  result.set_status_query(true);
  result.set_callback_evidence(v1::CALLBACK_EVIDENCE_HINT);
  result.mutable_hold_duration_max()->set_seconds(
      absl::ToInt64Seconds(absl::Hours(24 * kHoldDurationMaxDays)));
  for (const absl::string_view language : kLanguages) result.add_languages(std::string(language));
  return result;
}

}  // namespace payments::upay
