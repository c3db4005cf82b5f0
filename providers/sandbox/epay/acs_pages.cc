#include "providers/sandbox/epay/acs_pages.h"

#include "absl/strings/str_cat.h"
#include "providers/sandbox/epay/epay_bank.h"
#include "providers/sandbox/html_page.h"

namespace payments::sandbox {
namespace {

std::string HiddenField(absl::string_view name, absl::string_view value) {
  return absl::StrCat("<input type=\"hidden\" name=\"", name, "\" value=\"", EscapeMarkup(value),
                      "\">");
}

// As people write it: with two decimals, or none.
std::string AmountForPayer(int64_t amount_minor) {
  constexpr int64_t kMinorInMajor = 100;
  const int64_t minor = amount_minor % kMinorInMajor;
  std::string text = absl::StrCat(amount_minor / kMinorInMajor);
  if (minor != 0) absl::StrAppend(&text, ".", absl::Dec(minor, absl::kZeroPad2));
  return text;
}

std::string WriteAskingPage(const AcsView& view) {
  const char* error =
      view.wrong_code ? "<p class=\"error\" role=\"alert\">Wrong code. Try again.</p>" : "";
  return WriteHtmlPage(
      "Your bank: is it you?",
      absl::StrCat(
          "<p>Card <b>", EscapeMarkup(view.masked_pan), "</b>, <b>",
          AmountForPayer(view.amount_minor), " ", EscapeMarkup(view.currency), "</b></p>", error,
          "<form method=\"post\" action=\"", kAcsPath, "/", EscapeMarkup(view.page_id),
          "\"><p><label>Code from the SMS <input name=\"code\" inputmode=\"numeric\" "
          "autocomplete=\"one-time-code\" maxlength=\"8\"></label><br><small>Any code will do, "
          "except ",
          EpayBank::kWrongCode,
          ".</small></p><button name=\"result\" value=\"accept\">Accept</button>"
          "<button name=\"result\" value=\"refuse\">Refuse</button>"
          "<button name=\"result\" value=\"leave\">Leave without an answer</button></form>"));
}

std::string WriteReturnPage(const AcsView& view) {
  return WriteHtmlPage(
      "Back to the shop",
      absl::StrCat("<form method=\"post\" action=\"", EscapeMarkup(view.term_url), "\">",
                   HiddenField("PaRes", view.pa_res), HiddenField("MD", view.md),
                   "<button>Continue</button></form>"
                   "<script>document.forms[0].submit()</script>"));
}

}  // namespace

std::string WriteAcsPage(const AcsView& view) {
  switch (view.state) {
    case AcsView::State::kAsking:
      return WriteAskingPage(view);
    case AcsView::State::kDecided:
      return WriteReturnPage(view);
    default:
      return WriteHtmlPage("Too late", "<p>This transfer waits for nobody any more.</p>");
  }
}

std::string WriteAcsLeftPage() {
  return WriteHtmlPage("You left", "<p>Nothing was sent to the shop. You may close this page.</p>");
}

std::string WriteUnknownAcsPage() {
  return WriteHtmlPage("Unknown transfer",
                       "<p>No transfer waits for its payer here. PaReq, MD and TermUrl must be "
                       "posted exactly as they are, to the address as it was given.</p>");
}

}  // namespace payments::sandbox
