#ifndef PAYMENTS_PROVIDERS_UPAY_TEXT_H_
#define PAYMENTS_PROVIDERS_UPAY_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

// Small judgements about text, shared by what we write and what we read.
namespace payments::upay {

// Whether `text` is UTF-8 and made only of characters that XML 1.0 allows.
bool IsXmlText(absl::string_view text);

// Whether `text` is one or more decimal digits, and at most `size_max` of them.
bool IsDigits(absl::string_view text, size_t size_max);

// Text of a provider's, made fit to be stored and logged: cut to `size_max` bytes
// at a character's border, and a run of digits as long as a card number keeps only
// its last four, because a provider's fault may quote our request.
std::string Presentable(absl::string_view text, size_t size_max);

}  // namespace payments::upay

#endif  // PAYMENTS_PROVIDERS_UPAY_TEXT_H_
