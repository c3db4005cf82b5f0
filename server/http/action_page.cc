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
constexpr int kNotFound = 404;
constexpr int kGone = 410;
constexpr int kServiceUnavailable = 503;
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
  absl::string_view again_title;
  absl::string_view again_explanation;
  absl::string_view again_button;
};

// The first is for browsers that want none of them.
constexpr std::array<Words, 3> kWords = {{
    {"en", "Confirm your payment",
     "Your bank wants to make sure that it is you who pays. You are being taken to its page; if "
     "not, press the button.",
     "Continue to your bank", "There is nothing to do here",
     "Your part is done, or the time for it ran out. The shop will tell you what became of the "
     "payment.",
     "Back to the shop", "Please try again",
     "We could not go on with your payment just now. Try again in a moment: you will not pay "
     "twice.",
     "Try again"},
    {"ru", "Подтвердите платёж",
     "Ваш банк хочет убедиться, что платите именно вы. Сейчас откроется его страница; если нет, "
     "нажмите кнопку.",
     "Перейти на страницу банка", "Здесь больше нечего делать",
     "Ваша часть сделана или время на неё истекло. Чем закончился платёж, сообщит магазин.",
     "Вернуться в магазин", "Попробуйте ещё раз",
     "Сейчас не удалось продолжить платёж. Попробуйте ещё раз чуть позже: дважды вы не заплатите.",
     "Попробовать ещё раз"},
    {"kk", "Төлемді растаңыз",
     "Банкіңіз төлеп отырған сіз екеніңізге көз жеткізгісі келеді. Қазір оның беті ашылады; "
     "ашылмаса, түймені басыңыз.",
     "Банк бетіне өту", "Мұнда енді істейтін ештеңе жоқ",
     "Сізден керектің бәрі жасалды немесе оған берілген уақыт өтіп кетті. Төлемнің нәтижесін дүкен "
     "хабарлайды.",
     "Дүкенге оралу", "Қайталап көріңіз",
     "Қазір төлемді жалғастыру мүмкін болмады. Сәл кейін қайталап көріңіз: екі рет төлемейсіз.",
     "Қайталап көру"},
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
std::string BankFormTargets(const ActionPage& page) {
  if (!absl::StartsWith(page.post_url, "http://")) return "https:";
  return absl::StrCat("https: ", OriginOf(page.post_url));
}

std::string Head(const Words& words, absl::string_view title) {
  return absl::StrCat("<!DOCTYPE html>\n<html lang=\"", words.language,
                      "\">\n<head>\n<meta charset=\"utf-8\">\n"
                      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                      "<meta name=\"robots\" content=\"noindex\">\n<title>",
                      title, "</title>\n<style>", kStyle, "</style>\n</head>\n<body>\n<main>\n<h1>",
                      title, "</h1>\n");
}

std::string HiddenField(absl::string_view name, absl::string_view value) {
  return absl::StrCat("<input type=\"hidden\" name=\"", EscapeHtml(name), "\" value=\"",
                      EscapeHtml(value), "\">\n");
}

std::string FormPage(const ActionPage& page, const Words& words) {
  std::string html =
      absl::StrCat(Head(words, words.title), "<p>", words.explanation,
                   "</p>\n<form method=\"post\" action=\"", EscapeHtml(page.post_url), "\">\n");
  for (const auto& [name, value] : page.fields) absl::StrAppend(&html, HiddenField(name, value));
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

// Without an action the form goes where the page came from.
std::string TryAgainPage(const std::map<std::string, Secret>& posted, const Words& words) {
  std::string html =
      absl::StrCat(Head(words, words.again_title), "<p>", words.again_explanation,
                   "</p>\n<form method=\"", posted.empty() ? "get" : "post", "\">\n");
  for (const auto& [name, value] : posted) {
    absl::StrAppend(&html, HiddenField(name, value.Reveal()));
  }
  absl::StrAppend(&html, "<button type=\"submit\">", words.again_button,
                  "</button>\n</form>\n</main>\n</body>\n</html>\n");
  return html;
}

HttpResponse Respond(int status_code, const Words& words, absl::string_view form_targets,
                     std::string html) {
  const std::string policy =
      absl::StrCat("default-src 'none'; style-src '", kStyleHash, "'; script-src '", kScriptHash,
                   "'; form-action ", form_targets, "; base-uri 'none'; frame-ancestors 'none'");
  return HttpResponse{status_code,
                      {{"Content-Type", "text/html; charset=utf-8"},
                       {"Content-Language", std::string(words.language)},
                       {"Content-Security-Policy", policy},
                       {"Cache-Control", "no-store"},
                       {"Referrer-Policy", "no-referrer"},
                       {"X-Content-Type-Options", "nosniff"},
                       {"X-Frame-Options", "DENY"}},
                      Secret(std::move(html))};
}

}  // namespace

HttpResponse RenderActionPage(const ActionPage& page, absl::string_view accept_language) {
  const Words& words = ChooseWords(page.language, accept_language);
  const bool over = page.post_url.empty();
  return Respond(over ? kGone : kOk, words, BankFormTargets(page),
                 over ? OverPage(page, words) : FormPage(page, words));
}

HttpResponse RenderUnknownActionPage(absl::string_view accept_language) {
  HttpResponse response = RenderActionPage({}, accept_language);
  response.status_code = kNotFound;
  return response;
}

HttpResponse RenderTryAgainPage(const std::map<std::string, Secret>& posted,
                                absl::string_view accept_language) {
  // It goes on to the merchant's page, which may be on loopback, as return_url may.
  constexpr absl::string_view kTargets = "'self' https: http://127.0.0.1:* http://localhost:*";
  const Words& words = ChooseWords("", accept_language);
  return Respond(kServiceUnavailable, words, kTargets, TryAgainPage(posted, words));
}

}  // namespace payments
