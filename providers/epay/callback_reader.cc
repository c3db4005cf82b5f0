#include "providers/epay/callback_reader.h"

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "providers/epay/code_table.h"
#include "providers/epay/fields.h"
#include "providers/epay/names.h"
#include "providers/epay/transaction_fields.h"
#include "providers/redaction.h"
#include "providers/text.h"

namespace payments::epay {
namespace {

absl::Status Wrong(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("callback: ", why));
}

absl::Status Authenticate(const EpaySettings& settings, absl::string_view hash) {
  if (settings.secret_hash.empty() || settings.secret_hash.EqualsInConstantTime(hash)) {
    return absl::OkStatus();
  }
  return absl::UnauthenticatedError(hash.empty() ? "callback: secret_hash is missing"
                                                 : "callback: secret_hash is wrong");
}

// JSON, says everybody who has seen one; a form is understood, too, whatever the content type.
absl::StatusOr<Fields> ReadBody(absl::string_view body) {
  const bool form = !absl::StrContains(body, '{') && absl::StrContains(body, '=');
  if (!form || body.size() > kCallbackSizeMaxBytes) {
    return ReadJsonFields(body, kCallbackSizeMaxBytes);
  }
  return ReadFormFields(absl::StripAsciiWhitespace(body));
}

ProviderAnswer ReadAnswer(FieldReader& reader, absl::string_view code, bool success) {
  const absl::string_view reason_code = reader.Get({"reasoncode"});
  ProviderAnswer answer{
      .code = Presentable(reason_code.empty() ? code : reason_code, kAnswerCodeSizeMaxBytes),
      .message = Presentable(reader.Get({"reason"}), kAnswerMessageSizeMaxBytes)};
  if (success) return answer;
  const CodeRow* row = FindCode(reason_code);
  answer.unlisted = row == nullptr && !reason_code.empty();
  answer.category = row == nullptr || row->category == v1::FAILURE_CATEGORY_UNSPECIFIED
                        ? v1::FAILURE_CATEGORY_PROVIDER_DECLINED
                        : row->category;
  return answer;
}

}  // namespace

absl::StatusOr<CallbackNotice> ReadEpayCallback(const EpaySettings& settings,
                                                CallbackSubject subject, absl::string_view body) {
  if (subject != CallbackSubject::kPayment) return Wrong("Epay registers no cards");
  const absl::StatusOr<Fields> fields = ReadBody(body);
  if (!fields.ok()) return Wrong(fields.status().message());
  FieldReader reader(&*fields, {""});
  absl::Status authentic = Authenticate(settings, reader.Get({"secret_hash", "secrethash"}));
  if (!authentic.ok()) return authentic;
  const absl::string_view code = reader.Get({"code"});
  if (code.empty()) return Wrong("code is missing");
  // Nothing of it is signed: a reference is checked for its form, and goes nowhere.
  if (!ReadReferences(reader, OrderIsReference(settings)).has_value()) {
    return Wrong(absl::StrCat("a reference is longer than ", kReferenceSizeMaxBytes,
                              " bytes or not visible ASCII"));
  }
  if (reader.Get({"id"}).empty() && ReadOrderId(reader).empty()) {
    return Wrong("neither id nor invoiceId");
  }
  CallbackNotice notice;
  notice.evidence = CallbackNotice::Evidence::kHint;
  notice.success = absl::EqualsIgnoreCase(code, "ok") || code == "0";
  notice.answer = ReadAnswer(reader, code, notice.success);
  if (reader.contradictory()) return Wrong("a field is stated twice, and differently");
  return notice;
}

absl::StatusOr<std::string> RedactEpayCallback(absl::string_view body) {
  constexpr std::array<ShownField, 27> kShown = {{{"id", ShownAs::kUuid},
                                                  {"invoiceId", ShownAs::kNumber},
                                                  {"orderId", ShownAs::kNumber},
                                                  {"amount", ShownAs::kAmount},
                                                  {"currency", ShownAs::kWord},
                                                  {"terminal", ShownAs::kUuid},
                                                  {"cardType", ShownAs::kCardScheme},
                                                  {"reference", ShownAs::kNumber},
                                                  {"secure", ShownAs::kWord},
                                                  {"language", ShownAs::kWord},
                                                  {"code", ShownAs::kCode},
                                                  {"reasonCode", ShownAs::kCode},
                                                  {"accountId", ShownAs::kNothing},
                                                  {"approvalCode", ShownAs::kNothing},
                                                  {"cardId", ShownAs::kNothing},
                                                  {"cardMask", ShownAs::kNothing},
                                                  {"description", ShownAs::kNothing},
                                                  {"email", ShownAs::kNothing},
                                                  {"intReference", ShownAs::kNothing},
                                                  {"ip", ShownAs::kNothing},
                                                  {"issuer", ShownAs::kNothing},
                                                  {"message", ShownAs::kNothing},
                                                  {"name", ShownAs::kNothing},
                                                  {"phone", ShownAs::kNothing},
                                                  {"reason", ShownAs::kNothing},
                                                  {"secret_hash", ShownAs::kNothing},
                                                  {"secretHash", ShownAs::kNothing}}};
  return RedactMessage(body, kShown);
}

}  // namespace payments::epay
