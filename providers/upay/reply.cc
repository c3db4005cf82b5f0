#include "providers/upay/reply.h"

#include <array>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "providers/text.h"
#include "providers/upay/names.h"

namespace payments::upay {
namespace {

constexpr int kHttpOk = 200;
constexpr int kHttpUnauthorized = 401;
constexpr int kHttpForbidden = 403;
constexpr size_t kAmountDigitsMax = 18;  // Fits into int64.

}  // namespace

Reply ReadReply(const HttpResponse& response) {
  Reply reply;
  reply.access_refused =
      response.status_code == kHttpUnauthorized || response.status_code == kHttpForbidden;
  if (response.status_code != kHttpOk) {
    reply.answer.code = absl::StrCat("HTTP ", response.status_code);
  }
  absl::StatusOr<std::variant<SoapAnswer, SoapFault>> content =
      ReadSoapResponse(response.body.Reveal());
  if (!content.ok()) {
    reply.answer.message = std::string(content.status().message());
    return reply;
  }
  if (const auto* fault = std::get_if<SoapFault>(&*content)) {
    if (reply.answer.code.empty()) {
      reply.answer.code = Presentable(fault->code, kAnswerCodeSizeMaxBytes);
    }
    reply.answer.message = Presentable(fault->text, kAnswerMessageSizeMaxBytes);
    return reply;
  }
  auto& fields = std::get<SoapAnswer>(*content);
  reply.answer.message = Presentable(fields.description, kAnswerMessageSizeMaxBytes);
  if (response.status_code != kHttpOk) return reply;
  reply.answer.code = Presentable(fields.code, kAnswerCodeSizeMaxBytes);
  reply.row = FindCode(fields.code);
  if (reply.row != nullptr) reply.fields = std::move(fields);
  return reply;
}

StatedAmount ReadAmount(const SoapAnswer& fields) {
  StatedAmount stated;
  if (fields.payment_amount.empty()) return stated;
  int64_t amount_minor = 0;
  stated.readable = IsDigits(fields.payment_amount, kAmountDigitsMax) &&
                    absl::SimpleAtoi(fields.payment_amount, &amount_minor);
  if (!stated.readable) return stated;
  stated.amount.emplace();
  stated.amount->set_currency_code(std::string(kCurrency));
  stated.amount->set_amount_minor(amount_minor);
  return stated;
}

ProviderReferences ReadReferences(const SoapAnswer& fields) {
  ProviderReferences references;
  const std::array<std::pair<absl::string_view, const std::string*>, 4> all = {{
      {kHoldId, &fields.hold_id},
      {kTransactionId, &fields.transaction_id},
      {kProcessTrxId, &fields.process_trx_id},
      {kPartnerTrxId, &fields.partner_trx_id},
  }};
  for (const auto& [name, value] : all) {
    if (!value->empty()) references.emplace(name, *value);
  }
  return references;
}

}  // namespace payments::upay
