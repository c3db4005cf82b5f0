#ifndef PAYMENTS_PROVIDERS_SANDBOX_HTML_PAGE_H_
#define PAYMENTS_PROVIDERS_SANDBOX_HTML_PAGE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace payments::sandbox {

// What the banks' pages have in common: small, readable, no script of their own.
// Thread-safe.

// `text` with & < > " as entities: for XML and HTML, elements and attributes.
std::string EscapeMarkup(absl::string_view text);

// A whole page; `content` is markup.
std::string WriteHtmlPage(absl::string_view title, absl::string_view content);

// What a person finds at "/".
std::string WriteWelcomePage();

// What stands for the merchant's page, at "/shop".
std::string WriteShopPage();

}  // namespace payments::sandbox

#endif  // PAYMENTS_PROVIDERS_SANDBOX_HTML_PAGE_H_
