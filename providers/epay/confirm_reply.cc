#include "providers/epay/confirm_reply.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "providers/epay/code_table.h"
#include "providers/epay/fields.h"
#include "providers/epay/names.h"
#include "providers/epay/transaction_fields.h"

namespace payments::epay {
namespace {

using Verdict = OperationOutcome::Verdict;

constexpr int kHttpOk = 200;
constexpr int kHttpUnauthorized = 401;
constexpr size_t kLocationSizeMaxBytes = 8 * 1024;

// Empty if there is none.
absl::string_view Location(const HttpResponse& response) {
  for (const auto& [name, value] : response.headers) {
    if (absl::EqualsIgnoreCase(name, "location")) return value;
  }
  return {};
}

bool IsRedirect(int status_code) { return status_code >= 300 && status_code < 400; }

// The result's fields: in the redirect's address, or in a body of JSON.
absl::StatusOr<Fields> ReadResult(const HttpResponse& response) {
  if (!IsRedirect(response.status_code)) {
    return ReadJsonFields(response.body.Reveal(), kAnswerSizeMaxBytes);
  }
  const absl::string_view location = Location(response);
  if (location.empty() || location.size() > kLocationSizeMaxBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a redirect without an address of at most ", kLocationSizeMaxBytes, " bytes"));
  }
  return ReadQueryFields(location);
}

}  // namespace

ConfirmReply ReadConfirmReply(absl::string_view order_id, const OwnSecrets& secrets,
                              const HttpResponse& response) {
  ConfirmReply reply;
  OperationOutcome& outcome = reply.outcome;
  reply.token_refused = response.status_code == kHttpUnauthorized;
  outcome.answer.code = absl::StrCat("HTTP ", response.status_code);
  const bool answered = response.status_code == kHttpOk || IsRedirect(response.status_code);
  const absl::StatusOr<Fields> fields = ReadResult(response);
  if (!fields.ok()) {
    if (response.status_code == kHttpOk) {
      outcome.verdict = Verdict::kInProcess;  // A page says nothing, but the request was taken.
    } else {
      outcome.answer.message = std::string(fields.status().message());
    }
    return reply;
  }
  FieldReader reader(&*fields, {""});
  const absl::string_view stated_order_id = ReadOrderId(reader);
  const absl::string_view code = reader.Get({"code"});
  const absl::string_view message = reader.Get({"message"});
  std::optional<SavedCard> card = ReadConfirmedCard(reader);
  const CodeRow* row = FindCode(code);
  const bool ours = stated_order_id.empty() || stated_order_id == order_id;
  const bool refused = !code.empty() && (row == nullptr || row->finality != Finality::kSuccess);
  const std::string told = secrets.Code(code);
  if (!told.empty()) outcome.answer.code = told;
  outcome.answer.message = secrets.Message(message);
  outcome.answer.unlisted = refused && row == nullptr;
  if (refused && row != nullptr && !MayBeHttpStatus(code, response.status_code)) {
    outcome.answer.category = row->category;
  }
  if (!ours) outcome.answer.message = "an answer about another order";
  if (answered && ours && !refused && !reader.contradictory()) {
    outcome.verdict = Verdict::kInProcess;
    outcome.saved_source = std::move(card);
  }
  return reply;
}

}  // namespace payments::epay
