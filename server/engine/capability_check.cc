#include "server/engine/capability_check.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/engine/new_payment.h"
#include "server/engine/proto_time.h"

namespace payments {
namespace {

// Of accounts that do not fit; an error's text stays readable.
constexpr size_t kReasonsMax = 5;

absl::Status NotSupported(const Account& account, absl::string_view capability,
                          absl::string_view what) {
  return MakeError(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_CAPABILITY_NOT_SUPPORTED,
                   absl::StrCat(account.name, " does not support ", what),
                   {{"account", account.name},
                    {"capability", std::string(capability)},
                    {"provider_called", "false"}});
}

template <typename Values, typename Value>
bool Has(const Values& values, const Value& value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

absl::Status CheckAmount(const Account& account, const v1::Money& amount) {
  std::vector<std::string> currencies;
  for (const v1::CurrencyLimits& limits : account.provider->capabilities().currencies()) {
    currencies.push_back(limits.currency_code());
    if (limits.currency_code() != amount.currency_code()) continue;
    if (amount.amount_minor() >= limits.amount_minor_min() &&
        amount.amount_minor() <= limits.amount_minor_max()) {
      return absl::OkStatus();
    }
    return InvalidField(
        "amount.amount_minor",
        absl::StrCat("must be ", limits.amount_minor_min(), " to ", limits.amount_minor_max(),
                     " (minor units of ", limits.currency_code(), ") for ", account.name));
  }
  return InvalidField(
      "amount.currency_code",
      absl::StrCat("must be one of ", absl::StrJoin(currencies, ", "), " for ", account.name));
}

absl::Status CheckOption(const Account& account, const std::string& key, const std::string& value) {
  std::vector<std::string> known;
  for (const v1::ProviderOption& option : account.provider->capabilities().provider_options()) {
    known.push_back(option.key());
    if (option.key() != key) continue;
    const std::string field = absl::StrCat("provider_options[\"", key, "\"]");
    if (static_cast<int>(value.size()) > option.length_max()) {
      return InvalidField(field,
                          absl::StrCat("must be at most ", option.length_max(), " characters"));
    }
    const bool digits = std::all_of(value.begin(), value.end(), absl::ascii_isdigit);
    if (option.type() == v1::PROVIDER_OPTION_TYPE_DIGITS && (value.empty() || !digits)) {
      return InvalidField(field, "must be decimal digits");
    }
    return absl::OkStatus();
  }
  return InvalidField("provider_options",
                      absl::StrCat("\"", key, "\" is not known to ", account.name, "; known are: ",
                                   known.empty() ? "none" : absl::StrJoin(known, ", ")));
}

absl::Status CheckLanguage(const Account& account, absl::string_view field,
                           const std::string& language) {
  const auto& languages = account.provider->capabilities().languages();
  if (language.empty() || Has(languages, language)) return absl::OkStatus();
  return InvalidField(field, absl::StrCat("must be one of ", absl::StrJoin(languages, ", "),
                                          " for ", account.name));
}

absl::Status CheckHoldDuration(const Account& account, const v1::CreatePaymentRequest& request) {
  const v1::Capabilities& can = account.provider->capabilities();
  if (!request.has_hold_duration() || !can.has_hold_duration_max()) return absl::OkStatus();
  const absl::Duration max = ToDuration(can.hold_duration_max());
  if (ToDuration(request.hold_duration()) <= max) return absl::OkStatus();
  return InvalidField("hold_duration", absl::StrCat("must be at most ", absl::FormatDuration(max),
                                                    " for ", account.name));
}

// -- Card and destination kinds ---------------------------------------------------

absl::Status CheckSource(const Account& account, const v1::CreatePaymentRequest& request) {
  const auto& kinds = account.provider->capabilities().source_kinds();
  if (request.source().has_masked_card()) {
    if (!Has(kinds, v1::SOURCE_KIND_CARD_DATA)) {
      return NotSupported(account, "source_kinds", "payments from card data");
    }
    if (IsTransfer(request)) return absl::OkStatus();
    return NotSupported(account, "source_kinds", "payments to the merchant from card data");
  }
  if (Has(kinds, v1::SOURCE_KIND_SAVED_CARD)) return absl::OkStatus();
  return NotSupported(account, "source_kinds", "payments from a saved card");
}

absl::Status CheckDestination(const Account& account, const v1::PaymentDestination& destination) {
  const auto& kinds = account.provider->capabilities().destination_kinds();
  switch (destination.destination_case()) {
    case v1::PaymentDestination::kMaskedCard:
      if (Has(kinds, v1::DESTINATION_KIND_CARD_DATA)) return absl::OkStatus();
      return NotSupported(account, "destination_kinds", "payments to a card number");
    case v1::PaymentDestination::kCard:
      if (Has(kinds, v1::DESTINATION_KIND_SAVED_CARD)) return absl::OkStatus();
      return NotSupported(account, "destination_kinds", "payments to a saved card");
    default:
      if (Has(kinds, v1::DESTINATION_KIND_MERCHANT)) return absl::OkStatus();
      return NotSupported(account, "destination_kinds", "payments to the merchant");
  }
}

absl::Status CheckTransfer(const v1::CreatePaymentRequest& request) {
  if (request.capture_mode() != v1::CAPTURE_MODE_AUTOMATIC) {
    return InvalidField("capture_mode",
                        "must be CAPTURE_MODE_AUTOMATIC: a transfer is not held first");
  }
  if (request.has_hold_duration()) {
    return InvalidField("hold_duration", "is for payments to the merchant: a transfer holds none");
  }
  return absl::OkStatus();
}

absl::Status CheckMerchantPayment(const v1::CreatePaymentRequest& request) {
  if (!request.has_receiver()) return absl::OkStatus();
  return InvalidField("receiver", "is for transfers: the merchant is paid");
}

// What a payment may have that only some providers can make use of: said, so that it is
// not silently left out.
absl::Status CheckExtras(const Account& account, const v1::CreatePaymentRequest& request) {
  const v1::Capabilities& can = account.provider->capabilities();
  if ((request.save_source() || request.save_destination()) && !can.saves_cards()) {
    return NotSupported(account, "saves_cards", "keeping a payment's cards");
  }
  if (request.has_receiver() && !can.transfers_abroad()) {
    return NotSupported(account, "transfers_abroad", "transfers abroad");
  }
  const bool form = Has(can.payer_actions(), v1::PAYER_ACTION_KIND_FORM_POST_AT_PAYMENT);
  const bool pages = !request.return_url().empty() || !request.failure_return_url().empty() ||
                     !request.challenge_return_url().empty();
  if (pages && !form) {
    return NotSupported(account, "payer_actions", "pages that a payer comes back to");
  }
  const bool saves = request.save_source() || request.save_destination();
  if (saves && request.merchant_customer_id().empty()) {
    return InvalidField("merchant_customer_id", "is required to keep a card");
  }
  return IsTransfer(request) ? CheckTransfer(request) : CheckMerchantPayment(request);
}

// -- Which account is meant -------------------------------------------------------

// How much of what tells the kind of a payment apart the account can do, the most telling
// first: a mistake in the rest does not make it another account's payment.
int KindMatches(const Account& account, const v1::CreatePaymentRequest& request) {
  const v1::Capabilities& can = account.provider->capabilities();
  int matches = 0;
  if (!CheckSource(account, request).ok()) return matches;
  if (!CheckDestination(account, request.destination()).ok()) return matches;
  ++matches;
  if (!Has(can.capture_modes(), request.capture_mode())) return matches;
  ++matches;
  const bool currency =
      std::any_of(can.currencies().begin(), can.currencies().end(), [&request](const auto& limits) {
        return limits.currency_code() == request.amount().currency_code();
      });
  return currency ? matches + 1 : matches;
}

int KindMatches(const Account& account, const v1::RegisterCardRequest& /*request*/) {
  return account.provider->capabilities().card_registration() ? 1 : 0;
}

// Says of each account why not, so that who forgot a field is told which.
absl::Status NoneFits(const std::vector<absl::Status>& refusals) {
  std::vector<std::string> reasons;
  for (const absl::Status& refusal : refusals) {
    if (reasons.size() == kReasonsMax) {
      reasons.push_back(absl::StrCat(refusals.size() - kReasonsMax, " more"));
      break;
    }
    reasons.emplace_back(refusal.message());
  }
  return MakeError(absl::StatusCode::kFailedPrecondition, v1::ERROR_REASON_NO_SUITABLE_ACCOUNT,
                   absl::StrCat("account: none of the caller's accounts can do this: ",
                                reasons.empty() ? "there are none" : absl::StrJoin(reasons, "; ")),
                   {{"provider_called", "false"}});
}

// "create_payment.payer.email" and the like.
absl::Status CheckRequiredFields(const Account& account, const v1::CreatePaymentRequest& request) {
  const std::map<absl::string_view, const std::string*> fields = {
      {"payer.ip_address", &request.payer().ip_address()},
      {"payer.email", &request.payer().email()},
      {"payer.phone", &request.payer().phone()},
      {"payer.address", &request.payer().address()},
      {"return_url", &request.return_url()},
      {"description", &request.description()},
      {"merchant_customer_id", &request.merchant_customer_id()},
  };
  for (absl::string_view required : account.provider->capabilities().required_fields()) {
    if (!absl::ConsumePrefix(&required, "create_payment.")) continue;
    const auto field = fields.find(required);
    if (field == fields.end() || !field->second->empty()) continue;
    return InvalidField(required, absl::StrCat("is required by ", account.name));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckCapabilities(const Account& account, const v1::CreatePaymentRequest& request) {
  const v1::Capabilities& can = account.provider->capabilities();
  if (absl::Status status = CheckSource(account, request); !status.ok()) return status;
  if (absl::Status status = CheckDestination(account, request.destination()); !status.ok()) {
    return status;
  }
  if (!Has(can.capture_modes(), request.capture_mode())) {
    return NotSupported(account, "capture_modes", v1::CaptureMode_Name(request.capture_mode()));
  }
  if (absl::Status status = CheckAmount(account, request.amount()); !status.ok()) return status;
  if (absl::Status status = CheckExtras(account, request); !status.ok()) return status;
  if (absl::Status status = CheckRequiredFields(account, request); !status.ok()) return status;
  if (absl::Status status = CheckHoldDuration(account, request); !status.ok()) return status;
  for (const auto& [key, value] : request.provider_options()) {
    if (absl::Status status = CheckOption(account, key, value); !status.ok()) return status;
  }
  return CheckLanguage(account, "payer.language", request.payer().language());
}

absl::Status CheckCapabilities(const Account& account, const v1::RegisterCardRequest& request) {
  const v1::Capabilities& can = account.provider->capabilities();
  if (!can.card_registration()) {
    return NotSupported(account, "card_registration", "card registration");
  }
  if (Has(can.required_fields(), "register_card.phone") && request.phone().empty()) {
    return InvalidField("phone", absl::StrCat("is required by ", account.name));
  }
  return CheckLanguage(account, "language", request.language());
}

absl::Status CheckCaptureAmount(const Account& account, const v1::Payment& payment,
                                const v1::CapturePaymentRequest& request) {
  if (!request.has_amount()) return absl::OkStatus();
  const v1::Money& held = payment.amount();
  const v1::Money& wanted = request.amount();
  if (wanted.currency_code() != held.currency_code()) {
    return InvalidField("amount.currency_code", absl::StrCat("must be ", held.currency_code()));
  }
  if (wanted.amount_minor() <= 0 || wanted.amount_minor() > held.amount_minor()) {
    return InvalidField("amount.amount_minor",
                        absl::StrCat("must be 1 to ", held.amount_minor(), ", what is held"));
  }
  if (wanted.amount_minor() < held.amount_minor()) {
    return NotSupported(account, "partial_capture", "capturing less than what is held");
  }
  return absl::OkStatus();
}

namespace {

template <typename Request>
absl::StatusOr<const Account*> ChooseNamed(const AccountDirectory& accounts,
                                           absl::string_view tenant, absl::string_view name,
                                           const Request& request) {
  const Account* account = accounts.Find(tenant, name);
  if (account == nullptr) {
    return MakeError(absl::StatusCode::kNotFound, v1::ERROR_REASON_ACCOUNT_NOT_FOUND,
                     absl::StrCat("account: there is no ", name, " for this caller"),
                     {{"provider_called", "false"}});
  }
  if (absl::Status status = CheckCapabilities(*account, request); !status.ok()) return status;
  return account;
}

template <typename Request>
absl::StatusOr<const Account*> Choose(const AccountDirectory& accounts, absl::string_view tenant,
                                      absl::string_view name, const Request& request) {
  if (!name.empty()) return ChooseNamed(accounts, tenant, name, request);
  std::vector<const Account*> fitting;
  std::vector<std::string> names;
  // Of the accounts that come closest to the kind of payment.
  std::vector<absl::Status> refusals;
  int matches_max = 0;
  for (const Account* account : accounts.OfTenant(tenant)) {
    absl::Status status = CheckCapabilities(*account, request);
    if (status.ok()) {
      fitting.push_back(account);
      names.push_back(account->name);
      continue;
    }
    const int matches = KindMatches(*account, request);
    if (matches > matches_max) refusals.clear();
    matches_max = std::max(matches, matches_max);
    if (matches == matches_max) refusals.push_back(std::move(status));
  }
  if (fitting.size() == 1) return fitting.front();
  if (fitting.size() > 1) {
    return MakeError(absl::StatusCode::kInvalidArgument, v1::ERROR_REASON_ACCOUNT_AMBIGUOUS,
                     "account: several accounts fit; name one of them",
                     {{"candidates", absl::StrJoin(names, ",")}, {"provider_called", "false"}});
  }
  // It is plain which account was meant: what it says names the field at fault.
  if (refusals.size() == 1) return refusals.front();
  return NoneFits(refusals);
}

}  // namespace

absl::StatusOr<const Account*> ChooseAccount(const AccountDirectory& accounts,
                                             absl::string_view tenant, absl::string_view name,
                                             const v1::CreatePaymentRequest& request) {
  return Choose(accounts, tenant, name, request);
}

absl::StatusOr<const Account*> ChooseAccount(const AccountDirectory& accounts,
                                             absl::string_view tenant,
                                             const v1::RegisterCardRequest& request) {
  return Choose(accounts, tenant, request.account(), request);
}

}  // namespace payments
