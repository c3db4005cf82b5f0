#include "server/config/config_fields.h"

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/duration.pb.h"

namespace payments {
namespace {

constexpr size_t kQuotedCharactersMax = 100;
constexpr int64_t kNanosPerSecond = 1'000'000'000;

const google::protobuf::FieldDescriptor& Field(const google::protobuf::Message& message,
                                               const std::string& name) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr) std::abort();
  return *field;
}

// As google.protobuf.Duration defines it: both parts of one sign, and bounded.
bool IsValid(const google::protobuf::Duration& value) {
  constexpr int64_t kSecondsMax = 315'576'000'000;  // 10,000 years.
  const bool in_range = value.seconds() <= kSecondsMax && value.seconds() >= -kSecondsMax &&
                        value.nanos() < kNanosPerSecond && value.nanos() > -kNanosPerSecond;
  const bool one_sign =
      value.seconds() == 0 || value.nanos() == 0 || (value.seconds() < 0) == (value.nanos() < 0);
  return in_range && one_sign;
}

bool IsIdCharacter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return absl::ascii_islower(byte) || absl::ascii_isdigit(byte) || c == '-';
}

}  // namespace

void FieldErrors::Add(absl::string_view field, absl::string_view what) {
  findings_.push_back(absl::StrCat(field, ": ", what));
}

absl::Status FieldErrors::ToStatus() const {
  if (findings_.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(findings_, "\n"));
}

std::string FieldReader::Path(absl::string_view name) const {
  return absl::StrCat(path_, ".", name);
}

absl::Duration FieldReader::Duration(const std::string& name, const DurationRange& range) const {
  const auto& field = Field(message_, name);
  if (!message_.GetReflection()->HasField(message_, &field)) return range.unset;
  const auto& value = static_cast<const google::protobuf::Duration&>(
      message_.GetReflection()->GetMessage(message_, &field));
  if (!IsValid(value)) {
    errors_.Add(Path(name), "seconds and nanos must have the same sign, and nanos be below 1e9");
    return range.unset;
  }
  const absl::Duration given = absl::Seconds(value.seconds()) + absl::Nanoseconds(value.nanos());
  if (given >= range.min && given <= range.max) return given;
  errors_.Add(Path(name),
              absl::StrCat("must be from ", absl::FormatDuration(range.min), " to ",
                           absl::FormatDuration(range.max), ", is ", absl::FormatDuration(given)));
  return range.unset;
}

int FieldReader::Int(const std::string& name, const IntRange& range) const {
  const int given = message_.GetReflection()->GetInt32(message_, &Field(message_, name));
  return static_cast<int>(InRange(name, given, {range.unset, range.min, range.max}));
}

int64_t FieldReader::Int64(const std::string& name, const Int64Range& range) const {
  return InRange(name, message_.GetReflection()->GetInt64(message_, &Field(message_, name)), range);
}

int64_t FieldReader::InRange(const std::string& name, int64_t given,
                             const Int64Range& range) const {
  if (given == 0) return range.unset;
  if (given >= range.min && given <= range.max) return given;
  errors_.Add(Path(name),
              absl::StrCat("must be from ", range.min, " to ", range.max, ", is ", given));
  return range.unset;
}

void CheckId(absl::string_view id, absl::string_view field, FieldErrors& errors,
             size_t characters_max) {
  bool good = !id.empty() && id.size() <= characters_max;
  for (const char c : id) good = good && IsIdCharacter(c);
  if (good) return;
  if (id.empty()) {
    errors.Add(field, "is required");
    return;
  }
  errors.Add(field,
             absl::StrCat("must be 1 to ", characters_max, " of [a-z0-9-], is ", Quoted(id)));
}

std::string Quoted(absl::string_view text) {
  if (text.size() <= kQuotedCharactersMax) return absl::StrCat("\"", absl::CHexEscape(text), "\"");
  return absl::StrCat("\"", absl::CHexEscape(text.substr(0, kQuotedCharactersMax)), "…\"");
}

}  // namespace payments
