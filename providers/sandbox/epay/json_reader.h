#ifndef PAYMENTS_PROVIDERS_SANDBOX_EPAY_JSON_READER_H_
#define PAYMENTS_PROVIDERS_SANDBOX_EPAY_JSON_READER_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace payments::sandbox {

// A value of a request's JSON. Numbers stay as they were written, so that an amount
// never goes through floating point. Holds card data: wiped when it ends.
// Thread-compatible.
struct JsonValue {
  enum class Kind { kNull, kBoolean, kNumber, kText, kObject };

  JsonValue() = default;
  JsonValue(JsonValue&&) = default;
  JsonValue& operator=(JsonValue&&) = default;
  JsonValue(const JsonValue&) = delete;
  JsonValue& operator=(const JsonValue&) = delete;
  ~JsonValue();

  // Null if there is no such member.
  const JsonValue* Find(absl::string_view name) const;

  Kind kind = Kind::kNull;
  bool boolean = false;
  std::string text;  // A text, or a number's digits.
  std::vector<std::pair<std::string, JsonValue>> members;
};

inline constexpr size_t kJsonDepthMax = 8;
inline constexpr size_t kJsonMembersMax = 64;  // In all objects together.

// Reads one JSON object as strictly as RFC 8259 is written; no member twice, and no
// arrays, since no request has any. kInvalidArgument says what is wrong without
// repeating any text of the request. Thread-safe.
absl::StatusOr<JsonValue> ReadJsonObject(absl::string_view body);

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_EPAY_JSON_READER_H_
