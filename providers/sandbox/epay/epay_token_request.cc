#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "providers/sandbox/epay/epay_money.h"
#include "providers/sandbox/epay/epay_requests.h"
#include "providers/sandbox/percent_encoding.h"

namespace payments::sandbox {
namespace {

constexpr size_t kFieldsMax = 16;
constexpr size_t kValueBytesMax = 512;

constexpr std::array<absl::string_view, 12> kKnownFields = {
    "grant_type",    "scope",    "invoiceID",   "amount",   "currency",        "client_id",
    "client_secret", "terminal", "secret_hash", "postLink", "failurePostLink", "accountId"};

// The words of the long scope: what the status takes.
constexpr std::array<absl::string_view, 7> kLongScope = {
    "webapi", "usermanagement", "email_send", "verification", "statement", "statistics", "payment"};

absl::Status Wrong(absl::string_view field, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", why));
}

bool IsLongScope(absl::string_view scope) {
  const std::vector<absl::string_view> words = absl::StrSplit(scope, ' ', absl::SkipEmpty());
  return !words.empty() && std::all_of(words.begin(), words.end(), [](absl::string_view word) {
    return std::find(kLongScope.begin(), kLongScope.end(), word) != kLongScope.end();
  });
}

absl::Status CheckFields(const FormFields& fields) {
  for (const auto& [name, value] : fields) {
    if (std::find(kKnownFields.begin(), kKnownFields.end(), name) == kKnownFields.end()) {
      return absl::InvalidArgumentError("a field that is not known");
    }
    if (value.size() > kValueBytesMax) {
      return Wrong(name, absl::StrCat("at most ", kValueBytesMax, " bytes"));
    }
  }
  for (const char* name : {"grant_type", "scope", "client_id", "client_secret"}) {
    if (FieldOf(fields, name).empty()) return Wrong(name, "required");
  }
  if (FieldOf(fields, "grant_type") != "client_credentials") {
    return Wrong("grant_type", "must be client_credentials");
  }
  return absl::OkStatus();
}

absl::Status ReadTransferFields(const FormFields& fields, EpayTokenRequest& request) {
  request.invoice_id = std::string(FieldOf(fields, "invoiceID"));
  if (!IsOrderNumber(request.invoice_id)) return Wrong("invoiceID", "must be 6 to 15 digits");
  request.amount = std::string(FieldOf(fields, "amount"));
  const auto amount = ParseEpayAmount(request.amount);
  if (!amount.has_value()) return Wrong("amount", "more than 0, at most two decimals");
  request.amount_minor = *amount;
  request.currency = std::string(FieldOf(fields, "currency"));
  if (!IsEpayCurrency(request.currency)) return Wrong("currency", "not one the terminal knows");
  if (request.terminal.empty()) return Wrong("terminal", "required");
  request.secret_hash = std::string(FieldOf(fields, "secret_hash"));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<EpayTokenRequest> ReadEpayTokenRequest(absl::string_view form) {
  const auto fields = DecodeForm(form, kFieldsMax);
  if (!fields.ok()) return fields.status();
  if (auto status = CheckFields(*fields); !status.ok()) return status;
  EpayTokenRequest request;
  request.scope = std::string(FieldOf(*fields, "scope"));
  request.client_id = std::string(FieldOf(*fields, "client_id"));
  request.client_secret = Secret(FieldOf(*fields, "client_secret"));
  request.terminal = std::string(FieldOf(*fields, "terminal"));
  if (request.is_for_transfer()) {
    if (auto status = ReadTransferFields(*fields, request); !status.ok()) return status;
  } else if (!IsLongScope(request.scope)) {
    return Wrong("scope", "transfer, or the words of the long scope");
  }
  return request;
}

}  // namespace payments::sandbox
