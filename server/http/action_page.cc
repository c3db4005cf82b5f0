#include "server/http/action_page.h"

#include <array>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace payments {
namespace {

constexpr int kOk = 200;
constexpr int kGone = 410;
// Of an Accept-Language header; what is beyond is not read.
constexpr int kLanguageWishesMax = 16;

struct Words {
  absl::string_view language;
  absl::string_view title;
  absl::string_view explanation;
  absl::string_view button;
  absl::string_view over_title;
  absl::string_view over_explanation;
  absl::string_view back;
};

// The first is for browsers that want none of them.
constexpr std::array<Words, 3> kWords = {{
    {"en", "Confirm your payment",
     "Your bank wants to make sure that it is you who pays. You are being taken to its page.",
     "Continue to your bank", "There is nothing to do here",
     "This payment has ended, or its time ran out. The shop knows what became of it.",
     "Back to the shop"},
    {"ru", "Подтвердите платёж",
     "Ваш банк хочет убедиться, что платите именно вы. Сейчас откроется его страница.",
     "Перейти на страницу банка", "Здесь больше нечего делать",
     "Этот платёж завершён или время на него истекло. Магазин знает, чем он закончился.",
     "Вернуться в магазин"},
    {"kk", "Төлемді растаңыз",
     "Банкіңіз төлеп отырған сіз екеніңізге көз жеткізгісі келеді. Қазір оның беті ашылады.",
     "Банк бетіне өту", "Мұнда енді істейтін ештеңе жоқ",
     "Бұл төлем аяқталды немесе оның уақыты өтіп кетті. Нәтижесін дүкен біледі.", "Дүкенге оралу"},
}};

// The policy names this script by the hash of its bytes: a test compares them.
constexpr char kScript[] = "document.forms[0].submit();";
constexpr char kScriptHash[] = "sha256-8lDeP0UDwCO6/RhblgeH/ctdBzjVpJxrXizsnIk3cEQ=";

constexpr char kStyle[] =
    "body{font:18px/1.5 system-ui,sans-serif;color:#1c2733;background:#f3f5f8;margin:0;"
    "min-height:100vh;display:flex;align-items:center;justify-content:center}"
    "main{background:#fff;border-radius:12px;box-shadow:0 1px 8px #0002;padding:32px;"
    "margin:16px;max-width:420px}h1{font-size:24px;line-height:1.3;margin:0 0 12px}"
    "p{margin:0 0 24px}button,a.button{display:block;box-sizing:border-box;width:100%;"
    "text-align:center;font:inherit;font-weight:600;color:#fff;background:#0b5cad;border:0;"
    "border-radius:8px;padding:14px;text-decoration:none;cursor:pointer}"
    "button:focus-visible,a.button:focus-visible{outline:3px solid #f4b400;outline-offset:2px}"
    "@media(prefers-color-scheme:dark){body{background:#11161c;color:#e6ebf1}"
    "main{background:#1b222b}}";
constexpr char kStyleHash[] = "sha256-STlhiWamnfY+qqqAcxag6FNOncuMGoaZua/39pagIG8=";

std::string EscapeHtml(absl::string_view text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

const Words* FindWords(absl::string_view language) {
  for (const Words& words : kWords) {
    if (absl::EqualsIgnoreCase(words.language, language)) return &words;
  }
  return nullptr;
}

// "ru-KZ;q=0.8" is {"ru", 0.8}.
std::pair<absl::string_view, float> ReadWish(absl::string_view wish) {
  const std::vector<absl::string_view> parts = absl::StrSplit(wish, ';');
  const std::vector<absl::string_view> tag =
      absl::StrSplit(absl::StripAsciiWhitespace(parts[0]), absl::MaxSplits('-', 1));
  float weight = 1;
  for (size_t i = 1; i < parts.size(); ++i) {
    absl::string_view parameter = absl::StripAsciiWhitespace(parts[i]);
    if (absl::ConsumePrefix(&parameter, "q=") && !absl::SimpleAtof(parameter, &weight)) weight = 0;
  }
  return {tag[0], weight};
}

const Words& ChooseWords(absl::string_view own, absl::string_view accept_language) {
  if (const Words* words = FindWords(own); words != nullptr) return *words;
  const Words* best = &kWords.front();
  float best_weight = 0;
  const std::vector<absl::string_view> wishes =
      absl::StrSplit(accept_language, absl::MaxSplits(',', kLanguageWishesMax));
  for (const absl::string_view wish : wishes) {
    const auto [language, weight] = ReadWish(wish);
    const Words* words = FindWords(language);
    if (words == nullptr || weight <= best_weight) continue;
    best = words;
    best_weight = weight;
  }
  return *best;
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
std::string PolicyFor(const ActionPage& page) {
  std::string form_action = "https:";
  if (absl::StartsWith(page.post_url, "http://")) {
    absl::StrAppend(&form_action, " ", OriginOf(page.post_url));
  }
  return absl::StrCat("default-src 'none'; style-src '", kStyleHash, "'; script-src '", kScriptHash,
                      "'; form-action ", form_action, "; base-uri 'none'; frame-ancestors 'none'");
}

std::string Head(const Words& words, absl::string_view title) {
  return absl::StrCat("<!DOCTYPE html>\n<html lang=\"", words.language,
                      "\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<meta name=\"robots\" content=\"noindex\">\n<title>",
                      title, "</title>\n<style>", kStyle, "</style>\n</head>\n<body>\n<main>\n<h1>",
                      title, "</h1>\n");
}

std::string FormPage(const ActionPage& page, const Words& words) {
  std::string html =
      absl::StrCat(Head(words, words.title), "<p>", words.explanation,
                   "</p>\n<form method=\"post\" action=\"", EscapeHtml(page.post_url), "\">\n");
  for (const auto& [name, value] : page.fields) {
    absl::StrAppend(&html, "<input type=\"hidden\" name=\"", EscapeHtml(name), "\" value=\"",
                    EscapeHtml(value), "\">\n");
  }
  absl::StrAppend(&html, "<button type=\"submit\">", words.button,
                  "</button>\n</form>\n</main>\n<script>", kScript,
                  "</script>\n</body>\n</html>\n");
  return html;
}

std::string OverPage(const ActionPage& page, const Words& words) {
  std::string html =
      absl::StrCat(Head(words, words.over_title), "<p>", words.over_explanation, "</p>\n");
  if (!page.return_url.empty()) {
    absl::StrAppend(&html, "<a class=\"button\" rel=\"noreferrer\" href=\"",
                    EscapeHtml(page.return_url), "\">", words.back, "</a>\n");
  }
  absl::StrAppend(&html, "</main>\n</body>\n</html>\n");
  return html;
}

}  // namespace

HttpResponse RenderActionPage(const ActionPage& page, absl::string_view accept_language) {
  const Words& words = ChooseWords(page.language, accept_language);
  const bool over = page.post_url.empty();
  return HttpResponse{over ? kGone : kOk,
                      {{"Content-Type", "text/html; charset=utf-8"},
                       {"Content-Language", std::string(words.language)},
                       {"Content-Security-Policy", PolicyFor(page)},
                       {"Cache-Control", "no-store"},
                       {"Referrer-Policy", "no-referrer"},
                       {"X-Content-Type-Options", "nosniff"},
                       {"X-Frame-Options", "DENY"}},
                      Secret(over ? OverPage(page, words) : FormPage(page, words))};
}

}  // namespace payments
