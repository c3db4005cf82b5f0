#ifndef PAYMENTS_PROVIDERS_UPAY_TEXT_H_
#define PAYMENTS_PROVIDERS_UPAY_TEXT_H_

#include "absl/strings/string_view.h"

namespace payments::upay {

// Whether `text` is UTF-8 and made only of characters that XML 1.0 allows.
bool IsXmlText(absl::string_view text);

}  // namespace payments::upay

#endif  // PAYMENTS_PROVIDERS_UPAY_TEXT_H_
