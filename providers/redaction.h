#ifndef PAYMENTS_PROVIDERS_REDACTION_H_
#define PAYMENTS_PROVIDERS_REDACTION_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

// For plugins: what of a provider's message may be shown to a person.
namespace payments {

// What stands for everything that is not shown.
inline constexpr absl::string_view kRedacted = "[redacted]";

// What the harmless values of a field look like; anything else in it is redacted, too.
enum class ShownAs {
  kNothing,     // Only the field's name is shown.
  kWord,        // Up to 5 letters: "KZT", "VISA", "error".
  kCardScheme,  // A word, or the name of a card scheme: "MASTERCARD".
  kCode,        // A word, or up to 6 digits with a sign: "ok", "-31", "0".
  kAmount,      // Up to 9 digits, with a sign, a point and up to 2 more.
  kNumber,      // Up to 19 digits: the number of an order. A telephone's looks the same.
  kUuid,        // "2fa3d1c4-…", in its usual form.
};

// A field that the plugin knows. Letters of its name may be of either case.
struct ShownField {
  absl::string_view name;
  ShownAs shown_as;
};

// The limits of what is read; beyond them, it cannot be.
inline constexpr size_t kRedactedSizeMaxBytes = 64 * 1024;
inline constexpr size_t kRedactedFieldsMax = 256;
inline constexpr int kRedactedDepthMax = 16;

// `body`, a JSON object or a form, with every value replaced by kRedacted but for: those of
// `shown` fields of the outermost object that look as they should and hold nothing that could
// be a card's number; what is empty or null. A name is shown, anywhere, if it is one of
// `shown`. The result is in the form of `body`, and is ASCII.
//
// What could be a card's number: 13 to 19 digits that end with their check digit, whatever
// marks stand between them; within more digits, those that are as long and begin as the
// schemes' numbers do, since by chance one of many has the right check digit.
//
// kInvalidArgument, quoting nothing, if it is neither, or beyond a limit.
absl::StatusOr<std::string> RedactMessage(absl::string_view body,
                                          absl::Span<const ShownField> shown);

}  // namespace payments

#endif  // PAYMENTS_PROVIDERS_REDACTION_H_
