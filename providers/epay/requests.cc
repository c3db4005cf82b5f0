#include "providers/epay/requests.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "providers/epay/amount.h"
#include "providers/epay/form_body.h"
#include "providers/epay/json_body.h"
#include "providers/epay/names.h"
#include "providers/text.h"

namespace payments::epay {
namespace {

using Effect = HttpRequest::Effect;

constexpr absl::string_view kGrantType = "client_credentials";

HttpRequest Post(std::string url, Effect effect, absl::string_view content_type, Secret body) {
  return HttpRequest{.effect = effect,
                     .method = "POST",
                     .url = std::move(url),
                     .headers = {{"Content-Type", std::string(content_type)}},
                     .body = std::move(body)};
}

// No money moves and nothing changes by asking for a token, however often.
HttpRequest TokenRequest(const EpaySettings& settings, absl::Span<const FormField> fields) {
  return Post(settings.oauth_url, Effect::kReadOnly, "application/x-www-form-urlencoded",
              FormBody(fields));
}

absl::Status ValidateAmount(const v1::Money& amount) {
  if (amount.currency_code() != kCurrency) {
    return absl::InvalidArgumentError("amount must be in KZT");
  }
  if (amount.amount_minor() <= 0) return absl::InvalidArgumentError("amount must be positive");
  return absl::OkStatus();
}

bool IsBase64(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("+/=\r\n", c);
  });
}

const Secret* FindPosted(const ConfirmCall& call, absl::string_view name) {
  for (const auto& [key, value] : call.posted_fields) {
    if (absl::EqualsIgnoreCase(key, name)) return &value;
  }
  return nullptr;
}

// The MD that was given out, if it is the one that came back.
absl::StatusOr<std::string> MatchedMd(const ConfirmCall& call) {
  const auto ours = call.action_fields.find(std::string(kMdField));
  const Secret* posted = FindPosted(call, kMdField);
  if (ours == call.action_fields.end() || ours->second.empty()) {
    return absl::InvalidArgumentError("MD: the transfer gave none out");
  }
  if (posted == nullptr || posted->empty()) return absl::InvalidArgumentError("MD is missing");
  const Secret repaired = PlusesForBlanks(posted->Reveal());
  if (!repaired.EqualsInConstantTime(PlusesForBlanks(ours->second).Reveal())) {
    return absl::InvalidArgumentError("MD is not the one that was given out");
  }
  return ours->second;
}

absl::StatusOr<Secret> RepairedPaRes(const ConfirmCall& call) {
  const Secret* posted = FindPosted(call, kPaResField);
  if (posted == nullptr || posted->empty()) return absl::InvalidArgumentError("PaRes is missing");
  if (posted->size() > kPaymentAuthSizeMaxBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("PaRes is longer than ", kPaymentAuthSizeMaxBytes, " bytes"));
  }
  Secret pa_res = PlusesForBlanks(posted->Reveal());
  if (!IsBase64(pa_res.Reveal())) return absl::InvalidArgumentError("PaRes is not base64");
  return pa_res;
}

}  // namespace

absl::StatusOr<std::string> OrderIdOf(int64_t transfer_number) {
  if (transfer_number < kOrderNumberMin || transfer_number > kOrderNumberMax) {
    return absl::InvalidArgumentError("the order number must be 6 to 15 digits");
  }
  return absl::StrCat(transfer_number);
}

absl::StatusOr<HttpRequest> TransferTokenRequest(const EpaySettings& settings,
                                                 int64_t transfer_number, const v1::Money& amount) {
  if (absl::Status status = ValidateAmount(amount); !status.ok()) return status;
  const absl::StatusOr<std::string> order_id = OrderIdOf(transfer_number);
  if (!order_id.ok()) return order_id.status();
  const std::string amount_text = AmountText(amount.amount_minor());
  std::vector<FormField> fields = {{"grant_type", kGrantType},
                                   {"scope", settings.transfer_scope},
                                   {"invoiceID", *order_id},
                                   {"amount", amount_text},
                                   {"currency", kCurrency},
                                   {"client_id", settings.client_id},
                                   {"client_secret", settings.client_secret.Reveal()},
                                   {"terminal", settings.terminal}};
  if (!settings.secret_hash.empty()) {
    fields.push_back({"secret_hash", settings.secret_hash.Reveal()});
  }
  return TokenRequest(settings, fields);
}

HttpRequest StatusTokenRequest(const EpaySettings& settings) {
  return TokenRequest(settings, {{"grant_type", kGrantType},
                                 {"scope", settings.status_scope},
                                 {"client_id", settings.client_id},
                                 {"client_secret", settings.client_secret.Reveal()},
                                 {"terminal", settings.terminal}});
}

absl::StatusOr<HttpRequest> ConfirmRequest(const EpaySettings& settings, const ConfirmCall& call) {
  const auto id = call.references.find(std::string(kTransactionId));
  if (id == call.references.end()) {
    return absl::InvalidArgumentError("ID: the transfer has no transaction_id");
  }
  const absl::StatusOr<std::string> md = MatchedMd(call);
  if (!md.ok()) return md.status();
  const absl::StatusOr<Secret> pa_res = RepairedPaRes(call);
  if (!pa_res.ok()) return pa_res.status();
  absl::StatusOr<Secret> body = JsonBody(
      {JsonText("ID", id->second),
       JsonText(kPaResField, pa_res->Reveal(), kPaymentAuthSizeMaxBytes), JsonText(kMdField, *md)});
  if (!body.ok()) return body.status();
  return Post(settings.confirm_url, Effect::kMovesMoney, "application/json", *std::move(body));
}

HttpRequest StatusRequest(const EpaySettings& settings, absl::string_view order_id) {
  return HttpRequest{.effect = Effect::kReadOnly,
                     .method = "GET",
                     .url = absl::StrCat(settings.status_url, "/", order_id)};
}

}  // namespace payments::epay
