#include "providers/sandbox/upay/upay_pages.h"

#include "absl/strings/str_cat.h"
#include "providers/sandbox/html_page.h"

namespace payments::sandbox {
std::string WriteConfirmationPage(const ConfirmationView& view, absl::string_view action) {
  const std::string card = absl::StrCat("<p>Card <b>", EscapeMarkup(view.masked_pan), "</b></p>");
  if (view.state == v1::CARD_STATE_ACTIVE) {
    return WriteHtmlPage("Card confirmed", absl::StrCat(card, "<p>You may close this page.</p>"));
  }
  if (view.state == v1::CARD_STATE_REFUSED) {
    return WriteHtmlPage(
        "Card not confirmed",
        absl::StrCat(card, "<p>The card was refused. You may close this page.</p>"));
  }
  const char* error =
      view.wrong_code ? "<p class=\"error\" role=\"alert\">Wrong code. Try again.</p>" : "";
  return WriteHtmlPage(
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
  return WriteHtmlPage(
      "Unknown confirmation",
      "<p>No card waits for confirmation here. The address must be used exactly as it "
      "was given.</p>");
}

}  // namespace payments::sandbox
