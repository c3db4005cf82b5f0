#include "server/engine/callback_record.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/engine/engine_core.h"
#include "server/engine/proto_time.h"

namespace payments {
namespace {

constexpr char kPrefix[] = "callbacks/";
constexpr char kVerdictPrefix[] = "CALLBACK_VERDICT_";

constexpr size_t kMediaTypeBytesMax = 80;
constexpr size_t kCharsetBytesMax = 16;
constexpr int kCharsetDigitsMax = 6;

// "application/json". None that we know has a digit.
bool IsMediaType(absl::string_view text) {
  return text.size() <= kMediaTypeBytesMax && std::count(text.begin(), text.end(), '/') == 1 &&
         text.front() != '/' && text.back() != '/' &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isalpha(c) || absl::StrContains("/-+.", static_cast<char>(c));
         });
}

// "iso-8859-15".
bool IsCharset(absl::string_view text) {
  return !text.empty() && text.size() <= kCharsetBytesMax &&
         std::count_if(text.begin(), text.end(), absl::ascii_isdigit) <= kCharsetDigitsMax &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_';
         });
}

}  // namespace

std::string CallbackName(int64_t id) { return absl::StrCat(kPrefix, id); }

std::optional<int64_t> CallbackIdOf(absl::string_view name) {
  int64_t id = 0;
  // Digits alone, without a leading zero: one callback has one name.
  if (!absl::ConsumePrefix(&name, kPrefix) || name.empty() || name.front() == '0' ||
      !std::all_of(name.begin(), name.end(), absl::ascii_isdigit) || !absl::SimpleAtoi(name, &id)) {
    return std::nullopt;
  }
  return id;
}

std::string KeptContentType(absl::string_view header) {
  const std::vector<std::string> parts = absl::StrSplit(absl::AsciiStrToLower(header), ';');
  std::string kept(absl::StripAsciiWhitespace(parts.front()));
  if (!IsMediaType(kept)) return "";
  for (absl::string_view parameter : parts) {
    parameter = absl::StripAsciiWhitespace(parameter);
    if (!absl::ConsumePrefix(&parameter, "charset=")) continue;
    if (absl::ConsumePrefix(&parameter, "\"")) absl::ConsumeSuffix(&parameter, "\"");
    if (IsCharset(parameter)) return absl::StrCat(kept, "; charset=", parameter);
  }
  return kept;
}

v1::Callback ToCallback(const CallbackRecord& record) {
  v1::Callback callback;
  callback.set_name(CallbackName(record.id));
  callback.set_resource(record.resource);
  callback.set_account(record.account);
  *callback.mutable_receive_time() = ToTimestamp(record.receive_time);
  callback.set_verdict(record.judgement.verdict);
  callback.set_verdict_detail(record.judgement.detail);
  if (record.judgement.verdict != v1::CALLBACK_VERDICT_PENDING) {
    *callback.mutable_verdict_time() = ToTimestamp(record.judgement.time);
  }
  if (record.duplicate_of != 0) callback.set_duplicate_of(CallbackName(record.duplicate_of));
  callback.set_content_type(KeptContentType(record.content_type));
  callback.set_body_bytes(record.body_bytes);
  callback.set_body_deleted(record.body_deleted);
  if (record.acknowledgement.has_value()) {
    *callback.mutable_acknowledge_time() = ToTimestamp(record.acknowledgement->time);
    callback.set_acknowledged_by(record.acknowledgement->by);
    callback.set_acknowledge_reason(record.acknowledgement->reason);
  }
  return callback;
}

std::string VerdictWord(v1::CallbackVerdict verdict) {
  return absl::AsciiStrToLower(
      absl::StripPrefix(v1::CallbackVerdict_Name(verdict), kVerdictPrefix));
}

absl::Status CallbackNotFound(absl::string_view name, const absl::Status& status) {
  if (!absl::IsNotFound(status)) return StoreError(status);
  return MakeError(absl::StatusCode::kNotFound, v1::ERROR_REASON_CALLBACK_NOT_FOUND,
                   absl::StrCat("there is no ", name, " for this caller"),
                   {{"provider_called", "false"}});
}

}  // namespace payments
