#include "providers/upay/requests.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "providers/text.h"
#include "providers/upay/access_token.h"
#include "providers/upay/names.h"
#include "providers/upay/soap_request.h"

namespace payments::upay {
namespace {

constexpr auto kOptional = SoapField::Presence::kOptional;
constexpr size_t kCardNumberDigitsMin = 12;
constexpr size_t kCardNumberDigitsMax = 19;
constexpr size_t kCvcDigitsMin = 3;
constexpr size_t kCvcDigitsMax = 4;
constexpr size_t kPhoneDigitsMax = 15;

absl::StatusOr<HttpRequest> Request(const UpaySettings& settings, HttpRequest::Effect effect,
                                    absl::string_view method, absl::Span<const SoapField> fields) {
  absl::StatusOr<Secret> body = SoapRequestBody(method, fields);
  if (!body.ok()) return body.status();
  return HttpRequest{
      .effect = effect,
      .method = "POST",
      .url = settings.endpoint,
      .headers = {{"Content-Type", "text/xml; charset=utf-8"}, {"SOAPAction", "\"\""}},
      .body = *std::move(body)};
}

absl::string_view Language(const UpaySettings& settings, absl::string_view language) {
  return language.empty() ? absl::string_view(settings.language) : language;
}

absl::Status ValidateCard(const CardSecrets& card) {
  if (card.number.size() < kCardNumberDigitsMin ||
      !IsDigits(card.number.Reveal(), kCardNumberDigitsMax)) {
    return absl::InvalidArgumentError("CardNumber must be 12 to 19 digits");
  }
  if (card.cvc.size() < kCvcDigitsMin || !IsDigits(card.cvc.Reveal(), kCvcDigitsMax)) {
    return absl::InvalidArgumentError("CardCVV must be 3 or 4 digits");
  }
  constexpr int kMonths = 12;
  constexpr int kYearMin = 2000;
  constexpr int kYearMax = 2099;
  if (card.expiry_month < 1 || card.expiry_month > kMonths || card.expiry_year < kYearMin ||
      card.expiry_year > kYearMax) {
    return absl::InvalidArgumentError("CardExDate must be a month of the years 2000 to 2099");
  }
  return absl::OkStatus();
}

std::string OptionOrEmpty(const AuthorizeCall& call, absl::string_view key) {
  const auto found = call.options.find(std::string(key));
  return found == call.options.end() ? std::string() : found->second;
}

absl::Status ValidateAuthorize(const AuthorizeCall& call, absl::string_view service_id) {
  if (call.amount.currency_code() != kCurrency) {
    return absl::InvalidArgumentError("AmountInTiyin must be in UZS");
  }
  if (call.amount.amount_minor() <= 0) {
    return absl::InvalidArgumentError("AmountInTiyin must be positive");
  }
  if (call.hold_duration < absl::Minutes(1) || call.hold_duration == absl::InfiniteDuration() ||
      absl::Trunc(call.hold_duration, absl::Minutes(1)) != call.hold_duration) {
    return absl::InvalidArgumentError("HoldMinute must be a whole number of minutes, 1 or more");
  }
  if (!IsDigits(service_id, kServiceIdDigitsMax)) {
    return absl::InvalidArgumentError(
        absl::StrCat("ServiceId must be 1 to ", kServiceIdDigitsMax, " digits"));
  }
  return absl::OkStatus();
}

absl::StatusOr<HttpRequest> CheckRequest(const UpaySettings& settings, absl::string_view type,
                                         absl::string_view target, absl::string_view language) {
  const absl::StatusOr<Secret> token =
      RequestToken({settings.username, target, settings.password.Reveal()});
  if (!token.ok()) return token.status();
  return Request(settings, HttpRequest::Effect::kReadOnly, "partnerHoldCheckIPS",
                 {{"StPimsApiPartnerKey", settings.partner_key.Reveal()},
                  {"AccessToken", token->Reveal()},
                  {"Type", type},
                  {"Target", target},
                  {"Lang", Language(settings, language), kOptional}});
}

absl::Status ValidateNumber(int64_t capture_number) {
  if (capture_number >= 1 && capture_number <= kOperationNumberMax) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("PartnerTrxId must be 1 to ", kOperationNumberDigitsMax, " digits, not 0"));
}

}  // namespace

absl::StatusOr<HttpRequest> RegisterCardRequest(const UpaySettings& settings,
                                                const RegisterCardCall& call) {
  if (absl::Status status = ValidateCard(call.card); !status.ok()) return status;
  if (!IsDigits(call.phone, kPhoneDigitsMax)) {
    return absl::InvalidArgumentError(
        absl::StrCat("PhoneNumber must be 1 to ", kPhoneDigitsMax, " digits, country code first"));
  }
  const Secret expiry(
      absl::StrFormat("%02d%02d", call.card.expiry_month, call.card.expiry_year % 100));
  const absl::StatusOr<Secret> token =
      RequestToken({settings.username, call.card.number.Reveal(), expiry.Reveal(),
                    call.card.cvc.Reveal(), settings.password.Reveal()});
  if (!token.ok()) return token.status();
  return Request(settings, HttpRequest::Effect::kRepeatable, "partnerRegisterCardIPS",
                 {{"StPimsApiPartnerKey", settings.partner_key.Reveal()},
                  {"AccessToken", token->Reveal()},
                  {"CardNumber", call.card.number.Reveal()},
                  {"CardExDate", expiry.Reveal()},
                  {"CardHolderName", call.card.holder_name},
                  {"CardCVV", call.card.cvc.Reveal()},
                  {"PhoneNumber", call.phone},
                  {"NotifyUrl", call.callback_url, kOptional},
                  {"Version", settings.version, kOptional},
                  {"Lang", Language(settings, call.language), kOptional}});
}

absl::StatusOr<HttpRequest> HoldCreateRequest(const UpaySettings& settings,
                                              const AuthorizeCall& call) {
  std::string service_id = OptionOrEmpty(call, kServiceIdOption);
  if (service_id.empty()) service_id = settings.service_id;
  if (absl::Status status = ValidateAuthorize(call, service_id); !status.ok()) return status;
  const std::string region_id = OptionOrEmpty(call, kRegionIdOption);
  const std::string sub_region_id = OptionOrEmpty(call, kSubRegionIdOption);
  const std::string amount_minor = absl::StrCat(call.amount.amount_minor());
  const std::string hold_minutes = absl::StrCat(absl::ToInt64Minutes(call.hold_duration));
  const absl::StatusOr<Secret> token =
      RequestToken({settings.username, call.card_token.Reveal(), service_id, call.payer_account,
                    amount_minor, settings.password.Reveal()});
  if (!token.ok()) return token.status();
  return Request(settings, HttpRequest::Effect::kMovesMoney, "partnerHoldCreateIPS",
                 {{"StPimsApiPartnerKey", settings.partner_key.Reveal()},
                  {"AccessToken", token->Reveal()},
                  {"CardToken", call.card_token.Reveal()},
                  {"ServiceId", service_id},
                  {"PersonalAccount", call.payer_account},
                  {"RegionId", region_id, kOptional},
                  {"SubRegionId", sub_region_id, kOptional},
                  {"AmountInTiyin", amount_minor},
                  {"HoldMinute", hold_minutes},
                  {"NotifyUrl", call.callback_url},
                  {"Version", settings.version, kOptional},
                  {"Lang", Language(settings, call.language), kOptional}});
}

absl::StatusOr<HttpRequest> HoldPaymentRequest(const UpaySettings& settings,
                                               const CaptureCall& call) {
  if (absl::Status status = ValidateNumber(call.number); !status.ok()) return status;
  const std::string hold_id = HoldIdOf(call.references);
  const std::string partner_trx_id = PartnerTrxIdOf(call.number);
  const absl::StatusOr<Secret> token =
      RequestToken({settings.username, hold_id, partner_trx_id, settings.password.Reveal()});
  if (!token.ok()) return token.status();
  return Request(settings, HttpRequest::Effect::kMovesMoney, "partnerHoldPaymentIPS",
                 {{"StPimsApiPartnerKey", settings.partner_key.Reveal()},
                  {"AccessToken", token->Reveal()},
                  {"HoldId", hold_id},
                  {"PartnerTrxId", partner_trx_id},
                  {"Version", settings.version, kOptional},
                  {"Lang", Language(settings, call.language), kOptional}});
}

absl::StatusOr<HttpRequest> CheckHoldRequest(const UpaySettings& settings,
                                             absl::string_view hold_id,
                                             absl::string_view language) {
  return CheckRequest(settings, "holdId", hold_id, language);
}

absl::StatusOr<HttpRequest> CheckCaptureRequest(const UpaySettings& settings,
                                                int64_t capture_number,
                                                absl::string_view language) {
  if (absl::Status status = ValidateNumber(capture_number); !status.ok()) return status;
  return CheckRequest(settings, "partnerTrxId", PartnerTrxIdOf(capture_number), language);
}

absl::StatusOr<HttpRequest> HoldCancelRequest(const UpaySettings& settings,
                                              const CancelCall& call) {
  const std::string hold_id = HoldIdOf(call.references);
  const absl::StatusOr<Secret> token =
      RequestToken({settings.username, hold_id, settings.password.Reveal()});
  if (!token.ok()) return token.status();
  return Request(settings, HttpRequest::Effect::kRepeatable, "partnerHoldCancelIPS",
                 {{"StPimsApiPartnerKey", settings.partner_key.Reveal()},
                  {"AccessToken", token->Reveal()},
                  {"HoldId", hold_id},
                  {"Lang", Language(settings, call.language), kOptional}});
}

std::string HoldIdOf(const ProviderReferences& references) {
  const auto found = references.find(std::string(kHoldId));
  return found == references.end() ? std::string() : found->second;
}

std::string PartnerTrxIdOf(int64_t capture_number) { return absl::StrCat(capture_number); }

}  // namespace payments::upay
