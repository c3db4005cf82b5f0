#include "providers/epay/status_reply.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "providers/epay/code_table.h"
#include "providers/epay/fields.h"
#include "providers/epay/names.h"
#include "providers/epay/status_table.h"
#include "providers/epay/transaction_fields.h"

namespace payments::epay {
namespace {

using Meaning = StatusResultRow::Meaning;
using Transfer = StatusReading::Transfer;

constexpr int kHttpUnauthorized = 401;
constexpr int kHttpErrorMin = 400;
constexpr int kHttpServerErrorMin = 500;

// The fields of an answer that its meaning depends on.
struct Answer {
  absl::string_view result_code;
  absl::string_view result_message;
  absl::string_view id;
  absl::string_view order_id;
  absl::string_view status_name;
  absl::string_view reason_code;
  absl::string_view reason;
};

Answer ReadAnswer(FieldReader& result, FieldReader& transaction, FieldReader& reason) {
  return {.result_code = result.Get({"code", "resultcode"}),
          .result_message = result.Get({"message", "resultmessage"}),
          .id = transaction.Get({"id"}),
          .order_id = ReadOrderId(transaction),
          .status_name = transaction.Get({"statusname", "status"}),
          .reason_code = reason.Get({"reasoncode"}),
          .reason = reason.Get({"reason"})};
}

// A bare `code` beside an HTTP error is whoever's: the query's own result stands in `result`,
// or is called resultCode.
bool StatesResult(const Fields& fields) {
  return !FieldReader(&fields, {"result"}).Get({"code", "resultcode"}).empty() ||
         !FieldReader(&fields, {""}).Get({"resultcode"}).empty();
}

bool IsEnd(Transfer transfer) {
  return transfer != Transfer::kInProcess && transfer != Transfer::kActionRequired;
}

bool IsRefusal(Transfer transfer) {
  return transfer == Transfer::kDeclined || transfer == Transfer::kCanceled;
}

// What the result and the status's name say together.
Transfer Judge(Meaning meaning, const Answer& answer, const StatusNameRow* name) {
  switch (meaning) {
    case Meaning::kNoRights:
      return Transfer::kNoEvidence;
    case Meaning::kNotFound:
      // Not found, and here it is: that proves neither.
      return answer.id.empty() ? Transfer::kNotKnown : Transfer::kNoEvidence;
    case Meaning::kRejected:
      if (name == nullptr) return Transfer::kDeclined;
      // Rejected, and yet it lives, or is done: that proves neither.
      return IsRefusal(name->transfer) ? name->transfer : Transfer::kNoEvidence;
    case Meaning::kInProcess:
      return name != nullptr && !IsEnd(name->transfer) ? name->transfer : Transfer::kInProcess;
    case Meaning::kAnswered:
      return name == nullptr ? Transfer::kInProcess : name->transfer;
  }
  return Transfer::kNoEvidence;
}

ProviderAnswer Words(const Answer& answer, const OwnSecrets& secrets) {
  const CodeRow* row = FindCode(answer.reason_code);
  const bool has_reason =
      !answer.reason_code.empty() && (row == nullptr || row->finality != Finality::kSuccess);
  const absl::string_view code = has_reason                    ? answer.reason_code
                                 : !answer.status_name.empty() ? answer.status_name
                                                               : answer.result_code;
  return {
      .code = secrets.Code(code),
      .message = secrets.Message(answer.reason.empty() ? answer.result_message : answer.reason)};
}

v1::FailureCategory RefusalCategory(absl::string_view reason_code) {
  const CodeRow* row = FindCode(reason_code);
  return row == nullptr || row->category == v1::FAILURE_CATEGORY_UNSPECIFIED
             ? v1::FAILURE_CATEGORY_PROVIDER_DECLINED
             : row->category;
}

// A reading of an answer that is about our order.
void Read(const Answer& answer, FieldReader& transaction, bool order_is_reference,
          StatusReading& reading) {
  const StatusResultRow* result = FindStatusResult(answer.result_code);
  const StatusNameRow* name = FindStatusName(answer.status_name);
  if (result == nullptr) {
    reading.answer.unlisted = true;
    return;
  }
  const Transfer transfer = Judge(result->meaning, answer, name);
  const bool names_matter =
      result->meaning == Meaning::kAnswered || result->meaning == Meaning::kInProcess;
  reading.answer.unlisted = name == nullptr && names_matter &&
                            (result->meaning == Meaning::kAnswered || !answer.status_name.empty());
  if (result->meaning == Meaning::kNoRights) {
    reading.answer.category = v1::FAILURE_CATEGORY_PROVIDER_CONFIGURATION;
  }
  std::optional<ProviderReferences> references = ReadReferences(transaction, order_is_reference);
  const bool done = transfer == Transfer::kSucceeded || transfer == Transfer::kReturned;
  if (done) reading.amount = ReadMoney(transaction);
  const bool provable =
      !answer.id.empty() && !answer.order_id.empty() && reading.amount.has_value();
  if (!references.has_value() || transaction.contradictory() || (done && !provable)) {
    reading.amount.reset();
    return;
  }
  reading.transfer = transfer;
  reading.references = *std::move(references);
  if (transfer == Transfer::kDeclined) {
    reading.answer.category = RefusalCategory(answer.reason_code);
    reading.answer.unlisted =
        !answer.reason_code.empty() && FindCode(answer.reason_code) == nullptr;
  }
  if (!done) return;
  reading.saved_source = ReadSourceCard(transaction);
  reading.saved_destination = ReadDestinationCard(transaction);
}

}  // namespace

StatusReply ReadStatusReply(absl::string_view order_id, bool order_is_reference,
                            const OwnSecrets& secrets, const HttpResponse& response) {
  StatusReply reply;
  StatusReading& reading = reply.reading;
  reading.transfer = Transfer::kNoEvidence;
  reply.token_refused = response.status_code == kHttpUnauthorized;
  reading.answer.code = absl::StrCat("HTTP ", response.status_code);
  const absl::StatusOr<Fields> fields = ReadJsonFields(response.body.Reveal(), kAnswerSizeMaxBytes);
  if (!fields.ok()) {
    reading.answer.message = std::string(fields.status().message());
    return reply;
  }
  FieldReader result(&*fields, {"result", ""});
  FieldReader transaction(&*fields, {"transaction.p2p", "transaction"});
  FieldReader reason(&*fields, {"transaction.p2p", "transaction", "result", ""});
  Answer answer = ReadAnswer(result, transaction, reason);
  if (response.status_code >= kHttpErrorMin && !StatesResult(*fields)) answer.result_code = {};
  if (!answer.result_code.empty()) {
    ProviderAnswer words = Words(answer, secrets);
    if (words.code.empty()) words.code = std::move(reading.answer.code);
    reading.answer = std::move(words);
  }
  if (reply.token_refused || response.status_code >= kHttpServerErrorMin) return reply;
  if (result.contradictory() || transaction.contradictory() || reason.contradictory()) {
    reading.answer.message = "an answer that contradicts itself";
    return reply;
  }
  if (!answer.order_id.empty() && answer.order_id != order_id) {
    reading.answer.message = "an answer about another order";
    return reply;
  }
  Read(answer, transaction, order_is_reference, reading);
  return reply;
}

}  // namespace payments::epay
