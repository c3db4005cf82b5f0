#include "providers/sandbox/upay/soap_contract.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace payments::sandbox {
namespace {

constexpr size_t kKeyBytes = 128;
constexpr size_t kTokenBytes = 64;
constexpr size_t kNameBytes = 256;
constexpr size_t kUrlBytes = 2048;
constexpr size_t kNumberBytes = 19;
constexpr size_t kLanguageBytes = 2;

constexpr FieldRule kPartnerKey = {"StPimsApiPartnerKey", true, FieldKind::kText, kKeyBytes};
constexpr FieldRule kAccessToken = {"AccessToken", true, FieldKind::kText, kTokenBytes};
constexpr FieldRule kVersion = {"Version", false, FieldKind::kInteger, kNumberBytes};
constexpr FieldRule kLang = {"Lang", false, FieldKind::kLanguage, kLanguageBytes};
constexpr FieldRule kHoldId = {"HoldId", true, FieldKind::kText, kTokenBytes};

constexpr std::array kRegisterCardFields = {
    kPartnerKey,
    kAccessToken,
    FieldRule{"CardNumber", true, FieldKind::kPan, kNumberBytes},
    FieldRule{"CardExDate", true, FieldKind::kExpiry, 4},
    FieldRule{"CardHolderName", true, FieldKind::kText, kNameBytes},
    FieldRule{"CardCVV", true, FieldKind::kCvv, 4},
    FieldRule{"PhoneNumber", true, FieldKind::kPhone, kNumberBytes},
    FieldRule{"NotifyUrl", false, FieldKind::kUrl, kUrlBytes},
    kVersion,
    kLang,
};

constexpr std::array kHoldCreateFields = {
    kPartnerKey,
    kAccessToken,
    FieldRule{"CardToken", true, FieldKind::kText, kTokenBytes},
    FieldRule{"ServiceId", true, FieldKind::kInteger, kNumberBytes},
    FieldRule{"PersonalAccount", true, FieldKind::kText, kNameBytes},
    FieldRule{"RegionId", false, FieldKind::kText, kTokenBytes},
    FieldRule{"SubRegionId", false, FieldKind::kText, kTokenBytes},
    FieldRule{"AmountInTiyin", true, FieldKind::kAmount, kNumberBytes},
    FieldRule{"HoldMinute", true, FieldKind::kMinutes, kNumberBytes},
    FieldRule{"NotifyUrl", true, FieldKind::kUrl, kUrlBytes},
    kVersion,
    kLang,
};

constexpr std::array kHoldPaymentFields = {
    kPartnerKey, kAccessToken,
    kHoldId,     FieldRule{"PartnerTrxId", true, FieldKind::kText, kTokenBytes},
    kVersion,    kLang,
};

constexpr std::array kHoldCheckFields = {
    kPartnerKey,
    kAccessToken,
    FieldRule{"Type", true, FieldKind::kCheckType, kTokenBytes},
    FieldRule{"Target", true, FieldKind::kText, kTokenBytes},
    kLang,
};

constexpr std::array kHoldCancelFields = {kPartnerKey, kAccessToken, kHoldId, kLang};

constexpr std::array kRegisterCardToken = {"CardNumber", "CardExDate", "CardCVV"};
constexpr std::array kHoldCreateToken = {"CardToken", "ServiceId", "PersonalAccount",
                                         "AmountInTiyin"};
constexpr std::array kHoldPaymentToken = {"HoldId", "PartnerTrxId"};
constexpr std::array kHoldCheckToken = {"Target"};
constexpr std::array kHoldCancelToken = {"HoldId"};

constexpr size_t kUpayMethodCount = 5;
constexpr std::array<MethodRule, kUpayMethodCount> kRules = {{
    {v1::METHOD_REGISTER_CARD, "partnerRegisterCardIPS", kRegisterCardFields, kRegisterCardToken},
    {v1::METHOD_HOLD_CREATE, "partnerHoldCreateIPS", kHoldCreateFields, kHoldCreateToken},
    {v1::METHOD_HOLD_PAYMENT, "partnerHoldPaymentIPS", kHoldPaymentFields, kHoldPaymentToken},
    {v1::METHOD_HOLD_CHECK, "partnerHoldCheckIPS", kHoldCheckFields, kHoldCheckToken},
    {v1::METHOD_HOLD_CANCEL, "partnerHoldCancelIPS", kHoldCancelFields, kHoldCancelToken},
}};

bool IsDigits(absl::string_view text, size_t size_min, size_t size_max) {
  return text.size() >= size_min && text.size() <= size_max &&
         std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

bool IsNumber(absl::string_view text, int64_t min, int64_t max) {
  int64_t value = 0;
  return IsDigits(text, 1, kNumberBytes) && absl::SimpleAtoi(text, &value) && value >= min &&
         value <= max;
}

bool IsExpiry(absl::string_view text) {
  return IsDigits(text, 4, 4) && IsNumber(text.substr(0, 2), 1, 12);
}

}  // namespace

absl::Span<const MethodRule> MethodRules() { return kRules; }

const MethodRule* FindMethodRule(absl::string_view operation) {
  for (const MethodRule& rule : kRules) {
    if (operation == rule.operation) return &rule;
  }
  return nullptr;
}

bool IsWellFormed(FieldKind kind, absl::string_view text) {
  switch (kind) {
    case FieldKind::kText:
      return !text.empty();
    case FieldKind::kPan:
      return IsDigits(text, 12, 19);
    case FieldKind::kExpiry:
      return IsExpiry(text);
    case FieldKind::kCvv:
      return IsDigits(text, 3, 4);
    case FieldKind::kPhone:
      return IsDigits(text, 7, 15);
    case FieldKind::kUrl:
      return absl::StartsWith(text, "http://") || absl::StartsWith(text, "https://");
    case FieldKind::kInteger:
      return IsNumber(text, 0, std::numeric_limits<int32_t>::max());
    case FieldKind::kAmount:
      return IsNumber(text, 1, kAmountMaxMinor);
    case FieldKind::kMinutes:
      return IsNumber(text, 1, kHoldMinutesMax);
    case FieldKind::kLanguage:
      return text == "ru" || text == "uz" || text == "en";
    case FieldKind::kCheckType:
      return text == "holdId" || text == "partnerTrxId";
  }
  return false;
}

}  // namespace payments::sandbox
