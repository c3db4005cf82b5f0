#include "server/engine/payer_action.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "providers/text.h"
#include "server/engine/payment_phase.h"
#include "server/engine/proto_time.h"
#include "server/engine/subject_token.h"

namespace payments {
namespace {

constexpr char kPaymentPrefix[] = "payments/";
constexpr char kActionKind = 'a';

// A failed payment's page, where the merchant has one.
std::string ReturnUrl(const storage::v1::PaymentRecord& record) {
  switch (record.payment().state()) {
    case v1::PAYMENT_STATE_DECLINED:
    case v1::PAYMENT_STATE_CANCELED:
    case v1::PAYMENT_STATE_EXPIRED:
    case v1::PAYMENT_STATE_FAILED:
      if (!record.failure_return_url().empty()) return record.failure_return_url();
      return record.return_url();
    default:
      return record.return_url();
  }
}

}  // namespace

std::string ActionUrl(const EngineCore& core, const storage::v1::PaymentRecord& record) {
  const absl::string_view id = absl::StripPrefix(record.payment().name(), kPaymentPrefix);
  return absl::StrCat(
      core.policy.public_base_url, "/actions/",
      MakeSubjectToken(*core.deps.keys, {kActionKind, record.tenant(), std::string(id)}));
}

std::string ActionResultUrl(absl::string_view action_url) {
  return absl::StrCat(action_url, "/result");
}

absl::StatusOr<ActionTarget> ReadActionToken(const KeyRing& keys, absl::string_view token) {
  absl::StatusOr<TokenSubject> subject = ReadSubjectToken(keys, token);
  if (!subject.ok()) return subject.status();
  if (subject->kind != kActionKind) return absl::NotFoundError("not an action's token");
  return ActionTarget{subject->tenant, absl::StrCat(kPaymentPrefix, subject->id)};
}

PayerAction ShownAction(const storage::v1::PaymentRecord& record, absl::Time now) {
  const v1::Payment& payment = record.payment();
  PayerAction action;
  action.return_url = ReturnUrl(record);
  action.language = record.payer_language();
  if (payment.state() != v1::PAYMENT_STATE_ACTION_REQUIRED) {
    action.is_pending = !IsFinal(payment.state());
  } else if (!payment.cancel_requested() && payment.next_action().has_form_post() &&
             now < ToTime(payment.expire_time())) {
    action.form = payment.next_action().form_post();
  }
  return action;
}

ConfirmCall MakeConfirmCall(const storage::v1::PaymentRecord& record,
                            std::map<std::string, Secret> posted) {
  const v1::Payment& payment = record.payment();
  const int transfer = LastOperationOfKind(payment, v1::OPERATION_KIND_TRANSFER);
  const auto& references = payment.provider_references();
  const auto& fields = record.payer_action().form_post().fields();
  ConfirmCall call;
  call.transfer_number = record.operations(transfer).number();
  call.references = {references.begin(), references.end()};
  call.amount = payment.amount();
  call.action_fields = {fields.begin(), fields.end()};
  call.posted_fields = std::move(posted);
  return call;
}

absl::Status CheckPostedFields(const storage::v1::PaymentRecord& record,
                               const std::map<std::string, Secret>& posted) {
  for (const auto& [name, value] : record.payer_action().form_post().fields()) {
    const auto field = posted.find(name);
    if (field == posted.end()) continue;
    const Secret repaired = PlusesForBlanks(field->second.Reveal());
    if (repaired.EqualsInConstantTime(PlusesForBlanks(value).Reveal())) continue;
    return InvalidField(absl::StrCat("fields[\"", name, "\"]"),
                        "must be as it was in next_action.form_post.fields");
  }
  return absl::OkStatus();
}

}  // namespace payments
