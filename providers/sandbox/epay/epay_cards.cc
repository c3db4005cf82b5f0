#include "providers/sandbox/epay/epay_cards.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "providers/sandbox/epay/epay_codes.h"

namespace payments::sandbox {
namespace {

using Side = EpayMagicCard::Side;
using ThreeDSecure = EpayMagicCard::ThreeDSecure;

constexpr std::array kGuideCards = {
    GuideCard{"4405639704015096", "01", "25", "815", false},
    GuideCard{"5522042705066736", "01", "25", "525", false},
    GuideCard{"377514500004820", "01", "25", "4169", false},
    GuideCard{"4003032704547597", "09", "20", "170", true},
    GuideCard{"5578342710750560", "09", "20", "254", true},
};

constexpr std::array kMagicCards = {
    EpayMagicCard{"0303", Side::kSender, 0, ThreeDSecure::kNested},
    EpayMagicCard{"0304", Side::kSender, 0, ThreeDSecure::kFlat},
    EpayMagicCard{"0305", Side::kSender, 0, ThreeDSecure::kWithoutAction},
    EpayMagicCard{"0306", Side::kSender, 484, ThreeDSecure::kNested},
    EpayMagicCard{"0465", Side::kSender, kEpayCardBlocked},
    EpayMagicCard{"0471", Side::kSender, kEpayWrongCardNumber},
    EpayMagicCard{"0478", Side::kSender, kEpayCardExpired},
    EpayMagicCard{"0484", Side::kSender, 484},
    EpayMagicCard{"0491", Side::kSender, 491},
    EpayMagicCard{"0467", Side::kReceiver, 467},
    EpayMagicCard{"0472", Side::kReceiver, 472},
    EpayMagicCard{"0528", Side::kReceiver, 528},
};

const GuideCard* FindGuideCard(absl::string_view pan) {
  for (const GuideCard& card : kGuideCards) {
    if (pan == card.pan) return &card;
  }
  return nullptr;
}

const EpayMagicCard* FindMagicCard(absl::string_view pan, Side side) {
  for (const EpayMagicCard& card : kMagicCards) {
    if (card.side == side && absl::EndsWith(pan, card.ending)) return &card;
  }
  return nullptr;
}

// A card is good to the end of the month printed on it.
bool IsPast(absl::string_view month, absl::string_view year, absl::Time now) {
  constexpr int kCentury = 2000;
  constexpr int kAlmatyOffsetSeconds = 5 * 60 * 60;
  int month_number = 0;
  int year_number = 0;
  if (!absl::SimpleAtoi(month, &month_number) || !absl::SimpleAtoi(year, &year_number)) {
    return true;
  }
  const absl::TimeZone almaty = absl::FixedTimeZone(kAlmatyOffsetSeconds);
  return absl::CivilMonth(kCentury + year_number, month_number) <
         absl::CivilMonth(absl::ToCivilSecond(now, almaty));
}

}  // namespace

absl::Span<const GuideCard> GuideCards() { return kGuideCards; }
absl::Span<const EpayMagicCard> EpayMagicCards() { return kMagicCards; }

EpayCard EpayCardOf(absl::string_view pan) {
  constexpr size_t kHeadDigits = 4;
  constexpr size_t kTailDigits = 4;
  EpayCard card;
  card.masked_pan = absl::StrCat(pan.substr(0, kHeadDigits),
                                 std::string(pan.size() - kHeadDigits - kTailDigits, '*'),
                                 pan.substr(pan.size() - kTailDigits));
  const GuideCard* guide = FindGuideCard(pan);
  card.is_locked = guide != nullptr && guide->is_locked;
  card.as_sender = FindMagicCard(pan, Side::kSender);
  card.as_receiver = FindMagicCard(pan, Side::kReceiver);
  return card;
}

int RefusalOfDetails(const EpaySide& sender, absl::Time now) {
  const GuideCard* guide = FindGuideCard(sender.credential.Reveal());
  if (guide == nullptr) {
    return IsPast(sender.month, sender.year, now) ? kEpayCardExpired : 0;
  }
  if (sender.month != guide->month || sender.year != guide->year) return kEpayWrongExpiry;
  return sender.cvc.EqualsInConstantTime(guide->cvc) ? 0 : kEpayWrongCvc;
}

}  // namespace payments::sandbox
