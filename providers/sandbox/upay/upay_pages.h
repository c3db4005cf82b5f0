#ifndef PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_PAGES_H_
#define PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_PAGES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "providers/sandbox/upay/upay_bank.h"

namespace payments::sandbox {

// The bank's pages as HTML: small, readable, without script. Thread-safe.

// Asks for the code, or says what was decided. `action` is the form's target.
std::string WriteConfirmationPage(const ConfirmationView& view, absl::string_view action);
std::string WriteUnknownConfirmationPage();

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_UPAY_UPAY_PAGES_H_
