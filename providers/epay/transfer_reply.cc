#include "providers/epay/transfer_reply.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "providers/endpoint.h"
#include "providers/epay/code_table.h"
#include "providers/epay/fields.h"
#include "providers/epay/names.h"
#include "providers/epay/transaction_fields.h"

namespace payments::epay {
namespace {

using Verdict = OperationOutcome::Verdict;

constexpr int kHttpUnauthorized = 401;

// The fields of an answer that its meaning depends on.
struct Answer {
  absl::string_view id;
  absl::string_view order_id;
  absl::string_view code;
  absl::string_view status;
  absl::string_view pa_req;
  absl::string_view md;
  absl::string_view action;

  bool asks_for_the_payer() const { return !pa_req.empty() || !md.empty() || !action.empty(); }
  bool tells_of_a_transfer() const { return !id.empty() || !order_id.empty() || !status.empty(); }
  bool is_done() const {
    return absl::EqualsIgnoreCase(status, "AUTH") || absl::EqualsIgnoreCase(status, "CHARGE");
  }
  bool succeeded() const {
    const CodeRow* row = FindCode(code);
    return is_done() && (code.empty() || (row != nullptr && row->finality == Finality::kSuccess));
  }
};

Answer ReadAnswer(FieldReader& answer, FieldReader& challenge) {
  return {.id = answer.Get({"id"}),
          .order_id = ReadOrderId(answer),
          .code = answer.Get({"code"}),
          .status = answer.Get({"status", "statusname"}),
          .pa_req = challenge.Get({"pareq"}),
          .md = challenge.Get({"md"}),
          .action = challenge.Get({"action"})};
}

// Complete, and an address that a payer's browser may be sent to.
bool IsUsable(const Answer& answer) {
  return !answer.id.empty() && !answer.pa_req.empty() &&
         answer.pa_req.size() <= kPaymentAuthSizeMaxBytes && !answer.md.empty() &&
         answer.md.size() <= kMdSizeMaxBytes && ValidateEndpoint("action", answer.action).ok();
}

void AskThePayer(const TransferQuestion& question, const Answer& answer, FieldReader& reader,
                 OperationOutcome& outcome) {
  if (!IsUsable(answer)) {
    outcome.answer.message = "3-D Secure without a usable paReq, md, action or id";
    return;
  }
  // Often not stated; where it is, the payer must not be asked for another amount.
  std::optional<v1::Money> amount = ReadMoney(reader);
  if (reader.contradictory()) return;
  outcome.amount = std::move(amount);
  outcome.verdict = Verdict::kActionRequired;
  v1::FormPostAction& form = *outcome.next_action.mutable_form_post();
  form.set_url(std::string(answer.action));
  auto& fields = *form.mutable_fields();
  fields[std::string(kPaReqField)] = std::string(answer.pa_req);
  fields[std::string(kMdField)] = std::string(answer.md);
  fields[std::string(kTermUrlField)] = question.challenge_url;
}

void Succeed(const TransferQuestion& question, FieldReader& reader, OperationOutcome& outcome) {
  std::optional<v1::Money> amount = ReadMoney(reader);
  // Without an amount to compare it is not believed.
  if (!amount.has_value() || reader.contradictory()) return;
  outcome.verdict = Verdict::kSucceeded;
  outcome.amount = std::move(amount);
  if (question.save_source) outcome.saved_source = ReadSourceCard(reader);
  if (question.save_destination) outcome.saved_destination = ReadDestinationCard(reader);
}

void Refuse(const Answer& answer, int http_status, OperationOutcome& outcome) {
  const CodeRow* row = FindCode(answer.code);
  outcome.answer.unlisted = row == nullptr && !answer.code.empty();
  if (row == nullptr || row->finality != Finality::kFinal || answer.is_done()) return;
  // A gateway that gave up, and perhaps not the bank behind it.
  if (MayBeHttpStatus(answer.code, http_status)) return;
  outcome.verdict = Verdict::kDeclined;
  outcome.answer.category = row->category;
}

// Everything about the answer but whether the token was refused.
OperationOutcome Judge(const TransferQuestion& question, int http_status, const Answer& answer,
                       FieldReader& reader, ProviderAnswer words) {
  OperationOutcome outcome;
  outcome.answer = std::move(words);
  // An answer about another order, or one that states two, is not ours to believe.
  if (!answer.order_id.empty() && answer.order_id != question.order_id) {
    outcome.answer.message = "an answer about another order";
    return outcome;
  }
  std::optional<ProviderReferences> references =
      ReadReferences(reader, question.order_is_reference);
  if (!references.has_value() || reader.contradictory()) return outcome;
  if (answer.asks_for_the_payer()) {
    AskThePayer(question, answer, reader, outcome);
  } else if (answer.succeeded()) {
    const bool ours = !answer.id.empty() && !answer.order_id.empty();
    if (ours) Succeed(question, reader, outcome);
  } else {
    Refuse(answer, http_status, outcome);
  }
  outcome.references = *std::move(references);
  return outcome;
}

}  // namespace

TransferReply ReadTransferReply(const TransferQuestion& question, const OwnSecrets& secrets,
                                const HttpResponse& response) {
  TransferReply reply;
  const bool unauthorized = response.status_code == kHttpUnauthorized;
  const std::string http_code = absl::StrCat("HTTP ", response.status_code);
  const absl::StatusOr<Fields> fields = ReadJsonFields(response.body.Reveal(), kAnswerSizeMaxBytes);
  if (!fields.ok()) {
    reply.outcome.answer.code = http_code;
    reply.outcome.answer.message = std::string(fields.status().message());
    reply.token_refused = unauthorized;
    return reply;
  }
  FieldReader reader(&*fields, {""});
  FieldReader challenge(&*fields, {"", "secure3d"});
  const Answer answer = ReadAnswer(reader, challenge);
  reply.token_refused = unauthorized && !answer.tells_of_a_transfer() &&
                        !answer.asks_for_the_payer() && FindCode(answer.code) == nullptr &&
                        !reader.contradictory();
  if (challenge.contradictory()) {
    reply.outcome.answer.message = "3-D Secure stated twice, and differently";
  } else {
    ProviderAnswer words{.code = secrets.Code(answer.code),
                         .message = secrets.Message(FieldReader(&*fields, {""}).Get({"message"}))};
    reply.outcome = Judge(question, response.status_code, answer, reader, std::move(words));
  }
  ProviderAnswer& told = reply.outcome.answer;
  if (told.code.empty()) told.code = secrets.Code(answer.status);
  if (told.code.empty()) told.code = http_code;
  return reply;
}

}  // namespace payments::epay
