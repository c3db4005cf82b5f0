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
  kWord,    // Up to 16 letters: "KZT", "VISA".
  kCode,    // A word, or up to 6 digits with a sign: "ok", "-31", "0".
  kNumber,  // Up to 12 digits, with a sign and a point: an amount.
  kId,      // Up to 64 of letters, digits and "-_.:", such as a UUID.
};

// A field whose value may be shown. Letters of its name may be of either case.
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
// be a card's number; what is empty or null. A name is shown if it is one of `shown`, or of
// letters and '_' alone. The result is in the form of `body`, and is ASCII.
//
// kInvalidArgument, quoting nothing, if it is neither, or beyond a limit.
absl::StatusOr<std::string> RedactMessage(absl::string_view body,
                                          absl::Span<const ShownField> shown);

}  // namespace payments

#endif  // PAYMENTS_PROVIDERS_REDACTION_H_
