#ifndef PAYMENTS_PROVIDERS_TEXT_H_
#define PAYMENTS_PROVIDERS_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "providers/secret.h"

// Small judgements about text, for plugins.
namespace payments {

// Whether `text` is one or more decimal digits, and at most `size_max` of them.
bool IsDigits(absl::string_view text, size_t size_max);

// Whether `text` is UTF-8: no overlong forms, no surrogates, nothing beyond Unicode.
bool IsUtf8(absl::string_view text);

// At most the first `size_max` bytes of UTF-8, cut at a character's border.
absl::string_view CutUtf8(absl::string_view text, size_t size_max);

// Text of a provider's, made fit to be stored and logged: control characters made blanks,
// digits as many as a card number has masked but for the last four, because a provider's
// fault may quote our request, and then cut to `size_max` bytes at a character's border.
// A single blank or dash between digits does not part them.
std::string Presentable(absl::string_view text, size_t size_max);

// `text` with a '+' for every blank: base64 has none, so form decoding on its way, once too
// often, has made them of '+'.
Secret PlusesForBlanks(absl::string_view text);

}  // namespace payments

#endif  // PAYMENTS_PROVIDERS_TEXT_H_
