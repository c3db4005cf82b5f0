#include "providers/epay/settings.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "providers/endpoint.h"
#include "providers/epay/names.h"
#include "providers/text.h"

namespace payments::epay {
namespace {

constexpr absl::string_view kTransferScope = "transfer";
constexpr absl::string_view kStatusScope =
    "webapi usermanagement email_send verification statement statistics payment";
constexpr size_t kCredentialSizeMaxBytes = 256;
constexpr int64_t kOrderNumberFirst = 1'000'000;
// As many numbers have different last six digits.
constexpr int64_t kLastSixDigitsCount = 1'000'000;

absl::Status Wrong(absl::string_view setting, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(setting, ": ", why));
}

// Absent ones take `otherwise`.
std::string SettingOr(const AccountSettings& settings, absl::string_view name,
                      absl::string_view otherwise) {
  const auto found = settings.settings.find(std::string(name));
  return found == settings.settings.end() ? std::string(otherwise) : found->second;
}

Secret SecretOrEmpty(const AccountSettings& settings, absl::string_view name) {
  const auto found = settings.secrets.find(std::string(name));
  return found == settings.secrets.end() ? Secret() : found->second;
}

absl::Status ValidateCredential(absl::string_view name, absl::string_view value) {
  if (value.empty()) return Wrong(name, "must not be empty");
  if (value.size() > kCredentialSizeMaxBytes) {
    return Wrong(name, absl::StrCat("is longer than ", kCredentialSizeMaxBytes, " bytes"));
  }
  if (!IsUtf8(value) || std::any_of(value.begin(), value.end(), absl::ascii_iscntrl)) {
    return Wrong(name, "is not UTF-8 or holds a control character, perhaps a line's end");
  }
  return absl::OkStatus();
}

// One of two words.
absl::StatusOr<bool> ReadChoice(const AccountSettings& settings, absl::string_view name,
                                absl::string_view no, absl::string_view yes) {
  const std::string value = SettingOr(settings, name, no);
  if (value == yes || value == no) return value == yes;
  return Wrong(name, absl::StrCat("must be ", no, " or ", yes));
}

absl::StatusOr<int64_t> ReadOrderNumber(const AccountSettings& settings, absl::string_view name,
                                        int64_t otherwise) {
  constexpr size_t kDigitsMax = 15;
  const std::string text = SettingOr(settings, name, absl::StrCat(otherwise));
  int64_t number = 0;
  if (!IsDigits(text, kDigitsMax) || !absl::SimpleAtoi(text, &number) || number < kOrderNumberMin ||
      absl::StrCat(number) != text) {
    return Wrong(name, absl::StrCat("must be a number from ", kOrderNumberMin, " to ",
                                    kOrderNumberMax, ", which is 6 to 15 digits"));
  }
  return number;
}

absl::StatusOr<NumberRange> ReadNumbers(const AccountSettings& settings,
                                        absl::string_view terminal) {
  constexpr absl::string_view kLast = "order_number_last";
  const auto first = ReadOrderNumber(settings, "order_number_first", kOrderNumberFirst);
  if (!first.ok()) return first.status();
  const auto last =
      ReadOrderNumber(settings, kLast, std::min(*first + kLastSixDigitsCount - 1, kOrderNumberMax));
  if (!last.ok()) return last.status();
  const auto again = ReadChoice(settings, "order_number_at_end", "refuse", "start_again");
  if (!again.ok()) return again.status();
  const auto repeat = ReadChoice(settings, "order_number_last_six", "unique", "may_repeat");
  if (!repeat.ok()) return repeat.status();
  if (*last < *first) return Wrong(kLast, "must not be less than order_number_first");
  if (*last - *first >= kLastSixDigitsCount && !*repeat) {
    return Wrong(kLast, absl::StrCat("the range holds more than ", kLastSixDigitsCount,
                                     " numbers, so their last six digits repeat, which Epay "
                                     "forbids; order_number_last_six may_repeat allows it"));
  }
  return NumberRange{
      .sequence = std::string(terminal),
      .first = *first,
      .last = *last,
      .at_end = *again ? NumberRange::AtEnd::kStartAgain : NumberRange::AtEnd::kRefuse};
}

absl::Status Validate(const EpaySettings& settings) {
  absl::Status status = ValidateEndpoint("oauth_url", settings.oauth_url);
  status.Update(ValidateEndpoint("transfer_url", settings.transfer_url));
  status.Update(ValidateEndpoint("confirm_url", settings.confirm_url));
  status.Update(ValidateEndpoint("status_url", settings.status_url));
  if (absl::string_view(settings.status_url).find('?') != absl::string_view::npos) {
    status.Update(Wrong("status_url", "must not have a query: an order number is appended"));
  }
  status.Update(ValidateCredential("terminal", settings.terminal));
  status.Update(ValidateCredential("client_id", settings.client_id));
  status.Update(ValidateCredential("transfer_scope", settings.transfer_scope));
  status.Update(ValidateCredential("status_scope", settings.status_scope));
  status.Update(ValidateCredential("client_secret", settings.client_secret.Reveal()));
  if (!settings.secret_hash.empty()) {
    status.Update(ValidateCredential("secret_hash", settings.secret_hash.Reveal()));
  }
  return status;
}

std::map<std::string, std::string> Addresses(absl::string_view oauth_url, absl::string_view api) {
  return {{"oauth_url", std::string(oauth_url)},
          {"transfer_url", absl::StrCat(api, "/p2p/transfer")},
          {"confirm_url", absl::StrCat(api, "/p2p/api/confirm")},
          {"status_url", absl::StrCat(api, "/check-status/p2p/transaction")}};
}

}  // namespace

std::vector<SettingSpec> SettingSpecs() {
  return {
      {"oauth_url", true, "Where tokens are asked for; https, or http to loopback."},
      {"transfer_url", true, "Where transfers are sent; https, or http to loopback."},
      {"confirm_url", true, "Where 3-D Secure results are sent; https, or http to loopback."},
      {"status_url", true, "Where orders are asked about, without the order's number."},
      {"terminal", true, "TerminalID: the point of sale; any text."},
      {"client_id", true, "ClientID of the merchant."},
      {"transfer_scope", false, "Scope of a transfer's token; \"transfer\" if absent."},
      {"status_scope", false, "Scope of the status query's token; Epay's long one if absent."},
      {"confirm_bearer", false, "Whether confirm is sent with a token: off (default) or on."},
      {"order_number_first", false, "The first order number; 1000000 if absent."},
      {"order_number_last", false, "The last one; 999999 more than the first if absent."},
      {"order_number_at_end", false, "After the last one: refuse (default) or start_again."},
      {"order_number_last_six", false, "The last six digits: unique (default) or may_repeat."},
  };
}

std::vector<SettingSpec> SecretSpecs() {
  return {
      {"client_secret", true, "ClientSecret of the merchant."},
      {"secret_hash", false, "Sent with a transfer's token; callbacks must then repeat it."},
  };
}

std::map<std::string, std::map<std::string, std::string>> Presets() {
  return {
      {"production",
       Addresses("https://epay-oauth.homebank.kz/oauth2/token", "https://epay-api.homebank.kz")},
      {"test", Addresses("https://testoauth.homebank.kz/epay2/oauth2/token",
                         "https://testepay.homebank.kz/api")},
      {"test_epayment", Addresses("https://test-epay-oauth.epayment.kz/oauth2/token",
                                  "https://test-epay-api.epayment.kz")},
  };
}

absl::StatusOr<EpaySettings> ReadSettings(const AccountSettings& settings) {
  EpaySettings result{.oauth_url = SettingOr(settings, "oauth_url", ""),
                      .transfer_url = SettingOr(settings, "transfer_url", ""),
                      .confirm_url = SettingOr(settings, "confirm_url", ""),
                      .status_url = SettingOr(settings, "status_url", ""),
                      .terminal = SettingOr(settings, "terminal", ""),
                      .client_id = SettingOr(settings, "client_id", ""),
                      .transfer_scope = SettingOr(settings, "transfer_scope", kTransferScope),
                      .status_scope = SettingOr(settings, "status_scope", kStatusScope),
                      .client_secret = SecretOrEmpty(settings, "client_secret"),
                      .secret_hash = SecretOrEmpty(settings, "secret_hash")};
  if (absl::Status status = Validate(result); !status.ok()) return status;
  result.status_url = std::string(absl::StripSuffix(result.status_url, "/"));
  const absl::StatusOr<bool> bearer = ReadChoice(settings, "confirm_bearer", "off", "on");
  if (!bearer.ok()) return bearer.status();
  result.confirm_bearer = *bearer;
  absl::StatusOr<NumberRange> numbers = ReadNumbers(settings, result.terminal);
  if (!numbers.ok()) return numbers.status();
  result.numbers = *std::move(numbers);
  return result;
}

}  // namespace payments::epay
