#ifndef PAYMENTS_PROVIDERS_EPAY_JSON_BODY_H_
#define PAYMENTS_PROVIDERS_EPAY_JSON_BODY_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "providers/secret.h"

namespace payments::epay {

inline constexpr size_t kJsonTextSizeMaxBytes = 2048;

// A piece of a JSON object. The views must outlive the call they are passed to.
struct JsonPart {
  enum class Kind { kText, kLiteral, kBegin, kEnd };

  Kind kind = Kind::kText;
  absl::string_view name;
  absl::string_view value;  // A literal is written as it is.
  size_t size_max_bytes = kJsonTextSizeMaxBytes;
};

inline JsonPart JsonText(absl::string_view name, absl::string_view value,
                         size_t size_max_bytes = kJsonTextSizeMaxBytes) {
  return {JsonPart::Kind::kText, name, value, size_max_bytes};
}
// A number by its own digits, so that no amount of money becomes a floating-point number.
inline JsonPart JsonNumber(absl::string_view name, absl::string_view digits) {
  return {JsonPart::Kind::kLiteral, name, digits};
}
inline JsonPart JsonBool(absl::string_view name, bool value) {
  return {JsonPart::Kind::kLiteral, name, value ? "true" : "false"};
}
inline JsonPart JsonBegin(absl::string_view name) { return {JsonPart::Kind::kBegin, name, {}}; }
inline JsonPart JsonEnd() { return {JsonPart::Kind::kEnd, {}, {}}; }

// The object made of `parts`, in the order given and without blanks. Written here and not
// by a library: a body of card data is built in one buffer that is wiped, and its numbers
// are texts.
//
// kInvalidArgument, naming the field and never its value, if a text is larger than it may
// be or is not UTF-8.
absl::StatusOr<Secret> JsonBody(absl::Span<const JsonPart> parts);

}  // namespace payments::epay

#endif  // PAYMENTS_PROVIDERS_EPAY_JSON_BODY_H_
