#include "providers/sandbox/html_page.h"

#include "absl/strings/str_cat.h"

namespace payments::sandbox {

std::string EscapeMarkup(absl::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string WriteHtmlPage(absl::string_view title, absl::string_view content) {
  return absl::StrCat(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>",
      title,
      "</title><style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:3rem auto;"
      "padding:0 1rem}input,button{font:inherit;padding:.5rem 1rem;margin:.25rem .5rem .25rem 0}"
      ".error{color:#a00}</style></head><body><h1>",
      title, "</h1>\n", content,
      "\n<p><small>This is provider-sandbox: no bank, no money.</small></p></body></html>\n");
}

std::string WriteWelcomePage() {
  return WriteHtmlPage(
      "provider-sandbox",
      "<p>UPay&rsquo;s SOAP service is at <code>POST /STAPI/STWS</code>, Epay&rsquo;s API at "
      "<code>/epay2/oauth2/token</code> and below <code>/api</code>; the banks&rsquo; pages are "
      "where ConfirmUrl and action say. Orders are taken over gRPC.</p>");
}

std::string WriteShopPage() {
  return WriteHtmlPage("The shop",
                       "<p>This stands for the merchant&rsquo;s page, where return_url leads. That "
                       "a payer comes here proves nothing: the shop asks what became of the "
                       "payment.</p>");
}

}  // namespace payments::sandbox
