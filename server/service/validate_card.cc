#include "server/service/validate_card.h"

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "server/service/validate_fields.h"

namespace payments {
namespace {

constexpr size_t kPanDigitsMin = 12;
constexpr size_t kPanDigitsMax = 19;
constexpr size_t kCvcDigitsMin = 3;
constexpr size_t kCvcDigitsMax = 4;
constexpr int kMonthMin = 1;
constexpr int kMonthMax = 12;
constexpr int kYearMin = 2000;
constexpr int kYearMax = 2099;
constexpr size_t kHolderNameCharsMax = 100;
// A card is good until its last month is over everywhere on earth; the last place
// where it is over is 12 hours behind UTC.
constexpr absl::Duration kLastTimeZoneLag = absl::Hours(12);

void CheckExpiry(absl::string_view path, const CardSecrets& card, absl::Time now,
                 FieldChecker& check) {
  const bool month_ok = card.expiry_month >= kMonthMin && card.expiry_month <= kMonthMax;
  const bool year_ok = card.expiry_year >= kYearMin && card.expiry_year <= kYearMax;
  if (!month_ok) check.Add(absl::StrCat(path, ".expiry.month"), "must be 1 to 12");
  if (!year_ok) check.Add(absl::StrCat(path, ".expiry.year"), "must be 2000 to 2099");
  if (!month_ok || !year_ok) return;
  const absl::CivilMonth next_month = absl::CivilMonth(card.expiry_year, card.expiry_month) + 1;
  if (now >= absl::FromCivil(next_month, absl::UTCTimeZone()) + kLastTimeZoneLag) {
    check.Add(absl::StrCat(path, ".expiry"), "has passed");
  }
}

}  // namespace

void CheckCardNumber(absl::string_view path, const Secret& number, FieldChecker& check) {
  if (IsDigits(number.Reveal(), kPanDigitsMin, kPanDigitsMax)) return;
  check.Add(path, absl::StrCat("must be ", kPanDigitsMin, " to ", kPanDigitsMax,
                               " digits, nothing else"));
}

void CheckCardData(absl::string_view path, const CardSecrets& card, absl::Time now,
                   FieldChecker& check) {
  CheckCardNumber(absl::StrCat(path, ".number"), card.number, check);
  CheckExpiry(path, card, now, check);
  if (!IsDigits(card.cvc.Reveal(), kCvcDigitsMin, kCvcDigitsMax)) {
    check.Add(absl::StrCat(path, ".cvc"),
              absl::StrCat("must be ", kCvcDigitsMin, " or ", kCvcDigitsMax, " digits"));
  }
  check.RequiredText(absl::StrCat(path, ".holder_name"), card.holder_name, kHolderNameCharsMax);
}

absl::Status ValidateRegisterCard(const v1::RegisterCardRequest& request, const CardSecrets& card,
                                  absl::Time now) {
  FieldChecker check;
  check.RequestId("request_id", request.request_id());
  check.OptionalAccount("account", request.account());
  if (request.has_card()) {
    CheckCardData("card", card, now, check);
  } else {
    check.Add("card", "is required");
  }
  check.OptionalPhone("phone", request.phone());
  check.OptionalLanguage("language", request.language());
  check.OptionalText("merchant_customer_id", request.merchant_customer_id(), kMerchantIdCharsMax);
  return check.Result();
}

absl::Status ValidateGetCard(const v1::GetCardRequest& request) {
  FieldChecker check;
  check.Name("name", request.name(), kCardPrefix);
  return check.Result();
}

absl::Status ValidateListCards(const v1::ListCardsRequest& request) {
  FieldChecker check;
  check.PageSize(request.page_size());
  check.OptionalAccount("account", request.account());
  check.OptionalText("merchant_customer_id", request.merchant_customer_id(), kMerchantIdCharsMax);
  return check.Result();
}

absl::Status ValidateDeleteCard(const v1::DeleteCardRequest& request) {
  FieldChecker check;
  check.Name("name", request.name(), kCardPrefix);
  check.OptionalText("etag", request.etag(), kEtagCharsMax);
  return check.Result();
}

}  // namespace payments
