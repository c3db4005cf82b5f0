#include "providers/sandbox/upay/upay_methods.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "providers/sandbox/limits.h"
#include "providers/sandbox/upay/soap_contract.h"
#include "providers/sandbox/upay/upay_magic.h"

namespace payments::sandbox {
namespace {

constexpr size_t kCardTokenDigits = 32;
constexpr size_t kConfirmIdDigits = 32;
constexpr size_t kMaskedHeadDigits = 4;
constexpr size_t kMaskedTailDigits = 4;
// The bank refuses this card's confirmation, whatever is entered.
constexpr char kRefusedByBankEnding[] = "0098";

absl::TimeZone Tashkent() {
  constexpr int kOffsetSeconds = 5 * 60 * 60;
  return absl::FixedTimeZone(kOffsetSeconds);
}

SoapResult ResultOf(const SoapCall& call, absl::string_view code) {
  return {std::string(code), DescriptionOf(code, call.Get("Lang"))};
}

MethodOutcome Declined(const SoapCall& call, absl::string_view code,
                       absl::string_view why = absl::string_view()) {
  MethodOutcome outcome = {ResultOf(call, code)};
  if (!why.empty()) absl::StrAppend(&outcome.result.description, ": ", why);
  return outcome;
}

MethodOutcome Applied(const SoapCall& call, absl::string_view code = kCodeOk) {
  MethodOutcome outcome = {ResultOf(call, code)};
  outcome.applied = true;
  return outcome;
}

SoapResult WrongParameter(const SoapCall& call, absl::string_view field) {
  SoapResult result = ResultOf(call, kCodeWrongParameters);
  absl::StrAppend(&result.description, ": ", field);
  return result;
}

std::string MaskedPan(absl::string_view pan) {
  return absl::StrCat(pan.substr(0, kMaskedHeadDigits), "*****",
                      pan.substr(pan.size() - kMaskedTailDigits));
}

// A card is good to the end of the month printed on it.
bool IsPast(absl::string_view mmyy, absl::Time now) {
  int month = 0;
  int year = 0;
  if (!absl::SimpleAtoi(mmyy.substr(0, 2), &month) || !absl::SimpleAtoi(mmyy.substr(2), &year)) {
    return true;
  }
  constexpr int kCentury = 2000;
  const absl::CivilMonth printed(kCentury + year, month);
  return printed < absl::CivilMonth(absl::ToCivilSecond(now, Tashkent()));
}

int64_t NumberOf(absl::string_view text) {
  int64_t number = 0;
  // Refuse() has seen that it is one.
  if (!absl::SimpleAtoi(text, &number)) return 0;
  return number;
}

void AppendPayment(const HoldEntry& entry, SoapResult& result) {
  const v1::Hold& hold = entry.hold;
  result.fields = {{"TransactionId", hold.transaction_id()},
                   {"ProcessTrxId", entry.process_trx_id},
                   {"PartnerTrxId", hold.partner_trx_id()},
                   {"PaymentDate", FormatUpayTime(entry.payment_time)},
                   {"PaymentAmount", absl::StrCat(hold.captured_minor())},
                   {"ServiceId", hold.service_id()},
                   {"CardToken", hold.card_token()}};
}

}  // namespace

std::string FormatUpayTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, Tashkent());
}

SoapResult UpayMethods::Refuse(const SoapCall& call) const {
  for (const FieldRule& field : call.rule().fields) {
    const absl::string_view value = call.Get(field.name);
    if (value.empty() && !field.required) continue;
    if (value.size() > field.bytes_max || !IsWellFormed(field.kind, value)) {
      return WrongParameter(call, field.name);
    }
  }
  const UpayCredentials& credentials = options_.credentials;
  if (!credentials.partner_key.EqualsInConstantTime(call.Get("StPimsApiPartnerKey"))) {
    return Declined(call, kCodeError, "StPimsApiPartnerKey").result;
  }
  const Secret token(RequestAccessToken(call, credentials));
  if (!token.EqualsInConstantTime(call.Get("AccessToken"))) {
    return Declined(call, kCodeError, "AccessToken").result;
  }
  const absl::string_view service_id = call.Get("ServiceId");
  const auto& known = options_.service_ids;
  if (!service_id.empty() && std::find(known.begin(), known.end(), service_id) == known.end()) {
    return WrongParameter(call, "ServiceId");
  }
  return {};
}

MethodOutcome UpayMethods::Execute(const SoapCall& call, const v1::Fault* in_process,
                                   absl::Time now) {
  MethodOutcome outcome;
  switch (call.method()) {
    case v1::METHOD_REGISTER_CARD:
      outcome = RegisterCard(call, now);
      break;
    case v1::METHOD_HOLD_CREATE:
      outcome = HoldCreate(call, in_process, now);
      break;
    case v1::METHOD_HOLD_PAYMENT:
      outcome = HoldPayment(call, in_process, now);
      break;
    case v1::METHOD_HOLD_CHECK:
      outcome = HoldCheck(call);
      break;
    case v1::METHOD_HOLD_CANCEL:
      outcome = HoldCancel(call, now);
      break;
    default:
      outcome = Declined(call, kCodeInternal);
      break;
  }
  return outcome;
}

HoldEntry* UpayMethods::HoldOf(const SoapCall& call) {
  if (call.method() == v1::METHOD_HOLD_CHECK) {
    const absl::string_view target = call.Get("Target");
    return call.Get("Type") == "holdId" ? ledger_->FindHold(target)
                                        : ledger_->FindHoldByTrx(target);
  }
  const absl::string_view hold_id = call.Get("HoldId");
  return hold_id.empty() ? nullptr : ledger_->FindHold(hold_id);
}

MethodOutcome UpayMethods::RegisterCard(const SoapCall& call, absl::Time now) {
  const absl::string_view pan = call.Get("CardNumber");
  for (const MagicCard& magic : UpayMagicCards()) {
    if (absl::EndsWith(pan, magic.ending)) return Declined(call, magic.code);
  }
  if (IsPast(call.Get("CardExDate"), now)) return Declined(call, kCodeWrongCard, "CardExDate");
  if (ledger_->IsFullOfCards()) return Declined(call, kCodeInternal, "the sandbox is full");

  CardEntry entry;
  entry.confirm_id = RandomHex(kConfirmIdDigits);
  entry.bank_refuses = absl::EndsWith(pan, kRefusedByBankEnding);
  entry.card.set_card_token(RandomHex(kCardTokenDigits));
  entry.card.set_masked_pan(MaskedPan(pan));
  entry.card.set_state(options_.auto_confirm ? v1::CARD_STATE_ACTIVE : v1::CARD_STATE_PENDING);
  entry.card.set_confirm_url(
      absl::StrCat(options_.confirm_base_url, kConfirmPath, entry.confirm_id, "?", kConfirmQuery));
  entry.card.set_notify_url(std::string(call.Get("NotifyUrl")));
  SetTimestamp(now, entry.card.mutable_register_time());
  CardEntry* card = ledger_->AddCard(std::move(entry));

  MethodOutcome outcome = Applied(call);
  outcome.result.fields = {{"CardToken", card->card.card_token()},
                           {"Pan", card->card.masked_pan()},
                           {"ConfirmUrl", card->card.confirm_url()}};
  if (options_.auto_confirm) outcome.card_changed = card;
  return outcome;
}

MethodOutcome UpayMethods::HoldCreate(const SoapCall& call, const v1::Fault* in_process,
                                      absl::Time now) {
  const CardEntry* card = ledger_->FindCard(call.Get("CardToken"));
  if (card == nullptr) return Declined(call, kCodeCardNotFound);
  if (card->card.state() != v1::CARD_STATE_ACTIVE) return Declined(call, kCodeWrongCard);
  if (ledger_->IsFullOfHolds()) return Declined(call, kCodeInternal, "the sandbox is full");

  HoldEntry entry;
  entry.hold.set_hold_id(RandomHoldId());
  entry.hold.set_card_token(card->card.card_token());
  entry.hold.set_service_id(std::string(call.Get("ServiceId")));
  entry.hold.set_personal_account(std::string(call.Get("PersonalAccount")));
  entry.hold.set_amount_minor(NumberOf(call.Get("AmountInTiyin")));
  entry.hold.set_notify_url(std::string(call.Get("NotifyUrl")));
  SetTimestamp(now, entry.hold.mutable_create_time());
  entry.expire_time = now + absl::Minutes(NumberOf(call.Get("HoldMinute")));
  HoldEntry* hold = ledger_->AddHold(std::move(entry));

  if (in_process == nullptr) {
    ledger_->Hold(*hold, now);
    MethodOutcome outcome = Applied(call);
    outcome.hold_changed = hold;
    outcome.result.fields = {{"HoldId", hold->hold.hold_id()}};
    return outcome;
  }
  if (in_process->has_resolve_after()) {
    ledger_->ResolveAt(*hold, now + ToDuration(in_process->resolve_after()),
                       in_process->resolve_as_failed());
  }
  MethodOutcome outcome = Applied(call, kCodeInProcess);
  if (!in_process->omit_hold_id()) outcome.result.fields = {{"HoldId", hold->hold.hold_id()}};
  return outcome;
}

MethodOutcome UpayMethods::HoldPayment(const SoapCall& call, const v1::Fault* in_process,
                                       absl::Time now) {
  HoldEntry* hold = HoldOf(call);
  if (hold == nullptr) return Declined(call, kCodeError, "no such hold");
  switch (hold->hold.state()) {
    case v1::HOLD_STATE_HELD:
      break;
    case v1::HOLD_STATE_IN_PROCESS:
      return Declined(call, kCodeError, "the hold is in process");
    case v1::HOLD_STATE_CAPTURING:
      return Declined(call, kCodeInProcess);
    default:
      return Declined(call, kCodeClosed);
  }
  const absl::string_view trx = call.Get("PartnerTrxId");
  if (ledger_->FindHoldByTrx(trx) != nullptr) {
    return Declined(call, kCodeError, "PartnerTrxId is used already");
  }
  ledger_->BeginCapture(*hold, trx);
  if (in_process != nullptr) {
    if (in_process->has_resolve_after()) {
      ledger_->ResolveAt(*hold, now + ToDuration(in_process->resolve_after()),
                         in_process->resolve_as_failed());
    }
    return Applied(call, kCodeInProcess);
  }
  ledger_->Capture(*hold, now);
  MethodOutcome outcome = Applied(call);
  outcome.hold_changed = hold;
  AppendPayment(*hold, outcome.result);
  return outcome;
}

MethodOutcome UpayMethods::HoldCheck(const SoapCall& call) {
  const HoldEntry* hold = HoldOf(call);
  if (hold == nullptr) return Declined(call, kCodeError, "nothing of this id");
  MethodOutcome outcome = Applied(call);
  switch (hold->hold.state()) {
    case v1::HOLD_STATE_HELD:
      return outcome;
    case v1::HOLD_STATE_CAPTURED:
      AppendPayment(*hold, outcome.result);
      return outcome;
    case v1::HOLD_STATE_IN_PROCESS:
    case v1::HOLD_STATE_CAPTURING:
      return Applied(call, kCodeInProcess);
    default:
      return Applied(call, kCodeClosed);
  }
}

MethodOutcome UpayMethods::HoldCancel(const SoapCall& call, absl::Time now) {
  HoldEntry* hold = HoldOf(call);
  if (hold == nullptr) return Declined(call, kCodeError, "no such hold");
  switch (hold->hold.state()) {
    case v1::HOLD_STATE_HELD:
      break;
    case v1::HOLD_STATE_IN_PROCESS:
    case v1::HOLD_STATE_CAPTURING:
      return Declined(call, kCodeError, "the hold is in process");
    default:
      return Declined(call, kCodeClosed);
  }
  ledger_->Release(*hold, now);
  MethodOutcome outcome = Applied(call);
  outcome.hold_changed = hold;
  return outcome;
}

std::string UpayMethods::RandomHex(size_t digits) {
  std::string bytes(digits / 2, '\0');
  random_->Fill(absl::MakeSpan(reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()));
  return absl::BytesToHexString(bytes);
}

std::string UpayMethods::RandomHoldId() {
  constexpr uint64_t kSmallest = 1'000'000'000'000'000;  // 16 digits, like the guide's sample.
  constexpr uint64_t kCount = 9 * kSmallest;
  std::string id;
  do {
    uint64_t number = 0;
    random_->Fill(absl::MakeSpan(reinterpret_cast<uint8_t*>(&number), sizeof(number)));
    id = absl::StrCat(kSmallest + number % kCount);
  } while (ledger_->FindHold(id) != nullptr);
  return id;
}

}  // namespace payments::sandbox
