#include "providers/sandbox/bank_pages.h"

#include "absl/strings/str_cat.h"
#include "providers/sandbox/soap_writer.h"

namespace payments::sandbox {
namespace {

std::string Page(absl::string_view title, absl::string_view content) {
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

}  // namespace

std::string WriteConfirmationPage(const ConfirmationView& view, absl::string_view action) {
  const std::string card = absl::StrCat("<p>Card <b>", EscapeMarkup(view.masked_pan), "</b></p>");
  if (view.state == v1::CARD_STATE_ACTIVE) {
    return Page("Card confirmed", absl::StrCat(card, "<p>You may close this page.</p>"));
  }
  if (view.state == v1::CARD_STATE_REFUSED) {
    return Page("Card not confirmed",
                absl::StrCat(card, "<p>The card was refused. You may close this page.</p>"));
  }
  const char* error =
      view.wrong_code ? "<p class=\"error\" role=\"alert\">Wrong code. Try again.</p>" : "";
  return Page(
      "Confirm your card",
      absl::StrCat(card, error, "<form method=\"post\" action=\"", EscapeMarkup(action),
                   "\"><p><label>Code from the SMS <input name=\"code\" inputmode=\"numeric\" "
                   "autocomplete=\"one-time-code\" maxlength=\"8\"></label><br><small>Any code "
                   "will do, except ",
                   UpayBank::kWrongCode,
                   ".</small></p><button name=\"result\" value=\"confirm\">Confirm</button>"
                   "<button name=\"result\" value=\"refuse\">Refuse</button></form>"));
}

std::string WriteUnknownConfirmationPage() {
  return Page("Unknown confirmation",
              "<p>No card waits for confirmation here. The address must be used exactly as it "
              "was given.</p>");
}

std::string WriteWelcomePage() {
  return Page("provider-sandbox",
              "<p>UPay&rsquo;s SOAP service is at <code>POST /STAPI/STWS</code>; the bank&rsquo;s "
              "page is where ConfirmUrl says. Orders are taken over gRPC.</p>");
}

}  // namespace payments::sandbox
