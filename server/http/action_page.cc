#include "server/http/action_page.h"

#include <cstddef>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/http/action_words.h"

namespace payments {
namespace {

constexpr int kOk = 200;
constexpr int kGone = 410;
constexpr int kServiceUnavailable = 503;
constexpr char kRetryAfterSeconds[] = "5";

// The policy names this script by the hash of its bytes: a test compares them.
constexpr char kScript[] = "document.forms[0].submit();";
constexpr char kScriptHash[] = "sha256-8lDeP0UDwCO6/RhblgeH/ctdBzjVpJxrXizsnIk3cEQ=";

constexpr char kStyle[] =
    "body{font:18px/1.5 system-ui,sans-serif;color:#1c2733;background:#f3f5f8;margin:0;"
    "min-height:100vh;display:flex;align-items:center;justify-content:center}"
    "main{background:#fff;border-radius:12px;box-shadow:0 1px 8px #0002;padding:32px;"
    "margin:16px;max-width:420px}h1{font-size:24px;line-height:1.3;margin:0 0 12px}"
    "p{margin:0 0 24px}p:last-child{margin:0}"
    "button,a.button{display:block;box-sizing:border-box;width:100%;"
    "text-align:center;font:inherit;font-weight:600;color:#fff;background:#0b5cad;border:0;"
    "border-radius:8px;padding:14px;text-decoration:none;cursor:pointer}"
    "button:focus-visible,a.button:focus-visible{outline:3px solid #f4b400;outline-offset:2px}"
    "@media(prefers-color-scheme:dark){body{background:#11161c;color:#e6ebf1}"
    "main{background:#1b222b}}";
constexpr char kStyleHash[] = "sha256-FbhwHkQZdCxWk0NSmiLkOPHhGHEOFLPb/XM/JlyH4eE=";

// Bytes of the longest that a character becomes.
constexpr size_t kEscapedMax = sizeof("&quot;") - 1;

// Line ends are written as references, or the browser would change them.
void AppendEscaped(std::string& html, absl::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      case '\r':
        html += "&#13;";
        break;
      case '\n':
        html += "&#10;";
        break;
      default:
        html += c;
    }
  }
}

// "http://127.0.0.1:8090" of an address there.
std::string OriginOf(absl::string_view url) {
  const size_t authority = url.find("://");
  if (authority == absl::string_view::npos) return "";
  const size_t path = url.find_first_of("/?#", authority + 3);
  return std::string(url.substr(0, path));
}

// Banks' pages redirect over several hosts, all of them over https. A sandbox on
// loopback is none of those: its own origin is named.
std::string BanksForms(const ActionPage& page) {
  if (!absl::StartsWith(page.post_url, "http://")) return "https:";
  return absl::StrCat("https: ", OriginOf(page.post_url));
}

// Browsers hold the policy against redirects too: the answer leads to the merchant's page,
// by https, or to any port of loopback; if the page is not known, to either.
std::string OwnForms(const ActionPage& page) {
  if (absl::StartsWith(page.return_url, "https://")) return "'self' https:";
  return "'self' https: http://localhost:* http://127.0.0.1:*";
}

// What a page may do beyond showing its text; by default nothing.
struct Powers {
  std::string forms = "'none'";
  bool script = false;
};

std::string PolicyFor(const Powers& powers) {
  return absl::StrCat("default-src 'none'; style-src '", kStyleHash, "'; ",
                      powers.script ? absl::StrCat("script-src '", kScriptHash, "'; ") : "",
                      "form-action ", powers.forms, "; base-uri 'none'; frame-ancestors 'none'");
}

HttpResponse Respond(int status_code, const ActionWords& words, const Powers& powers,
                     std::string html) {
  return HttpResponse{status_code,
                      {{"Content-Type", "text/html; charset=utf-8"},
                       {"Content-Language", std::string(words.language)},
                       {"Content-Security-Policy", PolicyFor(powers)},
                       {"Cache-Control", "no-store"},
                       {"Referrer-Policy", "no-referrer"},
                       {"X-Content-Type-Options", "nosniff"},
                       {"X-Frame-Options", "DENY"}},
                      Secret(std::move(html))};
}

std::string Head(const ActionWords& words, const ActionWords::Page& text) {
  return absl::StrCat("<!DOCTYPE html>\n<html lang=\"", words.language,
                      "\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<meta name=\"robots\" content=\"noindex\">\n<title>",
                      text.title, "</title>\n<style>", kStyle,
                      "</style>\n</head>\n<body>\n<main>\n<h1>", text.title, "</h1>\n<p>",
                      text.explanation, "</p>\n");
}

constexpr absl::string_view kEnd = "</body>\n</html>\n";

void AppendField(std::string& html, absl::string_view name, absl::string_view value) {
  html += "<input type=\"hidden\" name=\"";
  AppendEscaped(html, name);
  html += "\" value=\"";
  AppendEscaped(html, value);
  html += "\">\n";
}

void AppendButton(std::string& html, absl::string_view label) {
  absl::StrAppend(&html, "<button type=\"submit\">", label, "</button>\n</form>\n");
}

std::string FormHtml(const ActionPage& page, const ActionWords& words) {
  std::string html = Head(words, words.form);
  html += "<form method=\"post\" action=\"";
  AppendEscaped(html, page.post_url);
  html += "\">\n";
  for (const auto& [name, value] : page.fields) AppendField(html, name, value);
  AppendButton(html, words.to_bank);
  absl::StrAppend(&html, "</main>\n<script>", kScript, "</script>\n", kEnd);
  return html;
}

// A page with at most a link. `link` is where the link leads, or "" for this very page.
std::string NoticeHtml(const ActionWords& words, const ActionWords::Page& text,
                       absl::string_view link, absl::string_view label) {
  std::string html = Head(words, text);
  if (!label.empty()) {
    html += "<a class=\"button\" rel=\"noreferrer\" href=\"";
    AppendEscaped(html, link);
    absl::StrAppend(&html, "\">", label, "</a>\n");
  }
  absl::StrAppend(&html, "</main>\n", kEnd);
  return html;
}

// In one buffer that never moves, so that no copy of what was posted is left behind. The
// form names no address: it goes to the one that the browser has.
std::string RetryHtml(const std::map<std::string, Secret>& posted, const ActionWords& words) {
  const std::string head = Head(words, words.retry);
  constexpr size_t kMarkupMax = 256;  // Bytes around one field, and around all of them.
  size_t size = head.size() + words.again.size() + kMarkupMax;
  for (const auto& [name, value] : posted) {
    size += (name.size() + value.size()) * kEscapedMax + kMarkupMax;
  }
  std::string html;
  html.reserve(size);
  html += head;
  html += "<form method=\"post\">\n";
  for (const auto& [name, value] : posted) AppendField(html, name, value.Reveal());
  AppendButton(html, words.again);
  absl::StrAppend(&html, "</main>\n", kEnd);
  return html;
}

}  // namespace

HttpResponse RenderActionPage(const ActionPage& page, absl::string_view accept_language) {
  const ActionWords& words = ChooseActionWords(page.language, accept_language);
  const absl::string_view label = page.return_url.empty() ? "" : words.to_shop;
  switch (page.kind) {
    case ActionPage::Kind::kForm:
      return Respond(kOk, words, {BanksForms(page), true}, FormHtml(page, words));
    case ActionPage::Kind::kPending:
      return Respond(kOk, words, {}, NoticeHtml(words, words.pending, page.return_url, label));
    case ActionPage::Kind::kOver:
      break;
  }
  return Respond(kGone, words, {}, NoticeHtml(words, words.over, page.return_url, label));
}

HttpResponse RenderRetryPage(const ActionPage& page, const std::map<std::string, Secret>& posted,
                             absl::string_view accept_language) {
  const ActionWords& words = ChooseActionWords(page.language, accept_language);
  HttpResponse response =
      Respond(kServiceUnavailable, words, {OwnForms(page)}, RetryHtml(posted, words));
  response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
  return response;
}

HttpResponse RenderBusyPage(absl::string_view accept_language) {
  const ActionWords& words = ChooseActionWords("", accept_language);
  HttpResponse response = Respond(kServiceUnavailable, words, {},
                                  NoticeHtml(words, words.busy, /*link=*/"", words.again));
  response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
  return response;
}

HttpResponse RenderNothingHere(int status_code, absl::string_view accept_language) {
  const ActionWords& words = ChooseActionWords("", accept_language);
  return Respond(status_code, words, {}, NoticeHtml(words, words.nothing, "", ""));
}

}  // namespace payments
