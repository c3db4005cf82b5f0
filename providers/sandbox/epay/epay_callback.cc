#include "providers/sandbox/epay/epay_callback.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "providers/sandbox/callback_body.h"
#include "providers/sandbox/epay/epay_codes.h"
#include "providers/sandbox/epay/epay_money.h"

namespace payments::sandbox {
namespace {

using Kind = WireField::Kind;

std::string CardTypeOf(absl::string_view masked_pan) {
  if (absl::StartsWith(masked_pan, "4")) return "VISA";
  return absl::StartsWith(masked_pan, "3") ? "AMEX" : "MASTERCARD";
}

WireFields FieldsOf(const TransferEntry& entry, const EpayClaim& claim, bool other_names) {
  const v1::Transfer& transfer = entry.transfer;
  const int code =
      claim.succeeded ? 0 : (transfer.code() != 0 ? transfer.code() : kEpaySystemError);
  std::string reason = claim.succeeded ? "success" : EpayMessageOf(code);
  if (!claim.reason.empty()) reason = claim.reason;
  WireFields fields = {{"id", transfer.id()},
                       {other_names ? "invoiceID" : "invoiceId", transfer.order_id()},
                       {"amount", FormatEpayAmount(transfer.amount_minor()), Kind::kNumber},
                       {"currency", transfer.currency()},
                       {"terminal", transfer.terminal_id()},
                       {"description", entry.description},
                       {"cardMask", transfer.sender_masked_pan()},
                       {"cardType", CardTypeOf(transfer.sender_masked_pan())},
                       {other_names ? "cardID" : "cardId", transfer.sender_card_id()},
                       {"reference", claim.succeeded ? entry.reference : ""},
                       {"approvalCode", claim.succeeded ? entry.approval_code : ""},
                       {"secure", entry.three_d_secure.has_value() ? "yes" : "no"},
                       {"language", "rus"},
                       {"code", claim.succeeded ? "ok" : "error"},
                       {"reason", reason},
                       {"reasonCode", claim.succeeded ? "" : absl::StrCat(code),
                        claim.succeeded ? Kind::kNull : Kind::kNumber},
                       {"name", entry.sender_name},
                       {"email", entry.email},
                       {"phone", ""}};
  if (!claim.secret_hash.empty()) fields.push_back({"secret_hash", claim.secret_hash});
  return fields;
}

}  // namespace

EpayClaim TruthOf(const TransferEntry& entry) {
  EpayClaim claim;
  claim.succeeded = entry.transfer.state() == v1::TRANSFER_STATE_DONE;
  return claim;
}

CallbackOrder WriteEpayCallback(const TransferEntry& entry, EpayClaim claim,
                                const v1::CallbackPolicy& policy) {
  CallbackOrder order;
  order.kind = "transfer";
  order.policy = policy;
  // By the truth, so that a lie goes where the truth would have gone.
  const bool to_post_link = entry.transfer.state() == v1::TRANSFER_STATE_DONE ||
                            entry.transfer.failure_post_link().empty();
  if (claim.url.empty()) {
    claim.url = to_post_link ? entry.transfer.post_link() : entry.transfer.failure_post_link();
  }
  if (claim.url.empty() || policy.kind() == v1::CALLBACK_KIND_NONE) return order;
  if (policy.kind() == v1::CALLBACK_KIND_FORGED_STATUS) claim.succeeded = !claim.succeeded;
  if (claim.secret_hash.empty()) {
    const bool forged = policy.kind() == v1::CALLBACK_KIND_FORGED_TOKEN;
    claim.secret_hash = forged ? "not-the-secret-hash" : entry.secret_hash;
  }
  const bool other_names = policy.encoding() == v1::CALLBACK_ENCODING_JSON_STRINGS;
  order.request =
      WriteCallbackRequest(claim.url, FieldsOf(entry, claim, other_names), policy.encoding());
  return order;
}

}  // namespace payments::sandbox
