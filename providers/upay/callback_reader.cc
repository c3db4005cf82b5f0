#include "providers/upay/callback_reader.h"

#include <array>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "providers/redaction.h"
#include "providers/text.h"
#include "providers/upay/access_token.h"
#include "providers/upay/callback_fields.h"
#include "providers/upay/code_table.h"
#include "providers/upay/names.h"

namespace payments::upay {
namespace {

// Empty if it is not there.
absl::string_view Field(const CallbackFields& fields, absl::string_view name) {
  const auto found = fields.find(name);
  return found == fields.end() ? absl::string_view() : found->second.Reveal();
}

absl::Status Authenticate(const UpaySettings& settings, absl::string_view id,
                          absl::string_view token) {
  const absl::StatusOr<Secret> expected =
      CallbackToken({settings.username, settings.password.Reveal(), id});
  if (!expected.ok()) return expected.status();
  const Secret presented(absl::AsciiStrToLower(token));
  if (expected->EqualsInConstantTime(presented.Reveal())) return absl::OkStatus();
  return absl::UnauthenticatedError(token.empty() ? "callback: accessToken is missing"
                                                  : "callback: accessToken is wrong");
}

// 0 is success, as a number or as text; the guide names no other value.
bool IsSuccess(absl::string_view status) { return status == "0"; }

ProviderAnswer ReadAnswer(const CallbackFields& fields, absl::string_view status) {
  ProviderAnswer answer{
      .code = Presentable(status, kAnswerCodeSizeMaxBytes),
      .message = Presentable(Field(fields, "message"), kAnswerMessageSizeMaxBytes)};
  if (IsSuccess(status)) return answer;
  const CodeRow* row = FindCode(status);
  answer.category = row == nullptr || row->category == v1::FAILURE_CATEGORY_UNSPECIFIED
                        ? v1::FAILURE_CATEGORY_PROVIDER_DECLINED
                        : row->category;
  return answer;
}

}  // namespace

absl::StatusOr<CallbackNotice> ReadUpayCallback(const UpaySettings& settings,
                                                CallbackSubject subject, absl::string_view body) {
  const bool is_card = subject == CallbackSubject::kCardRegistration;
  const absl::StatusOr<CallbackFields> fields = ReadCallbackFields(body);
  if (!fields.ok()) return fields.status();
  const absl::string_view id_name = is_card ? "cardToken" : "holdId";
  const absl::string_view id = Field(*fields, id_name);
  if (id.empty() || id.size() > kCallbackIdSizeMaxBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("callback: ", id_name, " must be 1 to ", kCallbackIdSizeMaxBytes, " bytes"));
  }
  absl::Status authentic = Authenticate(settings, id, Field(*fields, "accessToken"));
  if (!authentic.ok()) return authentic;
  const absl::string_view status = Field(*fields, "status");
  if (status.empty()) return absl::InvalidArgumentError("callback: status is missing");

  CallbackNotice notice;
  notice.success = IsSuccess(status);
  notice.answer = ReadAnswer(*fields, status);
  if (is_card) {
    notice.evidence = CallbackNotice::Evidence::kProof;
    notice.card_token = Secret(id);
    notice.masked_number = Presentable(Field(*fields, "pan"), kMaskedNumberSizeMaxBytes);
  } else {
    notice.evidence = CallbackNotice::Evidence::kHint;
    notice.references.emplace(kHoldId, id);
  }
  return notice;
}

absl::StatusOr<std::string> RedactUpayCallback(absl::string_view body) {
  constexpr std::array<ShownField, 9> kShown = {{{"holdId", ShownAs::kNumber},
                                                 {"serviceId", ShownAs::kCode},
                                                 {"status", ShownAs::kCode},
                                                 {"accessToken", ShownAs::kNothing},
                                                 {"cardToken", ShownAs::kNothing},
                                                 {"holdDate", ShownAs::kNothing},
                                                 {"message", ShownAs::kNothing},
                                                 {"pan", ShownAs::kNothing},
                                                 {"registerDate", ShownAs::kNothing}}};
  return RedactMessage(body, kShown);
}

}  // namespace payments::upay
